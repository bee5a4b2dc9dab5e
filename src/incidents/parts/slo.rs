//! Objectives, budgets and burn rates at the end of the window, as `GET /api/v1/slo` answers them.

use serde_json::Value;

use super::frozen;
use crate::incidents::snapshot::Question;
use crate::questions::Analyzer;
use crate::questions::slo;
use crate::{Result, scope};
use kulprit_request::time::whole_minute;

pub(super) async fn ask(analyzer: &Analyzer, question: &Question) -> Result<Value> {
    let client = analyzer.client();
    let services = scope::services(
        client,
        &analyzer.config().orgs,
        &question.org,
        question.services.clone(),
    )
    .await?;
    let at = whole_minute(question.window.to);
    frozen(&slo::status(client, &analyzer.config().slo, at, &services).await?)
}
