//! What sets lines apart, as a table for a terminal.

use super::table::{aligned, text};
use crate::questions::differences::{Difference, Differences};
use crate::questions::log_changes::Answer;

/// Below the ranked changes: a row for each difference of each changed pattern, by its number there, then those of the whole window.
pub fn differences(answer: &Answer, of_window: &Differences) -> String {
    let header = ["", "lines", "usual", "effect", "what sets the lines apart"];
    let mut rows = vec![header.map(str::to_owned).to_vec()];
    for (number, group) in (1..).zip(&answer.log_groups) {
        let of_group = group.differences.iter().flatten();
        rows.extend(of_group.zip(0..).map(|(difference, place)| {
            let label = if place == 0 { number.to_string() } else { String::new() };
            row(label, difference)
        }));
    }
    rows.extend(of_window.differences.iter().zip(0..).map(|(difference, place)| {
        let label = if place == 0 { "all" } else { "" };
        row(label.to_owned(), difference)
    }));
    let mut out = "\n".to_owned();
    if rows.len() > 1 {
        out.push_str(&aligned(&rows, &[0, 1, 2, 3]));
    } else {
        out.push_str("No attribute sets the lines apart from what is usual.\n");
    }
    if !of_window.left_out.is_empty() {
        let names = of_window.left_out.iter();
        let names: Vec<String> = names
            .map(|left_out| format!("{} ({})", left_out.key, left_out.why))
            .collect();
        out.push_str(&format!("Not compared: {}.\n", text(&names.join(", "), 400)));
    }
    out
}

fn row(label: String, difference: &Difference) -> Vec<String> {
    let per_cent = |share: f64| format!("{:.1}%", share * 100.0);
    vec![
        label,
        per_cent(difference.share),
        per_cent(difference.usual_share),
        format!("{:.2}", difference.effect),
        text(&difference.sentence, 160),
    ]
}
