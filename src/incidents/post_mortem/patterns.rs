//! Log patterns: those that changed, and those of error lines.

use serde_json::Value;

use super::text::{clock, excerpt, indented, number, one_line, per_cent, table, time};
use super::{list, warnings};

/// Patterns in a table: the rest is in the JSON export.
const ROWS: usize = 20;
/// Patterns of which a line is shown.
const LINES: usize = 5;
/// Letters of a pattern, and of a line.
const PATTERN: usize = 200;
const LINE: usize = 500;

pub(super) fn changes(answer: &Value) -> String {
    let changed = list(answer, "log_groups").filter(|group| group["status"] != "same");
    let groups: Vec<_> = changed.collect();
    if groups.is_empty() {
        return format!("No pattern changed beyond the usual.\n{}", warnings(answer));
    }
    let rows: Vec<_> = (1..)
        .zip(groups.iter().take(ROWS))
        .map(|(place, group)| {
            vec![
                place.to_string(),
                excerpt(&group["status"], 20),
                excerpt(&group["service"], 80),
                number(&group["current_count"], 0),
                number(&group["baseline_count"], 0),
                number(&group["kl_contribution"], 4),
                number(&group["q_value"], 2),
                time(&group["since"]).map_or_else(|| "–".to_owned(), clock),
                excerpt(&group["pattern"], PATTERN),
            ]
        })
        .collect();
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
    let totals = &answer["totals"];
    out.push_str(&format!(
        "\n{} lines in the window, {} in the baseline, {} patterns; KL divergence {} nats, Jensen-Shannon {} nats.\n",
        number(&totals["current_count"], 0),
        number(&totals["baseline_count"], 0),
        number(&totals["patterns"], 0),
        number(&totals["kl_divergence"], 4),
        number(&totals["jensen_shannon"], 4),
    ));
    out.push_str("\nLines of the first patterns:\n\n");
    for group in groups.iter().take(LINES) {
        if let Some(line) = group["representative_logs"][0].as_str() {
            let line: String = one_line(line).chars().take(LINE).collect();
            out.push_str(&indented(&line));
        }
    }
    out + &warnings(answer)
}

pub(super) fn errors(answer: &Value) -> String {
    let rows: Vec<_> = list(answer, "patterns")
        .take(ROWS)
        .map(|group| {
            vec![
                excerpt(&group["service"], 80),
                excerpt(&group["route"], 80),
                excerpt(&group["status"], 20),
                number(&group["count"], 0),
                per_cent(&group["share"]),
                time(&group["first_seen"]).map_or_else(|| "–".to_owned(), clock),
                excerpt(&group["pattern"], PATTERN),
            ]
        })
        .collect();
    if rows.is_empty() {
        return format!("No error line in the window.\n{}", warnings(answer));
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
    table(&header, &rows) + &warnings(answer)
}
