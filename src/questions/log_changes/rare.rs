//! What is known of the patterns that are too rare to be tested, and of services without a past.

use std::collections::HashMap;

use clickhouse::Row;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::answer::PatternChange;
use super::onset::step_seconds;
use crate::Result;
use kulprit_clickhouse::{LogTable, Options, Statement, Value};
use kulprit_divergence::{SERVICE, UNHEARD};
use kulprit_request::{Window, time};

/// More minutes are not read for the sake of rare patterns.
const MOST_MINUTES: usize = 1_440;

/// One pattern of lines at ERROR or worse; the columns are explained in the SQL file's header.
#[derive(Debug, Clone, PartialEq, Eq, Row, Serialize, Deserialize)]
pub struct SeenBefore {
    pub service: String,
    pub pattern_id: u64,
    pub lines: u64,
    pub is_known: u8,
}

/// What the catalog and the log table say of rare patterns; nothing where they were not asked.
#[derive(Debug, Clone, Default)]
pub struct Known {
    patterns: HashMap<(String, u64), bool>,
}

impl Known {
    pub fn new(rows: Vec<SeenBefore>) -> Self {
        let patterns = rows
            .into_iter()
            .map(|row| ((row.service, row.pattern_id), row.is_known != 0));
        Self {
            patterns: patterns.collect(),
        }
    }

    /// Whether the pattern is at ERROR or worse and was never seen before.
    pub fn is_first(&self, row: &PatternChange) -> bool {
        let key = (row.service.clone(), row.pattern_id);
        row.is_kept_for(UNHEARD) && self.patterns.get(&key) == Some(&false)
    }

    /// Whether the service logged anything before.
    pub fn has_service(&self, service: &str) -> bool {
        self.patterns.get(&(service.to_owned(), 0)) == Some(&true)
    }
}

/// The statement that asks; None where there is nothing to ask about.
pub fn statement(logs: &LogTable, window: &Window, rows: &[PatternChange]) -> Result<Option<Statement>> {
    let is_silent_before = |row: &PatternChange| row.is_kept_for(SERVICE) && row.of_service().1 == 0;
    let (mut services, mut minutes) = (Vec::new(), Vec::new());
    for row in rows {
        if row.is_kept_for(UNHEARD) && minutes.len() < MOST_MINUTES {
            minutes.extend(minutes_of(row, window));
            services.push(row.service.clone());
        } else if is_silent_before(row) {
            services.push(row.service.clone());
        }
    }
    if services.is_empty() {
        return Ok(None);
    }
    services.sort_unstable();
    services.dedup();
    minutes.sort_unstable();
    minutes.dedup();
    let options = Options {
        logs: logs.clone(),
        ..Options::default()
    };
    let params: [(&'static str, Value); 4] = [
        ("current_from", time::parameter(window.from).into()),
        ("current_to", time::parameter(window.to).into()),
        ("services", services.into()),
        ("minutes", Value::UInts(minutes)),
    ];
    Statement::query("log_changes/first_seen", &options, params).map(Some)
}

/// The minutes of the steps in which the pattern has lines.
fn minutes_of(row: &PatternChange, window: &Window) -> impl Iterator<Item = u64> {
    let seconds = step_seconds(window);
    let from = window.from.max(Timestamp::UNIX_EPOCH).as_second();
    let filled = row.course().iter().enumerate().filter(|(_, lines)| **lines > 0);
    let steps: Vec<i64> = filled.map(|(step, _)| from + step as i64 * seconds).collect();
    // A step that begins within a minute ends within another one.
    let minutes = steps
        .into_iter()
        .flat_map(move |begin| (begin.div_euclid(60)..=(begin + seconds - 1).div_euclid(60)).map(|minute| minute * 60));
    minutes.map(|second| second as u64)
}
