//! The shape of one log message: its text with everything that surely varies masked by typed placeholders.
//!
//! `Received block blk_8871 of size 67108864 from /10.0.4.17` has the shape
//! `Received block blk_<num> of size <num> from /<ip>`.
//!
//! A shape is a function of the message alone: no state, no settings. What only other messages can tell (that `alice`
//! in `login of alice` varies) is left to the [catalog](crate::catalog).
//!
//! - Any bytes are a message. Bytes of 128 and more count as letters; runs of blanks, line ends among them, become one
//!   space; blanks at the ends are dropped. A stack trace is one message whose frames keep their names and lose their
//!   numbers.
//! - Of a message longer than [`MAX_MESSAGE_BYTES`] the first that many bytes count; the placeholder `<more>` stands
//!   for the rest. Time is linear in that length, and nothing is allocated but the text.
//! - A placeholder in a message stands for itself.

mod address;
mod bytes;
mod hash;
mod header;
mod host;
mod hot;
mod mask;
mod put;
mod scan;
mod time;
mod token;

pub use mask::Mask;
use std::cell::RefCell;

/// How much of a message its shape is made of, in bytes.
pub const MAX_MESSAGE_BYTES: usize = 16 * 1024;

/// Appends the text of the shape of `message` to `out`.
pub fn shape_text(message: &[u8], out: &mut Vec<u8>) {
    let message = trim(message);
    if message.len() <= MAX_MESSAGE_BYTES {
        scan::walk(message, out);
        return;
    }
    scan::walk(trim(&message[..MAX_MESSAGE_BYTES]), out);
    out.push(b' ');
    out.extend_from_slice(Mask::More.text().as_bytes());
}

/// The 64-bit id of the shape of `message`: the [`text_id`] of its text.
pub fn shape_id(message: &[u8]) -> u64 {
    thread_local! {
        static TEXT: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
    }
    TEXT.with_borrow_mut(|text| {
        text.clear();
        shape_text(message, text);
        text_id(text)
    })
}

/// The id of a shape whose text is at hand. The same on every platform and in every version that writes the same text.
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
