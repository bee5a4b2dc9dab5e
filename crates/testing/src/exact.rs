//! Answers about log patterns, held against a plain `GROUP BY` over the log table.

use jiff::Timestamp;
use kulprit::questions::Analyzer;
use kulprit::questions::log_changes::{Answer, PatternChanges, changes};
use kulprit::rollups::logs::{Roller, source};
use kulprit::scope::Scope;
use kulprit_request::window::Window;

use crate::Database;

/// `from..to` against `baseline_from..baseline_to`, all services, up to 100 patterns.
pub fn question(from: &str, to: &str, baseline_from: &str, baseline_to: &str) -> PatternChanges {
    let window = |from: &str, to: &str| Window {
        from: from.parse().unwrap(),
        to: to.parse().unwrap(),
    };
    PatternChanges {
        current: window(from, to),
        baseline: window(baseline_from, baseline_to).into(),
        services: vec![],
        attributes: vec![],
        limit: 100,
    }
}

impl Database {
    pub fn roller(&self) -> Roller {
        Roller::new(self.client.clone(), &self.config)
    }

    /// How many parts of the log table were added or removed that the rollup does not count.
    pub async fn pending(&self) -> usize {
        source(&self.config.logs).changes(&self.client).await.unwrap().count()
    }

    pub async fn answer(&self, question: &PatternChanges) -> Answer {
        self.try_answer(question).await.unwrap()
    }

    pub async fn try_answer(&self, question: &PatternChanges) -> kulprit::Result<Answer> {
        let scope = Scope::of(question.services.clone());
        let analyzer = Analyzer::new(self.client.clone(), self.config.clone());
        changes(&analyzer, question, scope, false).await
    }

    /// Fails unless there are lines and the answer's counts are those of a plain `GROUP BY` over the log table, group by group.
    pub async fn assert_exact(&self, question: &PatternChanges, context: &str) -> Answer {
        let answer = self.assert_counted(question, context).await;
        assert!(!answer.log_groups.is_empty(), "{context}: there are no lines to count");
        answer
    }

    /// The same where there may be no lines. NULL is the empty text.
    pub async fn assert_counted(&self, question: &PatternChanges, context: &str) -> Answer {
        let table = &self.config.logs.table;
        let answer = self.answer(question).await;
        let mut answered: Vec<String> = answer
            .log_groups
            .iter()
            .map(|group| {
                format!(
                    "{}\t{}\t{}\t{}",
                    group.service, group.pattern_id, group.current_count, group.baseline_count
                )
            })
            .collect();
        // A baseline that is not quiet is replaced, and the answer says by which.
        let (now, before) = (inside(&question.current), inside(&answer.baseline.window));
        let mut plain = self
            .lines(&format!(
                "SELECT ifNull(toString(ServiceName), '') AS service, dictGetOrDefault('kulprit_pattern_of_shape', 'pattern_id', \
                 kulprit_shape(concat('\\x1e', SeverityText, '\\x1f\\x1f', ifNull(toString(Body), ''))) AS shape_id, shape_id) AS pattern_id, \
                 countIf({now}), countIf({before}) FROM {table} WHERE ({now}) OR ({before}) GROUP BY service, pattern_id"
            ))
            .await;
        answered.sort();
        plain.sort();
        assert_eq!(answered, plain, "{context}");
        answer
    }
}

/// Whether a log line is in the window, as SQL.
fn inside(window: &Window) -> String {
    let at = |time: Timestamp| format!("toDateTime64('{}', 9, 'UTC')", time.strftime("%Y-%m-%d %H:%M:%S.%9f"));
    format!("Timestamp >= {} AND Timestamp < {}", at(window.from), at(window.to))
}
