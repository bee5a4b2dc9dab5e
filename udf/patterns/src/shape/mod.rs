//! The shape of one log message: its text with everything that surely varies masked by typed placeholders.
//!
//! `Received block blk_8871 of size 67108864 from /10.0.4.17` has the shape
//! `Received block blk_<num> of size <num> from /<ip>`.
//!
//! A shape is a function of the message alone: no state, no settings. What only other messages can show (that `alice`
//! in `login of alice` varies) is left to the [catalog](crate::catalog).
//!
//! - Any bytes are a message. Bytes of 128 and more count as letters; a run of blanks, with its line ends, becomes one
//!   space; blanks at the ends are dropped. A stack trace is one message whose frames keep their names and lose their
//!   numbers.
//! - Only the first [`MAX_MESSAGE_BYTES`] of a message count; the placeholder `<more>` stands for the rest. Time is
//!   linear in that length, and nothing is allocated but the text.
//! - A placeholder in a message stays as it is.
//! - A number that means something (a status, an exit code, an error number) keeps its value or its class: see
//!   `telling.rs`. Escape sequences of terminals are left out.
//! - Severity and telling attributes of a stored line are part of what it says: see [`framed`].
//!
//! A change of these rules gives messages other texts and ids: it needs a new version of `kulprit_shape` and
//! `kulprit_shape_text` (`udf/src/functions/shape.rs`).

mod address;
mod bytes;
mod colour;
mod frame;
mod hash;
mod header;
mod host;
mod hot;
mod mask;
mod put;
mod scan;
mod telling;
mod time;
mod token;

pub use crate::level::{Level, is_level};
pub use frame::{FIELD, FRAME, framed};
pub use mask::Mask;
use std::cell::RefCell;

/// So many bytes of a message count, the first; the rest has no influence on the shape.
pub const MAX_MESSAGE_BYTES: usize = 16 * 1024;

/// Appends the text of the shape of `line`, a message or a line with a [`FRAME`], to `out`.
///
/// The level of a frame stands before the message, unless the message says it itself; its attributes stand behind it.
pub fn shape_text(line: &[u8], out: &mut Vec<u8>) {
    let parts = frame::parts(line);
    let start = out.len();
    message_text(parts.message, out);
    if let Some(level) = parts.level.filter(|level| !frame::says(&out[start..], *level)) {
        out.splice(start..start, level.text().bytes().chain([b' ']));
    }
    if !parts.attributes.is_empty() {
        out.push(b' ');
        message_text(parts.attributes, out);
    }
}

fn message_text(message: &[u8], out: &mut Vec<u8>) {
    if let Some(first) = memchr::memchr(colour::ESCAPE, message) {
        plain_text(&colour::stripped(message, first), out);
    } else {
        plain_text(message, out);
    }
}

fn plain_text(message: &[u8], out: &mut Vec<u8>) {
    let message = trim(message);
    if message.len() <= MAX_MESSAGE_BYTES {
        scan::walk(message, out);
        return;
    }
    scan::walk(trim(&message[..MAX_MESSAGE_BYTES]), out);
    out.push(b' ');
    out.extend_from_slice(Mask::More.text().as_bytes());
}

/// The 64-bit id of the shape of `line`: the [`text_id`] of its text.
pub fn shape_id(line: &[u8]) -> u64 {
    thread_local! {
        static TEXT: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
    }
    TEXT.with_borrow_mut(|text| {
        text.clear();
        shape_text(line, text);
        text_id(text)
    })
}

/// The id of the shape with this text, the same on every platform. Stored catalogs hold such ids.
pub fn text_id(text: &[u8]) -> u64 {
    hash::hash(text)
}

/// `message` without blanks at its ends.
fn trim(message: &[u8]) -> &[u8] {
    let start = bytes::skip(message, 0, bytes::BLANK);
    let end = message
        .iter()
        .rposition(|byte| !bytes::is(*byte, bytes::BLANK))
        .map_or(start, |last| last + 1);
    &message[start..end]
}
