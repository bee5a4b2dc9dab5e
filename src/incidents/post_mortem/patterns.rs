//! Log patterns: those that changed, and those of error lines.

use super::text::{clock_or_dash, excerpt, indented, number, one_line, per_cent, table};
use super::warnings;
use crate::questions::error_groups::ErrorGroups;
use crate::questions::log_changes::{Answer, LogGroup};

/// Patterns in a table: the rest is in the JSON export.
const ROWS: usize = 20;
/// Patterns of which a line is shown.
const LINES: usize = 5;
/// Letters of a pattern, and of a line.
const PATTERN: usize = 200;
const LINE: usize = 500;

pub(super) fn changes(answer: &Answer) -> String {
    let changed = answer.log_groups.iter().filter(|group| group.status != "same");
    let groups: Vec<_> = changed.collect();
    if groups.is_empty() {
        return format!("No pattern changed beyond the usual.\n{}", warnings(&answer.warnings));
    }
    let row = |(place, group): (u32, &&LogGroup)| {
        vec![
            place.to_string(),
            excerpt(&group.status, 20),
            excerpt(&group.service, 80),
            group.current_count.to_string(),
            group.baseline_count.to_string(),
            number(group.kl_contribution, 4),
            number(group.q_value, 2),
            clock_or_dash(group.since),
            excerpt(&group.pattern, PATTERN),
        ]
    };
    let rows: Vec<_> = (1..).zip(groups.iter().take(ROWS)).map(row).collect();
    let header = [
        "#",
        "status",
        "service",
        "lines now",
        "before",
        "KL (nats)",
        "q",
        "since (UTC)",
        "pattern",
    ];
    let mut out = table(&header, &rows);
    let totals = &answer.totals;
    out.push_str(&format!(
        "\n{} lines in the window, {} in the baseline, {} patterns; KL divergence {} nats, Jensen-Shannon {} nats.\n",
        totals.current_count,
        totals.baseline_count,
        totals.patterns,
        number(totals.kl_divergence, 4),
        number(totals.jensen_shannon, 4),
    ));
    out.push_str("\nLines of the first patterns:\n\n");
    for line in groups
        .iter()
        .take(LINES)
        .filter_map(|group| group.representative_logs.first())
    {
        let line: String = one_line(line).chars().take(LINE).collect();
        out.push_str(&indented(&line));
    }
    out + &warnings(&answer.warnings)
}

pub(super) fn errors(answer: &ErrorGroups) -> String {
    let rows: Vec<_> = answer
        .patterns
        .iter()
        .take(ROWS)
        .map(|group| {
            vec![
                excerpt(&group.service, 80),
                excerpt(&group.route, 80),
                excerpt(&group.status, 20),
                group.count.to_string(),
                per_cent(group.share),
                clock_or_dash(group.first_seen),
                excerpt(&group.pattern, PATTERN),
            ]
        })
        .collect();
    if rows.is_empty() {
        return format!("No error line in the window.\n{}", warnings(&answer.warnings));
    }
    let header = [
        "service",
        "route",
        "status",
        "lines",
        "share",
        "first seen (UTC)",
        "pattern",
    ];
    table(&header, &rows) + &warnings(&answer.warnings)
}
