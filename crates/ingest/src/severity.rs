//! Severity words and OpenTelemetry's numbers for them: the one place that decides the level of a line or record.

/// The text as it is stored, and the number of OpenTelemetry's log data model (1–24).
pub type Severity = (&'static str, u8);

/// How far into a message a severity is looked for.
const WITHIN: usize = 256;
/// How many words may stand before a severity that has no key.
const WORDS: usize = 9;
/// From this number on a message tells of something wrong (WARN).
pub const WARN: u8 = 13;

/// Words that name a severity, with OpenTelemetry's number ("Mapping of SeverityNumber" and its appendix B).
const NAMES: &[Severity] = &[
    ("TRACE", 1),
    ("TRCE", 1),
    ("TRC", 1),
    ("FINEST", 1),
    ("SILLY", 1),
    ("FINER", 2),
    ("VERBOSE", 3),
    ("VRB", 3),
    ("FINE", 5),
    ("DEBUG", 5),
    ("DBUG", 5),
    ("DBG", 5),
    ("DEBU", 5),
    ("CONFIG", 8),
    ("INFO", 9),
    ("INF", 9),
    ("INFORMATION", 9),
    ("INFORMATIONAL", 9),
    ("LOG", 9),
    ("SYSTEM", 9),
    ("AUDIT", 10),
    ("NOTE", 10),
    ("NOTICE", 10),
    ("WARN", 13),
    ("WRN", 13),
    ("WARNING", 13),
    ("ERR", 17),
    ("EROR", 17),
    ("ERRO", 17),
    ("ERROR", 17),
    ("FAIL", 17),
    ("SEVERE", 17),
    ("CRIT", 18),
    ("CRITICAL", 18),
    ("ALERT", 19),
    ("EMERG", 21),
    ("EMERGENCY", 21),
    ("FTL", 21),
    ("FATAL", 21),
    ("PANIC", 21),
];

/// Names that are too common a word to count unless they stand in capitals or in a level's own place.
const COMMON: &[&str] = &[
    "CONFIG", "LOG", "SYSTEM", "NOTE", "AUDIT", "FINE", "FAIL", "ALERT", "TRACE", "SILLY",
];

/// The severity that a word names, in any case.
pub fn of_word(word: &[u8]) -> Option<Severity> {
    // Most words of a line are none: their first letter tells.
    let first = word.first()? | 0x20;
    if !(3..=13).contains(&word.len()) || !b"acdefilnpstvw".contains(&first) {
        return None;
    }
    NAMES
        .iter()
        .copied()
        .find(|(name, _)| word.eq_ignore_ascii_case(name.as_bytes()))
}

/// The severity of a field that holds nothing else: a word, a letter, or a word with something around it.
pub fn of_field(text: &[u8]) -> Option<Severity> {
    let text = text.trim_ascii();
    let text = text
        .strip_prefix(b"[")
        .and_then(|text| text.strip_suffix(b"]"))
        .unwrap_or(text);
    match text {
        [letter] => of_letter(letter.to_ascii_uppercase()),
        [letter, digit] if digit.is_ascii_digit() => of_letter(letter.to_ascii_uppercase()),
        _ => of_word(text.trim_ascii()),
    }
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

/// The severity of the one-letter forms (klog, Android, Ruby's Logger).
pub fn of_letter(letter: u8) -> Option<Severity> {
    Some(match letter {
        b'T' => ("TRACE", 1),
        b'V' => ("VERBOSE", 3),
        b'D' => ("DEBUG", 5),
        b'I' => ("INFO", 9),
        b'N' => ("NOTICE", 10),
        b'W' => ("WARN", 13),
        b'E' => ("ERROR", 17),
        b'C' => ("CRIT", 18),
        b'F' => ("FATAL", 21),
        _ => return None,
    })
}

/// The severity of a numeric level: pino's and bunyan's (10, 20 … 60), logback's (thousands), and syslog's (0–7).
pub fn of_number(number: i64) -> Option<Severity> {
    Some(match number {
        0..=7 => of_priority(number as u16),
        10 | 5_000 => ("TRACE", 1),
        20 | 10_000 => ("DEBUG", 5),
        30 | 20_000 => ("INFO", 9),
        40 | 30_000 => ("WARN", 13),
        50 | 40_000 => ("ERROR", 17),
        60 | 50_000 => ("FATAL", 21),
        _ => return None,
    })
}

/// The severity of Python's `levelno` (10, 20 … 50).
pub fn of_python(number: i64) -> Option<Severity> {
    Some(match number {
        10 => ("DEBUG", 5),
        20 => ("INFO", 9),
        30 => ("WARN", 13),
        40 => ("ERROR", 17),
        50 => ("CRITICAL", 18),
        _ => return None,
    })
}

/// The text of one of OpenTelemetry's own numbers.
pub fn of_otel(number: u8) -> Option<Severity> {
    let text = match number {
        1..=4 => "TRACE",
        5..=8 => "DEBUG",
        9..=12 => "INFO",
        13..=16 => "WARN",
        17..=20 => "ERROR",
        21..=24 => "FATAL",
        _ => return None,
    };
    Some((text, number))
}

/// The severity that stands near the start of a message: `ERROR`, `[error]`, `error:`, `level=error`, Android's
/// `1234 5678 E Tag:`. A bare word in small letters is prose and does not count, unless it is the first.
pub fn of_message(text: &[u8]) -> Option<Severity> {
    let line = text.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let head = &line[..line.len().min(WITHIN)];
    by_column(head).or_else(|| by_key(head)).or_else(|| by_mark(head))
}

/// `level=error`, `lvl="warn"`, `severity: INFO`, `"level":"error"`, `at=info`.
fn by_key(head: &[u8]) -> Option<Severity> {
    memchr::memchr2_iter(b'=', b':', head).find_map(|at| {
        let (mut key, mut value) = (&head[..at], &head[at + 1..]);
        // How the keys below end.
        if !key.last().is_some_and(|byte| b"lyet\"iYLI".contains(byte)) {
            return None;
        }
        let quoted = key.ends_with(b"\"");
        key = key.strip_suffix(b"\"").unwrap_or(key);
        let letters = key
            .iter()
            .rev()
            .take_while(|byte| byte.is_ascii_alphanumeric() || b"_@.".contains(byte))
            .count();
        key = &key[key.len() - letters..];
        // After a colon only a quoted key, or one in capitals, is a key and not prose.
        let plain = head[at] == b':' && !quoted;
        if !is_level_key(key, plain) {
            return None;
        }
        while let [b' ' | b'"' | b'[' | b'\'', rest @ ..] = value {
            value = rest;
        }
        let letters = value.iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
        if letters == 0 {
            let digits = value.iter().take_while(|byte| byte.is_ascii_digit()).count();
            let number = std::str::from_utf8(&value[..digits]).ok()?.parse().ok()?;
            return (key != b"at").then(|| of_number(number)).flatten();
        }
        of_word(&value[..letters])
    })
}

fn is_level_key(key: &[u8], capitals: bool) -> bool {
    if capitals {
        return [&b"LEVEL"[..], b"SEVERITY"].contains(&key);
    }
    [
        &b"level"[..],
        b"lvl",
        b"severity",
        b"loglevel",
        b"log_level",
        b"log.level",
        b"levelname",
        b"severity_text",
        b"at",
        b"pri",
        b"PRIORITY",
        b"@l",
        b"LEVEL",
    ]
    .contains(&key)
}

/// A word that is marked as a severity by its capitals, its brackets, its colon, its tabs or by being the first.
fn by_mark(head: &[u8]) -> Option<Severity> {
    let (mut words, mut at) = (0, 0);
    while at < head.len() {
        let byte = head[at];
        if !byte.is_ascii_alphabetic() {
            words += usize::from(byte == b' ' && at > 0 && head[at - 1] != b' ');
            if words >= WORDS {
                return None;
            }
            at += 1;
            continue;
        }
        let length = head[at..].iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
        if let Some(severity) = of_word(&head[at..at + length])
            && is_marked(head, at, length)
        {
            return Some(severity);
        }
        at += length;
    }
    None
}

/// Whether the word at `at` is marked as a severity by its surroundings.
fn is_marked(head: &[u8], at: usize, length: usize) -> bool {
    let word = &head[at..at + length];
    let before = at.checked_sub(1).map(|index| head[index]);
    let rest = &head[at + length..];
    let after = rest.first().copied();
    // `[WARN ]`, `[INFO    ]` are padded.
    let padded = rest.iter().position(|byte| *byte != b' ').map(|index| rest[index]);
    let capitals = word.iter().all(u8::is_ascii_uppercase);
    let common = COMMON.iter().any(|name| word.eq_ignore_ascii_case(name.as_bytes()));
    let opened = matches!(before, Some(b'[' | b'(' | b'<' | b'|' | b'{'));
    let closed = |byte| matches!(byte, Some(b']' | b')' | b'>' | b'|' | b'}'));
    let apart = matches!(before, None | Some(b' ' | b'\t'));
    let ends = matches!(after, None | Some(b' ' | b'\t'));
    if capitals {
        let before_ok =
            apart || opened || matches!(before, Some(b'=' | b',' | b';' | b'/' | b'"' | b':' | b'-' | b'#'));
        // `production.ERROR:`
        let dotted = before == Some(b'.') && after == Some(b':');
        let after_ok =
            ends || closed(after) || matches!(after, Some(b':' | b',' | b';' | b'/' | b'[' | b'"' | b'!' | b'-'));
        if matches!((before, after), (Some(b'-'), _)) {
            return after == Some(b':') && !common;
        }
        if after == Some(b'-') {
            return false;
        }
        // A common word in capitals counts with a mark only: `LOG:`, `[SYSTEM]`, `<AUDIT>`, `| TRACE |`.
        if common && apart && ends && word != b"TRACE" && word != b"FINE" && word != b"CONFIG" {
            return false;
        }
        // `SERVICE ALERT:` is a kind of message.
        let named = word == b"ALERT" && head[..at].trim_ascii_end().last().is_some_and(u8::is_ascii_alphabetic);
        return (before_ok || dotted) && after_ok && !named;
    }
    // `[config]` is a component.
    if common && word.eq_ignore_ascii_case(b"config") {
        return false;
    }
    if opened && (closed(after) || closed(padded) || matches!(after, Some(b':' | b','))) {
        return true;
    }
    // `[core:error]`, `(core:info)`, `[core:error,2026-…`.
    if before == Some(b':') && (closed(after) || after == Some(b',') && head[..at].contains(&b'[')) {
        return true;
    }
    // `system,error moved`, `,Error,`: a list of topics before anything else is said.
    if before == Some(b',') && !common && (ends || after == Some(b',')) && !head[..at].contains(&b' ') {
        return true;
    }
    // `\tinfo\t`, ` | info | `.
    if before == Some(b'\t') && after == Some(b'\t') {
        return true;
    }
    if common && !word.eq_ignore_ascii_case(b"fail") && !word.eq_ignore_ascii_case(b"trace") {
        return apart && after == Some(b':') && word[0].is_ascii_uppercase() && word.eq_ignore_ascii_case(b"note");
    }
    // `error:`, `Info:`, `error : ` and `information/cli:`.
    let first = head[..at].iter().all(|byte| b" \t:-".contains(byte));
    if after == Some(b':') && (apart || before == Some(b'>')) || first && apart && after == Some(b'/') {
        return true;
    }
    if apart && after == Some(b' ') && rest.starts_with(b" : ") {
        return true;
    }
    // The first word of all, as in `info hostd[12]`.
    let exact = [
        &b"info"[..],
        b"warn",
        b"warning",
        b"error",
        b"err",
        b"debug",
        b"fatal",
        b"crit",
        b"Info",
        b"Warning",
        b"Error",
        b"Debug",
        b"Fatal",
    ];
    first && ends && !common && exact.contains(&word) && !rest.is_empty()
}

/// Levels that only their column tells: Android's `1234  5678 E Tag: …` and `E/Tag(12): …`, WebSphere's
/// `0000001a Name  E …`, `I [MSGID: 1]`, Telegraf's `E! …`, Redis's `12:M … # …`, Cisco's `%ASA-3-302013`.
fn by_column(head: &[u8]) -> Option<Severity> {
    let mut words = head.split(|byte| b" \t".contains(byte)).filter(|word| !word.is_empty());
    let (first, second, third) = (
        words.next()?,
        words.next().unwrap_or_default(),
        words.next().unwrap_or_default(),
    );
    let numeric = |word: &[u8]| word.iter().all(u8::is_ascii_digit);
    match (first, second, third) {
        ([letter], second, _) if !second.is_empty() && letter.is_ascii_uppercase() && *letter != b'A' => {
            return of_letter(*letter);
        }
        ([letter, b'!'], ..) => return of_letter(*letter),
        ([b'[', letter, b']'], ..) => return of_letter(*letter),
        ([letter, b'/', _, ..], ..) if letter.is_ascii_uppercase() && first.contains(&b'(') => {
            return of_letter(*letter);
        }
        (pid, tid, [letter]) if numeric(pid) && numeric(tid) => return of_letter(*letter),
        (thread, _, [letter]) if thread.len() == 8 && thread.iter().all(u8::is_ascii_hexdigit) => {
            return match letter {
                b'A' => Some(("AUDIT", 10)),
                b'O' | b'R' => Some(("INFO", 9)),
                b'Z' => None,
                letter => of_letter(*letter),
            };
        }
        _ => {}
    }
    role_symbol(head).or_else(|| facility_level(head))
}

/// Redis: a symbol after the time of a line that begins with `pid:role`.
fn role_symbol(head: &[u8]) -> Option<Severity> {
    let digits = head.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let role = head.get(digits..digits + 3)?;
    if digits == 0 || role[0] != b':' || !role[1].is_ascii_uppercase() || role[2] != b' ' {
        return None;
    }
    let mut words = head[digits + 3..].split(|byte| *byte == b' ').skip(1).take(5);
    words.find_map(|word| {
        Some(match word {
            b"." => ("DEBUG", 5),
            b"-" => ("VERBOSE", 3),
            b"*" => ("NOTICE", 10),
            b"#" => ("WARN", 13),
            _ => return None,
        })
    })
}

/// `%FACILITY-3-MNEMONIC`, as network devices write it; the digit is syslog's.
fn facility_level(head: &[u8]) -> Option<Severity> {
    memchr::memchr_iter(b'%', head).find_map(|at| {
        let rest = &head[at + 1..];
        let name = rest
            .iter()
            .take_while(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || **byte == b'_')
            .count();
        match rest.get(name..name + 3)? {
            [b'-', digit @ b'0'..=b'7', b'-'] if name > 1 => Some(of_priority(u16::from(digit - b'0'))),
            _ => None,
        }
    })
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
            ("[core:error] [pid 12:tid 34] AH00037: link", Some(17)),
            ("[12][info][config] [source/a.cc:12] update", Some(9)),
            ("[config] all listeners loaded", None),
            ("[WARN ][o.e.d.Discovery] [n1] slow", Some(13)),
            ("production.ERROR: no stock {\"id\":1}", Some(17)),
            ("\tinfo\tmain/shop.go:12\tstarted", Some(9)),
            ("ERR no stock routerName=a", Some(17)),
            ("at=error code=H12 status=503", Some(17)),
            ("{\"msg\":\"x\",\"level\":\"warn\"}", Some(13)),
            ("I! [inputs.cpu] started", Some(9)),
            ("0000001a com.shop.Main       E no stock", Some(17)),
            ("12:M 20 Nov 2026 09:00:01.123 # out of memory", Some(13)),
            ("fw : %ASA-3-302013: Built", Some(17)),
            ("NOTICE[12]: chan.c:7 registered", Some(10)),
            ("fail: Shop.Orders[0]", Some(17)),
            ("info hostd[12] [sub=x] ready", Some(9)),
            ("1234: error : virNetSocketRead:12 : End of file", Some(17)),
            ("fetching the config from disk", None),
            ("system,error,critical login failure", Some(17)),
            ("not this,error", None),
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
