//! What a line may carry before its message: a thread name beside the level, the host behind a syslog timestamp.

use super::bytes::{BLANK, WORD, has, is, skip};
use std::ops::Range;

/// How far from the start of a message a header is looked for, in bytes.
const REACH: usize = 100;

const LEVELS: [&[u8]; 11] = [
    b"TRACE",
    b"DEBUG",
    b"INFO",
    b"WARN",
    b"WARNING",
    b"ERROR",
    b"FATAL",
    b"SEVERE",
    b"NOTICE",
    b"CRITICAL",
    b"VERBOSE",
];

/// The inside of the brackets that stand right before or behind a level: the name of a thread, which says where the line
/// was written and not what it says.
pub fn thread_name(message: &[u8]) -> Option<Range<usize>> {
    let reach = message.len().min(REACH);
    let mut from = 0;
    while let Some(open) = message[from..reach]
        .iter()
        .position(|byte| *byte == b'[')
        .map(|at| from + at)
    {
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
    let head = &message[..end];
    end < open
        && LEVELS.iter().any(|level| {
            head.ends_with(level) && !(head.len() > level.len() && is(head[head.len() - level.len() - 1], WORD))
        })
}

fn precedes_level(message: &[u8], at: usize) -> bool {
    let start = skip(message, at, BLANK);
    let end = skip(message, start, WORD);
    start > at && LEVELS.contains(&&message[start..end])
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
/// proves the format; else a tag (`program:` or `program[7]:`) must follow the name.
pub fn syslog_host(message: &[u8], at: usize, certain: bool) -> Option<Range<usize>> {
    let end = (at..message.len().min(at + REACH)).find(|index| is(message[*index], BLANK))?;
    let name = &message[at..end];
    let allowed = |byte: &u8| is(*byte, WORD) || matches!(byte, b'.' | b'-' | b':' | b'/' | b'@');
    if name.is_empty() || name.ends_with(b":") || !name.iter().all(allowed) {
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
