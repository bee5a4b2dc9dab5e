//! Answers as tables for a terminal.

use comfy_table::presets::NOTHING;
use comfy_table::{CellAlignment, ContentArrangement, Table};

use crate::questions::log_changes::{Answer, ChangedService, Finding, LogGroup};
use crate::questions::root_cause::{Answer as RootCauseAnswer, HurtBy};
use crate::text::one_line;

/// The ranked changes, one line a pattern, and the totals below.
pub fn pattern_changes(answer: &Answer) -> String {
    let header = ["", "status", "service", "now", "before", "change", "KL", "q", "pattern"]
        .map(str::to_owned)
        .to_vec();
    let mut rows = vec![header];
    rows.extend(
        answer
            .log_groups
            .iter()
            .enumerate()
            .map(|(index, group)| row(index, group)),
    );
    let totals = &answer.totals;
    let mut out = String::new();
    for finding in &answer.services {
        out.push_str(&format!("{}.\n", text(&finding.sentence, UNLIMITED)));
    }
    if let Some(first) = answer.log_groups.first().filter(|group| group.status != "same") {
        out.push_str(&format!("{}.\n", text(&first.sentence, UNLIMITED)));
    }
    if !out.is_empty() {
        out.push('\n');
    }
    out += &aligned(&rows, &[0, 3, 4, 5, 6, 7]);
    out.push_str(&format!(
        "\n{} lines in the window, {} in the baseline, {} patterns; not shown: {} and {} lines. KL divergence {:.4} nats, Jensen-Shannon {:.4} nats.\n",
        totals.current_count,
        totals.baseline_count,
        totals.patterns,
        totals.other_current_count,
        totals.other_baseline_count,
        totals.kl_divergence,
        totals.jensen_shannon
    ));
    if totals.ignored_patterns > 0 {
        out.push_str(&format!(
            "Ignored, as somebody decided: {} patterns with {} of these lines.\n",
            totals.ignored_patterns, totals.ignored_count
        ));
    }
    if !answer.baseline.median_of.is_empty() {
        let windows = answer.baseline.median_of.iter();
        let windows = windows.map(|counted| format!("{} ({} lines)", counted.window.from, counted.lines));
        let windows: Vec<String> = windows.collect();
        out.push_str(&format!(
            "The baseline is the median of the windows from {}.\n",
            windows.join(", ")
        ));
    }
    out
}

/// The services, one line each.
pub fn services(services: &[ChangedService]) -> String {
    let header = [
        "",
        "status",
        "service",
        "surprise",
        "score",
        "usual",
        "requests with it now",
        "before",
    ];
    let mut rows = vec![header.map(str::to_owned).to_vec()];
    rows.extend(services.iter().enumerate().map(|(index, service)| {
        vec![
            (index + 1).to_string(),
            service.status.to_owned(),
            service.service.clone(),
            format!("{:.1}", service.surprise),
            format!("{:.1}", service.score),
            format!("{:.1}", service.usual),
            format!("{} of {}", service.requests, service.request_total),
            format!("{} of {}", service.past_requests, service.past_request_total),
        ]
    }));
    aligned(&rows, &[0, 3, 4, 5, 6, 7])
}

/// The suspects, one line each piece of evidence, the root cause above and whom it hurts below.
pub fn root_cause(answer: &RootCauseAnswer) -> String {
    let stopped = answer
        .blast_radius
        .affected
        .iter()
        .filter(|affected| affected.by == HurtBy::Traffic);
    let stopped: Vec<&str> = stopped.map(|affected| affected.service.as_str()).collect();
    let mut out = match &answer.root_cause {
        Some(cause) => format!("{}\n\n", cause.sentence),
        None if stopped.is_empty() => "No service stands out in this window.\n\n".to_owned(),
        None => format!(
            "Requests stopped: {} had some all the time, and none in this window.\n\n",
            stopped.join(", ")
        ),
    };
    let mut rows = vec![
        ["", "score", "service", "kind", "since", "evidence"]
            .map(str::to_owned)
            .to_vec(),
    ];
    for (index, suspect) in answer.suspects.iter().enumerate() {
        for (line, evidence) in suspect.evidence.iter().enumerate() {
            let first = |cell: String| if line == 0 { cell } else { String::new() };
            rows.push(vec![
                first((index + 1).to_string()),
                format!("{:.2}", evidence.surprise),
                first(suspect.service.clone()),
                evidence.kind.word().to_owned(),
                evidence.since.map_or_else(String::new, |at| format!("{at:.0}")),
                text(&evidence.text, 120),
            ]);
        }
    }
    if rows.len() > 1 {
        out.push_str(&aligned(&rows, &[0, 1]));
    }
    let blast = &answer.blast_radius;
    let mut rows = vec![
        ["hurt", "by", "requests", "failed", "before", "slow", "before", "hops"]
            .map(str::to_owned)
            .to_vec(),
    ];
    let per_cent = |share: f64| format!("{:.1}%", share * 100.0);
    rows.extend(blast.affected.iter().map(|affected| {
        vec![
            affected.service.clone(),
            affected.by.word().to_owned(),
            affected.requests.to_string(),
            per_cent(affected.error_share),
            per_cent(affected.error_share_before),
            per_cent(affected.slow_share),
            per_cent(affected.slow_share_before),
            affected.hops.map_or_else(String::new, |hops| hops.to_string()),
        ]
    }));
    if rows.len() > 1 {
        out.push('\n');
        out.push_str(&aligned(&rows, &[2, 3, 4, 5, 6, 7]));
    }
    out.push_str(&format!(
        "\nBlast radius: {:?}. {} of the requests and {} of the root traces are hurt beyond what is usual.\n",
        blast.class,
        per_cent(blast.requests_share),
        per_cent(blast.traces_share)
    ));
    out
}

fn row(index: usize, group: &LogGroup) -> Vec<String> {
    vec![
        (index + 1).to_string(),
        status(group),
        group.service.clone(),
        group.current_count.to_string(),
        group.baseline_count.to_string(),
        change(group),
        format!("{:+.4}", group.kl_contribution),
        format!("{:.2}", group.q_value),
        text(&named(group), 120),
    ]
}

/// The pattern, after what it is called.
fn named(group: &LogGroup) -> String {
    match group.name.as_str() {
        "" => group.pattern.clone(),
        name => format!("{name}: {}", group.pattern),
    }
}

/// The status, and why a pattern has it that is not tested.
fn status(group: &LogGroup) -> String {
    match group.finding {
        Finding::FirstSeen => format!("{} (first seen, grave)", group.status),
        Finding::ShareOnly => "share only".to_owned(),
        Finding::TooRare => "too rare".to_owned(),
        Finding::Significant | Finding::NewService | Finding::SilentService | Finding::Usual => group.status.clone(),
    }
}

/// By how much the rate changed.
fn change(group: &LogGroup) -> String {
    match (group.baseline_count, group.current_count) {
        (0, _) => "new".to_owned(),
        (_, 0) => "gone".to_owned(),
        _ => format!("{:+.0}%", (group.current_rate / group.baseline_rate - 1.0) * 100.0),
    }
}

/// What a cell says, on one line: on a terminal at most `width` characters of it, so that a row stays a few lines; elsewhere all of it.
pub fn text(text: &str, width: usize) -> String {
    one_line(text, terminal_width().map_or(UNLIMITED, |_| width))
}

const UNLIMITED: usize = i32::MAX as usize;

/// Rows as columns, the columns in `right` to the right. On a terminal long cells are folded within their column, so that a row is no wider
/// than it; elsewhere a row is a line.
pub fn aligned(rows: &[Vec<String>], right: &[usize]) -> String {
    arranged(rows, right, terminal_width())
}

/// None where stdout is no terminal.
fn terminal_width() -> Option<u16> {
    console::Term::stdout().size_checked().map(|(_, columns)| columns)
}

fn arranged(rows: &[Vec<String>], right: &[usize], width: Option<u16>) -> String {
    let mut table = Table::new();
    table.load_style(NOTHING).add_rows(rows);
    match width {
        Some(width) => table
            .set_content_arrangement(ContentArrangement::Dynamic)
            .set_width(width),
        None => table.set_content_arrangement(ContentArrangement::Disabled),
    };
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
        if right.contains(&column.index) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    let mut out = table.trim_fmt();
    out.push('\n');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows() -> Vec<Vec<String>> {
        let long =
            "both burn fast: errors of the last hour and of the last five minutes use the budget 14.4 times too fast";
        [
            ["service", "count", "why"],
            ["cart", "7", ""],
            ["Zahlung für alle", "12345", long],
        ]
        .map(|row| row.map(str::to_owned).to_vec())
        .to_vec()
    }

    #[test]
    fn in_a_pipe_a_row_is_a_line_and_nothing_is_cut() {
        let out = arranged(&rows(), &[1], None);
        let lines: Vec<&str> = out.lines().collect();
        assert_eq!(lines[0], "service           count  why");
        assert_eq!(lines[1], "cart                  7");
        assert_eq!(lines[2], format!("Zahlung für alle  12345  {}", rows()[2][2]));
        assert_eq!(lines.len(), 3);
    }

    #[test]
    fn on_a_terminal_no_line_is_wider_than_it_and_every_word_is_there() {
        let out = arranged(&rows(), &[1], Some(60));
        assert!(out.lines().all(|line| line.chars().count() <= 60), "{out}");
        for word in rows()[2].iter().flat_map(|cell| cell.split(' ')) {
            assert!(out.contains(word), "{word}: {out}");
        }
    }
}
