//! Severities: the one list of their names, by which ingest, shapes and (spelled out in `sql/_logs/range.sql`, which a
//! test holds to this list) statements decide how grave a line is.

/// The name of a severity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Name {
    /// In capitals.
    pub text: &'static str,
    /// OpenTelemetry's number (1–24): "Mapping of SeverityNumber" and appendix B of its log data model.
    pub number: u8,
    pub also: Also,
}

/// What else a name of a severity is used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Also {
    Nothing,
    /// It is a word of prose: `tests fail`.
    Word,
    /// Programs, hosts and parts of programs are called so: `[config]`, `audit`.
    Called,
}

const fn name(text: &'static str, number: u8) -> Name {
    Name {
        text,
        number,
        also: Also::Nothing,
    }
}

const fn word(text: &'static str, number: u8) -> Name {
    Name {
        text,
        number,
        also: Also::Word,
    }
}

const fn called(text: &'static str, number: u8) -> Name {
    Name {
        text,
        number,
        also: Also::Called,
    }
}

/// All names.
pub const NAMES: &[Name] = &[
    word("TRACE", 1),
    name("TRCE", 1),
    name("TRC", 1),
    name("FINEST", 1),
    called("SILLY", 1),
    name("FINER", 2),
    name("VERBOSE", 3),
    name("VRB", 3),
    called("FINE", 5),
    name("DEBUG", 5),
    name("DBUG", 5),
    name("DBG", 5),
    name("DEBU", 5),
    called("CONFIG", 8),
    name("INFO", 9),
    name("INF", 9),
    name("INFORMATION", 9),
    name("INFORMATIONAL", 9),
    called("LOG", 9),
    called("SYSTEM", 9),
    called("AUDIT", 10),
    called("NOTE", 10),
    name("NOTICE", 10),
    name("WARN", 13),
    name("WRN", 13),
    name("WARNING", 13),
    name("ERR", 17),
    name("EROR", 17),
    name("ERRO", 17),
    name("ERROR", 17),
    word("FAIL", 17),
    name("SEVERE", 17),
    name("CRIT", 18),
    name("CRITICAL", 18),
    name("DPANIC", 18),
    word("ALERT", 19),
    name("EMERG", 21),
    name("EMERGENCY", 21),
    name("FTL", 21),
    name("FATAL", 21),
    name("PANIC", 21),
];

/// The letters that stand for a name, in capitals (klog, Android, Ruby's Logger).
pub const LETTERS: &[(u8, &str)] = &[
    (b'T', "TRACE"),
    (b'V', "VERBOSE"),
    (b'D', "DEBUG"),
    (b'I', "INFO"),
    (b'N', "NOTICE"),
    (b'W', "WARN"),
    (b'E', "ERROR"),
    (b'C', "CRIT"),
    (b'F', "FATAL"),
];

/// The lengths that names have.
const LENGTHS: std::ops::RangeInclusive<usize> = 3..=13;

/// The name that a word is, in any case.
pub fn named(word: &[u8]) -> Option<&'static Name> {
    // Most words are none: their first letter tells.
    let first = word.first()? | 0x20;
    if !LENGTHS.contains(&word.len()) || !b"acdefilnpstvw".contains(&first) {
        return None;
    }
    NAMES
        .iter()
        .find(|name| word.eq_ignore_ascii_case(name.text.as_bytes()))
}

/// The name that a letter stands for, in either case.
pub fn lettered(letter: u8) -> Option<&'static Name> {
    let letter = letter.to_ascii_uppercase();
    let (_, name) = LETTERS.iter().find(|(known, _)| *known == letter)?;
    named(name.as_bytes())
}

/// Whether `word` is the name of a level and nothing that a host or a program is called.
pub fn is_level(word: &[u8]) -> bool {
    named(word).is_some_and(|name| name.also != Also::Called)
}

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

impl Level {
    /// The range that one of OpenTelemetry's numbers lies in.
    pub const fn of_number(number: u8) -> Option<Level> {
        Some(match number {
            1..=4 => Level::Trace,
            5..=8 => Level::Debug,
            9..=12 => Level::Info,
            13..=16 => Level::Warn,
            17..=20 => Level::Error,
            21..=24 => Level::Fatal,
            _ => return None,
        })
    }

    /// The level that a word names, in any case; digits behind it do not matter (`ERROR2`).
    pub fn of_word(word: &[u8]) -> Option<Level> {
        let end = word.iter().rposition(|byte| !byte.is_ascii_digit())? + 1;
        Level::of_number(named(&word[..end])?.number)
    }

    /// The level that a letter stands for.
    pub fn of_letter(letter: u8) -> Option<Level> {
        Level::of_number(lettered(letter)?.number)
    }

    /// The level that a field for nothing else holds: a word, perhaps in brackets or with a sign behind it, a letter, or
    /// OpenTelemetry's number.
    pub fn of_field(field: &[u8]) -> Option<Level> {
        let field = field.trim_ascii();
        if !field.is_empty() && field.iter().all(u8::is_ascii_digit) {
            let number = std::str::from_utf8(field).ok()?.parse().ok()?;
            // Below nine, syslog's numbers mean other levels.
            return Level::of_number(number).filter(|level| *level >= Level::Info);
        }
        let start = field.iter().position(u8::is_ascii_alphabetic)?;
        let letters = field[start..].iter().take_while(|byte| byte.is_ascii_alphabetic());
        match &field[start..start + letters.count()] {
            [letter] => Level::of_letter(*letter),
            word => Level::of_word(word),
        }
    }

    pub const fn text(self) -> &'static str {
        match self {
            Level::Trace => "TRACE",
            Level::Debug => "DEBUG",
            Level::Info => "INFO",
            Level::Warn => "WARN",
            Level::Error => "ERROR",
            Level::Fatal => "FATAL",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{LENGTHS, LETTERS, Level, NAMES, lettered, named};

    #[test]
    fn every_name_is_found_once_and_in_any_case() {
        for name in NAMES {
            assert_eq!(named(name.text.as_bytes()), Some(name));
            assert_eq!(named(name.text.to_ascii_lowercase().as_bytes()), Some(name));
            assert!(
                LENGTHS.contains(&name.text.len()) && Level::of_number(name.number).is_some(),
                "{}",
                name.text
            );
        }
        for (letter, name) in LETTERS {
            assert_eq!(lettered(*letter), named(name.as_bytes()), "{name}");
        }
    }

    #[test]
    fn a_field_names_its_level_in_many_ways() {
        for (field, level) in [
            ("ERROR", Some(Level::Error)),
            ("Error4", Some(Level::Error)),
            ("ERROR+4", Some(Level::Error)),
            ("[warn]", Some(Level::Warn)),
            (" wrn ", Some(Level::Warn)),
            ("17", Some(Level::Error)),
            ("3", None),
            ("25", None),
            ("E", Some(Level::Error)),
            ("F", Some(Level::Fatal)),
            ("v", Some(Level::Trace)),
            ("crit", Some(Level::Error)),
            ("emerg", Some(Level::Fatal)),
            ("FINE", Some(Level::Debug)),
            ("local.ERROR:", None),
            ("", None),
            ("custom", None),
        ] {
            assert_eq!(Level::of_field(field.as_bytes()), level, "{field}");
        }
    }
}
