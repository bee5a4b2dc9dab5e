//! Severities: what a word says of how grave a line is.

/// How grave a line is, in the words of OpenTelemetry's ranges of severity numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    Trace,
    Debug,
    Info,
    Warn,
    Error,
    Fatal,
}

const NAMES: [(&[u8], Level); 40] = [
    (b"trace", Level::Trace),
    (b"trc", Level::Trace),
    (b"trce", Level::Trace),
    (b"verbose", Level::Trace),
    (b"vrb", Level::Trace),
    (b"finest", Level::Trace),
    (b"finer", Level::Trace),
    (b"debug", Level::Debug),
    (b"dbg", Level::Debug),
    (b"dbug", Level::Debug),
    (b"debu", Level::Debug),
    (b"info", Level::Info),
    (b"inf", Level::Info),
    (b"information", Level::Info),
    (b"informational", Level::Info),
    (b"notice", Level::Info),
    (b"audit", Level::Info),
    (b"log", Level::Info),
    (b"warn", Level::Warn),
    (b"wrn", Level::Warn),
    (b"warning", Level::Warn),
    (b"error", Level::Error),
    (b"err", Level::Error),
    (b"erro", Level::Error),
    (b"eror", Level::Error),
    (b"fail", Level::Error),
    (b"severe", Level::Error),
    (b"fatal", Level::Fatal),
    (b"ftl", Level::Fatal),
    (b"crit", Level::Fatal),
    (b"critical", Level::Fatal),
    (b"alert", Level::Fatal),
    (b"emerg", Level::Fatal),
    (b"emergency", Level::Fatal),
    (b"panic", Level::Fatal),
    (b"dpanic", Level::Fatal),
    (b"t", Level::Trace),
    (b"d", Level::Debug),
    (b"w", Level::Warn),
    (b"e", Level::Error),
];

impl Level {
    /// The level that a word names, in any case; digits behind it do not matter (`ERROR2`).
    pub fn of_word(word: &[u8]) -> Option<Level> {
        let end = word.iter().rposition(|byte| !byte.is_ascii_digit())? + 1;
        let word = &word[..end];
        if word.len() > 13 {
            return None;
        }
        NAMES
            .iter()
            .find(|(name, _)| word.eq_ignore_ascii_case(name))
            .map(|(_, level)| *level)
    }

    /// The level that a field for nothing else holds: a word, perhaps in brackets, a letter, or OpenTelemetry's number.
    pub fn of_field(field: &[u8]) -> Option<Level> {
        let field = field.trim_ascii();
        if let Some(number) = std::str::from_utf8(field).ok().and_then(|text| text.parse().ok()) {
            return match number {
                // Below nine, syslog's numbers mean other levels.
                9_u8..=12 => Some(Level::Info),
                13..=16 => Some(Level::Warn),
                17..=20 => Some(Level::Error),
                21..=24 => Some(Level::Fatal),
                _ => None,
            };
        }
        let letters = |byte: &u8| !byte.is_ascii_alphabetic();
        let start = field.iter().position(|byte| !letters(byte))?;
        let length = field[start..].iter().position(letters);
        match &field[start..start + length.unwrap_or(field.len() - start)] {
            [b'f' | b'F' | b'c' | b'C'] => Some(Level::Fatal),
            [b'i' | b'I' | b'n' | b'N'] => Some(Level::Info),
            word => Level::of_word(word),
        }
    }

    pub const fn text(self) -> &'static [u8] {
        match self {
            Level::Trace => b"TRACE",
            Level::Debug => b"DEBUG",
            Level::Info => b"INFO",
            Level::Warn => b"WARN",
            Level::Error => b"ERROR",
            Level::Fatal => b"FATAL",
        }
    }
}

/// Whether `word` is the name of a level and nothing that a host or a program is called.
pub fn is_level(word: &[u8]) -> bool {
    (3..=13).contains(&word.len()) && word != b"log" && word != b"audit" && Level::of_word(word).is_some()
}

#[cfg(test)]
mod tests {
    use super::Level;

    #[test]
    fn a_field_names_its_level_in_many_ways() {
        for (field, level) in [
            ("ERROR", Some(Level::Error)),
            ("Error4", Some(Level::Error)),
            ("[warn]", Some(Level::Warn)),
            (" wrn ", Some(Level::Warn)),
            ("17", Some(Level::Error)),
            ("3", None),
            ("E", Some(Level::Error)),
            ("F", Some(Level::Fatal)),
            ("emerg", Some(Level::Fatal)),
            ("local.ERROR:", None),
            ("", None),
            ("custom", None),
        ] {
            assert_eq!(Level::of_field(field.as_bytes()), level, "{field}");
        }
    }
}
