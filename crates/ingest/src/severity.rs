//! Where the level of a line or record stands. What its names mean is told by `kulprit_patterns::level`.

use kulprit_patterns::level::{self, Also, Level};

use super::crash;

/// The text as it is stored, and the number of OpenTelemetry's log data model (1–24).
pub type Severity = (&'static str, u8);

/// How far into a message a severity is looked for.
const WITHIN: usize = 256;
/// How many words may stand before a severity that has no key.
const WORDS: usize = 9;
/// From this number on a message tells of something wrong (WARN).
pub const WARN: u8 = 13;

/// A severity by its name in `kulprit_patterns::level`.
fn named(name: &str) -> Option<Severity> {
    of_word(name.as_bytes())
}

/// The severity that a word names, in any case.
pub fn of_word(word: &[u8]) -> Option<Severity> {
    level::named(word).map(|name| (name.text, name.number))
}

/// Whether a word that names a severity is too common to count unless it stands in capitals or in a level's own place.
fn is_common(word: &[u8]) -> bool {
    level::named(word).is_some_and(|name| name.also != Also::Nothing)
}

/// The severity of a field that holds nothing else: a word, a letter, perhaps in brackets, perhaps with a digit or a sign and
/// digits behind it (`ERROR2`, `INFO+1`).
pub fn of_field(text: &[u8]) -> Option<Severity> {
    let text = text.trim_ascii();
    let text = text
        .strip_prefix(b"[")
        .and_then(|text| text.strip_suffix(b"]"))
        .unwrap_or(text)
        .trim_ascii();
    let letters = text.iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
    let (word, behind) = text.split_at(letters);
    let digits = match behind {
        [b'+' | b'-', digits @ ..] if !digits.is_empty() => digits,
        digits => digits,
    };
    if digits.len() > 2 || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    match word {
        [letter] => of_letter(letter.to_ascii_uppercase()),
        word => of_word(word),
    }
}

/// The severity of a syslog priority (RFC 5424, table 2).
pub fn of_priority(priority: u16) -> Option<Severity> {
    const LEVELS: [&str; 8] = ["EMERG", "ALERT", "CRIT", "ERROR", "WARN", "NOTICE", "INFO", "DEBUG"];
    named(LEVELS[usize::from(priority % 8)])
}

/// The severity of the one-letter forms (klog, Android, Ruby's Logger).
pub fn of_letter(letter: u8) -> Option<Severity> {
    let name = level::lettered(letter).filter(|_| letter.is_ascii_uppercase())?;
    Some((name.text, name.number))
}

/// The severity of a numeric level: pino's and bunyan's (10, 20 … 60), logback's (thousands), and syslog's (0–7).
pub fn of_number(number: i64) -> Option<Severity> {
    named(match number {
        0..=7 => return of_priority(number as u16),
        10 | 5_000 => "TRACE",
        20 | 10_000 => "DEBUG",
        30 | 20_000 => "INFO",
        40 | 30_000 => "WARN",
        50 | 40_000 => "ERROR",
        60 | 50_000 => "FATAL",
        _ => return None,
    })
}

/// The severity of Python's `levelno` (10, 20 … 50).
pub fn of_python(number: i64) -> Option<Severity> {
    named(match number {
        10 => "DEBUG",
        20 => "INFO",
        30 => "WARN",
        40 => "ERROR",
        50 => "CRITICAL",
        _ => return None,
    })
}

/// The severity of Application Insights' `severityLevel` (0–4).
pub fn of_insights(number: i64) -> Option<Severity> {
    const LEVELS: [&str; 5] = ["VERBOSE", "INFO", "WARN", "ERROR", "CRITICAL"];
    named(LEVELS.get(usize::try_from(number).ok()?)?)
}

/// The text of one of OpenTelemetry's own numbers.
pub fn of_otel(number: u8) -> Option<Severity> {
    Level::of_number(number).map(|level| (level.text(), number))
}

/// The severity that stands near the start of a message: `ERROR`, `[error]`, `error:`, `level=error`, Android's
/// `1234 5678 E Tag:`. A bare word in small letters is prose and does not count, unless it is the first.
pub fn of_message(text: &[u8]) -> Option<Severity> {
    let line = text.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let head = &line[..line.len().min(WITHIN)];
    by_column(head).or_else(|| by_key(head)).or_else(|| by_mark(head))
}

/// The severity of a message that names none but tells of an exception: by its class.
pub fn of_exception(text: &[u8]) -> Option<Severity> {
    let line = text.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let head = &line[..line.len().min(WITHIN)];
    let told = memchr::memmem::find_iter(head, b"Exception").any(|at| {
        let ends = head
            .get(at + 9)
            .is_none_or(|byte| !byte.is_ascii_alphanumeric() && *byte != b'_');
        ends && at > 0 && head[at - 1].is_ascii_alphabetic()
    });
    (told || crash::is_exception(head)).then(|| named("ERROR")).flatten()
}

/// `level=error`, `lvl="warn"`, `severity: INFO`, `"level":"error"`, `at=info`, `pri=3`. A word counts before a number, which
/// may say how talkative a program is.
fn by_key(head: &[u8]) -> Option<Severity> {
    let values = || memchr::memchr2_iter(b'=', b':', head).filter_map(|at| level_value(head, at));
    let word = values().find_map(|(_, value)| of_word(leading(value, u8::is_ascii_alphabetic)));
    word.or_else(|| {
        values().find_map(|(key, value)| {
            let digits = std::str::from_utf8(leading(value, u8::is_ascii_digit)).ok()?;
            let number = digits
                .parse()
                .ok()
                .filter(|_| ![&b"at"[..], b"priority", b"prio"].contains(&key))?;
            of_number(number)
        })
    })
}

fn leading(text: &[u8], is_part: fn(&u8) -> bool) -> &[u8] {
    &text[..text.iter().take_while(|byte| is_part(byte)).count()]
}

/// The key of a level before the sign at `at`, and what follows.
fn level_value(head: &[u8], at: usize) -> Option<(&[u8], &[u8])> {
    let (mut key, mut value) = (&head[..at], &head[at + 1..]);
    // How the keys below end.
    if !key.last().is_some_and(|byte| b"lyeto\"iYLI".contains(byte)) {
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
    // After a colon only a quoted key, one in capitals, or one with its value right behind is a key and not prose.
    let plain = head[at] == b':' && !quoted && !value.first().is_some_and(u8::is_ascii_alphabetic);
    if !is_level_key(key, plain) {
        return None;
    }
    while let [b' ' | b'"' | b'[' | b'\'', rest @ ..] = value {
        value = rest;
    }
    Some((key, value))
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
        b"prio",
        b"priority",
        b"PRIORITY",
        b"@l",
        b"@level",
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
    let common = is_common(word);
    let opens = |byte| matches!(byte, Some(b'[' | b'(' | b'<' | b'|' | b'{' | b'*'));
    let opened = opens(before);
    let closed = |byte| matches!(byte, Some(b']' | b')' | b'>' | b'|' | b'}' | b'*'));
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
        // A common word in capitals counts with a mark: `LOG:`, `[SYSTEM]`, `<AUDIT>`, `| TRACE |`, or as the first word.
        if common && apart && ends && word != b"TRACE" && word != b"FINE" && word != b"CONFIG" {
            return opens_message(&head[..at]);
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
    // `[ info]`, `| info|`, and a field of a table: `"Error","x"`.
    if apart && closed(padded) && opens(head[..at].trim_ascii_end().last().copied()) || at == 0 && after == Some(b'|') {
        return true;
    }
    if before == Some(b'"') && rest.starts_with(b"\",") && !common {
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
    // `\tinfo\t`, ` - info - `.
    let dashed = |text: &[u8]| text.first() == Some(&b'-');
    if before == Some(b'\t') && after == Some(b'\t')
        || !common && apart && ends && head[..at].trim_ascii_end().ends_with(b"-") && dashed(rest.trim_ascii_start())
    {
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

/// Whether what stands before a word is no text yet: brackets, numbers, and the half of the day.
fn opens_message(before: &[u8]) -> bool {
    let mut depth = 0_usize;
    let outside = before.iter().map(|byte| {
        depth += usize::from(*byte == b'[');
        let shown = if depth > 0 { b' ' } else { *byte };
        depth = depth.saturating_sub(usize::from(*byte == b']'));
        shown
    });
    let outside: Vec<u8> = outside.collect();
    let mut words = outside
        .split(|byte| !byte.is_ascii_alphabetic())
        .filter(|word| !word.is_empty());
    words.all(|word| word == b"AM" || word == b"PM")
}

/// Levels that only their column tells: Android's `1234  5678 E Tag: …`, `1234: 5678 E/Tag` and `E/Tag(12): …`, WebSphere's
/// `0000001a Name  E …`, `I [MSGID: 1]`, Telegraf's `E! …`, macOS's `0x7f Error 0x0 …`, `PID[7] Error …`, Redis's `12:M … # …`,
/// Cisco's `%ASA-3-302013`.
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
        ([pid @ .., b':'], tid, [letter, b'/', ..]) if numeric(pid) && numeric(tid) => return of_letter(*letter),
        ([b'0', b'x', ..], kind, [b'0', b'x', ..]) => {
            return match kind {
                b"Default" | b"Activity" => named("INFO"),
                b"Fault" => named("FATAL"),
                kind => of_word(kind),
            };
        }
        ([.., b']'], word, _) if is_numbered(first) && word.first().is_some_and(u8::is_ascii_uppercase) => {
            return of_word(word).filter(|_| !is_common(word));
        }
        (ids, ..)
            if ids
                .split(|byte| *byte == b'-')
                .filter(|id| !id.is_empty() && numeric(id))
                .count()
                == 2 =>
        {
            // A tag and a package, and then the letter.
            let letter = words.take(2).chain([third]).find_map(|word| match word {
                [letter] => of_letter(*letter),
                _ => None,
            });
            if letter.is_some() {
                return letter;
            }
        }
        (thread, _, [letter]) if thread.len() == 8 && thread.iter().all(u8::is_ascii_hexdigit) => {
            return match letter {
                b'A' => named("AUDIT"),
                b'O' | b'R' => named("INFO"),
                b'Z' => None,
                letter => of_letter(*letter),
            };
        }
        _ => {}
    }
    role_symbol(head).or_else(|| facility_level(head))
}

/// Whether a word is a name and a number in brackets: `PID[7]`.
fn is_numbered(word: &[u8]) -> bool {
    let name = word.iter().take_while(|byte| byte.is_ascii_alphanumeric()).count();
    let digits = word.get(name + 1..word.len().saturating_sub(1)).unwrap_or_default();
    name > 0 && word[name] == b'[' && !digits.is_empty() && digits.iter().all(u8::is_ascii_digit)
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
        named(match word {
            b"." => "DEBUG",
            b"-" => "VERBOSE",
            b"*" => "NOTICE",
            b"#" => "WARN",
            _ => return None,
        })
    })
}

/// `%FACILITY-3-MNEMONIC`, as network devices write it; the digit is syslog's.
fn facility_level(head: &[u8]) -> Option<Severity> {
    memchr::memchr_iter(b'%', head).find_map(|at| {
        let rest = &head[at + 1..];
        let in_name = |byte: &u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || b"_-".contains(byte);
        let name = &rest[..rest.iter().take_while(|byte| in_name(byte)).count()];
        name.windows(3).skip(2).find_map(|part| match part {
            [b'-', digit @ b'0'..=b'7', b'-'] => of_priority(u16::from(digit - b'0')),
            _ => None,
        })
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
            ("[ info] [engine] started", Some(9)),
            ("| error|h1|7 |task] gone", Some(17)),
            ("[7] LOG C-0x7f: closing", Some(9)),
            ("the OPEN LOG file", None),
            ("RP/0/RSP0/CPU0: ifmgr[7]: %PKT-INFRA-3-UPDOWN : down", Some(17)),
            ("device=x priority=Error msg=y", Some(17)),
            ("msg=x level=\"0\" prio=\"Warning\"", Some(13)),
            ("1234: 5678 E/Tag ]", Some(17)),
            ("1234-5678  Tag   com.shop   E  gone", Some(17)),
            ("0x7f  Error  0x0  7 0 shop: gone", Some(17)),
            ("PID[7] Error gone", Some(17)),
            ("\"Error\",\"exec-1\",\"gone\"", Some(17)),
            ("level:error gone", Some(17)),
            ("level: error of the tank", None),
            ("*WARN* slow", Some(13)),
            ("<7> -- error -- gone", Some(17)),
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
        assert_eq!(of_priority(34), Some(("CRIT", 18)));
        assert_eq!(of_priority(191), Some(("DEBUG", 5)));
    }
}
