//! Text and numbers in the forms that every answer uses.

/// The text without line breaks and control characters, at most `width` characters.
pub fn one_line(text: &str, width: usize) -> String {
    let clean: String = text
        .chars()
        .map(|letter| if letter.is_control() { ' ' } else { letter })
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
