//! What failed, by route, status and pattern, as `GET /api/v1/patterns` answers it.

use serde_json::Value;

use super::{json, services};
use crate::Result;
use crate::incidents::document::Question;
use crate::questions::Analyzer;
use crate::questions::error_groups;
use crate::questions::error_groups::ErrorPatterns;

const GROUPS: u32 = 100;

pub(super) async fn ask(analyzer: &Analyzer, question: &Question) -> Result<Value> {
    let client = analyzer.client();
    let asked = ErrorPatterns {
        window: question.window,
        services: services(analyzer, question).await?,
        limit: GROUPS,
    };
    json(&error_groups::find(client, analyzer.config(), &asked).await?)
}
