//! What sets lines or requests apart: the statements.

use jiff::Timestamp;
use kulprit_clickhouse::{LogTable, Options, Statement, Value};
use kulprit_request::{Baseline, Window, time};

use crate::Result;

/// The lines, or requests that did not fail, of which a window is read: more make no difference of such a size clearer.
const MOST_OF_WINDOW: u64 = 50_000;
/// The lines of all groups together.
const MOST_OF_GROUPS: u64 = 200_000;

/// The lines of a window and of its baseline.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Lines {
    pub current: Window,
    pub baseline: Baseline,
    /// None means all.
    pub services: Vec<String>,
    /// Attributes that a line must carry. None means any line.
    pub attributes: Vec<(String, String)>,
}

/// The lines of one pattern.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct PatternGroup {
    pub pattern_id: u64,
    /// None means any.
    pub service: Option<String>,
    /// Gone from the window: asks about its lines in the baseline.
    pub is_gone: bool,
}

/// The requests of a window.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Requests {
    pub window: Window,
    /// None means all.
    pub services: Vec<String>,
}

impl Lines {
    /// The window as a whole.
    pub fn statement(&self, logs: &LogTable) -> Result<Statement> {
        Statement::query("differences/lines", &self.options(logs), self.params(MOST_OF_WINDOW))
    }

    /// Some patterns, by the catalog; `is_raw`: by a plain SQL mask.
    pub fn statement_of_patterns(&self, groups: &[PatternGroup], is_raw: bool, logs: &LogTable) -> Result<Statement> {
        let name = if is_raw {
            "differences/patterns_raw"
        } else {
            "differences/patterns"
        };
        let budget = (MOST_OF_GROUPS / groups.len().max(1) as u64).clamp(2_000, 20_000);
        let mut params = self.params(budget);
        params.extend([
            (
                "group_patterns",
                Value::UInts(groups.iter().map(|group| group.pattern_id).collect()),
            ),
            (
                "group_services",
                Value::Texts(
                    groups
                        .iter()
                        .map(|group| group.service.clone().unwrap_or_default())
                        .collect(),
                ),
            ),
            (
                "group_anywhere",
                Value::UInts(groups.iter().map(|group| u64::from(group.service.is_none())).collect()),
            ),
            (
                "group_reversed",
                Value::UInts(groups.iter().map(|group| u64::from(group.is_gone)).collect()),
            ),
        ]);
        Statement::query(name, &self.options(logs), params)
    }

    fn options(&self, logs: &LogTable) -> Options {
        Options {
            logs: logs.clone(),
            scoped: !self.services.is_empty(),
            filtered: !self.attributes.is_empty(),
            median: !self.baseline.more.is_empty(),
            ..Options::default()
        }
    }

    fn params(&self, budget: u64) -> Vec<(&'static str, Value)> {
        let instant = |at: Timestamp| time::parameter(at);
        let first = &self.baseline.first;
        let mut params: Vec<(&'static str, Value)> = vec![
            ("current_from", instant(self.current.from).into()),
            ("current_to", instant(self.current.to).into()),
            ("baseline_from", instant(first.from).into()),
            ("baseline_to", instant(first.to).into()),
            ("budget", budget.into()),
        ];
        if !self.baseline.more.is_empty() {
            let more = self.baseline.more.iter();
            let more: Vec<(String, String)> = more.map(|window| (instant(window.from), instant(window.to))).collect();
            params.push(("more_baselines", more.into()));
        }
        if !self.services.is_empty() {
            params.push(("services", self.services.clone().into()));
        }
        if !self.attributes.is_empty() {
            let (keys, values): (Vec<_>, Vec<_>) = self.attributes.iter().cloned().unzip();
            params.extend([("attribute_keys", keys.into()), ("attribute_values", values.into())]);
        }
        params
    }
}

impl Requests {
    /// Those that failed against the others.
    pub fn statement(&self) -> Result<Statement> {
        let options = Options {
            scoped: !self.services.is_empty(),
            ..Options::default()
        };
        let mut params: Vec<(&'static str, Value)> = vec![
            ("from", time::parameter(self.window.from).into()),
            ("to", time::parameter(self.window.to).into()),
            ("budget", MOST_OF_WINDOW.into()),
        ];
        if !self.services.is_empty() {
            params.push(("services", self.services.clone().into()));
        }
        Statement::query("differences/requests", &options, params)
    }
}
