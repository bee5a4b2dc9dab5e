//! A line as it is stored in a table: its severity and its attributes stand beside the message.
//!
//! [`FRAME`], the severity, [`FIELD`], the telling attributes (`key=value`, separated by blanks), [`FIELD`], the message.
//! What says how a line ended is part of what it says, wherever it stands.

use super::bytes::{WORD, is};
use crate::level::Level;

/// Opens a line with a frame.
pub const FRAME: u8 = 0x1e;
/// Ends the severity, and the attributes.
pub const FIELD: u8 = 0x1f;

/// How long a severity and the attributes may be.
const MAX_LEVEL: usize = 64;
const MAX_ATTRIBUTES: usize = 4096;

/// The parts of a line.
#[derive(Debug, PartialEq, Eq)]
pub struct Parts<'a> {
    /// None for INFO, which is what a line without a level counts as.
    pub level: Option<Level>,
    pub attributes: &'a [u8],
    pub message: &'a [u8],
}

/// Takes a line apart; one without a frame is a message.
pub fn parts(line: &[u8]) -> Parts<'_> {
    split(line).unwrap_or(Parts {
        level: None,
        attributes: b"",
        message: line,
    })
}

fn split(line: &[u8]) -> Option<Parts<'_>> {
    let rest = line.strip_prefix(&[FRAME])?;
    let end = memchr::memchr(FIELD, &rest[..rest.len().min(MAX_LEVEL)])?;
    let behind = &rest[end + 1..];
    let close = memchr::memchr(FIELD, &behind[..behind.len().min(MAX_ATTRIBUTES)])?;
    Some(Parts {
        level: Level::of_field(&rest[..end]).filter(|level| *level != Level::Info),
        attributes: behind[..close].trim_ascii(),
        message: &behind[close + 1..],
    })
}

/// Writes a line with its frame, as the statements do.
pub fn framed(severity: &[u8], attributes: &[u8], message: &[u8], out: &mut Vec<u8>) {
    out.clear();
    out.push(FRAME);
    out.extend_from_slice(severity);
    out.push(FIELD);
    out.extend_from_slice(attributes);
    out.push(FIELD);
    out.extend_from_slice(message);
}

/// How many words of a message are looked at for its own level.
const WORDS: usize = 12;

/// Whether the shape of a message says this level itself: in brackets before all else, in capitals near its start, or in
/// a field for it.
pub fn says(shape: &[u8], level: Level) -> bool {
    let mut before: &[u8] = b"";
    let mut count = 0;
    for word in shape.chunk_by(|left, right| is(*left, WORD) == is(*right, WORD)) {
        if !word.first().is_some_and(|byte| is(*byte, WORD)) {
            continue;
        }
        let named = match word {
            [letter] => Level::of_letter(*letter),
            word => Level::of_word(word),
        };
        let keyed = matches!(before, b"level" | b"lvl" | b"severity" | b"Level" | b"loglevel");
        let opens = count == 0 && shape.starts_with(b"[");
        if named == Some(level) && (opens || keyed || (word.len() >= 3 && word.iter().all(u8::is_ascii_uppercase))) {
            return true;
        }
        before = word;
        count += 1;
        if count == WORDS {
            return false;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::{Level, parts, says};

    #[test]
    fn a_line_without_a_frame_is_a_message() {
        for line in ["", "\x1e", "\x1eabc", "\x1e{\"json\":1}", "plain"] {
            let parts = parts(line.as_bytes());
            assert_eq!((parts.level, parts.message), (None, line.as_bytes()));
        }
        let parts = parts(b"\x1eWarning\x1fstatus=5 \x1fx\x1fy");
        assert_eq!(
            (parts.level, parts.attributes, parts.message),
            (Some(Level::Warn), b"status=5".as_slice(), b"x\x1fy".as_slice())
        );
    }

    #[test]
    fn a_message_may_say_its_level_itself() {
        for (shape, expected) in [
            ("ERROR no", true),
            ("[error] no", true),
            ("<time> [<thread>] ERROR no", true),
            ("{\"level\":\"error\",\"msg\":\"no\"}", true),
            ("level=error msg=no", true),
            ("error of the disk", false),
            ("an error of the disk", false),
            ("INFO no", false),
        ] {
            assert_eq!(says(shape.as_bytes(), Level::Error), expected, "{shape}");
        }
    }
}
