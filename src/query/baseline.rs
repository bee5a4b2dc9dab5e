//! What a window is held against: another window, or the median of several.

use jiff::Timestamp;

use super::window::{self, Window};
use crate::{Error, Result};

/// The windows of `median` alone: the span just before, and the same one a day and a week earlier.
const USUAL: &str = "previous,day,week";

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
        let list = match list.strip_prefix(':') {
            Some(list) => list,
            None if list.is_empty() => USUAL,
            None => {
                return Err(refused(
                    "a median is written median, or median:previous,day,FROM..TO with three to nine windows",
                ));
            }
        };
        let mut windows: Vec<Window> = Vec::new();
        for text in list.split(',') {
            let window = window::baseline(text.trim(), current, now)?;
            if window.duration() != current.duration() {
                return Err(refused(
                    "each window of a median must be as long as the window that is asked about",
                ));
            }
            if !windows.contains(&window) {
                windows.push(window);
            }
        }
        if !(3..=MOST).contains(&windows.len()) {
            return Err(refused("a median needs three to nine different windows"));
        }
        let more = windows.split_off(1);
        Ok(Self {
            first: windows[0],
            more,
        })
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
            ["2026-01-31T09:00:00Z", "2026-01-30T10:00:00Z", "2026-01-24T10:00:00Z"]
        );
        assert_eq!(
            begins("median:day, previous,2026-01-01T00:00:00Z..2026-01-01T01:00:00Z"),
            ["2026-01-30T10:00:00Z", "2026-01-31T09:00:00Z", "2026-01-01T00:00:00Z"]
        );
    }

    #[test]
    fn a_median_of_too_few_or_of_unequal_windows_is_refused() {
        for text in [
            "median:",
            "median:day",
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
