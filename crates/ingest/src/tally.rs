//! Records counted one by one: the position in a file that is not read by lines.

use sha2::{Digest, Sha256};

use super::emit::{Emitter, ReadError};
use super::position::{Mark, Position, Print, hex};

/// How many records have been read, and what they were.
pub struct Tally {
    records: u64,
    hash: Sha256,
}

impl Tally {
    /// Begins with what stands before the records, such as a header.
    pub fn new(header: &[u8]) -> Self {
        Self {
            records: 0,
            hash: Sha256::new_with_prefix(header),
        }
    }

    /// A record begins.
    pub fn begin(&self, line: u64, emitter: &mut Emitter<'_>) {
        emitter.at(Mark { at: self.records, line });
    }

    /// The record is done with.
    pub fn end(&mut self, record: &[u8], emitter: &mut Emitter<'_>) -> Result<(), ReadError> {
        self.records += 1;
        self.hash.update((record.len() as u64).to_le_bytes());
        self.hash.update(record);
        let is_changed = |to: &Position| to.at == self.records && to.before != self.print();
        if emitter.stored().is_some_and(is_changed) || emitter.sending_to().is_some_and(is_changed) {
            return Err(ReadError::Changed);
        }
        if emitter.is_due(self.records) {
            emitter.hand_over(self.position())?;
        }
        Ok(())
    }

    /// The file has no further records.
    pub fn finish(&self, emitter: &mut Emitter<'_>) -> Result<(), ReadError> {
        let is_beyond = |to: &Position| to.at > self.records;
        if emitter.stored().is_some_and(is_beyond) || emitter.sending_to().is_some_and(is_beyond) {
            return Err(ReadError::Changed);
        }
        emitter.hand_over(self.position())
    }

    fn print(&self) -> Print {
        Print {
            bytes: self.records,
            hash: hex(&self.hash.clone().finalize()),
        }
    }

    fn position(&self) -> Position {
        Position {
            at: self.records,
            lines: self.records,
            before: if self.records == 0 {
                Print::default()
            } else {
                self.print()
            },
            ..Position::default()
        }
    }
}
