//! The body of `POST /query_logs`: a panel's metric and a window, from the hover panel or anybody else.

use jiff::Timestamp;

use super::question::PatternChanges;
use crate::Result;
use crate::scope::{Metric, Scope};
use kulprit_request::Baseline;
use kulprit_request::Window;
use kulprit_request::{Asked, Known, ValueKind};

const DEFAULT_LIMIT: u32 = 10;

/// A valid request, in a form in which requests that ask the same are equal.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct QueryLogs {
    pub metric: Metric,
    pub current: Window,
    pub baseline: Baseline,
    /// Services that the request names; none leaves the choice to the metric's mapping.
    pub services: Vec<String>,
    pub limit: u32,
    /// Whether to say what sets the lines of the changed patterns, and the window, apart.
    pub differences: bool,
}

impl QueryLogs {
    /// What a request may hold.
    pub const FIELDS: &[Known] = &[
        Known::text("org", "Whose dashboards they are").needed(),
        Known::text("dashboard", "The panel's dashboard").needed(),
        Known::text("panel_title", "The panel").needed(),
        Known::text("metric_name", "The metric, such as requests{service=\"checkout\"}").needed(),
        Known::text("start_time", "Start of the window, inclusive").needed(),
        Known::text("end_time", "End of the window, exclusive").needed(),
        Known::text(
            "baseline",
            "previous (unless another is given), day, week, FROM..TO, or a median of several",
        ),
        Known::text("limit", "Patterns to answer, 1 to 100 (10 unless another is given)").of(ValueKind::Number),
        Known::text("services", "Only these services").of(ValueKind::Texts),
        Known::text(
            "differences",
            "true: say which attributes set the lines of each changed pattern, and the window as a whole, apart (false unless given)",
        )
        .of(ValueKind::Flag),
    ];

    /// Checks the fields in the order in which the documentation names them.
    pub fn new(asked: &Asked, now: Timestamp) -> Result<Self> {
        let metric = Metric {
            org: asked.text("org")?,
            dashboard: asked.text("dashboard")?,
            panel_title: asked.text("panel_title")?,
            metric_name: asked.text("metric_name")?,
        };
        let current = asked.window("start_time", "end_time", now)?;
        Ok(Self {
            metric,
            current,
            baseline: asked.baseline(current, now)?,
            services: asked.services()?,
            limit: asked.number("limit", DEFAULT_LIMIT, 1..=100)?,
            differences: asked.flag("differences")?,
        })
    }

    /// The question to ask once the scope is known.
    pub fn question(&self, scope: &Scope) -> PatternChanges {
        PatternChanges {
            current: self.current,
            baseline: self.baseline.clone(),
            services: scope.services.clone(),
            attributes: scope
                .attributes
                .iter()
                .map(|attribute| (attribute.key.clone(), attribute.value.clone()))
                .collect(),
            limit: self.limit,
        }
    }
}
