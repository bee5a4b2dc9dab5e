//! Text and numbers in the forms that every answer uses.

use std::borrow::Cow;

/// Whether a terminal, or a page, takes this letter for an order rather than for text: control characters, line breaks of all kinds, and
/// what turns the direction of the letters behind it.
pub fn is_order(letter: char) -> bool {
    letter.is_control()
        || matches!(letter, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// The text without orders but tabs and line breaks; whoever wrote a log line must not write on the reader's terminal.
pub fn without_orders(text: &str) -> Cow<'_, str> {
    let is_odd = |letter: char| is_order(letter) && !matches!(letter, '\n' | '\t');
    match text.contains(is_odd) {
        true => text.replace(is_odd, "\u{fffd}").into(),
        false => text.into(),
    }
}

/// JSON text in which strings hold orders only as `\uXXXX`.
pub fn json_without_orders(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for letter in json.chars() {
        match letter {
            '\n' => out.push(letter),
            // All of them lie below U+10000.
            _ if is_order(letter) => out.push_str(&format!("\\u{:04x}", u32::from(letter))),
            _ => out.push(letter),
        }
    }
    out
}

/// The text without line breaks and control characters, at most `width` characters.
pub fn one_line(text: &str, width: usize) -> String {
    let clean: String = text
        .chars()
        .map(|letter| if is_order(letter) { ' ' } else { letter })
        .take(width + 1)
        .collect();
    if clean.chars().count() > width {
        return clean.chars().take(width - 1).chain(['…']).collect();
    }
    clean
}

/// JSON has no NaN and no infinity, and a client that meets null where it wants a number fails.
pub fn finite(number: f64) -> f64 {
    if number.is_nan() {
        0.0
    } else {
        number.clamp(f64::MIN, f64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_orders_a_terminal_about_is_no_text() {
        let line = "\u{1b}]0;title\u{7}\u{1b}[2J a\tb\n\u{202e}\u{9b}31m\u{2028}é";
        assert_eq!(
            without_orders(line),
            "\u{fffd}]0;title\u{fffd}\u{fffd}[2J a\tb\n\u{fffd}\u{fffd}31m\u{fffd}é"
        );
        assert_eq!(without_orders("plain\ttext\n"), "plain\ttext\n");
        assert_eq!(one_line("a\u{202e}\u{1b}b", 10), "a  b");
    }

    #[test]
    fn json_keeps_what_it_says() {
        let value = serde_json::json!({ "line": "\u{1b}[2J\u{202e}\u{9b}\n\"é" });
        let text = json_without_orders(&serde_json::to_string_pretty(&value).unwrap_or_default());
        assert!(!text.contains(|letter| is_order(letter) && letter != '\n'), "{text}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&text).ok(), Some(value));
    }
}
