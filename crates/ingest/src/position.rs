//! How far a file is stored, so that it goes on from there when it has grown.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// A place in a file, and what of it lies open.
///
/// Places are bytes of the file's text (unpacked, in UTF-8) where it is read line by line, and records elsewhere.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    /// Everything that begins before this place has been read.
    pub at: u64,
    /// How many lines (records) that is.
    pub lines: u64,
    /// Messages that begin before `at`, may go on, and are not stored. Ascending.
    pub open: Vec<Mark>,
    /// What begins before `at` and was refused: the next run tries it again. Ascending.
    pub refused: Vec<RefusedStretch>,
    /// The latest time that a line had, in nanoseconds.
    pub last: Option<i64>,
    /// What stands before `at`: the end of the last line, or all records.
    pub before: Print,
}

/// Where a message or record begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(from = "(u64, u64)", into = "(u64, u64)")]
pub struct Mark {
    pub at: u64,
    /// The number of its line (record), from 1.
    pub line: u64,
}

/// Neighbours that were refused, from the beginning of the first to that of the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(from = "(u64, u64, u64)", into = "(u64, u64, u64)")]
pub struct RefusedStretch {
    pub first: Mark,
    pub last_at: u64,
}

impl From<(u64, u64)> for Mark {
    fn from((at, line): (u64, u64)) -> Self {
        Self { at, line }
    }
}

impl From<Mark> for (u64, u64) {
    fn from(mark: Mark) -> Self {
        (mark.at, mark.line)
    }
}

impl From<(u64, u64, u64)> for RefusedStretch {
    fn from((at, line, last_at): (u64, u64, u64)) -> Self {
        Self {
            first: Mark { at, line },
            last_at,
        }
    }
}

impl From<RefusedStretch> for (u64, u64, u64) {
    fn from(refused: RefusedStretch) -> Self {
        (refused.first.at, refused.first.line, refused.last_at)
    }
}

impl From<Mark> for RefusedStretch {
    fn from(first: Mark) -> Self {
        Self {
            first,
            last_at: first.at,
        }
    }
}

impl Position {
    /// Where reading begins again: at the first thing that is not stored.
    pub fn resume_at(&self) -> Mark {
        let next = Mark {
            at: self.at,
            line: self.lines + 1,
        };
        let open = self.open.first().copied();
        let refused = self.refused.first().map(|refused| refused.first);
        open.into_iter().chain(refused).fold(next, Mark::min)
    }

    /// Whether what begins at `at` is stored.
    pub fn holds(&self, at: u64) -> bool {
        let is_open = || self.open.binary_search_by_key(&at, |mark| mark.at).is_ok();
        let is_refused = || {
            let behind = self.refused.partition_point(|refused| refused.first.at <= at);
            behind > 0 && at <= self.refused[behind - 1].last_at
        };
        at < self.at && !is_open() && !is_refused()
    }
}

/// A stretch of bytes, known by its length and its hash.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Print {
    pub bytes: u64,
    pub hash: String,
}

impl Print {
    /// Bytes of a stretch that are looked at.
    pub const LONGEST: usize = 1024;

    pub fn of(bytes: &[u8]) -> Self {
        Self {
            bytes: bytes.len() as u64,
            hash: hex(&Sha256::digest(bytes)),
        }
    }

    /// The print of a text's end; nothing is known of an empty one.
    pub fn of_end(text: &[u8]) -> Self {
        if text.is_empty() {
            return Self::default();
        }
        Self::of(&text[text.len().saturating_sub(Self::LONGEST)..])
    }

    /// Whether `text` begins with these bytes.
    pub fn begins(&self, text: &[u8]) -> bool {
        self.bytes > 0 && self.first_of(text).is_some_and(|first| Self::of(first) == *self)
    }

    /// Whether `text` ends with these bytes.
    pub fn ends(&self, text: &[u8]) -> bool {
        let start = text.len().checked_sub(self.bytes as usize);
        start.is_some_and(|start| Self::of(&text[start..]) == *self)
    }

    fn first_of<'t>(&self, text: &'t [u8]) -> Option<&'t [u8]> {
        text.get(..usize::try_from(self.bytes).ok()?)
    }
}

/// The first half of a hash as text: enough to tell files apart.
pub fn hex(hash: &[u8]) -> String {
    hash.iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

/// What is known of a file of which something is stored.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FileRecord {
    /// Stays as it is when the file is renamed, moved or packed.
    pub id: String,
    pub path: String,
    pub device: u64,
    pub inode: u64,
    /// The file's first bytes.
    pub head: Print,
    pub stored: Position,
    /// A batch of which it is not known whether it arrived.
    pub sending: Option<Sending>,
}

impl FileRecord {
    /// Whether it is of a stream, which cannot be read again, so that nothing is kept of it.
    pub fn is_stream(&self) -> bool {
        self.path.is_empty()
    }
}

/// A batch on its way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sending {
    /// With this token the server stores the batch once.
    pub token: String,
    /// How far the file is stored when the batch is.
    pub to: Position,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reading_begins_again_at_the_first_thing_that_is_not_stored() {
        let mark = |at, line| Mark { at, line };
        let mut position = Position {
            at: 100,
            lines: 10,
            ..Position::default()
        };
        assert_eq!(position.resume_at(), mark(100, 11));
        assert!(position.holds(0) && position.holds(99) && !position.holds(100));
        position.open = vec![mark(90, 10)];
        position.refused = vec![(30, 4, 50).into()];
        assert_eq!(position.resume_at(), mark(30, 4));
        assert!(
            position.holds(29)
                && !position.holds(30)
                && !position.holds(50)
                && position.holds(51)
                && !position.holds(90)
        );
    }

    #[test]
    fn prints_know_beginnings_and_ends() {
        let (head, end) = (Print::of(b"abc"), Print::of_end(b"xyz"));
        assert!(head.begins(b"abcdef") && !head.begins(b"ab") && !head.begins(b"abdcef"));
        assert!(end.ends(b"abcxyz") && !end.ends(b"yz") && !end.ends(b"abcxyz!"));
        assert!(Print::default().hash.is_empty() && !Print::default().begins(b""));
    }
}
