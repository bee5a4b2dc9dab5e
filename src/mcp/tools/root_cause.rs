//! `root_cause`: `POST /api/v1/correlate`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{Arguments, Listed, Question, WithSql, post};
use crate::Result;

pub const TOOL: Listed = Listed::of::<RootCause>(
    "root_cause",
    "Which service is to blame",
    "Which service an incident comes from: suspects, best first, with their evidence; the root cause with a confidence from 0 to 100 and a sentence (or \
     none where nothing stands out); who else is hurt; traces that show it; a timeline. Give it the window of the incident, as exactly as you know \
     it. It takes some seconds.",
);

#[derive(Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RootCause {
    /// Start of the incident: RFC 3339, epoch seconds or milliseconds, or relative such as now-15m
    from: String,
    /// End of it, likewise, at most seven days later. Left out: now
    #[serde(default = "now")]
    to: String,
    /// Suspect only this service and what it calls, directly or not
    #[serde(skip_serializing_if = "Option::is_none")]
    service: Option<String>,
    /// How far back the history goes that the incident is held against, 1m to 7d. Left out: 3h
    #[serde(skip_serializing_if = "Option::is_none")]
    history: Option<String>,
    /// How much to tell of the statements behind the answer: names (unless another is given), text, or none
    #[serde(default, skip_serializing)]
    sql: WithSql,
}

fn now() -> String {
    "now".to_owned()
}

impl Arguments for RootCause {
    fn question(self, _: &str) -> Result<Question> {
        Ok(post("/api/v1/correlate", json!(self), self.sql))
    }
}
