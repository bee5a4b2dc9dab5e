//! The window that is asked about and the baseline that it is held against.

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use super::time;
use crate::{Error, Result};

/// A stretch of time: from inclusive, to exclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, schemars::JsonSchema)]
pub struct Window {
    pub from: Timestamp,
    pub to: Timestamp,
}

/// The longest window: longer ones are a typing error more often than a question.
const LONGEST: SignedDuration = SignedDuration::from_hours(24 * 3_660);

impl Window {
    /// A window between two instants. `fields` are the names of the two in the request.
    pub fn new(from: Timestamp, to: Timestamp, fields: (&str, &str)) -> Result<Self> {
        if to <= from {
            return Err(Error::field(
                fields.1,
                format!("{to} is not after {} {from}: give a later time", fields.0),
            ));
        }
        if to.duration_since(from) > LONGEST {
            return Err(Error::field(
                fields.1,
                format!("the window from {from} to {to} is longer than ten years: choose a shorter one"),
            ));
        }
        Ok(Self { from, to })
    }

    pub fn duration(&self) -> SignedDuration {
        self.to.duration_since(self.from)
    }

    /// Whether both ends are whole minutes, as the rollup has them.
    pub fn is_whole_minutes(&self) -> bool {
        [self.from, self.to]
            .iter()
            .all(|at| at.as_nanosecond() % 60_000_000_000 == 0)
    }

    /// The same span, `by` earlier. Errors: it would begin before 1970.
    pub fn earlier(&self, by: SignedDuration) -> Result<Self> {
        let shift = |at: Timestamp| {
            at.checked_sub(by)
                .map_err(|_| Error::field("baseline", "lies before the year 1970"))
        };
        let window = Self {
            from: shift(self.from)?,
            to: shift(self.to)?,
        };
        if window.from.as_second() < 0 {
            return Err(Error::field(
                "baseline",
                format!("{} lies before the year 1970", window.from),
            ));
        }
        Ok(window)
    }
}

/// Resolves one window of a baseline: `previous` (the span just before), `day`, `week` (the same span a day or a week earlier), or `T..T`.
pub fn baseline(text: &str, current: Window, now: Timestamp) -> Result<Window> {
    match text {
        "" | "previous" => current.earlier(current.duration()),
        "day" => current.earlier(SignedDuration::from_hours(24)),
        "week" => current.earlier(SignedDuration::from_hours(24 * 7)),
        other => {
            let (from, to) = other.split_once("..").ok_or_else(|| {
                let shown: String = other.chars().take(60).collect();
                Error::field(
                    "baseline",
                    format!(
                        "{shown:?} is no baseline: give previous, day, week, FROM..TO, or (for log patterns) median"
                    ),
                )
            })?;
            Window::new(
                time::parse("baseline", from, now)?,
                time::parse("baseline", to, now)?,
                ("baseline from", "baseline"),
            )
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn window(from: &str, to: &str) -> Window {
        Window {
            from: from.parse().unwrap(),
            to: to.parse().unwrap(),
        }
    }

    #[test]
    fn the_baseline_is_the_span_before_unless_another_is_named() {
        let current = window("2026-01-31T10:00:00Z", "2026-01-31T11:30:00Z");
        let now = current.to;
        for (text, want) in [
            ("previous", window("2026-01-31T08:30:00Z", "2026-01-31T10:00:00Z")),
            ("day", window("2026-01-30T10:00:00Z", "2026-01-30T11:30:00Z")),
            ("week", window("2026-01-24T10:00:00Z", "2026-01-24T11:30:00Z")),
            (
                "now-2h..2026-01-31T10:00:00Z",
                window("2026-01-31T09:30:00Z", "2026-01-31T10:00:00Z"),
            ),
        ] {
            assert_eq!(baseline(text, current, now).unwrap(), want, "{text}");
        }
    }

    #[test]
    fn a_window_that_ends_before_it_begins_is_refused() {
        let (from, to) = (
            "2026-01-31T10:00:00Z".parse().unwrap(),
            "2026-01-31T10:00:00Z".parse().unwrap(),
        );
        let message = Window::new(from, to, ("start_time", "end_time"))
            .unwrap_err()
            .to_string();
        assert!(message.starts_with("end_time: "), "{message}");
    }

    #[test]
    fn a_baseline_before_1970_is_refused() {
        let current = window("1970-01-03T00:00:00Z", "1970-01-04T00:00:00Z");
        assert!(baseline("week", current, current.to).is_err());
    }
}
