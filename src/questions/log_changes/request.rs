//! The body of `POST /query_logs`: a panel's metric and a window, from the hover panel or anybody else.

use jiff::Timestamp;

use super::question::PatternChanges;
use crate::Result;
use crate::scope::{Metric, Scope};
use kulprit_request::Baseline;
use kulprit_request::Fields;
use kulprit_request::Window;
use kulprit_request::time;

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
}

impl QueryLogs {
    /// Checks the fields in the order in which the documentation names them. A field that is not known is passed over, so that
    /// a plugin that is newer than this server, or older, is served all the same.
    pub fn new(body: &Fields, now: Timestamp) -> Result<Self> {
        let metric = Metric {
            org: body.text("org")?,
            dashboard: body.text("dashboard")?,
            panel_title: body.text("panel_title")?,
            metric_name: body.text("metric_name")?,
        };
        let at = |name: &str| time::parse(name, &body.text(name)?, now);
        let current = Window::new(at("start_time")?, at("end_time")?, ("start_time", "end_time"))?;
        let baseline = body.optional_text("baseline")?;
        Ok(Self {
            metric,
            current,
            baseline: Baseline::parse(baseline.as_deref().unwrap_or("previous"), current, now)?,
            services: body.services()?,
            limit: body.optional_number("limit", 1..=100)?.unwrap_or(DEFAULT_LIMIT),
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
