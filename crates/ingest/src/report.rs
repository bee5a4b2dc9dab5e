//! What became of every row.

use std::collections::BTreeMap;

use jiff::Timestamp;

/// Refusals kept in full; all of them are counted.
const REFUSALS_KEPT: usize = 100;
/// Long server messages and long values are cut to this many characters.
const DETAIL_CHARS: usize = 400;

/// A row that was not stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    pub file: String,
    /// The line (text formats) or row (Parquet) in the file, from 1.
    pub row: u64,
    /// The kind of the trouble, few in number, to count by.
    pub kind: &'static str,
    /// What exactly is wrong with this row.
    pub detail: String,
}

/// The sum of a run. `rows_read = rows_stored + rows_refused + rows_unsent` always holds.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// Rows (for plain logs: messages) found in the files.
    pub rows_read: u64,
    /// Lines found in plain log files; more than the rows where messages span lines.
    pub lines: u64,
    /// Rows that the server has acknowledged.
    pub rows_stored: u64,
    pub rows_refused: u64,
    /// Rows read but not acknowledged when the run stopped; running the same command again sends them.
    pub rows_unsent: u64,
    /// Refused rows by kind.
    pub refused_by_kind: BTreeMap<&'static str, u64>,
    /// The first refusals in full.
    pub refusals: Vec<Refusal>,
    /// Plain log rows that carry a time that is not their own (the file's, or the next message's).
    pub rows_untimed: u64,
    /// Files of a directory that hold no text.
    pub files_left_out: u64,
    /// Bytes read from the files.
    pub bytes: u64,
    /// The earliest and latest time of the rows.
    pub times: Option<(Timestamp, Timestamp)>,
    /// Files, or rests of files, that could not be read, and the reason why the run stopped early.
    pub failures: Vec<String>,
    /// What the user should know though nothing failed.
    pub notes: Vec<String>,
}

impl Report {
    /// True when every row of every file has been stored.
    pub fn complete(&self) -> bool {
        self.rows_refused == 0 && self.rows_unsent == 0 && self.failures.is_empty()
    }

    /// Counts one refused row, keeping the first ones in full.
    pub fn refuse(&mut self, file: &str, row: u64, kind: &'static str, detail: &str) {
        self.refuse_many(file, row, 1, kind, detail);
    }

    /// Counts `count` rows from `row` on, refused for one reason; they are listed as one.
    pub fn refuse_many(&mut self, file: &str, row: u64, count: u64, kind: &'static str, detail: &str) {
        self.rows_refused += count;
        *self.refused_by_kind.entry(kind).or_default() += count;
        self.keep(Refusal {
            file: file.to_owned(),
            row,
            kind,
            detail: detail.chars().take(DETAIL_CHARS).collect(),
        });
    }

    fn keep(&mut self, refusal: Refusal) {
        if self.refusals.len() < REFUSALS_KEPT {
            self.refusals.push(refusal);
        }
    }

    /// Widens the time range.
    pub fn see_time(&mut self, nanos: i64) {
        if let Ok(time) = Timestamp::from_nanosecond(i128::from(nanos)) {
            self.times = Some(match self.times {
                None => (time, time),
                Some((first, last)) => (first.min(time), last.max(time)),
            });
        }
    }

    /// Adds another part of the run, all but its `rows_unsent`.
    pub fn absorb(&mut self, part: Self) {
        self.rows_read += part.rows_read;
        self.lines += part.lines;
        self.rows_stored += part.rows_stored;
        self.rows_refused += part.rows_refused;
        self.rows_untimed += part.rows_untimed;
        self.bytes += part.bytes;
        self.files_left_out += part.files_left_out;
        for (kind, count) in part.refused_by_kind {
            *self.refused_by_kind.entry(kind).or_default() += count;
        }
        part.refusals.into_iter().for_each(|refusal| self.keep(refusal));
        if let Some((first, last)) = part.times {
            self.times = Some(self.times.map_or((first, last), |(a, b)| (a.min(first), b.max(last))));
        }
        self.failures.extend(part.failures);
        for note in part.notes {
            if !self.notes.contains(&note) {
                self.notes.push(note);
            }
        }
    }
}
