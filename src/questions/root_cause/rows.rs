//! The rows that the statements in `sql/root_cause/` return; their headers explain the columns.

use clickhouse::Row;
use serde::Deserialize;

/// An event that changed: where (its endpoint, or the caller), what, and of how many requests so many show it: `a` of `n1` in the block, `b`
/// of `n0` in the rest of the history.
pub type Changed<Event> = (String, Event, u64, u64, u64, u64);

#[derive(Debug, Clone, Row, Deserialize)]
pub struct LogScore {
    pub service: String,
    pub block: i64,
    pub score: f64,
    pub tests: u64,
    pub best: Vec<Changed<u64>>,
}

#[derive(Debug, Clone, Row, Deserialize)]
pub struct SpanScore {
    pub service: String,
    pub block: i64,
    pub score: f64,
    pub tests: u64,
    /// Of an event its kind and name.
    pub best: Vec<Changed<(String, String)>>,
}

#[derive(Debug, Clone, Row, Deserialize)]
pub struct LatencyScore {
    pub kind: String,
    pub a: String,
    pub b: String,
    pub block: i64,
    pub n1: u64,
    pub shift: f64,
    pub se: f64,
    /// Nanoseconds since 1970; likewise in the other rows.
    pub since: i64,
}

#[derive(Debug, Clone, Row, Deserialize)]
pub struct SaturationScore {
    pub service: String,
    pub metric: String,
    pub block: i64,
    pub level: f64,
    pub usual: f64,
    pub own_scale: f64,
    pub common_scale: f64,
    pub since: i64,
}

#[derive(Debug, Clone, Copy, Default, Row, Deserialize)]
pub struct Volume {
    pub current_count: u64,
    pub history_count: u64,
}

/// The requests of a service in a block.
#[derive(Debug, Clone, PartialEq, Row, Deserialize)]
pub struct Traffic {
    pub service: String,
    pub block: i64,
    pub requests: u64,
    pub roots: u64,
    pub last_at: i64,
}

/// A service.
#[derive(Debug, Clone, Row, Deserialize)]
pub struct Named {
    pub service: String,
}

/// What calls name, and what it is: a service, or else the same.
#[derive(Debug, Clone, Row, Deserialize)]
pub struct Peer {
    pub peer: String,
    pub target: String,
    pub is_known: bool,
}

/// When the spans end, and how long requests take.
#[derive(Debug, Clone, Copy, Default, Row, Deserialize)]
pub struct Extent {
    pub last_end: i64,
    pub settled_ms: f64,
    pub last_orphan: i64,
}

#[derive(Debug, Clone, Default, PartialEq, Row, Deserialize)]
pub struct ServiceChange {
    pub service: String,
    pub current_requests: u64,
    pub current_errors: u64,
    pub current_slow: u64,
    pub current_hurt: u64,
    pub baseline_requests: u64,
    pub baseline_errors: u64,
    pub baseline_slow: u64,
    pub baseline_hurt: u64,
    pub current_roots: u64,
    pub current_roots_hurt: u64,
    pub baseline_roots: u64,
    pub baseline_roots_hurt: u64,
    pub current_traces: u64,
    pub current_traces_failed: u64,
    pub first_error: i64,
}

#[derive(Debug, Clone, PartialEq, Row, Deserialize)]
pub struct EventExample {
    pub service: String,
    pub event: u64,
    pub example: String,
    pub severity: String,
    pub first_in_window: i64,
    pub last_before: i64,
}

/// What is new about a service itself.
#[derive(Debug, Clone, PartialEq, Row, Deserialize)]
pub struct SystemChange {
    pub service: String,
    /// `value`, `replaced` or `started`.
    pub what: String,
    pub attribute: String,
    pub value: String,
    pub before: String,
    pub since: i64,
    pub changed: u64,
    pub instances: u64,
}

/// Events of Kubernetes about a service.
#[derive(Debug, Clone, PartialEq, Row, Deserialize)]
pub struct ClusterEvent {
    pub service: String,
    pub reason: String,
    pub object: String,
    pub since: i64,
    pub times: u64,
    pub message: String,
}

#[derive(Debug, Clone, PartialEq, Row, Deserialize)]
pub struct HurtTrace {
    pub trace_id: String,
    pub service: String,
    pub endpoint: String,
    pub started: i64,
    pub duration_ms: f64,
    pub is_error: bool,
    pub requests: u64,
}
