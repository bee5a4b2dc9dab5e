//! Escape sequences of terminals: colours and the like, which say nothing.

/// `message` without the escape sequences from the one at `first` on.
pub fn stripped(message: &[u8], first: usize) -> Vec<u8> {
    let mut out = Vec::with_capacity(message.len());
    let mut at = 0;
    let mut next = Some(first);
    while let Some(escape) = next {
        out.extend_from_slice(&message[at..escape]);
        at = sequence_end(message, escape);
        next = memchr::memchr(ESCAPE, &message[at..]).map(|found| at + found);
    }
    out.extend_from_slice(&message[at..]);
    out
}

pub const ESCAPE: u8 = 0x1b;

/// The end of the sequence whose escape byte is at `escape` (ECMA-48, 5.4 and 5.6).
fn sequence_end(message: &[u8], escape: usize) -> usize {
    let body = escape + 2;
    let end = match message.get(escape + 1) {
        Some(b'[') => {
            let parameters = message[body..].iter().take_while(|byte| (0x20..0x40).contains(*byte));
            let last = body + parameters.count();
            last + usize::from(message.get(last).is_some_and(|byte| (0x40..0x7f).contains(byte)))
        }
        // A string: a title, a link, or a word from one program to another.
        Some(b']' | b'_' | b'P' | b'^' | b'X') => message[body..]
            .iter()
            .position(|byte| matches!(*byte, 0x07 | ESCAPE))
            .map_or(message.len(), |at| {
                let end = body + at;
                match &message[end..] {
                    [ESCAPE, b'\\', ..] => end + 2,
                    // The next sequence.
                    [ESCAPE, ..] => end,
                    _ => end + 1,
                }
            }),
        Some(b'(' | b')') => body + 1,
        Some(_) => body,
        None => escape + 1,
    };
    end.min(message.len())
}

#[cfg(test)]
mod tests {
    use super::stripped;

    #[test]
    fn sequences_go_and_the_text_stays() {
        for (message, expected) in [
            ("\x1b[2m12\x1b[0m \x1b[38;5;196mred\x1b[39m", "12 red"),
            ("\x1b]8;;https://x\x07link\x1b]8;;\x1b\\ end", "link end"),
            ("\x1b_bk;t=7\x07text", "text"),
            ("\x1b]0;title\x1b[31mred", "red"),
            ("a\x1b(Bb\x1b", "ab"),
            ("\x1b[", ""),
            ("\x1b[12", ""),
            ("\x1b]never", ""),
        ] {
            let first = message.find('\x1b').unwrap_or(0);
            assert_eq!(stripped(message.as_bytes(), first), expected.as_bytes(), "{message:?}");
        }
    }
}
