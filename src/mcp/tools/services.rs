//! `services`: `GET /api/v1/services`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Arguments, Listed, Question, WithSql, get};
use crate::Result;

pub const TOOL: Listed = Listed::of::<Services>(
    "services",
    "How the services do",
    "How each service does in a window: requests, errors, error ratio, latency (p50, p95, p99), its state, and all of it against a baseline and over \
     time. Use it first, to see which services there are and which of them are in trouble.",
);

#[derive(Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Services {
    /// Start of the window, inclusive: RFC 3339, epoch seconds or milliseconds, or relative such as now-1h. Left out: an hour before `to`
    from: Option<String>,
    /// End of the window, exclusive, likewise. Left out: now
    to: Option<String>,
    /// What the window is held against: previous (unless another is given), day, week, or FROM..TO
    baseline: Option<String>,
    /// Only these services. Left out: all
    #[serde(default)]
    services: Vec<String>,
    /// What requests are counted from: auto (unless another is given; metrics for services without spans), spans, or metrics
    source: Option<String>,
    /// Whose services. Left out: the org of the credentials
    org: Option<String>,
    /// How much to tell of the statements behind the answer: names (unless another is given), text, or none
    #[serde(default, skip_serializing)]
    sql: WithSql,
}

impl Arguments for Services {
    fn question(self, _: &str) -> Result<Question> {
        get("/api/v1/services", &self, self.sql)
    }
}
