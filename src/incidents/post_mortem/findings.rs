//! The answer about the root cause: what it is, whom it hurts, and the requests that show it.

use super::text::{clock, clock_or_dash, excerpt, indented, number, one_line, per_cent, plain, table};
use super::warnings;
use crate::config::Config;
use crate::questions::root_cause::{Affected, Answer, RootCause, Trace};
use crate::questions::traces::links_of;
use jiff::SignedDuration;
use kulprit_request::Window;

/// Suspects, and traces, that are shown; all of them stand in the JSON export.
const SUSPECTS: usize = 5;
const TRACES: usize = 10;

/// One sentence for whoever reads no further.
pub(super) fn in_short(answer: &Answer) -> String {
    match &answer.root_cause {
        Some(cause) => format!("{}\n", plain(&cause.sentence)),
        None => "No service stands out as the root cause.\n".to_owned(),
    }
}

pub(super) fn root_cause(answer: &Answer) -> String {
    let confidence = answer.root_cause.as_ref().map_or_else(String::new, confidence);
    let mut out = in_short(answer) + &confidence;
    let mut rows = Vec::new();
    for (place, suspect) in (1..).zip(answer.suspects.iter().take(SUSPECTS)) {
        for (line, evidence) in suspect.evidence.iter().enumerate() {
            let first = |text: String| if line == 0 { text } else { String::new() };
            rows.push(vec![
                first(place.to_string()),
                first(excerpt(&suspect.service, 80)),
                number(evidence.surprise, 2),
                clock_or_dash(evidence.since),
                excerpt(&evidence.text, 200),
            ]);
        }
    }
    if !rows.is_empty() {
        out.push_str(
            "\nSuspects, the likeliest first, a service that is called before its callers; surprise is in orders of magnitude beyond the usual:\n\n",
        );
        out.push_str(&table(&["#", "service", "surprise", "since (UTC)", "evidence"], &rows));
    }
    out + &logged(answer) + &warnings(&answer.warnings)
}

fn confidence(cause: &RootCause) -> String {
    let parts = &cause.parts;
    let parts = [
        ("pattern dominance", parts.pattern_dominance),
        ("signal consistency", parts.signal_consistency),
        ("temporal alignment", parts.temporal_alignment),
        ("margin", parts.margin),
        ("coverage", parts.coverage),
        ("support", parts.support),
    ];
    format!(
        "\nConfidence {} of 100, from: {} (each 0 to 1).\n",
        number(cause.confidence, 0),
        parts
            .map(|(name, part)| format!("{name} {}", number(part, 2)))
            .join(", ")
    )
}

/// What the root cause logged.
fn logged(answer: &Answer) -> String {
    let Some(cause) = &answer.root_cause else {
        return String::new();
    };
    let suspects = answer
        .suspects
        .iter()
        .filter(|suspect| suspect.service == cause.service);
    let examples = suspects
        .flat_map(|suspect| &suspect.evidence)
        .filter_map(|evidence| evidence.example.as_deref());
    let lines: String = examples.map(|example| indented(&one_line(example))).collect();
    if lines.is_empty() {
        return lines;
    }
    format!("\nWhat it logged:\n\n{lines}")
}

pub(super) fn blast_radius(answer: &Answer) -> String {
    let blast = &answer.blast_radius;
    let mut out = format!(
        "Blast radius: **{}**. {} of the requests and {} of the root traces are hurt beyond what is usual.\n",
        blast.class.word(),
        per_cent(blast.requests_share),
        per_cent(blast.traces_share)
    );
    let row = |affected: &Affected| {
        vec![
            excerpt(&affected.service, 80),
            affected.requests.to_string(),
            affected.errors.to_string(),
            per_cent(affected.error_share),
            per_cent(affected.error_share_before),
            per_cent(affected.slow_share),
            per_cent(affected.slow_share_before),
            affected.hops.map_or_else(|| "–".to_owned(), |hops| hops.to_string()),
        ]
    };
    let rows: Vec<_> = blast.affected.iter().map(row).collect();
    if !rows.is_empty() {
        let header = [
            "hurt",
            "requests",
            "failed",
            "failed now",
            "before",
            "slow now",
            "before",
            "calls away",
        ];
        out.push_str(&format!("\n{}", table(&header, &rows)));
    }
    out
}

pub(super) fn traces(answer: &Answer, config: &Config) -> String {
    let row = |trace: &Trace| {
        vec![
            clock(trace.started),
            linked(trace, config),
            excerpt(&trace.service, 80),
            excerpt(&trace.endpoint, 80),
            number(trace.duration_ms, 0),
            if trace.error { "yes" } else { "no" }.to_owned(),
        ]
    };
    let rows: Vec<_> = answer.traces.iter().take(TRACES).map(row).collect();
    if rows.is_empty() {
        return "No trace of a request that was hurt is known.\n".to_owned();
    }
    table(
        &["started (UTC)", "trace", "service", "endpoint", "ms", "failed"],
        &rows,
    )
}

/// The trace's id, and where it is shown.
fn linked(trace: &Trace, config: &Config) -> String {
    const AROUND: SignedDuration = SignedDuration::from_mins(1);
    let id = excerpt(&trace.trace_id, 64);
    let took = SignedDuration::from_secs_f64((trace.duration_ms / 1e3).clamp(0.0, 1e6));
    let within = Window {
        from: trace.started.saturating_sub(AROUND).unwrap_or(trace.started),
        to: trace.started.saturating_add(took + AROUND).unwrap_or(trace.started),
    };
    let links = links_of(config, &trace.trace_id, within).unwrap_or_default();
    match links.first() {
        Some(link) => format!("[{id}]({})", link.url),
        None => id,
    }
}
