//! Objectives, budgets and burn rates at the end of the window, as `GET /api/v1/slo` answers them.

use serde_json::Value;

use super::frozen;
use crate::analysis::Analyzer;
use crate::incidents::snapshot::Question;
use crate::query::time::whole_minute;
use crate::reliability::slo;
use crate::{Result, scope};

pub(super) async fn ask(analyzer: &Analyzer, question: &Question) -> Result<Value> {
    let client = analyzer.client();
    let services = scope::services(client, &question.org, question.services.clone()).await?;
    let at = whole_minute(question.window.to);
    frozen(&slo::status(client, &analyzer.config().slo, at, &services).await?)
}
