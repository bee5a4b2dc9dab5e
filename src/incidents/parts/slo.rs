//! Objectives, budgets and burn rates at the end of the window, as `GET /api/v1/slo` answers them.

use serde_json::Value;

use super::{json, services};
use crate::Result;
use crate::incidents::document::Question;
use crate::questions::Analyzer;
use crate::questions::slo;
use kulprit_request::time::whole_minute;

pub(super) async fn ask(analyzer: &Analyzer, question: &Question) -> Result<Value> {
    let client = analyzer.client();
    let services = services(analyzer, question).await?;
    let at = whole_minute(question.window.to);
    json(&slo::status(client, analyzer.config(), at, &services).await?)
}
