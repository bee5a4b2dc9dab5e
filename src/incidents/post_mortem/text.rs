//! Values as Markdown shows them. Log lines hold everything that Markdown and HTML give a meaning to; here they stay text.

use crate::text::is_order;
use jiff::{Timestamp, tz::TimeZone};

pub(super) fn section(out: &mut String, title: &str, body: &str) {
    out.push_str(&format!("\n## {title}\n"));
    if !body.is_empty() {
        out.push_str(&format!("\n{body}"));
    }
}

/// A table whose cells are Markdown already.
pub(super) fn table(header: &[&str], rows: &[Vec<String>]) -> String {
    let mut out = format!("| {} |\n|{}\n", header.join(" | "), "---|".repeat(header.len()));
    for row in rows {
        out.push_str(&format!("| {} |\n", row.join(" | ")));
    }
    out
}

/// Text that Markdown shows as it is, on one line.
pub(super) fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in one_line(text).chars() {
        match letter {
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '~' | '#' | '&' => {
                out.push('\\');
                out.push(letter);
            }
            other => out.push(other),
        }
    }
    out
}

/// At most so many letters of a text.
pub(super) fn excerpt(text: &str, letters: usize) -> String {
    let line = one_line(text);
    match line.char_indices().nth(letters) {
        Some((end, _)) => format!("{}…", plain(&line[..end])),
        None => plain(&line),
    }
}

pub(super) fn unknown_as(word: &str, text: &str) -> String {
    if text.is_empty() { word.to_owned() } else { plain(text) }
}

pub(super) fn one_line(text: &str) -> String {
    text.split(char::is_whitespace)
        .map(|word| word.replace(is_order, ""))
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

/// A code block: four blanks need no fence that the text could close.
pub(super) fn indented(text: &str) -> String {
    text.lines().map(|line| format!("    {line}\n")).collect()
}

pub(super) fn clock(at: Timestamp) -> String {
    at.to_zoned(TimeZone::UTC).strftime("%Y-%m-%d %H:%M:%S").to_string()
}

/// A dash when the time is not known.
pub(super) fn clock_or_dash(at: Option<Timestamp>) -> String {
    at.map_or_else(|| "–".to_owned(), clock)
}

/// A share as per cent; a dash when it is not known.
pub(super) fn per_cent(share: impl Into<Option<f64>>) -> String {
    let share = share.into();
    share.map_or_else(|| "–".to_owned(), |share| format!("{:.2} %", share * 100.0))
}

/// A number with so many decimals; a dash when it is not known.
pub(super) fn number(number: impl Into<Option<f64>>, decimals: usize) -> String {
    let number = number.into();
    number.map_or_else(|| "–".to_owned(), |number| format!("{number:.decimals$}"))
}

pub(super) fn duration(seconds: Option<f64>) -> String {
    let Some(seconds) = seconds else {
        return "–".to_owned();
    };
    let whole = seconds.round() as i64;
    match (whole / 3_600, whole / 60 % 60, whole % 60) {
        (0, 0, seconds) => format!("{seconds} s"),
        (0, minutes, seconds) => format!("{minutes} min {seconds} s"),
        (hours, minutes, _) => format!("{hours} h {minutes} min"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_log_line_holds_stays_text() {
        assert_eq!(plain("a|b\n<script>*x*`"), "a\\|b \\<script\\>\\*x\\*\\`");
        assert_eq!(indented("```\n# x"), "    ```\n    # x\n");
        assert_eq!(excerpt("ab\ncd", 4), "ab c…");
    }

    #[test]
    fn durations_are_read_at_a_glance() {
        assert_eq!(duration(None), "–");
        assert_eq!(duration(Some(59.4)), "59 s");
        assert_eq!(duration(Some(61.0)), "1 min 1 s");
        assert_eq!(duration(Some(7_260.0)), "2 h 1 min");
    }
}
