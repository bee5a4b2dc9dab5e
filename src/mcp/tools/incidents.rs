//! `incidents`: `GET /api/v1/incidents` and `/api/v1/incidents/{id}`.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Arguments, Listed, Question, WithSql, get};
use crate::{Error, Result};

pub const TOOL: Listed = Listed::of::<Incidents>(
    "incidents",
    "Incidents",
    "With `id`, one incident: what it is and what the analyses answered when it was opened, each with its statements. Without, the org's incidents, the \
     latest first, by state, severity, service, label or words. Use it to find out whether something like this has happened before, and what it was.",
);

#[derive(Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Incidents {
    /// The incident's id. Left out: incidents are listed
    #[serde(skip_serializing)]
    id: Option<String>,
    /// List only these states, separated by commas: open, acknowledged, mitigated, resolved, closed, reopened
    state: Option<String>,
    /// List only these severities, separated by commas
    severity: Option<String>,
    /// List only incidents with any of these services, separated by commas
    service: Option<String>,
    /// List only incidents with all of these labels, separated by commas
    label: Option<String>,
    /// List only incidents opened at or after: RFC 3339, epoch seconds or milliseconds, or relative such as now-7d
    from: Option<String>,
    /// List only incidents opened before, likewise
    to: Option<String>,
    /// Words to search for in titles, services, labels, notes and patterns
    q: Option<String>,
    /// The order of the list: opened_at, updated_at, severity or state; with a - before it the greatest first
    sort: Option<String>,
    /// Incidents to list, 1 to 500. Left out: 50
    limit: Option<u32>,
    /// Where the page before ended
    cursor: Option<String>,
}

impl Arguments for Incidents {
    fn question(self, _: &str) -> Result<Question> {
        // The store's own statements read nobody's telemetry; an incident's are among its parts.
        let Some(id) = &self.id else {
            return get("/api/v1/incidents", &self, WithSql::Names);
        };
        if id.trim().is_empty() {
            return Err(Error::field(
                "id",
                "is empty: give an incident's id, or leave it out to list them",
            ));
        }
        let path = format!("/api/v1/incidents/{}", utf8_percent_encode(id, NON_ALPHANUMERIC));
        get(path, &serde_json::Map::new(), WithSql::Names)
    }
}
