//! A line as people read it: without terminal colours, in UTF-8.

use std::borrow::Cow;

/// The line without escape sequences and the zeros around it; what is no UTF-8 is read as Latin-1, unless the line
/// holds zeros and so is no text at all.
pub fn line(line: &[u8]) -> Cow<'_, [u8]> {
    if memchr::memchr2(0x1b, 0, line).is_none() && std::str::from_utf8(line).is_ok() {
        return Cow::Borrowed(line);
    }
    let end = line
        .iter()
        .rposition(|byte| !b"\r\n".contains(byte))
        .map_or(0, |last| last + 1);
    let text = &line[..end];
    let zeros = text.iter().rev().take_while(|byte| **byte == 0).count();
    let mut clean = without_escapes(&text[..end - zeros]).into_owned();
    if std::str::from_utf8(&clean).is_err() && !clean.contains(&0) {
        clean = clean.iter().map(|byte| latin1(*byte)).collect::<String>().into_bytes();
    }
    clean.extend_from_slice(&line[end..]);
    Cow::Owned(clean)
}

/// The text without terminal escape sequences: colours (`ESC [ … m`), other control sequences, and titles.
pub fn without_escapes(text: &[u8]) -> Cow<'_, [u8]> {
    let Some(mut escape) = memchr::memchr(0x1b, text) else {
        return Cow::Borrowed(text);
    };
    let mut clean = Vec::with_capacity(text.len());
    let mut from = 0;
    loop {
        clean.extend_from_slice(&text[from..escape]);
        from = escape + sequence(&text[escape..]);
        match memchr::memchr(0x1b, &text[from..]) {
            Some(next) => escape = from + next,
            None => break,
        }
    }
    clean.extend_from_slice(&text[from..]);
    Cow::Owned(clean)
}

/// The length of the escape sequence at the start of `text`.
fn sequence(text: &[u8]) -> usize {
    match text.get(1) {
        Some(b'[') => {
            let inner = text[2..].iter().take_while(|byte| (0x20..0x40).contains(*byte)).count();
            let end = text.get(2 + inner).is_some_and(|byte| (0x40..0x7f).contains(byte));
            2 + inner + usize::from(end)
        }
        // A string: a title, a link, or a word from one program to another.
        Some(b']' | b'_' | b'P' | b'^' | b'X') => {
            let end = 2 + text[2..]
                .iter()
                .take_while(|byte| **byte != 7 && **byte != 0x1b)
                .count();
            match text.get(end..) {
                Some([0x1b, b'\\', ..]) => end + 2,
                Some([7, ..]) => end + 1,
                _ => end,
            }
        }
        Some(b'(' | b')') => text.len().min(3),
        Some(0x40..=0x5f) => 2,
        _ => 1,
    }
}

/// Windows-1252, which is what most files called Latin-1 are in.
fn latin1(byte: u8) -> char {
    const HIGH: [char; 32] = [
        '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}', '\u{90}', '‘',
        '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
    ];
    match byte {
        0x80..=0x9f => HIGH[usize::from(byte - 0x80)],
        byte => char::from(byte),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_zeros_and_latin_letters() {
        let cases: &[(&[u8], &[u8])] = &[
            (b"plain\n", b"plain\n"),
            (b"\x1b[32m INFO\x1b[0m \x1b[2mshop\x1b[0m up\r\n", b" INFO shop up\r\n"),
            (b"\x1b]0;title\x07text", b"text"),
            (
                b"\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\ \x1b_bk;t=7\x07text",
                b"link text",
            ),
            (b"cut \x1b[3", b"cut "),
            (b"caf\xe9 \x80 5\n", "café € 5\n".as_bytes()),
            (b"done\0\0\0\n", b"done\n"),
            (b"no \0 text \xff\n", b"no \0 text \xff\n"),
        ];
        for (given, wanted) in cases {
            assert_eq!(&line(given)[..], *wanted, "{}", given.escape_ascii());
        }
    }
}
