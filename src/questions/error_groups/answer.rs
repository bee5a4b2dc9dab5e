//! What fails, with counts that add up.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::question::ErrorPatternRow;
use crate::sources::SourceRead;
use kulprit_request::Window;

/// What `GET /api/v1/patterns` answers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct ErrorGroups {
    /// The most frequent first; where there are more, the last row stands for the others and is called `other`.
    pub patterns: Vec<ErrorGroup>,
    pub total: u64,
    pub groups: u64,
    /// Lines that name no trace.
    pub without_trace: u64,
    /// The largest group's share of all error lines: 1 when one thing fails, small when many do.
    pub dominance: f64,
    pub window: Window,
    pub warnings: Vec<String>,
    /// What was read in place; where anything was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sources: Option<Vec<SourceRead>>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct ErrorGroup {
    pub service: String,
    pub route: String,
    pub status: String,
    /// A 64-bit id as text; empty for the others.
    pub pattern_id: String,
    pub pattern: String,
    pub sample: String,
    pub count: u64,
    /// Of all error lines.
    pub share: f64,
    /// Of the service's error lines.
    pub share_of_service: f64,
    pub without_trace: u64,
    pub traces: u64,
    /// Up to ten.
    pub trace_ids: Vec<String>,
    pub first_seen: Option<Timestamp>,
    pub last_seen: Option<Timestamp>,
}

/// Shapes rows, which stand in the order of their counts.
pub fn groups(rows: Vec<ErrorPatternRow>, window: Window, warnings: Vec<String>) -> ErrorGroups {
    let (total, traced, groups) = rows
        .first()
        .map_or((0, 0, 0), |row| (row.total_lines, row.total_traced, row.total_groups));
    let (shown, shown_traced): (u64, u64) = rows
        .iter()
        .fold((0, 0), |sum, row| (sum.0 + row.lines, sum.1 + row.traced));
    let further = rows.last().map(|row| (row.further_first_seen, row.further_last_seen));
    let dominance = rows.first().map_or(0.0, |row| part(row.lines, total));
    let hidden = groups.saturating_sub(rows.len() as u64);
    let mut patterns: Vec<ErrorGroup> = rows.into_iter().map(group).collect();
    if hidden > 0 {
        let lines = total.saturating_sub(shown);
        patterns.push(ErrorGroup {
            service: "other".to_owned(),
            route: String::new(),
            status: String::new(),
            pattern_id: String::new(),
            pattern: format!("{hidden} further groups"),
            sample: String::new(),
            count: lines,
            share: part(lines, total),
            share_of_service: 0.0,
            without_trace: lines.saturating_sub(traced.saturating_sub(shown_traced)),
            traces: 0,
            trace_ids: vec![],
            first_seen: further.and_then(|(first, _)| instant(first)),
            last_seen: further.and_then(|(_, last)| instant(last)),
        });
    }
    ErrorGroups {
        patterns,
        total,
        groups,
        without_trace: total.saturating_sub(traced),
        dominance,
        window,
        warnings,
        sources: None,
    }
}

fn group(row: ErrorPatternRow) -> ErrorGroup {
    ErrorGroup {
        share: part(row.lines, row.total_lines),
        share_of_service: part(row.lines, row.service_lines),
        without_trace: row.lines.saturating_sub(row.traced),
        service: row.service,
        route: row.route,
        status: row.status,
        pattern_id: row.pattern_id.to_string(),
        pattern: row.pattern,
        sample: row.sample,
        count: row.lines,
        traces: row.traces,
        trace_ids: row.trace_ids,
        first_seen: instant(row.first_seen),
        last_seen: instant(row.last_seen),
    }
}

fn instant(nanoseconds: i64) -> Option<Timestamp> {
    Timestamp::from_nanosecond(nanoseconds.into()).ok()
}

fn part(part: u64, whole: u64) -> f64 {
    part as f64 / whole.max(1) as f64
}
