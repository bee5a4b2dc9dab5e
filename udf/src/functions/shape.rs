//! `kulprit_shape` and `kulprit_shape_text`: for each message the id or the text of its shape.

use std::io::{self, BufRead, Write};

use super::answer_numbers;
use crate::wire::{self, native};
use kulprit_patterns::shape::{shape_id, shape_text};

/// Raise it when any message gets another id: when the rules of [`crate::shape`] or the hash of the text change.
pub const VERSION: u64 = 3;

/// Raise it when any message gets another text: when the rules of [`crate::shape`] change.
pub const TEXT_VERSION: u64 = 3;

pub fn answer(rows: u64, input: &mut impl BufRead, output: &mut impl Write) -> io::Result<()> {
    answer_numbers(rows, input, output, "shape", shape_id)
}

pub fn answer_text(rows: u64, input: &mut impl BufRead, output: &mut impl Write) -> io::Result<()> {
    native::read_string_column_header(input, rows)?;
    native::write_column_header(output, rows, "shape_text", "String")?;
    let (mut spill, mut text) = (Vec::new(), Vec::new());
    for _ in 0..rows {
        text.clear();
        wire::read_string(input, &mut spill, |message| shape_text(message, &mut text))?;
        wire::write_string(output, &text)?;
    }
    Ok(())
}
