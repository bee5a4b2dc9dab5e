//! Numbers that mean something: a status, an exit code, an error number. They say how a line ended, so they stay.
//!
//! What a number means is told by where it stands, whatever program wrote it:
//!
//! - behind a key such as `status`, `exit code`, `errno` or `SQLSTATE` ([`Key`]);
//! - as the status of a request: the first number of a line that names a method or `HTTP/` that is a status of HTTP;
//! - before the phrase that belongs to it: `502 Bad Gateway`.
//!
//! A status of HTTP is written as its class (`5xx`). Any other value stays as it is, if it has so few digits that
//! there cannot be many of them: what is long is an id.

use super::bytes::{BLANK, DIGIT, LETTER, WORD, has, is, skip};

/// What a number stands behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    /// A status or a code, which may be one of HTTP: three digits at the most.
    Code,
    /// How a process ended: three digits at the most.
    Exit,
    /// An error number or an SQLSTATE: five characters at the most.
    Error,
    /// A status of HTTP and nothing else: `responded 502`, `HTTP 502`.
    Http,
}

/// How far before a value its key may end, and how long it may be.
const GAP: usize = 4;
const LONGEST: usize = 20;

/// The key of the value that opens at `at`.
#[inline]
pub fn key(message: &[u8], at: usize) -> Option<Key> {
    let mut end = at;
    let mut assigned = false;
    while end > 0 && at - end < GAP {
        match message[end - 1] {
            b' ' | b'"' | b'\'' | b'-' | b'\\' | b'[' | b'(' => {}
            b'=' | b':' => assigned = true,
            _ => break,
        }
        end -= 1;
    }
    if end == at || !message.get(end.wrapping_sub(1))?.is_ascii_alphabetic() {
        return None;
    }
    let start = letters_before(message, end);
    let mut word = [0; LONGEST];
    let word = word.get_mut(..end - start)?;
    word.copy_from_slice(&message[start..end]);
    word.make_ascii_lowercase();
    // The word before, which `_`, `-`, `.` or a blank joins to it: `exit code`, `grpc-status`, `error_code`.
    let before = || {
        let joined = start.checked_sub(1)?;
        let tail = matches!(message[joined], b'_' | b'-' | b'.' | b' ').then_some(joined)?;
        let from = letters_before(message, tail);
        let mut word = [0; LONGEST];
        word[..tail - from].copy_from_slice(&message[from..tail]);
        word.make_ascii_lowercase();
        (from < tail).then_some((word, tail - from))
    };
    let joined_by_blank = start > 0 && message[start - 1] == b' ';
    match &*word {
        b"status" if before().as_ref().map(|(word, length)| &word[..*length]) == Some(b"exit") => Some(Key::Exit),
        b"status" | b"statuscode" | b"httpstatus" | b"responsecode" | b"resultcode" | b"grpcstatus" => Some(Key::Code),
        b"exitcode" | b"exitstatus" | b"returncode" | b"retcode" | b"signal" | b"exit" | b"exited" => Some(Key::Exit),
        b"rc" | b"ret" | b"retval" | b"sig" if assigned => Some(Key::Exit),
        b"errno" | b"errcode" | b"errorcode" | b"sqlstate" | b"sqlcode" | b"oserror" => Some(Key::Error),
        b"error" | b"err" if assigned && message[end] == b'=' => Some(Key::Error),
        b"responded" | b"returned" | b"answered" | b"replied" | b"response" | b"http" | b"https" => Some(Key::Http),
        b"code" => match before().as_ref().map(|(word, length)| &word[..*length]) {
            Some(b"error" | b"err" | b"sql" | b"errno" | b"ora") => Some(Key::Error),
            Some(b"exit" | b"return" | b"ret" | b"exited" | b"termination") => Some(Key::Exit),
            Some(b"status" | b"response" | b"result" | b"http" | b"grpc" | b"reason" | b"close") => Some(Key::Code),
            None => Some(Key::Code),
            // `country_code=49` counts no errors; `failed: code 5` may.
            Some(_) => joined_by_blank.then_some(Key::Code),
        },
        b"no" | b"number" => match before().as_ref().map(|(word, length)| &word[..*length]) {
            Some(b"err" | b"error") => Some(Key::Error),
            _ => None,
        },
        b"state" => (before().as_ref().map(|(word, length)| &word[..*length]) == Some(b"sql")).then_some(Key::Error),
        b"with" => match before().as_ref().map(|(word, length)| &word[..*length]) {
            Some(b"exited") => Some(Key::Exit),
            Some(b"failed" | b"responded" | b"answered" | b"replied") => Some(Key::Http),
            _ => None,
        },
        _ => None,
    }
}

/// The start of the letters that end at `end`.
fn letters_before(message: &[u8], end: usize) -> usize {
    let mut from = end;
    while from > 0 && end - from < LONGEST && message[from - 1].is_ascii_alphabetic() {
        from -= 1;
    }
    from
}

/// Whether a value that is no status of HTTP is short enough to stay behind this key.
pub fn fits(key: Key, value: &[u8]) -> bool {
    let digits = value.iter().filter(|byte| byte.is_ascii_digit()).count();
    let numeric = digits == value.len();
    match key {
        Key::Code | Key::Exit => numeric && digits <= 3,
        Key::Error if numeric => digits <= 5,
        // `28P01`: five digits and capitals.
        Key::Error => {
            value.len() == 5
                && digits >= 2
                && value
                    .iter()
                    .all(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase())
        }
        Key::Http => false,
    }
}

/// Whether `value` is an error code with the name of its kind: `ORA-01017`, `MY-001045`.
pub fn is_named_code(value: &[u8]) -> bool {
    let letters = value.iter().take_while(|byte| byte.is_ascii_uppercase()).count();
    let digits = value.len().saturating_sub(letters + 1);
    (2..=5).contains(&letters)
        && (4..=6).contains(&digits)
        && value[letters] == b'-'
        && value[letters + 1..].iter().all(u8::is_ascii_digit)
}

/// Whether a word that tells of an error stands before the value at `at`, or before the colon in front of it.
pub fn follows_error(message: &[u8], at: usize) -> bool {
    let mut end = at;
    while end > 0 && at - end < GAP && matches!(message[end - 1], b' ' | b':' | b'(' | b'[' | b'=' | b'"') {
        end -= 1;
    }
    let head = &message[end.saturating_sub(9)..end];
    const WORDS: [&[u8]; 12] = [
        b"error",
        b"exception",
        b"failed",
        b"failure",
        b"code",
        b"errno",
        b"cause",
        b"reason",
        b"fatal",
        b"sqlcode",
        b"refused",
        b"denied",
    ];
    end < at
        && WORDS
            .iter()
            .any(|word| head.len() >= word.len() && head[head.len() - word.len()..].eq_ignore_ascii_case(word))
}

/// Whether `value` is a status of HTTP: the registered ones, and those that common proxies add.
pub fn is_status(value: &[u8]) -> bool {
    let [class, tens, ones] = value else { return false };
    if !value.iter().all(u8::is_ascii_digit) {
        return false;
    }
    let rest = (tens - b'0') * 10 + ones - b'0';
    match class {
        b'1' => rest <= 3,
        b'2' => rest <= 8 || rest == 26,
        b'3' => rest <= 8,
        b'4' => rest <= 18 || matches!(rest, 21..=26 | 28 | 29 | 31 | 44 | 51 | 60 | 63 | 64 | 94..=99),
        b'5' => rest <= 11 || matches!(rest, 20..=30 | 61 | 98 | 99),
        _ => false,
    }
}

/// Whether the number at `start..end`, a status of HTTP, stands alone: between blanks, and no unit behind it says that
/// it counts something.
pub fn stands_alone(message: &[u8], start: usize, end: usize) -> bool {
    let opens = start > 0 && matches!(message[start - 1], b' ' | b'\t' | b'|' | b',');
    let closes = message
        .get(end)
        .is_none_or(|byte| is(*byte, BLANK) || matches!(byte, b',' | b';' | b'|' | b':' | b')'));
    let unit = skip(message, end, BLANK);
    let unit_end = skip(message, unit, LETTER);
    let counts = message.get(end) == Some(&b' ')
        && matches!(
            &message[unit..unit_end],
            b"ms"
                | b"us"
                | b"ns"
                | b"s"
                | b"sec"
                | b"seconds"
                | b"b"
                | b"B"
                | b"bytes"
                | b"kB"
                | b"KB"
                | b"MB"
                | b"items"
                | b"rows"
        );
    opens && closes && !counts
}

/// Whether the phrase of the status at `start..end` follows it.
pub fn has_phrase(message: &[u8], start: usize, end: usize) -> bool {
    let phrase: &[u8] = match &message[start..end] {
        b"200" => b"OK",
        b"201" => b"Created",
        b"202" => b"Accepted",
        b"204" => b"No Content",
        b"301" => b"Moved",
        b"302" => b"Found",
        b"304" => b"Not Modified",
        b"400" => b"Bad Request",
        b"401" => b"Unauthorized",
        b"403" => b"Forbidden",
        b"404" => b"Not Found",
        b"405" => b"Method Not",
        b"408" => b"Request Time",
        b"409" => b"Conflict",
        b"410" => b"Gone",
        b"413" => b"Payload",
        b"422" => b"Unproc",
        b"429" => b"Too Many",
        b"500" => b"Internal Server",
        b"501" => b"Not Implemented",
        b"502" => b"Bad Gateway",
        b"503" => b"Service Unavailable",
        b"504" => b"Gateway Time",
        _ => return false,
    };
    message.get(end) == Some(&b' ')
        && message
            .get(end + 1..end + 1 + phrase.len())
            .is_some_and(|text| text.eq_ignore_ascii_case(phrase))
}

/// Whether the message names a request of HTTP: `HTTP/`, or a method before a path or a URL.
pub fn names_request(message: &[u8]) -> bool {
    if memchr::memmem::find(message, b"HTTP/").is_some() {
        return true;
    }
    const METHODS: [&[u8]; 7] = [b"GET", b"POST", b"PUT", b"DELETE", b"HEAD", b"PATCH", b"OPTIONS"];
    METHODS.iter().any(|method| {
        memchr::memmem::find(message, method).is_some_and(|at| {
            let end = at + method.len();
            let alone = (at == 0 || !is(message[at - 1], WORD)) && !has(message, end, WORD | DIGIT);
            let from = message[end..]
                .iter()
                .take(16)
                .take_while(|byte| b" |\"':\t".contains(byte))
                .count();
            let target = &message[end + from..];
            alone && from > 0 && (target.starts_with(b"/") || target.starts_with(b"http"))
        })
    })
}
