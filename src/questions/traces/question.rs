//! Requests of a window that failed or were slow, and one trace in detail.

use std::collections::HashMap;

use clickhouse::Row;
use jiff::{SignedDuration, Timestamp};
use kulprit_request::Asked;
use serde::Deserialize;

use crate::Result;
use crate::sources::Needs;
use kulprit_clickhouse::{LogTable, Options, Statement, Value};
use kulprit_request::Window;
use kulprit_request::time;

/// The most spans of one trace that are shown.
pub const MOST_SPANS: u32 = 100_000;
/// Of a trace with more spans, attributes and exceptions are left out: what is left of a span has a bounded size.
pub const MOST_DETAILED: u32 = 10_000;
/// The most log lines of one trace that are shown.
pub const MOST_LINES: u32 = 1_000;

const DEFAULT_LIMIT: u32 = 20;
const DAY_MS: u32 = 86_400_000;

/// What is asked of the list.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Traces {
    pub window: Window,
    /// Whose requests; none means those that entered the system.
    pub services: Vec<String>,
    pub only_failed: bool,
    pub slowest_first: bool,
    pub min_duration_ms: u32,
    pub limit: u32,
}

/// One request.
#[derive(Debug, Clone, PartialEq, Row, Deserialize)]
pub struct TraceRow {
    pub trace_id: String,
    pub span_id: String,
    pub service: String,
    pub name: String,
    /// Nanoseconds since 1970.
    pub start: i64,
    /// In nanoseconds.
    pub duration: u64,
    pub is_failed: bool,
    pub is_entry: bool,
    pub http_status: String,
    pub status_message: String,
}

/// Where the index of traces has one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Row, Deserialize)]
pub struct TraceExtent {
    pub spans: u64,
    pub from: u32,
    pub to: u32,
}

/// One span of a trace.
#[derive(Debug, Clone, PartialEq, Row, Deserialize)]
pub struct SpanRow {
    pub span_id: String,
    pub parent_id: String,
    pub service: String,
    pub name: String,
    pub kind: String,
    /// Nanoseconds since 1970.
    pub start: i64,
    /// In nanoseconds; negative where the span ended before it began.
    pub duration: i64,
    pub is_failed: bool,
    pub status_message: String,
    pub attributes: HashMap<String, String>,
    pub exceptions: Vec<String>,
}

/// One log line of a trace.
#[derive(Debug, Clone, PartialEq, Eq, Row, Deserialize)]
pub struct LineRow {
    /// Nanoseconds since 1970.
    pub time: i64,
    pub service: String,
    pub severity: String,
    pub body: String,
}

impl Traces {
    /// Reads window, services, what to list first and how much.
    pub fn new(asked: &Asked, now: Timestamp) -> Result<Self> {
        Ok(Self {
            window: asked.recent_window(now)?,
            services: asked.services()?,
            only_failed: asked.choice("failed", &[("false", false), ("true", true)])?,
            slowest_first: asked.choice("sort", &[("slowest", true), ("latest", false)])?,
            min_duration_ms: asked.number("min_duration_ms", 0, 0..=DAY_MS)?,
            limit: asked.number("limit", DEFAULT_LIMIT, 1..=1_000)?,
        })
    }

    /// What it reads of sources that are read in place.
    pub fn needs(&self) -> Needs {
        Needs {
            spans: vec![self.window],
            services: self.services.clone(),
            ..Needs::default()
        }
    }

    pub fn statement(&self) -> Result<Statement> {
        let options = Options {
            scoped: !self.services.is_empty(),
            ..Options::default()
        };
        let mut params = vec![
            ("from", time::parameter(self.window.from).into()),
            ("to", time::parameter(self.window.to).into()),
            ("only_failed", Value::Bool(self.only_failed)),
            ("slowest_first", Value::Bool(self.slowest_first)),
            ("min_duration", (u64::from(self.min_duration_ms) * 1_000_000).into()),
            ("limit", self.limit.into()),
        ];
        if !self.services.is_empty() {
            params.push(("services", self.services.clone().into()));
        }
        Statement::query("traces/traces", &options, params)
    }
}

/// A trace id in the form in which OpenTelemetry stores it: X-Ray's `1-…-…` and UUIDs lose their dashes, hexadecimal digits are small.
pub fn trace_id(text: &str) -> String {
    let text = text.trim();
    let digits: String = text.strip_prefix("1-").unwrap_or(text).replace('-', "");
    let is_id = digits.len() == 32 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    if is_id {
        digits.to_ascii_lowercase()
    } else {
        text.to_owned()
    }
}

/// Where the exporter's index has the trace.
pub fn extent(trace_id: &str) -> Result<Statement> {
    Statement::query(
        "traces/trace_extent",
        &Options::default(),
        [("trace_id", trace_id.into())],
    )
}

/// The time to look for a trace's rows in; all time where the index does not know it.
pub fn around(extent: Option<TraceExtent>) -> Window {
    let at = |second: u32| Timestamp::from_second(second.into()).unwrap_or(Timestamp::UNIX_EPOCH);
    match extent.filter(|extent| extent.spans > 0) {
        // Log lines may come a little before the first span and after the last has begun.
        Some(extent) => Window {
            from: at(extent.from.saturating_sub(60)),
            to: at(extent.to)
                .saturating_add(SignedDuration::from_hours(1))
                .unwrap_or(at(u32::MAX)),
        },
        None => Window {
            from: Timestamp::UNIX_EPOCH,
            to: at(4_102_444_800),
        },
    }
}

/// The spans of a trace: one more than are shown, to tell whether there are more.
pub fn spans(trace_id: &str, within: Window) -> Result<Statement> {
    let mut params = found(trace_id, within);
    params.extend([
        ("limit", (MOST_SPANS + 1).into()),
        ("most_detailed", MOST_DETAILED.into()),
    ]);
    Statement::query("traces/trace_spans", &Options::default(), params)
}

/// The log lines of a trace.
pub fn lines(trace_id: &str, within: Window, logs: &LogTable) -> Result<Statement> {
    let options = Options {
        logs: logs.clone(),
        ..Options::default()
    };
    let mut params = found(trace_id, within);
    params.push(("limit", MOST_LINES.into()));
    Statement::query("traces/trace_logs", &options, params)
}

/// The statement by which Grafana's ClickHouse data source draws a trace.
pub fn panel(trace_id: &str, within: Window) -> Result<Statement> {
    Statement::query("traces/trace_panel", &Options::default(), found(trace_id, within))
}

fn found(trace_id: &str, within: Window) -> Vec<(&'static str, Value)> {
    vec![
        ("trace_id", trace_id.into()),
        ("from", time::parameter(within.from).into()),
        ("to", time::parameter(within.to).into()),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trace_id_may_come_in_its_usual_dresses() {
        let want = "5759e988bd862e3fe1be46a994272793";
        for text in [
            want,
            "5759E988BD862E3FE1BE46A994272793",
            "1-5759e988-bd862e3fe1be46a994272793",
            "5759e988-bd86-2e3f-e1be-46a994272793",
        ] {
            assert_eq!(trace_id(text), want, "{text}");
        }
        assert_eq!(trace_id("some-id"), "some-id");
    }
}
