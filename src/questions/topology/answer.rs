//! Who calls whom, how often and how well.

use std::collections::BTreeSet;

use serde::Serialize;

use super::graph::{EdgeRow, is_sparse};
use kulprit_request::Window;

/// What `GET /api/v1/topology` answers.
#[derive(Debug, Clone, PartialEq, Serialize, schemars::JsonSchema)]
pub struct Topology {
    pub services: Vec<String>,
    pub edges: Vec<Edge>,
    pub window: Window,
    pub baseline: Window,
    pub warnings: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, schemars::JsonSchema)]
pub struct Edge {
    pub caller: String,
    pub callee: String,
    pub calls: u64,
    pub errors: u64,
    /// Calls a second.
    pub rate: f64,
    pub error_rate: f64,
    pub error_ratio: Option<f64>,
    pub p95_ms: Option<f64>,
    pub baseline_calls: u64,
    pub baseline_errors: u64,
    pub baseline_error_ratio: Option<f64>,
    pub baseline_p95_ms: Option<f64>,
    /// Too few calls to judge.
    pub is_sparse: bool,
}

/// `own`: only edges that one of these services is at an end of; none means all.
pub fn topology(
    rows: Vec<EdgeRow>,
    own: &[String],
    window: Window,
    baseline: Window,
    warnings: Vec<String>,
) -> Topology {
    let is_own = |service: &String| own.is_empty() || own.contains(service);
    let seconds = window.duration().as_secs_f64();
    let edges: Vec<Edge> = rows
        .into_iter()
        .filter(|row| is_own(&row.caller) || is_own(&row.callee))
        .map(|row| edge(row, seconds))
        .collect();
    let ends = edges.iter().flat_map(|edge| [&edge.caller, &edge.callee]);
    Topology {
        services: ends.cloned().collect::<BTreeSet<_>>().into_iter().collect(),
        edges,
        window,
        baseline,
        warnings,
    }
}

fn edge(row: EdgeRow, seconds: f64) -> Edge {
    let ratio = |errors: u64, calls: u64| (calls > 0).then(|| errors as f64 / calls as f64);
    let known = |calls: u64, value: f64| (calls > 0).then_some(value);
    Edge {
        rate: row.current_calls as f64 / seconds,
        error_rate: row.current_errors as f64 / seconds,
        error_ratio: ratio(row.current_errors, row.current_calls),
        p95_ms: known(row.current_calls, row.current_p95_ms),
        baseline_error_ratio: ratio(row.baseline_errors, row.baseline_calls),
        baseline_p95_ms: known(row.baseline_calls, row.baseline_p95_ms),
        is_sparse: is_sparse(&row),
        caller: row.caller,
        callee: row.callee,
        calls: row.current_calls,
        errors: row.current_errors,
        baseline_calls: row.baseline_calls,
        baseline_errors: row.baseline_errors,
    }
}
