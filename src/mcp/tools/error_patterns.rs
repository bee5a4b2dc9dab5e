//! `error_patterns`: `GET /api/v1/patterns`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Arguments, Listed, Question, WithSql, get};
use crate::Result;

pub const TOOL: Listed = Listed::of::<ErrorPatterns>(
    "error_patterns",
    "What fails",
    "What fails in a window: failed requests and error lines grouped by service, route, status and pattern of the message, the most frequent first; the \
     counts add up to the total. Use it to see the errors themselves, whether or not they are new.",
);

#[derive(Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ErrorPatterns {
    /// Start of the window, inclusive: RFC 3339, epoch seconds or milliseconds, or relative such as now-1h. Left out: an hour before `to`
    from: Option<String>,
    /// End of the window, exclusive, likewise. Left out: now
    to: Option<String>,
    /// Only these services. Left out: all
    #[serde(default)]
    services: Vec<String>,
    /// Groups to list, 1 to 1000. Left out: 20
    limit: Option<u32>,
    /// Whose services. Left out: the org of the credentials
    org: Option<String>,
    /// How much to tell of the statements behind the answer: names (unless another is given), text, or none
    #[serde(default, skip_serializing)]
    sql: WithSql,
}

impl Arguments for ErrorPatterns {
    fn question(self, _: &str) -> Result<Question> {
        get("/api/v1/patterns", &self, self.sql)
    }
}
