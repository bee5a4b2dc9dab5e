//! `slo`: `GET /api/v1/slo`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Arguments, Listed, Question, WithSql, get};
use crate::Result;

pub const TOOL: Listed = Listed::of::<Slo>(
    "slo",
    "Objectives and error budgets",
    "How fast services burn the error budgets of their service level objectives: burn rates over several pairs of windows, which of them alert, \
     what is left of the budget and when it will be used up. Use it to judge how bad an incident is for users, or whether to page somebody.",
);

#[derive(Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Slo {
    /// The minute at which all windows end: RFC 3339, epoch seconds or milliseconds, or relative such as now-1h. Left out: now
    at: Option<String>,
    /// Only these services. Left out: all
    #[serde(default)]
    services: Vec<String>,
    /// Whose services. Left out: the org of the credentials
    org: Option<String>,
    /// How much to tell of the statements behind the answer: names (unless another is given), text, or none
    #[serde(default, skip_serializing)]
    sql: WithSql,
}

impl Arguments for Slo {
    fn question(self, _: &str) -> Result<Question> {
        get("/api/v1/slo", &self, self.sql)
    }
}
