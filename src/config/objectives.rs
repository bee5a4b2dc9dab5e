//! `[slo]`: what was promised.

use std::collections::BTreeMap;

use kulprit_clickhouse::Selector;
use kulprit_patterns::catalog::Glob;
use kulprit_request::time;
use serde::{Deserialize, Serialize};

use crate::{Error, Result};

/// `[slo]`: objectives. Of those with one name, a service has the first whose selector matches it.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Slo {
    pub objectives: Vec<Objective>,
    /// Fewer requests in the long window of a pair raise no alert: one failure among ten requests is no burn.
    pub minimum_requests: u32,
    /// The part of the long window that must lie after the service's first request.
    pub minimum_coverage: f64,
}

/// `[[slo.objectives]]`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Objective {
    pub name: String,
    /// Which services it is for; `*` stands for any text.
    pub service: String,
    /// Which of their requests; empty means all. `*` stands for any text.
    pub route: String,
    pub method: String,
    pub attributes: BTreeMap<String, String>,
    /// Per cent of requests that must be good.
    pub target: f64,
    /// The longest that a good request may take; left out, a good request is one that does not fail.
    pub latency_ms: Option<f64>,
    /// Such as `30d`.
    pub period: String,
}

impl Default for Slo {
    fn default() -> Self {
        Self {
            objectives: vec![Objective::default()],
            minimum_requests: 100,
            minimum_coverage: 0.5,
        }
    }
}

impl Default for Objective {
    fn default() -> Self {
        Self {
            name: "availability".to_owned(),
            service: "*".to_owned(),
            route: String::new(),
            method: String::new(),
            attributes: BTreeMap::new(),
            target: 99.9,
            latency_ms: None,
            period: "30d".to_owned(),
        }
    }
}

impl Slo {
    /// Errors name the key.
    pub fn check(&self) -> Result<()> {
        for (index, objective) in self.objectives.iter().enumerate() {
            let key = |name: &str| format!("slo.objectives[{index}].{name}");
            if !(objective.target > 0.0 && objective.target < 100.0) {
                return Err(Error::field(
                    key("target"),
                    "is per cent of good requests: give a number over 0 and under 100, such as 99.9",
                ));
            }
            if objective
                .latency_ms
                .is_some_and(|limit| !(limit > 0.0 && limit.is_finite()))
            {
                return Err(Error::field(key("latency_ms"), "must be more than 0"));
            }
            if objective.period_seconds().is_none() {
                return Err(Error::field(key("period"), "must be from 1d to 90d, such as 30d"));
            }
        }
        if !(0.0..=1.0).contains(&self.minimum_coverage) {
            return Err(Error::field("slo.minimum_coverage", "must be from 0 to 1"));
        }
        Ok(())
    }

    /// The objective called `name` that `service` has.
    pub fn objective(&self, name: &str, service: &str) -> Option<usize> {
        let is_for =
            |objective: &Objective| objective.name == name && Glob::new(&objective.service).matches(service.as_bytes());
        self.objectives.iter().position(is_for)
    }
}

impl Objective {
    /// Which of a service's requests it is for; none means all.
    pub fn selector(&self) -> Option<Selector> {
        let selector = Selector {
            route: self.route.clone(),
            method: self.method.clone(),
            attributes: self.attributes.clone(),
            ..Selector::default()
        };
        (selector != Selector::default()).then_some(selector)
    }

    /// The period's length, from one to ninety days.
    pub fn period_seconds(&self) -> Option<u32> {
        const DAY: i64 = 86_400;
        let seconds = time::duration_seconds(self.period.trim())?;
        (DAY..=90 * DAY).contains(&seconds).then_some(seconds as u32)
    }
}
