//! What a window is held against: another window, or the median of several.

use jiff::Timestamp;

use super::window::{self, Window};
use crate::{Error, Result};

/// The windows of `median` alone. The first is also the one whose past tells how much patterns wobble, so it is not the span just
/// before, which an incident may have reached already.
const USUAL: [&str; 3] = ["day", "week", "previous"];

/// More windows would say little more, and each is read.
const MOST: usize = 9;

/// One window, or several of the same length; of these, each pattern's median count is its baseline.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Baseline {
    pub first: Window,
    /// None but for a median.
    pub more: Vec<Window>,
}

impl From<Window> for Baseline {
    fn from(first: Window) -> Self {
        Self { first, more: vec![] }
    }
}

impl Baseline {
    /// Resolves `previous`, `day`, `week`, `FROM..TO`, `median`, or `median:` and three to nine of the first four between commas.
    pub fn parse(text: &str, current: Window, now: Timestamp) -> Result<Self> {
        let Some(list) = text.strip_prefix("median") else {
            return Ok(window::baseline(text, current, now)?.into());
        };
        if list.is_empty() {
            return usual(current, now);
        }
        let Some(list) = list.strip_prefix(':') else {
            return Err(refused(
                "a median is written median, or median:day,previous,FROM..TO with three to nine windows",
            ));
        };
        let mut windows = Vec::new();
        for text in list.split(',').map(str::trim) {
            if text.is_empty() {
                return Err(refused(
                    "a median has an empty window between two commas: name it or leave it out",
                ));
            }
            let window = window::baseline(text, current, now)?;
            if window.duration() != current.duration() {
                return Err(refused(
                    "each window of a median must be as long as the window that is asked about",
                ));
            }
            windows.push(window);
        }
        of_several(windows)
    }

    pub fn windows(&self) -> impl Iterator<Item = &Window> {
        std::iter::once(&self.first).chain(&self.more)
    }

    /// The earliest instant of all windows.
    pub fn earliest(&self) -> Timestamp {
        self.windows()
            .map(|window| window.from)
            .min()
            .unwrap_or(self.first.from)
    }
}

/// A window of a day or a week is the one just before it and the one a day or a week earlier at once: then one more of its kind counts.
fn usual(current: Window, now: Timestamp) -> Result<Baseline> {
    let windows = USUAL.iter().map(|text| window::baseline(text, current, now));
    let mut windows = windows.collect::<Result<Vec<_>>>()?;
    dedup(&mut windows);
    if windows.len() < USUAL.len() {
        windows.push(windows[windows.len() - 1].earlier(current.duration())?);
    }
    of_several(windows)
}

fn of_several(mut windows: Vec<Window>) -> Result<Baseline> {
    dedup(&mut windows);
    if !(3..=MOST).contains(&windows.len()) {
        return Err(refused("a median needs three to nine different windows"));
    }
    let more = windows.split_off(1);
    Ok(Baseline {
        first: windows[0],
        more,
    })
}

fn dedup(windows: &mut Vec<Window>) {
    let mut seen = Vec::new();
    windows.retain(|window| {
        let is_new = !seen.contains(window);
        seen.push(*window);
        is_new
    });
}

fn refused(reason: &str) -> Error {
    Error::field("baseline", reason)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn current() -> Window {
        Window {
            from: "2026-01-31T10:00:00Z".parse().unwrap(),
            to: "2026-01-31T11:00:00Z".parse().unwrap(),
        }
    }

    fn begins(text: &str) -> Vec<String> {
        let baseline = Baseline::parse(text, current(), current().to).unwrap();
        baseline.windows().map(|window| window.from.to_string()).collect()
    }

    #[test]
    fn a_median_is_of_the_usual_windows_or_of_those_named() {
        assert_eq!(begins("previous"), ["2026-01-31T09:00:00Z"]);
        assert_eq!(
            begins("median"),
            ["2026-01-30T10:00:00Z", "2026-01-24T10:00:00Z", "2026-01-31T09:00:00Z"]
        );
        assert_eq!(
            begins("median:day, previous,2026-01-01T00:00:00Z..2026-01-01T01:00:00Z"),
            ["2026-01-30T10:00:00Z", "2026-01-31T09:00:00Z", "2026-01-01T00:00:00Z"]
        );
    }

    #[test]
    fn a_day_and_a_week_have_a_median_too() {
        for (from, begins) in [
            (
                "2026-01-30T11:00:00Z",
                ["2026-01-29T11:00:00Z", "2026-01-23T11:00:00Z", "2026-01-22T11:00:00Z"],
            ),
            (
                "2026-01-24T11:00:00Z",
                ["2026-01-23T11:00:00Z", "2026-01-17T11:00:00Z", "2026-01-10T11:00:00Z"],
            ),
        ] {
            let window = Window {
                from: from.parse().unwrap(),
                ..current()
            };
            let baseline = Baseline::parse("median", window, window.to).unwrap();
            let found: Vec<String> = baseline.windows().map(|window| window.from.to_string()).collect();
            assert_eq!(found, begins);
        }
    }

    #[test]
    fn a_median_of_too_few_or_of_unequal_windows_is_refused() {
        for text in [
            "median:",
            "median:day",
            "median:day,,week",
            "median:day,day,day",
            "median:previous,day,now-2h..now",
            "median:previous,day,yesterday",
            "medians",
            "median(day)",
        ] {
            let refused = Baseline::parse(text, current(), current().from)
                .unwrap_err()
                .to_string();
            assert!(refused.starts_with("baseline"), "{text}: {refused}");
        }
    }
}
