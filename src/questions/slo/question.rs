//! The requests in the windows by which objectives are judged.

use clickhouse::Row;
use jiff::Timestamp;
use serde::Deserialize;

use super::windows;
use crate::Result;
use crate::config::Objective;
use kulprit_clickhouse::{Client, Options, Statement, Value};
use kulprit_request::time;

use crate::rollups::selected;

/// A service's requests in one window.
#[derive(Debug, Clone, PartialEq, Row, Deserialize)]
pub struct SloRow {
    pub service: String,
    pub window_seconds: u32,
    pub total: f64,
    pub bad: f64,
    pub observed_seconds: u32,
}

impl Objective {
    /// The requests of `services` (none: of all) in every window that ends at `at`, a whole minute.
    pub fn statement(&self, client: &Client, at: Timestamp, services: &[String], unsettled: bool) -> Result<Statement> {
        let windows = windows::windows().into_iter().map(u64::from).collect();
        let mut params: Vec<(&str, Value)> = vec![
            ("at", time::parameter(at)[..19].into()),
            ("windows", Value::UInts(windows)),
            ("period_seconds", self.period_seconds().unwrap_or_default().into()),
        ];
        let selector = self.selector();
        let options = Options {
            scoped: !services.is_empty(),
            selected: selector.is_some(),
            unsettled: unsettled && selector.is_none(),
            ..Options::default()
        };
        if let Some(selector) = selector {
            params.push(("selector", selected::id(&selector, client.rules()).into()));
        }
        if !services.is_empty() {
            params.push(("services", services.to_vec().into()));
        }
        let name = match self.latency_ms {
            None => "slo/availability",
            Some(limit) => {
                params.push(("threshold_ms", Value::Float(limit)));
                "slo/latency"
            }
        };
        Statement::query(name, &options, params)
    }
}
