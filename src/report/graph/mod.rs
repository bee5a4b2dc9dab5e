//! Who calls whom as a drawing, and as a table for those who cannot see it.

mod layers;

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::numbers::{count, known, milliseconds, per_cent};
use crate::questions::{health, root_cause, topology};
use layers::place;

/// More nodes are no drawing any more: those that matter most are drawn, and the table has all.
const MOST_NODES: usize = 80;
/// The share of failed calls from which on an edge is drawn as failing, which is also what degrades a service.
const FAILING: f64 = 0.01;
/// Half of a node's width and height, and the margin around all.
const HALF: (f64, f64) = (82.0, 22.0);
const MARGIN: f64 = 14.0;
/// Letters of a name that fit into a node.
const LETTERS: usize = 19;
/// The length of an arrow's head.
const ARROW: f64 = 9.0;

/// A call between two services, whatever answered it.
#[derive(Debug, Clone, Copy)]
pub struct Edge<'a> {
    pub caller: &'a str,
    pub callee: &'a str,
    pub calls: u64,
    pub errors: u64,
    pub p95_ms: Option<f64>,
    pub errors_before: Option<f64>,
    pub p95_ms_before: Option<f64>,
    pub is_sparse: bool,
}

/// How a node is coloured.
#[derive(Debug, Clone, Copy)]
pub struct Verdict {
    pub class: &'static str,
    pub word: &'static str,
}

/// What is drawn, and what the drawing leaves out.
#[derive(Debug, Serialize)]
pub struct Graph {
    width: f64,
    height: f64,
    nodes: Vec<Node>,
    edges: Vec<Line>,
    rows: Vec<Row>,
    /// Services without a call in the window.
    alone: Vec<String>,
    not_drawn: usize,
    has_fault: bool,
}

#[derive(Debug, Serialize)]
struct Node {
    name: String,
    short: String,
    class: &'static str,
    word: String,
    is_root: bool,
    x: f64,
    y: f64,
}

#[derive(Debug, Serialize)]
struct Line {
    class: &'static str,
    is_fault: bool,
    is_sparse: bool,
    path: String,
    width: f64,
    title: String,
    /// The share of failed calls, and where it stands; only of those that fail.
    label: Option<(String, f64, f64)>,
}

#[derive(Debug, Serialize)]
struct Row {
    caller: String,
    callee: String,
    calls: String,
    failed: String,
    failed_before: String,
    p95: String,
    p95_before: String,
    is_fault: bool,
    is_sparse: bool,
}

impl<'a> From<&'a topology::Edge> for Edge<'a> {
    fn from(edge: &'a topology::Edge) -> Self {
        Self {
            caller: &edge.caller,
            callee: &edge.callee,
            calls: edge.calls,
            errors: edge.errors,
            p95_ms: edge.p95_ms,
            errors_before: edge.baseline_error_ratio,
            p95_ms_before: edge.baseline_p95_ms,
            is_sparse: edge.is_sparse,
        }
    }
}

impl<'a> From<&'a root_cause::Call> for Edge<'a> {
    fn from(call: &'a root_cause::Call) -> Self {
        let before = (call.calls_before > 0).then_some(());
        Self {
            caller: &call.caller,
            callee: &call.callee,
            calls: call.calls,
            errors: call.errors,
            p95_ms: (call.calls > 0).then_some(call.p95_ms),
            errors_before: before.map(|()| call.errors_before as f64 / call.calls_before as f64),
            p95_ms_before: before.map(|()| call.p95_ms_before),
            is_sparse: call.sparse,
        }
    }
}

/// The verdicts of services on which health has spoken.
pub fn by_health(health: &health::Health) -> BTreeMap<&str, Verdict> {
    let verdict = |service: &'_ health::ServiceHealth| Verdict {
        class: service.status.word(),
        word: service.status.word(),
    };
    let services = health.services.iter();
    services
        .map(|service| (service.service.as_str(), verdict(service)))
        .collect()
}

/// Where there is only a root cause: who is hurt. Nobody is called healthy by it.
pub fn by_hurt(answer: &root_cause::Answer) -> BTreeMap<&str, Verdict> {
    let affected = answer.blast_radius.affected.iter();
    let hurt = Verdict {
        class: "critical",
        word: "hurt",
    };
    affected.map(|affected| (affected.service.as_str(), hurt)).collect()
}

/// Draws `edges`. The fault's way are the calls that lead to the root cause and fail, or whose caller is hurt.
pub fn draw(
    edges: &[Edge],
    services: &[&str],
    verdicts: &BTreeMap<&str, Verdict>,
    cause: Option<&root_cause::Answer>,
) -> Graph {
    let fault = fault(edges, cause);
    let root = cause.and_then(|answer| answer.root_cause.as_ref());
    let root = root.map(|root| root.service.as_str());
    let ends: BTreeSet<&str> = edges.iter().flat_map(|edge| [edge.caller, edge.callee]).collect();
    let alone = services.iter().filter(|service| !ends.contains(*service));
    let alone: Vec<String> = alone.map(|service| (*service).to_owned()).collect();
    let drawn = chosen(&ends, edges, verdicts, &fault, root);
    let index: BTreeMap<&str, usize> = drawn.iter().enumerate().map(|(at, name)| (*name, at)).collect();
    let lines = edges.iter().filter_map(|edge| {
        let (from, to) = (*index.get(edge.caller)?, *index.get(edge.callee)?);
        // A service that calls itself stands in the table.
        (from != to).then_some((edge, (from, to)))
    });
    let (drawn_edges, pairs): (Vec<&Edge>, Vec<(usize, usize)>) = lines.unzip();
    let places = place(drawn.len(), &pairs);
    let nodes = drawn.iter().zip(&places.nodes);
    let most = drawn_edges.iter().map(|edge| edge.calls).max().unwrap_or(1);
    let extent = |axis: fn(&(f64, f64)) -> f64| places.nodes.iter().map(axis).fold(0.0, f64::max);
    let mut drawn_lines: Vec<Line> = drawn_edges
        .iter()
        .zip(&places.edges)
        .map(|(edge, way)| line(edge, way, fault.contains(&(edge.caller, edge.callee)), most))
        .collect();
    // What matters lies on top.
    drawn_lines.sort_by_key(|line| (line.is_fault, line.class == "failing"));
    Graph {
        width: extent(|point| point.0) + 2.0 * (HALF.0 + MARGIN),
        height: extent(|point| point.1) + 2.0 * (HALF.1 + MARGIN),
        nodes: nodes
            .map(|(name, point)| node(name, *point, verdicts.get(name), root == Some(name)))
            .collect(),
        edges: drawn_lines,
        rows: rows(edges, &fault),
        alone,
        not_drawn: ends.len() - drawn.len(),
        has_fault: !fault.is_empty(),
    }
}

/// The edges that the fault came along.
fn fault<'a>(edges: &[Edge], cause: Option<&'a root_cause::Answer>) -> BTreeSet<(&'a str, &'a str)> {
    let Some(blast) = cause.map(|answer| &answer.blast_radius) else {
        return BTreeSet::new();
    };
    let is_hurt = |service: &str| blast.affected.iter().any(|affected| affected.service == service);
    let fails = |call: &root_cause::Call| {
        let same = edges
            .iter()
            .filter(|edge| (edge.caller, edge.callee) == (&*call.caller, &*call.callee));
        same.into_iter().any(is_failing)
    };
    let towards = blast.edges.iter().filter(|call| call.hops.is_some());
    towards
        .filter(|call| is_hurt(&call.caller) || fails(call))
        .map(|call| (call.caller.as_str(), call.callee.as_str()))
        .collect()
}

fn is_failing(edge: &Edge) -> bool {
    edge.errors > 0 && !edge.is_sparse && share(edge).is_some_and(|share| share >= FAILING)
}

/// The names that are drawn, in alphabetical order: where there are too many, those of the fault, then the unwell, then the busiest.
fn chosen<'a>(
    ends: &BTreeSet<&'a str>,
    edges: &[Edge],
    verdicts: &BTreeMap<&str, Verdict>,
    fault: &BTreeSet<(&str, &str)>,
    root: Option<&str>,
) -> Vec<&'a str> {
    let mut calls: BTreeMap<&str, u64> = BTreeMap::new();
    for edge in edges {
        for end in [edge.caller, edge.callee] {
            *calls.entry(end).or_default() += edge.calls;
        }
    }
    let rank = |name: &&str| {
        let is_fault = root == Some(*name) || fault.iter().any(|(caller, callee)| caller == name || callee == name);
        let is_unwell = verdicts
            .get(name)
            .is_some_and(|verdict| matches!(verdict.class, "critical" | "degraded"));
        let busy = calls.get(name).copied().unwrap_or_default();
        std::cmp::Reverse((is_fault, is_unwell, busy))
    };
    let mut names: Vec<&str> = ends.iter().copied().collect();
    names.sort_by_key(rank);
    names.truncate(MOST_NODES);
    names.sort_unstable();
    names
}

fn node(name: &str, (x, y): (f64, f64), verdict: Option<&Verdict>, is_root: bool) -> Node {
    let short = match name.chars().count() {
        many if many > LETTERS => name.chars().take(LETTERS - 1).chain(['…']).collect(),
        _ => name.to_owned(),
    };
    let verdict = verdict.copied().unwrap_or(Verdict {
        class: "unjudged",
        word: "not judged",
    });
    Node {
        name: name.to_owned(),
        short,
        class: verdict.class,
        word: match is_root {
            true => format!("{}, root cause", verdict.word),
            false => verdict.word.to_owned(),
        },
        is_root,
        x: round(x + MARGIN),
        y: round(y + MARGIN),
    }
}

fn line(edge: &Edge, way: &[(f64, f64)], is_fault: bool, most: u64) -> Line {
    let share = share(edge);
    let is_failing = is_failing(edge);
    let points: Vec<(f64, f64)> = way
        .iter()
        .map(|(x, y)| (x + HALF.0 + MARGIN, y + HALF.1 + MARGIN))
        .collect();
    let (path, beside) = curve(&points);
    // From one to five, by the order of magnitude.
    let width = 1.0 + 4.0 * (edge.calls as f64).ln_1p() / (most as f64).ln_1p().max(1.0);
    Line {
        class: if is_failing { "failing" } else { "fine" },
        is_fault,
        is_sparse: edge.is_sparse,
        path,
        width: round(width),
        title: format!(
            "{} calls {}: {} calls, {} failed",
            edge.caller,
            edge.callee,
            count(edge.calls),
            known(share, per_cent)
        ),
        label: is_failing.then(|| (known(share, per_cent), round(beside.0), round(beside.1))),
    }
}

/// A line through the points, which bends between the columns of nodes alone, and a place beside its end.
fn curve(points: &[(f64, f64)]) -> (String, (f64, f64)) {
    let (Some(first), Some(last)) = (points.first(), points.last()) else {
        return (String::new(), (0.0, 0.0));
    };
    let aside = if first.0 < last.0 { HALF.0 } else { -HALF.0 };
    let mut path = format!("M{:.1} {:.1}", first.0 + aside, first.1);
    let mut label = (0.0, 0.0);
    for (index, step) in points.windows(2).enumerate() {
        let ((x, y), (to_x, to_y)) = ((step[0].0 + aside, step[0].1), (step[1].0 - aside, step[1].1));
        let is_end = index + 2 == points.len();
        // The arrow has room at the end; elsewhere the line goes straight on along the column.
        let end_x = if is_end { to_x - ARROW * aside.signum() } else { to_x };
        let middle = (x + to_x) / 2.0;
        path += &format!("C{middle:.1} {y:.1} {middle:.1} {to_y:.1} {end_x:.1} {to_y:.1}");
        if !is_end {
            path += &format!("H{:.1}", to_x + 2.0 * aside);
        }
        // To the left of a line that rises, to the right of one that falls.
        let side = if (to_y < y) == (x < to_x) { -24.0 } else { 24.0 };
        label = (middle + side, (y + to_y) / 2.0);
    }
    (path, label)
}

fn rows(edges: &[Edge], fault: &BTreeSet<(&str, &str)>) -> Vec<Row> {
    let mut edges: Vec<&Edge> = edges.iter().collect();
    edges.sort_by(|one, other| {
        let errors = other.errors.cmp(&one.errors).then(other.calls.cmp(&one.calls));
        errors.then((one.caller, one.callee).cmp(&(other.caller, other.callee)))
    });
    let row = |edge: &&Edge| Row {
        caller: edge.caller.to_owned(),
        callee: edge.callee.to_owned(),
        calls: count(edge.calls),
        failed: known(share(edge), per_cent),
        failed_before: known(edge.errors_before, per_cent),
        p95: known(edge.p95_ms, milliseconds),
        p95_before: known(edge.p95_ms_before, milliseconds),
        is_fault: fault.contains(&(edge.caller, edge.callee)),
        is_sparse: edge.is_sparse,
    };
    edges.iter().map(row).collect()
}

fn share(edge: &Edge) -> Option<f64> {
    (edge.calls > 0).then(|| edge.errors as f64 / edge.calls as f64)
}

fn round(number: f64) -> f64 {
    (number * 10.0).round() / 10.0
}

impl Graph {
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty() && self.rows.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edge<'a>(caller: &'a str, callee: &'a str, calls: u64, errors: u64) -> Edge<'a> {
        Edge {
            caller,
            callee,
            calls,
            errors,
            p95_ms: None,
            errors_before: None,
            p95_ms_before: None,
            is_sparse: false,
        }
    }

    #[test]
    fn a_node_that_nobody_judged_is_not_drawn_as_well() {
        let edges = [edge("a", "b", 100, 50), edge("b", "b", 7, 0)];
        let graph = draw(&edges, &["a", "c"], &BTreeMap::new(), None);
        assert!(graph.nodes.iter().all(|node| node.class == "unjudged"), "{graph:?}");
        assert_eq!((graph.edges.len(), graph.rows.len()), (1, 2));
        assert_eq!(
            graph.edges[0].label.as_ref().map(|label| label.0.as_str()),
            Some("50.0 %")
        );
        assert_eq!(graph.alone, ["c"]);
    }

    #[test]
    fn of_too_many_services_the_unwell_are_drawn_and_the_table_has_all() {
        let names: Vec<String> = (0..200).map(|number| format!("service-{number}")).collect();
        let edges: Vec<Edge> = names[1..].iter().map(|name| edge("gate", name, 5, 0)).collect();
        let unwell = BTreeMap::from([(
            "service-199",
            Verdict {
                class: "critical",
                word: "critical",
            },
        )]);
        let graph = draw(&edges, &[], &unwell, None);
        assert_eq!((graph.nodes.len(), graph.not_drawn), (MOST_NODES, 200 - MOST_NODES));
        assert_eq!(graph.rows.len(), 199);
        let drawn: Vec<&str> = graph.nodes.iter().map(|node| node.name.as_str()).collect();
        assert!(drawn.contains(&"service-199") && drawn.contains(&"gate"), "{drawn:?}");
    }

    #[test]
    fn a_graph_without_edges_is_empty() {
        assert!(draw(&[], &["a"], &BTreeMap::new(), None).is_empty());
    }
}
