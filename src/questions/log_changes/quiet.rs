//! Whether the baseline is quiet: a window just before another one may hold the beginning of the same incident.

use jiff::{SignedDuration, Timestamp};

use super::answer::PatternChange;
use super::question::Slices;
use super::sentence::rate;
use crate::text::one_line;
use kulprit_divergence::{FEWEST_SLICES, Past, RESTLESS, unquiet_since};
use kulprit_request::Window;

/// What is known of the baseline's quiet.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Quiet {
    /// There is too little before it.
    Unknown,
    Yes,
    No(Onset),
}

/// When a pattern left its rate, not to come back before the baseline's end.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Onset {
    pub since: Timestamp,
    /// The pattern with its service and rates, as a person would say.
    pub what: String,
    /// Nothing is known of what was before.
    pub known_from: Timestamp,
}

/// Looks at the patterns whose past ends unlike it began.
pub(super) fn judge(rows: &[PatternChange], slices: &Slices) -> Quiet {
    let past_lines = rows.first().map_or(&[][..], |row| &row.past_lines);
    let Some(first) = past_lines.iter().position(|lines| *lines > 0) else {
        return Quiet::Unknown;
    };
    if slices.count.saturating_sub(first) / 2 < FEWEST_SLICES {
        return Quiet::Unknown;
    }
    let onsets = rows.iter().filter(|row| row.is_kept_for(RESTLESS)).filter_map(|row| {
        let past = Past {
            lines: row.past(),
            of_service: row.of_service().2,
            first,
            slices: slices.count,
        };
        Some((unquiet_since(&past, row.pattern_total)?, row))
    });
    match onsets.min_by_key(|(onset, row)| (*onset, row.place)) {
        Some((onset, row)) => Quiet::No(Onset {
            since: slices.begin(onset),
            what: told(row, first, onset, slices),
            known_from: slices.begin(first),
        }),
        None => Quiet::Yes,
    }
}

impl Onset {
    /// The stretch as long as `asked` that ends where the quiet did, where enough of the past is known.
    pub fn last_quiet(&self, asked: &Window) -> Option<Window> {
        let from = self.since.checked_sub(asked.duration()).ok()?;
        (from >= self.known_from).then_some(Window { from, to: self.since })
    }

    /// What a reader is told: that `asked` is not quiet, and what the answer is held against.
    pub fn warning(&self, asked: &Window, quiet: Option<&Window>) -> String {
        let clock = |at: Timestamp| at.strftime("%H:%M:%S").to_string();
        let (from, to) = (clock(asked.from), clock(asked.to));
        let begun = format!(
            "the baseline from {from} to {to} is not quiet: since {} {}",
            clock(self.since),
            self.what
        );
        match quiet {
            Some(quiet) => format!(
                "{begun}; the window is held against the last quiet stretch, from {} to {}",
                clock(quiet.from),
                clock(quiet.to)
            ),
            None => format!("{begun}; what began there may look like no change"),
        }
    }
}

fn told(row: &PatternChange, first: usize, onset: usize, slices: &Slices) -> String {
    let minutes = |count: usize| (count as i64 * slices.seconds) as f64 / 60.0;
    let per_minute = |from: usize, to: usize| {
        let lines: u64 = row.past().iter().take(to).skip(from).sum();
        rate(lines as f64 / minutes(to - from))
    };
    format!(
        "`{}` in {} went from {} to {} per minute",
        one_line(&row.pattern, 80),
        row.service,
        per_minute(first, onset),
        per_minute(onset, slices.count)
    )
}

impl Slices {
    /// When a slice begins.
    fn begin(&self, slice: usize) -> Timestamp {
        let after = SignedDuration::from_secs(slice as i64 * self.seconds);
        self.from.checked_add(after).unwrap_or(self.from)
    }
}
