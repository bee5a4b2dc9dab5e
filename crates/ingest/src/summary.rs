//! The report as text.

use std::fmt::Write;

use super::report::Report;

/// Refusals that the text spells out; the others are counted.
const SHOWN: usize = 10;

/// A few lines for people: what was read, stored and refused and why, and the time range.
pub fn summary(report: &Report) -> String {
    let mut text = String::new();
    // Writing to a String cannot fail.
    let _ = write_summary(report, &mut text);
    text
}

fn write_summary(report: &Report, out: &mut String) -> std::fmt::Result {
    let lines = if report.lines > 0 {
        format!(" (from {} lines)", report.lines)
    } else {
        String::new()
    };
    writeln!(out, "rows read      {}{lines}", report.rows_read)?;
    writeln!(out, "rows stored    {}", report.rows_stored)?;
    writeln!(out, "rows refused   {}", report.rows_refused)?;
    for (kind, count) in &report.refused_by_kind {
        writeln!(out, "  {count:>12}  {kind}")?;
    }
    for refusal in report.refusals.iter().take(SHOWN) {
        writeln!(
            out,
            "  {}:{}: {}: {}",
            refusal.file, refusal.row, refusal.kind, refusal.detail
        )?;
    }
    if report.refusals.len() > SHOWN {
        writeln!(out, "  … only the first {SHOWN} are shown")?;
    }
    if report.rows_unsent > 0 {
        writeln!(out, "rows not sent  {}", report.rows_unsent)?;
    }
    if report.rows_untimed > 0 {
        writeln!(
            out,
            "rows untimed   {} (before the first time of their file: stored with that time, or the file's own if it has none)",
            report.rows_untimed
        )?;
    }
    if let Some((first, last)) = report.times {
        writeln!(out, "times          {first} to {last}")?;
    }
    for note in &report.notes {
        writeln!(out, "note           {note}")?;
    }
    for failure in &report.failures {
        writeln!(out, "failed         {failure}")?;
    }
    Ok(())
}
