//! `what_changed`: `POST /query_logs` of no panel.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use super::{Arguments, Listed, Question, WithSql, post};
use crate::Result;

pub const TOOL: Listed = Listed::of::<WhatChanged>(
    "what_changed",
    "What changed in the logs",
    "Which log patterns changed in a window against the one before it (or the same window yesterday or last week): patterns that are new, gone, more \
     or less frequent, best explanation first, each with sample lines, counts, when it began and a sentence. Use it to find out what is different \
     since a deploy or during an incident. With `differences` it also says which attributes (pod, version, tenant) set those lines apart.",
);

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WhatChanged {
    /// Start of the window, inclusive: RFC 3339, epoch seconds or milliseconds, or relative such as now-1h
    from: String,
    /// End of the window, exclusive, likewise. Left out: now
    to: Option<String>,
    /// What the window is held against: previous (unless another is given), day, week, FROM..TO, or a median of several
    baseline: Option<String>,
    /// Only these services. Left out: all
    #[serde(default)]
    services: Vec<String>,
    /// Patterns to answer, 1 to 100. Left out: 10
    limit: Option<u32>,
    /// Whether to say which attributes set the lines of each pattern, and of the window as a whole, apart
    #[serde(default)]
    differences: bool,
    /// The metric of a panel, whose mapping or service label says which services are meant, such as requests{service="checkout"}
    metric_name: Option<String>,
    /// The dashboard of that panel
    dashboard: Option<String>,
    /// The title of that panel
    panel_title: Option<String>,
    /// Whose services. Left out: the org of the credentials
    org: Option<String>,
    /// How much to tell of the statements behind the answer: names (unless another is given), text, or none
    #[serde(default)]
    sql: WithSql,
}

impl Arguments for WhatChanged {
    fn question(self, org: &str) -> Result<Question> {
        let or_none = |text: Option<String>| text.unwrap_or_else(|| "none".to_owned());
        let mut body = json!({
            "org": self.org.as_deref().unwrap_or(org),
            "dashboard": or_none(self.dashboard),
            "panel_title": or_none(self.panel_title),
            "metric_name": or_none(self.metric_name),
            "start_time": self.from,
            "end_time": self.to.as_deref().unwrap_or("now"),
            "services": self.services,
            "differences": self.differences,
        });
        if let Some(baseline) = self.baseline {
            body["baseline"] = json!(baseline);
        }
        if let Some(limit) = self.limit {
            body["limit"] = json!(limit);
        }
        Ok(Question {
            renamed: &[("start_time", "from"), ("end_time", "to")],
            ..post("/query_logs", body, self.sql)
        })
    }
}
