//! Who calls whom, how often and how well.

use crate::sources::SourceRead;
use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::graph::{EdgeRow, is_sparse};
use kulprit_request::Window;

/// What `GET /api/v1/topology` answers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Topology {
    pub services: Vec<String>,
    pub edges: Vec<Edge>,
    pub window: Window,
    pub baseline: Window,
    pub warnings: Vec<String>,
    /// What was read in place; where anything was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sources: Option<Vec<SourceRead>>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
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

/// `named`: only edges that one of these services is at an end of; `bounds`: only edges between these. None means all, of both.
pub fn topology(
    rows: Vec<EdgeRow>,
    named: &[String],
    bounds: &[String],
    window: Window,
    baseline: Window,
    warnings: Vec<String>,
) -> Topology {
    let is_in = |services: &[String], service: &String| services.is_empty() || services.contains(service);
    let seconds = window.duration().as_secs_f64();
    let edges: Vec<Edge> = rows
        .into_iter()
        .filter(|row| is_in(named, &row.caller) || is_in(named, &row.callee))
        .filter(|row| is_in(bounds, &row.caller) && is_in(bounds, &row.callee))
        .map(|row| edge(row, seconds))
        .collect();
    let ends = edges.iter().flat_map(|edge| [&edge.caller, &edge.callee]);
    Topology {
        services: ends.cloned().collect::<BTreeSet<_>>().into_iter().collect(),
        edges,
        window,
        baseline,
        warnings,
        sources: None,
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
