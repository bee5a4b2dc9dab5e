//! `traces`: `GET /api/v1/traces/{id}`, and without an id the list of which to take one.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Arguments, Listed, Question, WithSql, get};
use crate::{Error, Result};

pub const TOOL: Listed = Listed::of::<Traces>(
    "traces",
    "Traces",
    "With `id`, one trace: its spans, its critical path, its log lines and links to Grafana. Without, the requests of a window, the slowest first (or \
     only those that failed), of which to take an id. `root_cause` names traces that show an incident.",
);

#[derive(Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Traces {
    /// The trace's id, 32 hexadecimal digits. Left out: requests of a window are listed
    #[serde(skip_serializing)]
    id: Option<String>,
    /// Start of the window to list, inclusive: RFC 3339, epoch seconds or milliseconds, or relative such as now-1h. Left out: an hour before `to`
    from: Option<String>,
    /// End of the window to list, exclusive, likewise. Left out: now
    to: Option<String>,
    /// List only requests of these services. Left out: all
    #[serde(default)]
    services: Vec<String>,
    /// Whether to list only requests that failed
    failed: Option<bool>,
    /// The order of the list: slowest (unless another is given) or latest
    sort: Option<String>,
    /// List only requests that took at least so many milliseconds
    min_duration_ms: Option<u32>,
    /// Requests to list, 1 to 1000. Left out: 20
    limit: Option<u32>,
    /// Whose traces. Left out: the org of the credentials
    org: Option<String>,
    /// How much to tell of the statements behind the answer: names (unless another is given), text, or none
    #[serde(default, skip_serializing)]
    sql: WithSql,
}

#[derive(Serialize)]
struct One {
    org: Option<String>,
}

impl Arguments for Traces {
    fn question(self, _: &str) -> Result<Question> {
        let Some(id) = &self.id else {
            return get("/api/v1/traces", &self, self.sql);
        };
        if id.trim().is_empty() {
            return Err(Error::field(
                "id",
                "is empty: give a trace's id, or leave it out to list requests",
            ));
        }
        let path = format!("/api/v1/traces/{}", utf8_percent_encode(id, NON_ALPHANUMERIC));
        Ok(Question {
            renamed: &[("/api/v1/traces lists some", "leave `id` out to list some")],
            ..get(path, &One { org: self.org }, self.sql)?
        })
    }
}
