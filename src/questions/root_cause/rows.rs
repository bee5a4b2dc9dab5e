//! The rows that the statements in `sql/root_cause/` return; their headers explain the columns.

use clickhouse::Row;
use serde::Deserialize;

#[derive(Debug, Clone, Row, Deserialize)]
pub struct LogScore {
    pub service: String,
    pub block: i64,
    pub score: f64,
    pub tests: u64,
    pub endpoint: String,
    pub site: String,
    pub shape: u64,
    pub a: u64,
    pub n1: u64,
    pub b: u64,
    pub n0: u64,
}

#[derive(Debug, Clone, Row, Deserialize)]
pub struct SpanScore {
    pub service: String,
    pub block: i64,
    pub score: f64,
    pub tests: u64,
    pub endpoint: String,
    pub kind: String,
    pub event: String,
    pub a: u64,
    pub n1: u64,
    pub b: u64,
    pub n0: u64,
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
    pub site: String,
    pub shape: u64,
    pub example: String,
    pub severity: String,
    pub first_in_window: i64,
    pub last_before: i64,
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
