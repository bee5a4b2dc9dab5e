//! What container runtimes put around each line.

use std::borrow::Cow;

use super::convert::{Cell, Object};
use super::time::Clock;

/// A line as a container wrote it.
#[derive(Debug, PartialEq, Eq)]
pub struct Entry<'l> {
    pub nanos: i64,
    /// `stdout` or `stderr`.
    pub stream: Cow<'l, [u8]>,
    /// The line goes on in the next entry of its stream.
    pub partial: bool,
    pub text: Cow<'l, [u8]>,
}

/// Kubernetes (CRI): `2026-11-20T09:00:01.1Z stdout F text`; `P` for a part.
pub fn cri<'l>(line: &'l [u8], clock: &Clock) -> Option<Entry<'l>> {
    let time = memchr::memchr(b' ', &line[..line.len().min(40)])?;
    let rest = &line[time + 1..];
    let stream = rest
        .get(..6)
        .filter(|stream| [&b"stdout"[..], b"stderr"].contains(stream))?;
    let (tag, text) = match rest.get(6..)? {
        [b' ', tag @ (b'F' | b'P'), b' ', text @ ..] => (tag, text),
        [b' ', tag @ (b'F' | b'P')] => (tag, &b""[..]),
        _ => return None,
    };
    Some(Entry {
        nanos: clock.whole(&line[..time])?,
        stream: Cow::Borrowed(stream),
        partial: *tag == b'P',
        text: Cow::Borrowed(text),
    })
}

/// Docker's `{"log":"text\n","stream":"stdout","time":"…"}`; a text without its newline goes on.
pub fn docker<'l>(line: &'l [u8], clock: &Clock) -> Option<Entry<'l>> {
    memchr::memmem::find(line, b"\"log\"")?;
    let Object(pairs) = serde_json::from_slice(line).ok()?;
    let (mut text, mut stream, mut nanos) = (None, None, None);
    for (key, raw) in pairs {
        let cell = Cell::from_json(raw).ok()?;
        match (key.as_str(), cell) {
            ("log", Cell::Text(found)) => text = Some(found),
            ("stream", Cell::Text(found)) => stream = Some(found),
            ("time", found) => nanos = found.time(clock),
            ("attrs", Cell::Json(_)) => {}
            _ => return None,
        }
    }
    let text = text?;
    let partial = !text.ends_with(b"\n");
    let end = text.strip_suffix(b"\n").map_or(text.len(), <[u8]>::len);
    let end = text[..end].strip_suffix(b"\r").map_or(end, <[u8]>::len);
    Some(Entry {
        nanos: nanos?,
        stream: stream.unwrap_or_default(),
        partial,
        text: match text {
            Cow::Borrowed(text) => Cow::Borrowed(&text[..end]),
            Cow::Owned(mut text) => {
                text.truncate(end);
                Cow::Owned(text)
            }
        },
    })
}

/// The name before the bar in `name | text`, and where the text begins, as composed services are shown on a terminal.
pub fn prefix(line: &[u8]) -> Option<(&[u8], usize)> {
    let bar = memchr::memmem::find(&line[..line.len().min(128)], b"| ")?;
    let name = line[..bar].trim_ascii_end();
    // `0|name  | text`, as process managers write it.
    let name = name.rsplit(|byte| *byte == b'|').next().unwrap_or_default();
    let tidy = |byte: &u8| byte.is_ascii_alphanumeric() || b"._/-".contains(byte);
    let telling = name.first().is_some_and(u8::is_ascii_alphabetic) && name.iter().all(tidy);
    (telling && !line[..bar].contains(&b':')).then_some((name, bar + 2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_before_a_bar() {
        let name = |line: &'static str| {
            prefix(line.as_bytes()).map(|(name, at)| (String::from_utf8_lossy(name).into_owned(), &line[at..]))
        };
        assert_eq!(name("cart-1   | INFO up"), Some(("cart-1".into(), "INFO up")));
        assert_eq!(name("0|shop  | INFO up"), Some(("shop".into(), "INFO up")));
        assert_eq!(name("2026-11-20 09:00:01 | INFO up"), None);
        assert_eq!(name("two words | INFO"), None);
    }
}
