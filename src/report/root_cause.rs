//! The root cause, as the page shows it.

use serde::Serialize;

use super::numbers::{Instant, UNKNOWN, count, instant, known, milliseconds, per_cent};
use super::place::Place;
use crate::questions::root_cause::{
    Affected, Answer, Evidence, EvidenceKind, HurtBy, Moment, MomentKind, Parts, Suspect, Trace,
};
use kulprit_request::Window;

#[derive(Debug, Serialize)]
pub struct View {
    /// The root cause, or that there is none, and why.
    sentence: String,
    is_found: bool,
    confidence: Option<String>,
    parts: Vec<Part>,
    suspects: Vec<Accused>,
    blast: BlastView,
    traces: Vec<TraceRow>,
    timeline: Vec<Event>,
    history_from: Instant,
    warnings: Vec<String>,
}

/// A part of the confidence.
#[derive(Debug, Serialize)]
struct Part {
    name: &'static str,
    meaning: &'static str,
    value: f64,
    shown: String,
}

#[derive(Debug, Serialize)]
struct Accused {
    number: usize,
    service: String,
    link: Option<String>,
    score: String,
    note: Option<String>,
    evidence: Vec<Piece>,
}

#[derive(Debug, Serialize)]
struct Piece {
    kind: &'static str,
    text: String,
    since: Option<Instant>,
    example: Option<String>,
    endpoint: Option<String>,
}

#[derive(Debug, Serialize)]
struct BlastView {
    class: &'static str,
    requests: String,
    traces: String,
    rows: Vec<Hurt>,
    unjudged: Vec<String>,
}

#[derive(Debug, Serialize)]
struct Hurt {
    service: String,
    by: &'static str,
    requests: String,
    failed: String,
    failed_before: String,
    slow: String,
    slow_before: String,
    hops: String,
}

#[derive(Debug, Serialize)]
struct TraceRow {
    id: String,
    link: Option<String>,
    service: String,
    endpoint: String,
    started: Instant,
    duration: String,
    is_failed: bool,
    requests: String,
}

#[derive(Debug, Serialize)]
struct Event {
    time: Instant,
    kind: &'static str,
    service: String,
    text: String,
}

pub fn view(answer: &Answer, place: &Place) -> View {
    let (window, blast) = (&answer.window, &answer.blast_radius);
    let cause = answer.root_cause.as_ref();
    let suspects = answer.suspects.iter().enumerate();
    View {
        sentence: cause.map_or_else(|| none(answer), |cause| cause.sentence.clone()),
        is_found: cause.is_some(),
        confidence: cause.map(|cause| format!("{:.0} %", cause.confidence)),
        parts: cause.map_or_else(Vec::new, |cause| parts(&cause.parts)),
        suspects: suspects
            .map(|(index, suspect)| accused(index, suspect, window, place))
            .collect(),
        blast: BlastView {
            class: blast.class.word(),
            requests: per_cent(blast.requests_share),
            traces: per_cent(blast.traces_share),
            rows: blast.affected.iter().map(hurt).collect(),
            unjudged: blast.unjudged.clone(),
        },
        traces: answer
            .traces
            .iter()
            .map(|trace| trace_row(trace, window, place))
            .collect(),
        timeline: answer.timeline.iter().map(|moment| event(moment, window)).collect(),
        history_from: instant(answer.history_from, window),
        warnings: answer.warnings.clone(),
    }
}

fn none(answer: &Answer) -> String {
    let affected = answer.blast_radius.affected.iter();
    let stopped = affected.filter(|affected| affected.by == HurtBy::Traffic);
    let stopped: Vec<&str> = stopped.map(|affected| affected.service.as_str()).collect();
    match stopped.is_empty() {
        true if answer.warnings.is_empty() => "No service stands out in this window.".to_owned(),
        true => "No service stands out in what could be read of this window.".to_owned(),
        false => format!(
            "Requests stopped: {} had some all the time, and none in this window.",
            stopped.join(", ")
        ),
    }
}

fn parts(parts: &Parts) -> Vec<Part> {
    let part = |name, value, meaning| Part {
        name,
        meaning,
        value,
        shown: format!("{value:.2}"),
    };
    vec![
        part(
            "dominance",
            parts.pattern_dominance,
            "how much of what could have changed has changed",
        ),
        part(
            "consistency",
            parts.signal_consistency,
            "how much logs, calls and metrics agree on it",
        ),
        part("alignment", parts.temporal_alignment, "how suddenly it came"),
        part("margin", parts.margin, "how far it is ahead of the next suspect"),
        part(
            "coverage",
            parts.coverage,
            "the share of the kinds of signal that have data",
        ),
        part("support", parts.support, "whether more than a few requests show it"),
    ]
}

fn accused(index: usize, suspect: &Suspect, window: &Window, place: &Place) -> Accused {
    let piece = |evidence: &Evidence| Piece {
        kind: match evidence.kind {
            EvidenceKind::Pattern => "log or span",
            EvidenceKind::Edge => "calls",
            EvidenceKind::Metric => "metric",
            EvidenceKind::Change => "change",
        },
        text: evidence.text.clone(),
        since: evidence.since.map(|since| instant(since, window)),
        example: evidence.example.clone(),
        endpoint: evidence.endpoint.clone(),
    };
    Accused {
        number: index + 1,
        service: suspect.service.clone(),
        link: place.of_service(&suspect.service),
        score: format!("{:.2}", suspect.score),
        note: suspect.note.clone(),
        evidence: suspect.evidence.iter().map(piece).collect(),
    }
}

fn hurt(affected: &Affected) -> Hurt {
    // Where requests stopped there are no shares of them.
    let is_stopped = affected.requests == 0;
    let share = |value: f64| known((!is_stopped).then_some(value), per_cent);
    Hurt {
        service: affected.service.clone(),
        by: match affected.by {
            HurtBy::Errors => "errors",
            HurtBy::Latency => "slowness",
            HurtBy::Both => "errors and slowness",
            HurtBy::Traffic => "its requests stopped",
        },
        requests: count(affected.requests),
        failed: share(affected.error_share),
        failed_before: per_cent(affected.error_share_before),
        slow: share(affected.slow_share),
        slow_before: per_cent(affected.slow_share_before),
        hops: affected
            .hops
            .map_or_else(|| UNKNOWN.to_owned(), |hops| hops.to_string()),
    }
}

fn trace_row(trace: &Trace, window: &Window, place: &Place) -> TraceRow {
    TraceRow {
        id: trace.trace_id.clone(),
        link: place.api("api/v1/traces", &[&trace.trace_id], ""),
        service: trace.service.clone(),
        endpoint: trace.endpoint.clone(),
        started: instant(trace.started, window),
        duration: milliseconds(trace.duration_ms),
        is_failed: trace.error,
        requests: count(trace.requests),
    }
}

fn event(moment: &Moment, window: &Window) -> Event {
    Event {
        time: instant(moment.time, window),
        kind: match moment.kind {
            MomentKind::Window => "window",
            MomentKind::Pattern => "log or span",
            MomentKind::Edge => "calls",
            MomentKind::Metric => "metric",
            MomentKind::Change => "change",
            MomentKind::Errors => "failure",
            MomentKind::Traffic => "traffic",
        },
        service: moment.service.clone(),
        text: moment.text.clone(),
    }
}
