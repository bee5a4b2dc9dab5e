//! The extent of URLs, e-mail addresses and paths.

use super::bytes::{BLANK, DIGIT, LETTER, OPENER, SEGMENT, URL_END, WORD, has, is, skip};

/// The end of a run of bytes that may stand in a URL, without the punctuation that closes a sentence.
fn run_end(message: &[u8], from: usize) -> usize {
    let mut end = from;
    while end < message.len() && !is(message[end], URL_END) {
        end += 1;
    }
    while end > from && matches!(message[end - 1], b'.' | b':' | b'!') {
        end -= 1;
    }
    end
}

/// The start of the scheme before the `://` whose colon is at `colon`; at or after `floor`.
pub fn scheme_start(message: &[u8], colon: usize, floor: usize) -> Option<usize> {
    let mut start = colon;
    while start > floor && (is(message[start - 1], WORD) || matches!(message[start - 1], b'+' | b'-' | b'.')) {
        start -= 1;
    }
    while start < colon && !message[start].is_ascii_alphabetic() {
        start += 1;
    }
    (start < colon).then_some(start)
}

/// The end of the URL whose part after `://` opens at `from`; `None` when nothing follows.
pub fn url_end(message: &[u8], from: usize) -> Option<usize> {
    let end = run_end(message, from);
    (end > from).then_some(end)
}

/// Whether the scheme is so common that it tells nothing: then it is masked with the rest.
pub fn is_web(scheme: &[u8]) -> bool {
    [b"http".as_slice(), b"https", b"ftp"]
        .iter()
        .any(|web| web.eq_ignore_ascii_case(scheme))
}

/// The end of the domain of an e-mail address whose `@` is at `at`.
pub fn email_end(message: &[u8], at: usize) -> Option<usize> {
    let mut end = at + 1;
    let mut dotted = false;
    loop {
        let mut label = end;
        while has(message, label, WORD) || message.get(label) == Some(&b'-') {
            label += 1;
        }
        if label == end {
            return None;
        }
        end = label;
        if message.get(end) == Some(&b'.') && has(message, end + 1, WORD) {
            dotted = true;
            end += 1;
        } else {
            return dotted.then_some(end);
        }
    }
}

/// The start of the local part that ends before `at`; at or after `floor`.
pub fn email_start(message: &[u8], at: usize, floor: usize) -> usize {
    let mut start = at;
    while start > floor && (is(message[start - 1], WORD) || matches!(message[start - 1], b'.' | b'+' | b'%' | b'-')) {
        start -= 1;
    }
    start
}

/// The end of the absolute path that opens with the slash at `at`: two segments or more, or any path that an HTTP
/// method precedes. A query string belongs to it.
pub fn path_end(message: &[u8], at: usize) -> Option<usize> {
    if at > 0 && !is(message[at - 1], OPENER) {
        return None;
    }
    let mut end = at;
    let mut segments = 0;
    while message.get(end) == Some(&b'/') {
        let mut open = end;
        while message.get(open) == Some(&b'/') {
            open += 1;
        }
        let close = skip(message, open, SEGMENT);
        if close == open {
            if segments > 0 {
                end += 1;
            }
            break;
        }
        segments += 1;
        end = close;
    }
    let requested = follows_method(message, at);
    if requested {
        return Some(run_end(message, at).max(at + 1));
    }
    if segments < 2 {
        return None;
    }
    if message.get(end) == Some(&b'?') {
        return Some(run_end(message, end));
    }
    while message[end - 1] == b'.' && end > at + 2 {
        end -= 1;
    }
    Some(end)
}

/// The end of the path at `at` when it is a whole value, quoted or behind `=`. Such a value is a path however short it
/// is: `path=/` or `"/login?next=/cart"`. One that opens with a digit may be an address.
pub fn value_path_end(message: &[u8], at: usize) -> Option<usize> {
    let before = *message.get(at.wrapping_sub(1))?;
    if !matches!(before, b'=' | b'"' | b'\'') || has(message, at + 1, DIGIT) {
        return None;
    }
    let end = run_end(message, at);
    let closes = if before == b'=' {
        message
            .get(end)
            .is_none_or(|byte| is(*byte, BLANK) || matches!(byte, b',' | b';' | b')'))
    } else {
        message.get(end) == Some(&before)
    };
    closes.then_some(end)
}

/// Whether an HTTP method and a blank stand before `at`: what follows is then a path, however short.
fn follows_method(message: &[u8], at: usize) -> bool {
    if at < 4 || message[at - 1] != b' ' {
        return false;
    }
    let head = &message[..at - 1];
    [
        b"GET".as_slice(),
        b"POST",
        b"PUT",
        b"DELETE",
        b"HEAD",
        b"PATCH",
        b"OPTIONS",
    ]
    .iter()
    .any(|method| head.ends_with(method) && !has(head, head.len().wrapping_sub(method.len() + 1), WORD))
}

/// The extent of a Windows path whose first backslash is at `at`: `C:\dir\file` or `\\server\share`.
pub fn windows_path(message: &[u8], at: usize, floor: usize) -> Option<(usize, usize)> {
    if at >= floor + 2 && message[at - 1] == b':' && message[at - 2].is_ascii_alphabetic() {
        let start = at - 2;
        let alone = start == 0 || !is(message[start - 1], WORD);
        let end = run_end(message, at + 1);
        return (alone && end > at + 1).then_some((start, end));
    }
    if message.get(at + 1) != Some(&b'\\') {
        return None;
    }
    let mut server = at + 2;
    while has(message, server, WORD) || matches!(message.get(server), Some(b'.' | b'?' | b'-')) {
        server += 1;
    }
    let shared = server > at + 2 && message.get(server) == Some(&b'\\');
    let end = run_end(message, server);
    (shared && end > server + 1 && !has(message, server + 1, BLANK)).then_some((at, end))
}

/// Whether `local` can be the local part of an e-mail address: it holds a letter or a digit.
pub fn is_local_part(local: &[u8]) -> bool {
    local.iter().any(|byte| is(*byte, WORD | LETTER))
}
