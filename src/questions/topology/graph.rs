//! Calls between services as a graph: which services lie up and down the calls from one.

use std::collections::{BTreeMap, VecDeque};

use clickhouse::Row;
use serde::Deserialize;

/// Calls in the window below which an edge is too sparse for its error ratio and its latency to be judged.
const SPARSE_CALLS: u64 = 20;

/// One pair of services and the calls between them; the columns are explained in the header of `sql/topology/edges.sql`.
#[derive(Debug, Clone, PartialEq, Row, Deserialize)]
pub struct EdgeRow {
    pub caller: String,
    pub callee: String,
    pub current_calls: u64,
    pub current_errors: u64,
    pub baseline_calls: u64,
    pub baseline_errors: u64,
    pub current_p95_ms: f64,
    pub baseline_p95_ms: f64,
}

#[cfg(test)]
impl EdgeRow {
    /// As many calls now as before, none of which fails.
    pub fn steady(caller: &str, callee: &str) -> Self {
        Self {
            caller: caller.to_owned(),
            callee: callee.to_owned(),
            current_calls: 100,
            current_errors: 0,
            baseline_calls: 100,
            baseline_errors: 0,
            current_p95_ms: 0.0,
            baseline_p95_ms: 0.0,
        }
    }
}

/// Whether there are too few calls to judge how the edge does.
pub fn is_sparse(edge: &EdgeRow) -> bool {
    edge.current_calls < SPARSE_CALLS
}

/// How many calls each service is away from `root`, against the direction of calls. The root itself is 0.
pub fn upstream<'a>(edges: &'a [EdgeRow], root: &'a str) -> BTreeMap<&'a str, u32> {
    walk(edges, root, |edge| (&edge.callee, &edge.caller))
}

/// How many calls away from `service` each service is that it calls, directly or not. The service itself is 0.
pub fn downstream<'a>(edges: &'a [EdgeRow], service: &'a str) -> BTreeMap<&'a str, u32> {
    walk(edges, service, |edge| (&edge.caller, &edge.callee))
}

/// Breadth first, so that a ring of calls ends.
fn walk<'a>(
    edges: &'a [EdgeRow],
    start: &'a str,
    ends: impl Fn(&'a EdgeRow) -> (&'a String, &'a String),
) -> BTreeMap<&'a str, u32> {
    let mut next: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for edge in edges {
        let (from, to) = ends(edge);
        next.entry(from).or_default().push(to);
    }
    let mut reached = BTreeMap::from([(start, 0)]);
    let mut queue = VecDeque::from([(start, 0)]);
    while let Some((service, hops)) = queue.pop_front() {
        for to in next.get(service).into_iter().flatten() {
            if !reached.contains_key(to) {
                reached.insert(to, hops + 1);
                queue.push_back((to, hops + 1));
            }
        }
    }
    reached
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hops_are_counted_against_the_calls_and_rings_end() {
        let edges = [
            EdgeRow::steady("a", "b"),
            EdgeRow::steady("b", "c"),
            EdgeRow::steady("c", "a"),
            EdgeRow::steady("d", "b"),
        ];
        assert_eq!(
            upstream(&edges, "c"),
            BTreeMap::from([("c", 0), ("b", 1), ("a", 2), ("d", 2)])
        );
        assert_eq!(
            downstream(&edges, "d"),
            BTreeMap::from([("d", 0), ("b", 1), ("c", 2), ("a", 3)])
        );
    }
}
