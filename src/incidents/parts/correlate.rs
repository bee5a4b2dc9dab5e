//! Root cause and confidence, blast radius, trace ids and timeline, as `POST /api/v1/correlate` answers them.

use serde_json::Value;

use super::frozen;
use crate::incidents::snapshot::Question;
use crate::questions::Analyzer;
use crate::questions::root_cause::{self, Correlate};
use crate::{Result, scope};

pub(super) async fn ask(analyzer: &Analyzer, question: &Question) -> Result<Value> {
    // One service is where the trouble was seen: it or something that it calls is suspected. With several, or none, anybody is.
    let service = match question.services.as_slice() {
        [service] => Some(service.clone()),
        _ => None,
    };
    let mut asked = Correlate::about(question.window, service);
    asked.bound(scope::services(analyzer.client(), &question.org, vec![]).await?)?;
    frozen(&root_cause::correlate(analyzer.client(), analyzer.config(), &asked).await?)
}
