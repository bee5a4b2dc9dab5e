//! The ranked pattern changes and their totals, as `POST /query_logs` answers them.

use serde_json::Value;

use super::json;
use crate::incidents::document::Question;
use crate::questions::Analyzer;
use crate::questions::log_changes::{self, PatternChanges};
use crate::scope::Metric;
use crate::{Result, scope};

/// As many patterns as an answer can hold: what is not frozen now may be gone later.
const PATTERNS: u32 = 100;

pub(super) async fn ask(analyzer: &Analyzer, question: &Question) -> Result<Value> {
    let metric = Metric::of_org(&question.org);
    let scope = scope::resolve(
        analyzer.client(),
        &analyzer.config().orgs,
        &metric,
        question.services.clone(),
    )
    .await?;
    let changes = PatternChanges {
        current: question.window,
        baseline: question.baseline.into(),
        services: scope.services.clone(),
        attributes: scope
            .attributes
            .iter()
            .map(|attribute| (attribute.key.clone(), attribute.value.clone()))
            .collect(),
        limit: PATTERNS,
    };
    json(&log_changes::changes(analyzer, &changes, scope, false).await?)
}
