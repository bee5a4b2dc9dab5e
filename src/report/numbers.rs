//! Numbers and times as the page writes them: with their unit, and no more digits than mean something.

use jiff::{SignedDuration, Timestamp};
use kulprit_request::Window;
use serde::Serialize;

/// What stands where nothing is known.
pub const UNKNOWN: &str = "–";

/// `1,234,567`.
pub fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// Something a second, or a minute: `12.3/s`.
pub fn rate(number: f64, unit: &str) -> String {
    let number = match number {
        0.0 => "0".to_owned(),
        small if small.abs() < 0.01 => "<0.01".to_owned(),
        small if small.abs() < 10.0 => format!("{small:.2}"),
        middle if middle.abs() < 100.0 => format!("{middle:.1}"),
        large => count(large.round().max(0.0) as u64),
    };
    format!("{number}/{unit}")
}

/// A share of one: `12.3 %`.
pub fn per_cent(share: f64) -> String {
    let per_cent = share * 100.0;
    match per_cent.abs() {
        0.0 => "0 %".to_owned(),
        small if small < 0.01 => "<0.01 %".to_owned(),
        small if small < 1.0 => format!("{per_cent:.2} %"),
        middle if middle < 99.95 => format!("{per_cent:.1} %"),
        _ => format!("{per_cent:.0} %"),
    }
}

/// A duration: `430 ms`, `2.5 s`.
pub fn milliseconds(number: f64) -> String {
    match number {
        small if small < 10.0 => format!("{small:.1} ms"),
        middle if middle < 1_000.0 => format!("{middle:.0} ms"),
        seconds if seconds < 60_000.0 => format!("{:.1} s", seconds / 1e3),
        long => format!("{:.1} min", long / 60e3),
    }
}

/// A whole time that is short enough to be read: `10 min`, `2 h 30 min`, `3 d`.
pub fn length(duration: SignedDuration) -> String {
    let seconds = duration.as_secs();
    let units = [(86_400, "d"), (3_600, "h"), (60, "min"), (1, "s")];
    let mut rest = seconds;
    let parts = units.map(|(size, unit)| {
        let many = rest / size;
        rest %= size;
        (many > 0).then(|| format!("{many} {unit}"))
    });
    let parts: Vec<String> = parts.into_iter().flatten().take(2).collect();
    match parts.is_empty() {
        true => format!("{} ms", duration.as_millis()),
        false => parts.join(" "),
    }
}

/// What is known, else a dash.
pub fn known<T>(value: Option<T>, write: impl Fn(T) -> String) -> String {
    value.map_or_else(|| UNKNOWN.to_owned(), write)
}

/// An instant for machines and for people.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Instant {
    pub exact: String,
    pub shown: String,
}

/// With its day unless `window` lies within that day; all of the page is UTC.
pub fn instant(at: Timestamp, window: &Window) -> Instant {
    let day = |at: Timestamp| at.strftime("%Y-%m-%d").to_string();
    let is_of_day = [window.from, window.to].iter().all(|end| day(*end) == day(at));
    let form = if is_of_day { "%H:%M:%S" } else { "%Y-%m-%d %H:%M:%S" };
    Instant {
        exact: at.to_string(),
        shown: at.strftime(form).to_string(),
    }
}

/// With its day.
pub fn date(at: Timestamp) -> Instant {
    Instant {
        exact: at.to_string(),
        shown: at.strftime("%Y-%m-%d %H:%M:%S").to_string(),
    }
}

/// The two ends of a window with its length.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Stretch {
    pub from: Instant,
    pub to: Instant,
    pub length: String,
}

pub fn stretch(window: &Window) -> Stretch {
    let to = instant(window.to, window);
    Stretch {
        from: date(window.from),
        // The day is said once where it is the same.
        to,
        length: length(window.duration()),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_their_unit_and_the_digits_that_mean_something() {
        assert_eq!(
            [0, 999, 1_000, 1_234_567].map(count),
            ["0", "999", "1,000", "1,234,567"]
        );
        assert_eq!(
            [0.0, 0.004, 1.234, 12.34, 1_234.6].map(|number| rate(number, "s")),
            ["0/s", "<0.01/s", "1.23/s", "12.3/s", "1,235/s"]
        );
        assert_eq!(
            [0.0, 0.000_01, 0.005, 0.123, 0.9999, 1.0, -2.3].map(per_cent),
            ["0 %", "<0.01 %", "0.50 %", "12.3 %", "100 %", "100 %", "-230 %"]
        );
        assert_eq!(
            [0.42, 12.0, 999.0, 2_500.0, 90_000.0].map(milliseconds),
            ["0.4 ms", "12 ms", "999 ms", "2.5 s", "1.5 min"]
        );
        assert_eq!(known(None, per_cent), UNKNOWN);
    }

    #[test]
    fn an_instant_has_its_day_where_the_window_spans_more_than_one() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let window = |from, to| Window {
            from: at(from),
            to: at(to),
        };
        let noon = at("2026-01-31T12:00:00.5Z");
        let one = window("2026-01-31T11:00:00Z", "2026-01-31T13:00:00Z");
        let two = window("2026-01-30T11:00:00Z", "2026-01-31T13:00:00Z");
        assert_eq!(instant(noon, &one).shown, "12:00:00");
        assert_eq!(instant(noon, &two).shown, "2026-01-31 12:00:00");
        assert_eq!(instant(noon, &one).exact, "2026-01-31T12:00:00.5Z");
        assert_eq!(length(one.duration()), "2 h");
        assert_eq!(length(two.duration()), "1 d 2 h");
        assert_eq!(length(SignedDuration::from_millis(20)), "20 ms");
    }
}
