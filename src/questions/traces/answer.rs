//! Requests as a flat list, and one trace with all that is known about it.

use crate::sources::SourceRead;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::links::Link;
use super::question::{LineRow, MOST_DETAILED, MOST_LINES, MOST_SPANS, SpanRow, TraceRow};
use super::tree::{Place, TreeSpan, tree};
use kulprit_request::Window;

/// What `GET /api/v1/traces` answers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct TraceList {
    pub traces: Vec<Listed>,
    pub window: Window,
    pub warnings: Vec<String>,
    /// What was read in place; where anything was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sources: Option<Vec<SourceRead>>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Listed {
    pub trace_id: String,
    pub span_id: String,
    pub service: String,
    pub name: String,
    pub start: Timestamp,
    pub duration_ms: f64,
    pub is_failed: bool,
    pub is_entry: bool,
    pub http_status: Option<u16>,
    pub status_message: String,
}

/// What `GET /api/v1/traces/{id}` answers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Trace {
    pub trace_id: String,
    pub start: Timestamp,
    /// From the beginning of the first span to the end of the last.
    pub duration_ms: f64,
    pub services: Vec<String>,
    pub error_count: usize,
    /// A parent before its children, siblings by time.
    pub spans: Vec<Span>,
    /// Where the time of the root went: the spans that would have made it faster, in order of time.
    pub critical_path: Vec<OnPath>,
    pub self_time_by_service: Vec<SelfTime>,
    pub logs: Vec<Line>,
    pub links: Vec<Link>,
    pub warnings: Vec<String>,
    /// What was read in place; where anything was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sources: Option<Vec<SourceRead>>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Span {
    pub span_id: String,
    /// As the span says; an orphan's is not there.
    pub parent_id: String,
    /// The parent's place in this list.
    pub parent: Option<usize>,
    pub depth: u32,
    pub service: String,
    pub name: String,
    pub kind: String,
    pub start: Timestamp,
    /// Since the beginning of the trace.
    pub offset_ms: f64,
    pub duration_ms: f64,
    pub self_ms: f64,
    pub critical_ms: f64,
    pub is_failed: bool,
    pub is_orphan: bool,
    pub is_repeat: bool,
    pub is_skewed: bool,
    pub was_in_cycle: bool,
    pub status_message: String,
    pub attributes: HashMap<String, String>,
    pub exceptions: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct OnPath {
    pub span_id: String,
    pub service: String,
    pub name: String,
    pub critical_ms: f64,
    /// Of the root's length.
    pub share: f64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct SelfTime {
    pub service: String,
    pub self_ms: f64,
    pub spans: usize,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Line {
    pub timestamp: Timestamp,
    pub service: String,
    pub level: String,
    pub body: String,
}

pub fn list(rows: Vec<TraceRow>, window: Window, warnings: Vec<String>) -> TraceList {
    let listed = |row: TraceRow| Listed {
        trace_id: row.trace_id,
        span_id: row.span_id,
        service: row.service,
        name: row.name,
        start: instant(row.start),
        duration_ms: milliseconds(row.duration),
        is_failed: row.is_failed,
        is_entry: row.is_entry,
        http_status: row.http_status.parse().ok(),
        status_message: row.status_message,
    };
    TraceList {
        traces: rows.into_iter().map(listed).collect(),
        window,
        warnings,
        sources: None,
    }
}

/// Shapes the rows of a trace that has at least one span.
pub fn trace(trace_id: String, mut rows: Vec<SpanRow>, lines: Vec<LineRow>, mut warnings: Vec<String>) -> Trace {
    if rows.len() > MOST_DETAILED as usize {
        warnings.push(format!(
            "the trace has more than {MOST_DETAILED} spans: their attributes and exceptions are left out"
        ));
    }
    if rows.len() > MOST_SPANS as usize {
        rows.truncate(MOST_SPANS as usize);
        warnings.push(format!("the trace has more spans: these are the first {MOST_SPANS}"));
    }
    if lines.len() >= MOST_LINES as usize {
        warnings.push(format!(
            "the trace may have more log lines: these are the first {MOST_LINES}"
        ));
    }
    let tree = tree(&rows.iter().map(tree_span).collect::<Vec<_>>());
    warnings.extend(oddities(&tree.places));
    let backwards = rows.iter().filter(|row| row.duration < 0).count();
    if backwards > 0 {
        warnings.push(format!(
            "spans that end before they begin, shown without a length: {backwards}"
        ));
    }
    let start = rows.iter().map(|row| row.start).min().unwrap_or_default();
    let end = rows
        .iter()
        .map(|row| row.start.saturating_add(row.duration.max(0)))
        .max();
    let mut printed = vec![0; rows.len()];
    for (number, index) in tree.order.iter().enumerate() {
        printed[*index] = number;
    }
    let mut rows: Vec<Option<SpanRow>> = rows.into_iter().map(Some).collect();
    let spans: Vec<Span> = tree
        .order
        .iter()
        .filter_map(|index| Some(span(rows[*index].take()?, &tree.places[*index], start, &printed)))
        .collect();
    Trace {
        trace_id,
        start: instant(start),
        duration_ms: milliseconds(end.unwrap_or(start).abs_diff(start)),
        services: spans
            .iter()
            .map(|span| span.service.clone())
            .collect::<BTreeSet<_>>()
            .into_iter()
            .collect(),
        error_count: spans.iter().filter(|span| span.is_failed).count(),
        critical_path: critical_path(&spans),
        self_time_by_service: self_times(&spans),
        spans,
        logs: lines.into_iter().map(line).collect(),
        links: vec![],
        warnings,
        sources: None,
    }
}

fn tree_span(row: &SpanRow) -> TreeSpan<'_> {
    TreeSpan {
        id: &row.span_id,
        // Some exporters write a root's parent as zeros.
        parent: if row.parent_id.bytes().all(|digit| digit == b'0') {
            ""
        } else {
            &row.parent_id
        },
        start: row.start,
        duration: length(row),
        service: &row.service,
        is_call: matches!(row.kind.as_str(), "client" | "producer"),
    }
}

/// In nanoseconds. A span that ended before it began has none.
fn length(row: &SpanRow) -> u64 {
    u64::try_from(row.duration).unwrap_or(0)
}

fn span(row: SpanRow, place: &Place, start: i64, printed: &[usize]) -> Span {
    let length = length(&row);
    Span {
        span_id: row.span_id,
        parent_id: row.parent_id,
        parent: place.parent.map(|parent| printed[parent]),
        depth: place.depth,
        service: row.service,
        name: row.name,
        kind: row.kind,
        start: instant(row.start),
        offset_ms: milliseconds(row.start.abs_diff(start)),
        duration_ms: milliseconds(length),
        self_ms: milliseconds(place.self_time),
        critical_ms: milliseconds(place.critical),
        is_failed: row.is_failed,
        is_orphan: place.is_orphan,
        is_repeat: place.is_repeat,
        is_skewed: place.is_skewed,
        was_in_cycle: place.was_in_cycle,
        status_message: row.status_message,
        attributes: row.attributes,
        exceptions: row.exceptions,
    }
}

fn critical_path(spans: &[Span]) -> Vec<OnPath> {
    let total: f64 = spans.iter().map(|span| span.critical_ms).sum();
    let mut path: Vec<&Span> = spans.iter().filter(|span| span.critical_ms > 0.0).collect();
    path.sort_by_key(|span| span.start);
    let on_path = |span: &Span| OnPath {
        span_id: span.span_id.clone(),
        service: span.service.clone(),
        name: span.name.clone(),
        critical_ms: span.critical_ms,
        share: span.critical_ms / total,
    };
    path.into_iter().map(on_path).collect()
}

fn self_times(spans: &[Span]) -> Vec<SelfTime> {
    let mut by_service: BTreeMap<&str, (f64, usize)> = BTreeMap::new();
    for span in spans {
        let entry = by_service.entry(&span.service).or_default();
        entry.0 += span.self_ms;
        entry.1 += 1;
    }
    let mut times: Vec<SelfTime> = by_service
        .into_iter()
        .map(|(service, (self_ms, spans))| SelfTime {
            service: service.to_owned(),
            self_ms,
            spans,
        })
        .collect();
    times.sort_by(|left, right| right.self_ms.total_cmp(&left.self_ms));
    times
}

fn oddities(places: &[Place]) -> Vec<String> {
    let count = |is_odd: fn(&Place) -> bool| places.iter().filter(|place| is_odd(place)).count();
    [
        (
            count(|place| place.is_orphan),
            "name a parent that is not there: they stand among the roots",
        ),
        (count(|place| place.is_repeat), "repeat the id of another span"),
        (
            count(|place| place.was_in_cycle),
            "were their own ancestors: they stand among the roots",
        ),
        (
            count(|place| place.is_skewed),
            "begin before their parent: clocks differ",
        ),
    ]
    .into_iter()
    .filter(|(number, _)| *number > 0)
    .map(|(number, what)| format!("{number} spans {what}"))
    .collect()
}

fn line(row: LineRow) -> Line {
    Line {
        timestamp: instant(row.time),
        service: row.service,
        level: row.severity,
        body: row.body,
    }
}

fn instant(nanoseconds: i64) -> Timestamp {
    Timestamp::from_nanosecond(nanoseconds.into()).unwrap_or(Timestamp::UNIX_EPOCH)
}

fn milliseconds(nanoseconds: u64) -> f64 {
    nanoseconds as f64 / 1e6
}
