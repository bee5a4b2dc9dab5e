//! What a line may carry before its message: a thread name beside the level, the host behind a syslog timestamp.

use super::bytes::{BLANK, DIGIT, WORD, has, is, skip};
use super::mask::Mask;
use crate::level::is_level;
use std::ops::Range;

/// How far from the start of a message a header is looked for, in bytes.
const REACH: usize = 100;

/// Parts of a message that are masked whatever they hold, in order.
#[derive(Default)]
pub struct Spans {
    spans: [Option<(usize, usize, Mask)>; 3],
    next: usize,
}

impl Spans {
    /// The first of the spans that has not been taken.
    #[inline]
    pub fn peek(&self) -> Option<(usize, usize, Mask)> {
        self.spans.get(self.next).copied().flatten()
    }

    pub fn take(&mut self) {
        self.next += 1;
    }
}

/// The parts of the header of `message` that vary: the name of a thread, or the fields of an access log.
///
/// Both are found by a bracket near the start; a message without one costs no more than the search for it.
pub fn spans(message: &[u8]) -> Spans {
    let reach = message.len().min(REACH);
    if let Some(host) = opening_host(message) {
        return Spans {
            spans: [Some((host.start, host.end, Mask::Host)), None, None],
            next: 0,
        };
    }
    let Some(open) = memchr::memchr(b'[', &message[..reach]) else {
        return Spans::default();
    };
    if let Some(spans) = access_log(message, open) {
        return spans;
    }
    let thread = thread_name(message, open, reach).map(|name| (name.start, name.end, Mask::Thread));
    Spans {
        spans: [thread, None, None],
        next: 0,
    }
}

/// The host that opens a syslog line whose time was taken off: `web1 sshd[7]: …`. Without a number of a process, the name
/// must be written like that of a machine.
fn opening_host(message: &[u8]) -> Option<Range<usize>> {
    if !message.first()?.is_ascii_alphabetic() {
        return None;
    }
    let end = memchr::memchr(b' ', &message[..message.len().min(64)])?;
    let close = end + 1 + memchr::memchr(b' ', &message[end + 1..message.len().min(end + 65)])?;
    let tag = message[end + 1..close].strip_suffix(b":")?;
    let numbered = tag.ends_with(b"]") && tag.contains(&b'[');
    let machine = message[..end].iter().any(u8::is_ascii_digit) && tag.iter().all(u8::is_ascii_lowercase);
    (numbered || machine).then(|| syslog_host(message, 0, false)).flatten()
}

/// The fields of a line in the Common Log Format, or the Combined one, that say who asked: the user, the page that led
/// here and the browser. `open` is the bracket before the time: `host ident user [time] "request" status size "…" "…"`.
fn access_log(message: &[u8], open: usize) -> Option<Spans> {
    if open < 6 || message[open - 1] != b' ' || !has(message, open + 1, DIGIT) {
        return None;
    }
    let head = &message[..open - 1];
    let user = head.iter().rposition(|byte| *byte == b' ')? + 1;
    if head.iter().filter(|byte| **byte == b' ').count() != 2 || user == open - 1 {
        return None;
    }
    let close = closing(message, open)?;
    let request = close + 2;
    if message.get(close + 1..close + 3) != Some(b" \"") {
        return None;
    }
    let mut spans = [Some((user, open - 1, Mask::Id)), None, None];
    let end = request + 1 + memchr::memchr(b'"', message.get(request + 1..)?)?;
    let mut from = end + 1;
    for (span, mask) in spans[1..].iter_mut().zip([Mask::Url, Mask::Any]) {
        let Some(quoted) = quoted(message, from) else { break };
        *span = Some((quoted.start, quoted.end, mask));
        from = quoted.end + 1;
    }
    Some(Spans { spans, next: 0 })
}

/// The inside of the next quotation from `from` on, within reach.
fn quoted(message: &[u8], from: usize) -> Option<Range<usize>> {
    let open = from + memchr::memchr(b'"', message.get(from..)?)? + 1;
    let close = open + memchr::memchr(b'"', &message[open..])?;
    (close > open && open < from + REACH).then_some(open..close)
}

/// The inside of the brackets right before or behind a level: the name of the thread that wrote the line, which is no
/// part of the message.
fn thread_name(message: &[u8], first: usize, reach: usize) -> Option<Range<usize>> {
    let mut from = first;
    while let Some(open) = memchr::memchr(b'[', &message[from..reach]).map(|at| from + at) {
        if follows_level(message, open) {
            return behind_level(message, open);
        }
        if let Some(close) = closing(message, open)
            && precedes_level(message, close + 1)
            && !message[..open].iter().any(u8::is_ascii_alphabetic)
        {
            return (close > open + 1).then_some(open + 1..close);
        }
        from = open + 1;
    }
    None
}

fn closing(message: &[u8], open: usize) -> Option<usize> {
    let end = message.len().min(open + 3 * REACH);
    message[open..end]
        .iter()
        .position(|byte| *byte == b']')
        .map(|at| open + at)
}

fn follows_level(message: &[u8], open: usize) -> bool {
    let end = message[..open]
        .iter()
        .rposition(|byte| !is(*byte, BLANK))
        .map_or(0, |last| last + 1);
    let start = message[..end]
        .iter()
        .rposition(|byte| !is(*byte, WORD))
        .map_or(0, |last| last + 1);
    end < open && is_capital_level(&message[start..end])
}

fn precedes_level(message: &[u8], at: usize) -> bool {
    let start = skip(message, at, BLANK);
    start > at && is_capital_level(&message[start..skip(message, start, WORD)])
}

fn is_capital_level(word: &[u8]) -> bool {
    word.iter().all(u8::is_ascii_uppercase) && is_level(word)
}

/// The name may hold brackets itself when ` - ` closes the header: `INFO  [main[id=1]:Worker@77] - started`.
fn behind_level(message: &[u8], open: usize) -> Option<Range<usize>> {
    let end = message.len().min(open + 3 * REACH);
    let inside = &message[open + 1..end];
    let dashed = inside
        .windows(3)
        .position(|bytes| bytes == b"] -")
        .filter(|at| has(inside, at + 3, BLANK));
    let close = match dashed {
        Some(at) => open + 1 + at,
        None => closing(message, open).filter(|close| has(message, close + 1, BLANK))?,
    };
    (close > open + 1).then_some(open + 1..close)
}

/// The host name that opens at `at`, behind the timestamp of a syslog line. `certain` says that the timestamp alone
/// proves the format; otherwise a tag (`program:` or `program[7]:`) must follow the name.
pub fn syslog_host(message: &[u8], at: usize, certain: bool) -> Option<Range<usize>> {
    let end = (at..message.len().min(at + REACH)).find(|index| is(message[*index], BLANK))?;
    let name = &message[at..end];
    let allowed = |byte: &u8| is(*byte, WORD) || matches!(byte, b'.' | b'-' | b':' | b'/' | b'@');
    // `<time> ERROR payment: …` has a level where syslog has its host.
    if name.is_empty() || name.ends_with(b":") || is_level(name) || !name.iter().all(allowed) {
        return None;
    }
    (certain || is_tag(message, skip(message, end, BLANK))).then_some(at..end)
}

fn is_tag(message: &[u8], at: usize) -> bool {
    let mut end = at;
    while has(message, end, WORD) || matches!(message.get(end), Some(b'.' | b'-' | b'/' | b'(' | b')')) {
        end += 1;
    }
    if end == at {
        return false;
    }
    if message.get(end) == Some(&b'[') {
        end = skip(message, end + 1, WORD);
        if message.get(end) != Some(&b']') {
            return false;
        }
        end += 1;
    }
    message.get(end) == Some(&b':') && has(message, end + 1, BLANK)
}
