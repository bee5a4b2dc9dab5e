//! What failed, by route, status and pattern, as `GET /api/v1/patterns` answers it.

use serde_json::Value;

use super::frozen;
use crate::incidents::snapshot::Question;
use crate::questions::Analyzer;
use crate::questions::error_groups;
use crate::questions::error_groups::ErrorPatterns;
use crate::{Result, scope};

const GROUPS: u32 = 100;

pub(super) async fn ask(analyzer: &Analyzer, question: &Question) -> Result<Value> {
    let client = analyzer.client();
    let asked = ErrorPatterns {
        window: question.window,
        services: scope::services(
            client,
            &analyzer.config().orgs,
            &question.org,
            question.services.clone(),
        )
        .await?,
        limit: GROUPS,
    };
    frozen(&error_groups::find(client, &analyzer.config().logs, &asked).await?)
}
