//! Instants as people and programs write them.

use jiff::{SignedDuration, Timestamp};

use crate::{Error, Result};

/// The instants that Kulprit answers for: ClickHouse's `DateTime` holds 1970 to 2106, and 2200 is a typing error.
const EARLIEST: i64 = 0;
const LATEST: i64 = 4_102_444_800; // 2100-01-01T00:00:00Z

/// Reads RFC 3339, epoch seconds, epoch milliseconds, or `now`, `now-1h`, `now+5m` (units s, m, h, d, w).
/// `field` names the value in the error.
pub fn parse(field: &str, text: &str, now: Timestamp) -> Result<Timestamp> {
    let text = text.trim();
    if text.is_empty() {
        return Err(Error::field(
            field,
            "is empty: give a time such as 2026-01-31T10:00:00Z",
        ));
    }
    let parsed = if let Some(offset) = text.strip_prefix("now") {
        relative(offset, now)
    } else if let Ok(number) = text.parse::<f64>() {
        epoch(number)
    } else {
        text.parse().ok()
    };
    let time = parsed.ok_or_else(|| {
        let shown: String = text.chars().take(60).collect();
        Error::field(
            field,
            format!("{shown:?} is not a time: give RFC 3339 (2026-01-31T10:00:00Z), epoch seconds or milliseconds, or now-1h"),
        )
    })?;
    if !(EARLIEST..LATEST).contains(&time.as_second()) {
        return Err(Error::field(
            field,
            format!("{time} lies outside the years 1970 to 2099"),
        ));
    }
    Ok(time)
}

fn relative(offset: &str, now: Timestamp) -> Option<Timestamp> {
    if offset.is_empty() {
        return Some(now);
    }
    let (sign, span) = match offset.split_at_checked(1)? {
        ("-", span) => (-1, span),
        ("+", span) => (1, span),
        _ => return None,
    };
    now.checked_add(SignedDuration::from_secs(duration_seconds(span)?.checked_mul(sign)?))
        .ok()
}

pub const MINUTE: SignedDuration = SignedDuration::from_mins(1);
pub const HOUR: SignedDuration = SignedDuration::from_hours(1);

/// The beginning of the minute that `at` lies in.
pub fn whole_minute(at: Timestamp) -> Timestamp {
    start_of(at, MINUTE)
}

/// The beginning of the stretch of `length` (whole seconds, counted from 1970 on) that `at` lies in.
pub fn start_of(at: Timestamp, length: SignedDuration) -> Timestamp {
    let second = at.as_second();
    let into = second.checked_rem_euclid(length.as_secs()).unwrap_or(0);
    Timestamp::from_second(second - into).unwrap_or(at)
}

/// The instant in a `DateTime('UTC')` column.
pub fn of_seconds(seconds: u32) -> Timestamp {
    Timestamp::from_second(seconds.into()).unwrap_or(Timestamp::UNIX_EPOCH)
}

/// The instant in a `DateTime64(9, 'UTC')` column.
pub fn of_nanoseconds(nanoseconds: i64) -> Timestamp {
    Timestamp::from_nanosecond(nanoseconds.into()).unwrap_or(Timestamp::UNIX_EPOCH)
}

/// Seconds of `90s`, `15m`, `3h`, `2d` or `1w`.
pub fn duration_seconds(text: &str) -> Option<i64> {
    let unit_at = text.len().checked_sub(1).filter(|at| text.is_char_boundary(*at))?;
    let (number, unit) = text.split_at(unit_at);
    let seconds = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3_600,
        "d" => 86_400,
        "w" => 604_800,
        _ => return None,
    };
    // `parse` would also take a sign.
    let is_plain = number.bytes().all(|digit| digit.is_ascii_digit());
    let number: u32 = number.parse().ok().filter(|_| is_plain)?;
    Some(i64::from(number) * seconds)
}

/// Ten digits are seconds, thirteen are milliseconds: the border lies at the year 5138 in seconds.
fn epoch(number: f64) -> Option<Timestamp> {
    let milliseconds = if number.abs() >= 1e11 { number } else { number * 1e3 };
    if !milliseconds.is_finite() || milliseconds.abs() > 1e16 {
        return None;
    }
    Timestamp::from_millisecond(milliseconds.round() as i64).ok()
}

/// The form in which a time is bound to a `DateTime64(9, 'UTC')` parameter.
pub fn parameter(time: Timestamp) -> String {
    time.strftime("%Y-%m-%d %H:%M:%S.%9f").to_string()
}

/// The form in which a time is bound to a `DateTime('UTC')` parameter.
pub fn whole_seconds(time: Timestamp) -> String {
    time.strftime("%Y-%m-%d %H:%M:%S").to_string()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn at(text: &str) -> Result<Timestamp> {
        parse("from", text, "2026-01-31T10:00:00Z".parse().unwrap())
    }

    #[test]
    fn every_notation_of_an_instant_is_read() {
        let want: Timestamp = "2026-01-31T09:00:00Z".parse().unwrap();
        for text in [
            "2026-01-31T09:00:00Z",
            "2026-01-31T10:00:00+01:00",
            "1769850000",
            "1769850000000",
            "now-1h",
            "now-60m",
            " 1769850000 ",
        ] {
            assert_eq!(at(text).unwrap(), want, "{text}");
        }
        assert_eq!(
            at("2026-01-31T09:00:00.123456789Z").unwrap().subsec_nanosecond(),
            123_456_789
        );
    }

    #[test]
    fn a_stretch_begins_where_the_clock_says_before_1970_too() {
        for (at, length, begin) in [
            ("2026-01-31T10:17:42.5Z", MINUTE, "2026-01-31T10:17:00Z"),
            (
                "2026-01-31T10:17:42.5Z",
                SignedDuration::from_mins(10),
                "2026-01-31T10:10:00Z",
            ),
            ("2026-01-31T10:17:42.5Z", HOUR, "2026-01-31T10:00:00Z"),
            ("2026-01-31T10:00:00Z", HOUR, "2026-01-31T10:00:00Z"),
            ("1969-12-31T23:59:58Z", MINUTE, "1969-12-31T23:59:00Z"),
        ] {
            let begin: Timestamp = begin.parse().unwrap();
            assert_eq!(start_of(at.parse().unwrap(), length), begin, "{at}");
        }
    }

    #[test]
    fn what_is_no_instant_is_refused_with_the_fields_name() {
        for text in [
            "",
            "yesterday",
            "9999-01-01T00:00:00Z",
            "1950-01-01T00:00:00Z",
            "2026-01-31",
            "NaN",
            "inf",
            "1e300",
            "now-",
            "now-1y",
            "now-+1h",
            "now*2",
            "now-99999999999h",
            "2026-13-01T00:00:00Z",
            "nowé",
        ] {
            let error = at(text).unwrap_err();
            assert!(error.to_string().starts_with("from: "), "{text}: {error}");
        }
    }
}
