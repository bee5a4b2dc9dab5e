//! Severity words and OpenTelemetry's numbers for them.

/// The text as it is stored, and the number of OpenTelemetry's log data model (1–24).
pub type Severity = (&'static str, u8);

/// How far into a message a severity is looked for.
const WITHIN: usize = 160;
const WORDS: usize = 6;

/// Words that name a severity, with OpenTelemetry's number ("Mapping of SeverityNumber" and its appendix B).
const NAMES: &[Severity] = &[
    ("TRACE", 1),
    ("FINEST", 1),
    ("FINER", 2),
    ("VERBOSE", 3),
    ("FINE", 5),
    ("DEBUG", 5),
    ("DBUG", 5),
    ("CONFIG", 8),
    ("INFO", 9),
    ("INFORMATION", 9),
    ("NOTICE", 10),
    ("WARN", 13),
    ("WARNING", 13),
    ("ERR", 17),
    ("EROR", 17),
    ("ERROR", 17),
    ("SEVERE", 17),
    ("CRIT", 18),
    ("CRITICAL", 18),
    ("ALERT", 19),
    ("EMERG", 21),
    ("FATAL", 21),
    ("PANIC", 21),
];

/// The severity that a word names, in any case.
pub fn of_word(word: &[u8]) -> Option<Severity> {
    NAMES
        .iter()
        .copied()
        .find(|(name, _)| word.eq_ignore_ascii_case(name.as_bytes()))
}

/// The severity of a syslog priority (RFC 5424, table 2).
pub fn of_priority(priority: u16) -> Severity {
    const LEVELS: [Severity; 8] = [
        ("EMERG", 21),
        ("ALERT", 19),
        ("CRIT", 18),
        ("ERROR", 17),
        ("WARN", 13),
        ("NOTICE", 10),
        ("INFO", 9),
        ("DEBUG", 5),
    ];
    LEVELS[usize::from(priority % 8)]
}

/// The severity of the one-letter forms (klog, Android).
pub fn of_letter(letter: u8) -> Option<Severity> {
    Some(match letter {
        b'V' => ("VERBOSE", 3),
        b'D' => ("DEBUG", 5),
        b'I' => ("INFO", 9),
        b'W' => ("WARN", 13),
        b'E' => ("ERROR", 17),
        b'F' => ("FATAL", 21),
        _ => return None,
    })
}

/// The severity of a numeric level as pino and bunyan write it (10, 20 … 60).
pub fn of_number(number: &str) -> Option<Severity> {
    Some(match number {
        "10" => ("TRACE", 1),
        "20" => ("DEBUG", 5),
        "30" => ("INFO", 9),
        "40" => ("WARN", 13),
        "50" => ("ERROR", 17),
        "60" => ("FATAL", 21),
        _ => return None,
    })
}

/// The severity that stands near the start of a message: `ERROR`, `[error]`, `error:`, `level=error`, Android's
/// `1234 5678 E Tag:`. A bare word in small letters is prose and does not count.
pub fn of_message(text: &[u8]) -> Option<Severity> {
    let line = text.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let head = &line[..line.len().min(WITHIN)];
    if let Some(severity) = android(head) {
        return Some(severity);
    }
    let words = head.split(|byte| b" \t".contains(byte)).filter(|word| !word.is_empty());
    words
        .enumerate()
        .find_map(|(index, word)| if index < WORDS { marked(word) } else { by_key(word) })
}

/// A word that is marked as a severity by its capitals, its brackets, its colon or its key.
fn marked(word: &[u8]) -> Option<Severity> {
    if let Some(severity) = by_key(word) {
        return Some(severity);
    }
    let opening = word.iter().take_while(|byte| b"[(<|\"".contains(byte)).count();
    let letters = word[opening..]
        .iter()
        .take_while(|byte| byte.is_ascii_alphabetic())
        .count();
    let (name, after) = word[opening..].split_at(letters);
    let severity = of_word(name)?;
    let capitals = name.iter().all(u8::is_ascii_uppercase);
    let closed = matches!(after.first(), Some(b']' | b')' | b'>' | b'|' | b':' | b'/' | b','));
    let bare = after.is_empty() && opening == 0;
    (capitals && (bare || closed) || closed && (opening > 0 || after == b":")).then_some(severity)
}

/// `level=error`, `lvl="warn"`, `severity=INFO`.
fn by_key(word: &[u8]) -> Option<Severity> {
    let at = memchr::memchr(b'=', word)?;
    let (key, value) = (&word[..at], &word[at + 1..]);
    if ![&b"level"[..], b"lvl", b"severity", b"loglevel"].contains(&key) {
        return None;
    }
    let value = value.strip_prefix(b"\"").unwrap_or(value);
    let letters = value.iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
    of_word(&value[..letters])
}

/// `1234  5678 E ActivityManager: …`
fn android(head: &[u8]) -> Option<Severity> {
    let mut words = head.split(|byte| *byte == b' ').filter(|word| !word.is_empty());
    let numeric = |word: &[u8]| word.iter().all(u8::is_ascii_digit);
    (numeric(words.next()?) && numeric(words.next()?)).then_some(())?;
    match words.next()? {
        [letter] => of_letter(*letter),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_marked_words_and_leaves_prose_alone() {
        let cases: &[(&str, Option<u8>)] = &[
            ("INFO starting", Some(9)),
            ("[error] 12#0: *3 open() failed", Some(17)),
            ("[main] WARN c.a.Cart - low stock", Some(13)),
            ("level=warn msg=\"slow\"", Some(13)),
            ("caller=a.go:1 component=tsdb level=error msg=x", Some(17)),
            ("error: no such file", Some(17)),
            (" 1234  5678 E ActivityManager: ANR", Some(17)),
            ("host app[12]: ERROR: disk", Some(17)),
            ("[php:warn] careless", None),
            ("status installed no error here", None),
            ("an error happened", None),
            ("INFORMED consent", None),
            ("", None),
        ];
        for (text, number) in cases {
            assert_eq!(of_message(text.as_bytes()).map(|(_, number)| number), *number, "{text}");
        }
    }

    #[test]
    fn syslog_priorities_follow_the_standard() {
        assert_eq!(of_priority(34), ("CRIT", 18));
        assert_eq!(of_priority(191), ("DEBUG", 5));
    }
}
