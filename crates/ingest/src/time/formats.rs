//! The timestamp formats that are recognised at the start of a line.

use super::civil::{Civil, NANOS};
use super::scan::Scan;

/// A recognised time: calendar fields, or an instant in nanoseconds since the epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    Civil(Civil),
    Instant(i64),
}

/// Tries every format at the cursor, the most specific first.
pub fn any(scan: &mut Scan<'_>) -> Option<Found> {
    let start = *scan;
    for format in [by_weekday, by_month_name, by_numbers, day_month_name, epoch] {
        if let Some(found) = format(scan).filter(|_| scan.ends_word()) {
            return Some(found);
        }
        *scan = start;
    }
    None
}

/// klog and glog: `I1123 08:30:51.123456`, `I20261123 08:30:51.123456`. The letter is the severity.
pub fn klog(scan: &mut Scan<'_>) -> Option<(u8, Found)> {
    let letter = scan.one_of(b"IWEFD")?;
    let year = if scan.digit_run() == 8 {
        Some(scan.fixed(4)?)
    } else {
        None
    };
    (scan.digit_run() == 4).then_some(())?;
    let (month, day) = (scan.fixed(2)?, scan.fixed(2)?);
    scan.eat(b' ')?;
    let civil = time_of_day(
        scan,
        Civil {
            year,
            month,
            day,
            ..Civil::default()
        },
    )?;
    Some((letter, Found::Civil(civil)))
}

/// CLF, as web servers write it: `10/Oct/2000:13:55:36 -0700`.
pub fn clf(scan: &mut Scan<'_>) -> Option<Found> {
    let day = scan.number(1, 2)?;
    scan.eat(b'/')?;
    let month = scan.month()?;
    scan.eat(b'/')?;
    let year = Some(scan.number(4, 4)?);
    scan.one_of(b": ")?;
    let civil = time_of_day(
        scan,
        Civil {
            year,
            month,
            day,
            ..Civil::default()
        },
    )?;
    Some(Found::Civil(with_zone(scan, civil)))
}

/// `Sun Dec 04 04:47:44.123 2005` (ctime, Apache), `Sun Dec  4 04:47:44 UTC 2005` (date), `Sun, 04 Dec 2005 04:47:44
/// +0000` (RFC 2822).
fn by_weekday(scan: &mut Scan<'_>) -> Option<Found> {
    scan.weekday()?;
    if scan.eat(b',').is_some() {
        scan.blanks();
        return day_month_name(scan);
    }
    scan.blanks().then_some(())?;
    let month = scan.month()?;
    scan.blanks().then_some(())?;
    let day = scan.number(1, 2)?;
    scan.blanks().then_some(())?;
    let civil = time_of_day(
        scan,
        Civil {
            month,
            day,
            ..Civil::default()
        },
    )?;
    let mut civil = with_zone(scan, civil);
    scan.eat(b' ')?;
    civil.year = Some(scan.number(4, 4)?);
    Some(Found::Civil(civil))
}

/// `Nov 23 08:30:51` (syslog), `Nov 23 2026 08:30:51` (Cisco), `Nov 23, 2026 8:30:51 AM` (java.util.logging).
fn by_month_name(scan: &mut Scan<'_>) -> Option<Found> {
    let month = scan.month()?;
    scan.blanks().then_some(())?;
    let day = scan.number(1, 2)?;
    let comma = scan.eat(b',').is_some();
    scan.blanks().then_some(())?;
    let year = scan.number(4, 4);
    if year.is_some() {
        scan.eat(b',');
        scan.blanks().then_some(())?;
    } else if comma {
        return None;
    }
    let civil = time_of_day(
        scan,
        Civil {
            year,
            month,
            day,
            ..Civil::default()
        },
    )?;
    Some(Found::Civil(with_zone(scan, civil)))
}

/// `23 Nov 2026 08:30:51.123`, `23-Nov-2026 08:30:51`, and CLF's `23/Nov/2026:08:30:51 +0000`.
fn day_month_name(scan: &mut Scan<'_>) -> Option<Found> {
    let day = scan.number(1, 2)?;
    let separator = scan.one_of(b" -/")?;
    let month = scan.month()?;
    scan.eat(separator)?;
    let year = Some(scan.number(4, 4)?);
    scan.one_of(b" :T")?;
    let civil = time_of_day(
        scan,
        Civil {
            year,
            month,
            day,
            ..Civil::default()
        },
    )?;
    Some(Found::Civil(with_zone(scan, civil)))
}

/// Dates of digits alone, told apart by how many stand together.
fn by_numbers(scan: &mut Scan<'_>) -> Option<Found> {
    let civil = match scan.digit_run() {
        4 => year_first(scan)?,
        14 => packed(scan)?,
        8 => packed_date(scan)?,
        6 => six_digits(scan)?,
        2 => two_digits(scan)?,
        _ => return None,
    };
    Some(Found::Civil(with_zone(scan, civil)))
}

/// RFC 3339, ISO 8601, Log4j, nginx, Go: `2026-11-23T08:30:51.123Z`, `2026/11/23 08:30:51`, `2026-11-23 08:30:51,123`.
fn year_first(scan: &mut Scan<'_>) -> Option<Civil> {
    let year = Some(scan.fixed(4)?);
    let separator = scan.one_of(b"-/.")?;
    let month = scan.number(1, 2)?;
    scan.eat(separator)?;
    let day = scan.number(1, 2)?;
    if scan.one_of(b"Tt_").is_none() && !scan.blanks() {
        return None;
    }
    time_of_day(
        scan,
        Civil {
            year,
            month,
            day,
            ..Civil::default()
        },
    )
}

/// `20261123083051`, with `.123` behind it or not.
fn packed(scan: &mut Scan<'_>) -> Option<Civil> {
    let (year, month, day) = (Some(scan.fixed(4)?), scan.fixed(2)?, scan.fixed(2)?);
    packed_time(
        scan,
        Civil {
            year,
            month,
            day,
            ..Civil::default()
        },
    )
}

/// `20261123T083051Z`, `20261123 08:30:51.123`, `20261123-08:30:51:123`.
fn packed_date(scan: &mut Scan<'_>) -> Option<Civil> {
    let (year, month, day) = (Some(scan.fixed(4)?), scan.fixed(2)?, scan.fixed(2)?);
    let civil = Civil {
        year,
        month,
        day,
        ..Civil::default()
    };
    scan.one_of(b"T -_")?;
    if scan.digit_run() == 6 {
        return packed_time(scan, civil);
    }
    let mut civil = time_of_day(scan, civil)?;
    if civil.nanos == 0 && scan.peek() == Some(b':') {
        civil.nanos = fraction(scan, b":").unwrap_or(0);
    }
    Some(civil)
}

fn packed_time(scan: &mut Scan<'_>, civil: Civil) -> Option<Civil> {
    let (hour, minute, second) = (scan.fixed(2)?, scan.fixed(2)?, scan.fixed(2)?);
    let nanos = fraction(scan, b".,").unwrap_or(0);
    Some(Civil {
        hour,
        minute,
        second,
        nanos,
        ..civil
    })
}

/// `081109 203615` (HDFS), `081109 20:36:15` (MySQL 5): year, month, day of two digits each.
fn six_digits(scan: &mut Scan<'_>) -> Option<Civil> {
    let (year, month, day) = (Some(2000 + scan.fixed(2)?), scan.fixed(2)?, scan.fixed(2)?);
    let civil = Civil {
        year,
        month,
        day,
        ..Civil::default()
    };
    scan.blanks().then_some(())?;
    if scan.digit_run() == 6 {
        packed_time(scan, civil)
    } else {
        time_of_day(scan, civil)
    }
}

/// `17/06/09 20:10:40` (Spark: year first) and `11-23 08:30:51.123` (Android: no year).
fn two_digits(scan: &mut Scan<'_>) -> Option<Civil> {
    let first = scan.fixed(2)?;
    let civil = match scan.one_of(b"/-")? {
        b'/' => {
            let month = scan.number(2, 2)?;
            scan.eat(b'/')?;
            Civil {
                year: Some(2000 + first),
                month,
                day: scan.number(2, 2)?,
                ..Civil::default()
            }
        }
        _ => Civil {
            month: first,
            day: scan.number(2, 2)?,
            ..Civil::default()
        },
    };
    scan.eat(b' ')?;
    time_of_day(scan, civil)
}

/// Seconds (10 digits, perhaps with a fraction), milliseconds (13), microseconds (16) or nanoseconds (19).
fn epoch(scan: &mut Scan<'_>) -> Option<Found> {
    let run = scan.digit_run();
    let unit = match run {
        10 => NANOS,
        13 => 1_000_000,
        16 => 1_000,
        19 => 1,
        _ => return None,
    };
    let whole = scan.fixed(run)?.checked_mul(unit)?;
    let part = if run == 10 {
        fraction(scan, b".").unwrap_or(0)
    } else {
        0
    };
    // Ten digits are always after 2001; 19 may not fit.
    Some(Found::Instant(whole.checked_add(part)?))
}

/// `8:30:51`, `08:30:51.123456789`, `08:30:51,123`, `8:30:51 PM`.
fn time_of_day(scan: &mut Scan<'_>, civil: Civil) -> Option<Civil> {
    let hour = scan.number(1, 2)?;
    scan.eat(b':')?;
    let minute = scan.number(2, 2)?;
    scan.eat(b':')?;
    let second = scan.number(2, 2)?;
    let nanos = fraction(scan, b".,").unwrap_or(0);
    let hour = half_day(scan, hour).unwrap_or(hour);
    Some(Civil {
        hour,
        minute,
        second,
        nanos,
        ..civil
    })
}

/// `AM` or `PM` after a time of day, which it turns into hours of 24.
fn half_day(scan: &mut Scan<'_>, hour: i64) -> Option<i64> {
    let mut ahead = *scan;
    ahead.eat(b' ');
    let half = ahead.one_of(b"AaPp")?;
    ahead.one_of(b"Mm")?;
    if !ahead.ends_word() || !(1..=12).contains(&hour) {
        return None;
    }
    *scan = ahead;
    Some(hour % 12 + if half.eq_ignore_ascii_case(&b'p') { 12 } else { 0 })
}

/// A fraction of a second in nanoseconds; digits beyond the ninth are read and dropped.
fn fraction(scan: &mut Scan<'_>, marks: &[u8]) -> Option<i64> {
    let mut ahead = *scan;
    ahead.one_of(marks)?;
    let run = ahead.digit_run();
    if run == 0 {
        return None;
    }
    let kept = run.min(9);
    let nanos = ahead.fixed(kept)? * 10i64.pow(9 - kept as u32);
    ahead.advance(run - kept);
    *scan = ahead;
    Some(nanos)
}

/// A zone after the time of day: `Z`, `+01:00`, `-0700`, `+00`, ` UTC`, ` GMT`. Other abbreviations mean
/// different zones to different people, so they stay in the message and the user's zone counts.
fn with_zone(scan: &mut Scan<'_>, civil: Civil) -> Civil {
    let mut ahead = *scan;
    let apart = ahead.eat(b' ').is_some();
    match zone(&mut ahead, apart).filter(|_| ahead.ends_word()) {
        Some(seconds) => {
            *scan = ahead;
            Civil {
                offset: Some(seconds),
                ..civil
            }
        }
        None => civil,
    }
}

fn zone(scan: &mut Scan<'_>, apart: bool) -> Option<i64> {
    if scan.one_of(b"Zz").is_some() || scan.text(b"UTC").is_some() || scan.text(b"GMT").is_some() {
        return Some(0);
    }
    let sign = if scan.one_of(b"+-")? == b'-' { -1 } else { 1 };
    let (hours, minutes) = match scan.digit_run() {
        4 => (scan.fixed(2)?, scan.fixed(2)?),
        2 => {
            let hours = scan.fixed(2)?;
            match scan.eat(b':') {
                Some(()) => (hours, scan.number(2, 2)?),
                // ` -5` or ` +10` after a blank is rather a number of the message.
                None if apart => return None,
                None => (hours, 0),
            }
        }
        _ => return None,
    };
    (hours <= 25 && minutes < 60).then_some(sign * (hours * 3600 + minutes * 60))
}
