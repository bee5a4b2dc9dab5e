//! The ranked pattern changes and their totals, as `/query_logs` answers them.

use std::sync::Arc;

use crate::analysis::Analyzer;
use crate::incidents::snapshot::{Part, Pending, Question, Taken};
use crate::query::log_streams::Metric;
use crate::query::pattern_changes::PatternChanges;
use crate::sql::Statement;
use crate::{Error, Result, scope};

/// As many patterns as an answer can hold: what is not frozen now may be gone later.
const PATTERNS: u32 = 100;

pub(super) struct PatternChangesPart(pub Arc<Analyzer>);

impl Part for PatternChangesPart {
    fn name(&self) -> &'static str {
        "pattern_changes"
    }

    fn take<'a>(&'a self, question: &'a Question) -> Pending<'a, Taken> {
        Box::pin(async {
            let mut statements = Vec::new();
            let answer = self.answer(question, &mut statements).await;
            Taken { answer, statements }
        })
    }
}

impl PatternChangesPart {
    async fn answer(&self, question: &Question, asked: &mut Vec<Statement>) -> Result<serde_json::Value> {
        // No panel is asked from, so only what stands for the whole org can match.
        let metric = Metric {
            org: question.org.clone(),
            dashboard: String::new(),
            panel_title: String::new(),
            metric_name: String::new(),
        };
        let scope = scope::resolve(self.0.client(), &metric, question.services.clone()).await?;
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
        let answer = self.0.pattern_changes_with(&changes, scope, asked).await?;
        serde_json::to_value(answer).map_err(|error| Error::Refused(error.to_string()))
    }
}
