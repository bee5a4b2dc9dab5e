//! The timestamp formats that are recognised.

use super::civil::{Civil, Day, NANOS, Zone, date};
use super::scan::Scan;
use super::zone;

/// A recognised time: calendar fields, or an instant in nanoseconds since the epoch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    Civil(Civil),
    Instant(i64),
}

/// Tries every format with a date at the cursor, the most specific first.
pub fn any(scan: &mut Scan<'_>) -> Option<Found> {
    first(
        scan,
        &[
            by_weekday,
            by_month_name,
            by_numbers,
            day_month_name,
            time_first,
            zone_first,
            tai64n,
            epoch,
        ],
    )
}

/// Tries the formats that are unmistakable inside a line.
pub fn inside(scan: &mut Scan<'_>) -> Option<Found> {
    first(
        scan,
        &[by_weekday, by_month_name, by_numbers, day_month_name, time_first],
    )
}

/// A time of day alone: `16:07:11.428`, `9:00AM`.
pub fn time_alone(scan: &mut Scan<'_>) -> Option<Found> {
    first(
        scan,
        &[|scan: &mut Scan<'_>| time_of_day(scan, Day::Unstated, Seconds::OrHalfDay)],
    )
}

fn first(scan: &mut Scan<'_>, formats: &[fn(&mut Scan<'_>) -> Option<Found>]) -> Option<Found> {
    let start = *scan;
    for format in formats {
        if let Some(found) = format(scan).filter(|_| scan.ends_word()) {
            return Some(found);
        }
        *scan = start;
    }
    None
}

/// klog and glog: `I1123 08:30:51.123456`, `I261123 08:30:51`, `I20261123 08:30:51.123456`. The letter is the severity.
pub fn klog(scan: &mut Scan<'_>) -> Option<(u8, Found)> {
    let letter = scan.one_of(b"IWEFDV")?;
    let year = match scan.digit_run() {
        8 => Some(scan.fixed(4)?),
        6 => Some(2000 + scan.fixed(2)?),
        4 => None,
        _ => return None,
    };
    let (month, day) = (scan.fixed(2)?, scan.fixed(2)?);
    scan.eat(b' ')?;
    let day = match year {
        Some(year) => Day::Full { year, month, day },
        None => Day::WithoutYear { month, day },
    };
    Some((letter, time_of_day(scan, day, Seconds::Needed)?))
}

/// An epoch as auditd and network logs write it inside a line: ten digits, perhaps with a fraction.
pub fn epoch_inside(scan: &mut Scan<'_>) -> Option<Found> {
    (scan.digit_run() == 10 || scan.digit_run() == 13).then_some(())?;
    epoch(scan).filter(|_| scan.ends_word())
}

/// `Sun Dec 04 04:47:44.123 2005` (ctime, Apache), `Sun Dec  4 04:47:44 UTC 2005` (date), `Sun, 04 Dec 2005 04:47:44
/// +0000` (RFC 2822), `Sun 2005-12-04 04:47:44 UTC` (systemd), `Sun Dec 04 2005 04:47:44 GMT+0000` (JavaScript).
fn by_weekday(scan: &mut Scan<'_>) -> Option<Found> {
    scan.weekday()?;
    if scan.eat(b',').is_some() {
        scan.blanks();
        return day_month_name(scan);
    }
    scan.blanks().then_some(())?;
    if scan.digit_run() == 4 {
        return year_first(scan);
    }
    let month = scan.month()?;
    scan.blanks().then_some(())?;
    let day = scan.number(1, 2)?;
    scan.blanks().then_some(())?;
    if scan.digit_run() == 4 {
        let year = scan.fixed(4)?;
        scan.blanks().then_some(())?;
        return time_of_day(scan, Day::Full { year, month, day }, Seconds::Needed);
    }
    year_last(scan, month, day)
}

/// The time of day of a date whose year stands last, which some leave away.
fn year_last(scan: &mut Scan<'_>, month: i64, day: i64) -> Option<Found> {
    let Found::Civil(mut civil) = time_of_day(scan, Day::WithoutYear { month, day }, Seconds::Needed)? else {
        return None;
    };
    let mut ahead = *scan;
    if ahead.eat(b' ').is_some()
        && let Some(year) = ahead.number(4, 4).filter(|year| (1970..2100).contains(year))
        && ahead.ends_word()
    {
        *scan = ahead;
        civil.day = Day::Full { year, month, day };
    }
    Some(Found::Civil(civil))
}

/// `Nov 23 08:30:51` (syslog), `Nov 23 2026 08:30:51` (Cisco), `Nov 23, 2026 8:30:51 AM` (java.util.logging),
/// `nov/23/2026 08:30:51` (routers), `Nov 23 08:30:51 2026`, `Nov 23, 2026 @ 08:30:51.123` and `November 23, 2026 at 8:30:51 AM` (as people are shown it).
fn by_month_name(scan: &mut Scan<'_>) -> Option<Found> {
    let month = scan.month()?;
    let slash = scan.eat(b'/').is_some();
    (slash || scan.blanks()).then_some(())?;
    let day = scan.number(1, 2)?;
    let comma = scan.eat(b',').is_some();
    let year = if slash {
        scan.eat(b'/').and_then(|()| scan.number(4, 4))
    } else {
        scan.blanks().then_some(())?;
        scan.number(4, 4)
    };
    if year.is_some() || slash {
        scan.eat(b',');
        scan.blanks().then_some(())?;
        let _ = scan.text(b"@ ").or_else(|| scan.text(b"at "));
    } else if comma {
        return None;
    }
    match year {
        Some(year) => time_of_day(scan, Day::Full { year, month, day }, Seconds::Needed),
        None => year_last(scan, month, day),
    }
}

/// `23 Nov 2026 08:30:51.123`, `23-Nov-2026 08:30:51`, CLF's `23/Nov/2026:08:30:51 +0000`, Erlang's
/// `23-Nov-2026::08:30:51`, `23Nov2026 08:30:51`, Oracle's `23-NOV-26 08.30.51.123 AM`, and `23 Nov 08:30:51`, `23-Nov 08:30:51`
/// without a year.
fn day_month_name(scan: &mut Scan<'_>) -> Option<Found> {
    let day = scan.number(1, 2)?;
    let separator = scan.one_of(b" -/.");
    let month = scan.month()?;
    let year = match separator {
        None => Some(scan.number(4, 4)?),
        Some(separator) => match scan.eat(separator) {
            Some(()) if separator == b' ' => scan.number(4, 4),
            Some(()) => Some(
                scan.number(4, 4)
                    .or_else(|| scan.number(2, 2).map(|year| 2000 + year))?,
            ),
            None if separator == b'-' => {
                scan.blanks().then_some(())?;
                None
            }
            None => return None,
        },
    };
    if year.is_some() {
        scan.eat(b',');
        scan.one_of(b" :T")?;
        scan.one_of(b" :");
    }
    let seconds = if separator == Some(b'-') {
        Seconds::Dotted
    } else {
        Seconds::Needed
    };
    time_of_day(scan, day_of(year, month, day), seconds)
}

fn day_of(year: Option<i64>, month: i64, day: i64) -> Day {
    match year {
        Some(year) => Day::Full { year, month, day },
        None => Day::WithoutYear { month, day },
    }
}

/// Dates of digits alone, told apart by how many stand together.
fn by_numbers(scan: &mut Scan<'_>) -> Option<Found> {
    match scan.digit_run() {
        4 => year_first(scan),
        14 => packed(scan),
        8 => packed_date(scan),
        6 => six_digits(scan),
        1 | 2 => small_numbers(scan),
        _ => None,
    }
}

/// RFC 3339, ISO 8601, Log4j, nginx, Go: `2026-11-23T08:30:51.123Z`, `2026/11/23 08:30:51`, `2026-11-23 08:30:51,123`;
/// Db2 and Unreal join with `-` and dots; some put date and time into brackets or fields of their own.
fn year_first(scan: &mut Scan<'_>) -> Option<Found> {
    let year = scan.fixed(4)?;
    if scan.eat(b' ').is_some() {
        // `2026 Nov 23 08:30:51`.
        let month = scan.month()?;
        scan.blanks().then_some(())?;
        let day = scan.number(1, 2)?;
        scan.blanks().then_some(())?;
        return time_of_day(scan, Day::Full { year, month, day }, Seconds::Needed);
    }
    let separator = scan.one_of(b"-/.")?;
    if separator == b'/' && scan.digit_run() == 6 {
        return month_day_packed(scan, year);
    }
    let month = scan.number(1, 2)?;
    scan.eat(separator)?;
    let day = scan.number(1, 2)?;
    let day = Day::Full { year, month, day };
    if scan.text(b"][").is_some() || scan.text(b"] [").is_some() {
        return time_of_day(scan, day, Seconds::Needed);
    }
    if scan.text(b"\",\"").is_some() {
        return time_of_day(scan, day, Seconds::Needed);
    }
    scan.one_of(b"\"'");
    if scan.text(b" time=").is_some() || scan.text(b",time=").is_some() {
        scan.one_of(b"\"'");
        return time_of_day(scan, day, Seconds::Needed);
    }
    if scan.eat(b'-').is_some() {
        return time_of_day(scan, day, Seconds::Dotted);
    }
    if scan.one_of(b"Tt_@").is_none() {
        between(scan)?;
    }
    time_of_day(scan, day, Seconds::Optional)
}

/// What may stand between a date and a time of day: blanks, ` - `, or the end of a field.
fn between(scan: &mut Scan<'_>) -> Option<()> {
    let field = scan
        .text(b" - ")
        .or_else(|| scan.text(b"\",\""))
        .or_else(|| scan.eat(b','));
    let blank = scan.blanks();
    (field.is_some() || blank).then_some(())
}

/// Chromium's `1123/083051.123456`: month and day, hour, minute and second.
fn month_day_packed(scan: &mut Scan<'_>, month_day: i64) -> Option<Found> {
    let day = Day::WithoutYear {
        month: month_day / 100,
        day: month_day % 100,
    };
    packed_time(scan, day)
}

/// `20261123083051`, with `.123` behind it or not.
fn packed(scan: &mut Scan<'_>) -> Option<Found> {
    let (year, month, day) = (scan.fixed(4)?, scan.fixed(2)?, scan.fixed(2)?);
    packed_time(scan, Day::Full { year, month, day })
}

/// `20261123T083051Z`, `20261123 08:30:51.123`, `20261123-08:30:51:123`, Zabbix's `20261123:083051.123`.
fn packed_date(scan: &mut Scan<'_>) -> Option<Found> {
    let (year, month, day) = (scan.fixed(4)?, scan.fixed(2)?, scan.fixed(2)?);
    let day = Day::Full { year, month, day };
    scan.one_of(b"T -_:")?;
    if scan.digit_run() == 6 {
        return packed_time(scan, day);
    }
    time_of_day(scan, day, Seconds::Needed)
}

fn packed_time(scan: &mut Scan<'_>, day: Day) -> Option<Found> {
    let (hour, minute, second) = (scan.fixed(2)?, scan.fixed(2)?, scan.fixed(2)?);
    let nanos = fraction(scan, b".,").unwrap_or(0);
    civil(
        scan,
        Civil {
            day,
            hour,
            minute,
            second,
            nanos,
            ..Civil::default()
        },
    )
}

/// `081109 203615` (HDFS), `081109 20:36:15` (MySQL 5): year, month, day of two digits each.
fn six_digits(scan: &mut Scan<'_>) -> Option<Found> {
    let (year, month, day) = (2000 + scan.fixed(2)?, scan.fixed(2)?, scan.fixed(2)?);
    let day = Day::Full { year, month, day };
    scan.blanks().then_some(())?;
    if scan.digit_run() == 6 {
        packed_time(scan, day)
    } else {
        time_of_day(scan, day, Seconds::Needed)
    }
}

/// `23/11/2026 08:30:51`, `11/23/26, 8:30:51 AM`, `17/06/09 20:10:40` (three numbers whose order the file decides),
/// and `11-23 08:30:51.123` (Android), `11/23-08:30:51` (Snort) without a year.
fn small_numbers(scan: &mut Scan<'_>) -> Option<Found> {
    let first = scan.number(1, 2)?;
    let separator = scan.one_of(b"/-.")?;
    let second = scan.number(1, 2)?;
    if scan.eat(separator).is_none() {
        (separator != b'.').then_some(())?;
        scan.one_of(b" -")?;
        let day = Day::WithoutYear {
            month: first,
            day: second,
        };
        return time_of_day(scan, day, Seconds::Needed);
    }
    let third = if scan.digit_run() == 4 {
        scan.fixed(4)?
    } else {
        scan.number(2, 2)?
    };
    let day = Day::Numbers {
        fields: [first, second, third],
        separator,
    };
    if scan.one_of(b"-T:@").is_none() {
        between(scan)?;
    }
    time_of_day(scan, day, Seconds::Optional)
}

/// `08:30:51.123 23/11/2026`, `08:30:51 2026-11-23`.
fn time_first(scan: &mut Scan<'_>) -> Option<Found> {
    (scan.digit_run() <= 2).then_some(())?;
    let Found::Civil(time) = time_of_day(scan, Day::Unstated, Seconds::Needed)? else {
        return None;
    };
    scan.blanks().then_some(())?;
    let first = scan.digit_run();
    let numbers = [scan.number(1, 4)?, separated(scan)?, separated(scan)?];
    let day = match (first, numbers) {
        (4, [year, month, day]) => Day::Full { year, month, day },
        (1 | 2, fields) => Day::Numbers {
            fields,
            separator: b'/',
        },
        _ => return None,
    };
    checked(Civil { day, ..time })
}

/// The next number of a date.
fn separated(scan: &mut Scan<'_>) -> Option<i64> {
    scan.one_of(b"-/.")?;
    scan.number(1, 4)
}

/// `CET Nov 23 08:30:51`.
fn zone_first(scan: &mut Scan<'_>) -> Option<Found> {
    scan.peek().filter(u8::is_ascii_uppercase)?;
    let zone = zone::take(scan);
    (zone != Zone::Unstated && scan.blanks()).then_some(())?;
    match by_month_name(scan)? {
        Found::Civil(civil) => Some(Found::Civil(Civil { zone, ..civil })),
        Found::Instant(_) => None,
    }
}

/// TAI64N, as multilog and s6-log write it: `@` and sixteen hexadecimal digits of seconds, eight of nanoseconds. They begin
/// at 2^62 and ten seconds.
fn tai64n(scan: &mut Scan<'_>) -> Option<Found> {
    scan.eat(b'@')?;
    let mut hex = |digits: usize| {
        let text = std::str::from_utf8(scan.rest().get(..digits)?).ok()?;
        let number = i64::from_str_radix(text, 16).ok()?;
        scan.advance(digits);
        Some(number)
    };
    let (seconds, nanos) = (hex(16)? - (1 << 62) - 10, hex(8)?);
    Some(Found::Instant(seconds.checked_mul(NANOS)?.checked_add(nanos)?))
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

/// What may stand for the seconds.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Seconds {
    Needed,
    /// `08:30` will do after a full date.
    Optional,
    /// Also `08.30.51`, as after a date that ends in a hyphen.
    Dotted,
    /// `9:00AM` will do.
    OrHalfDay,
}

/// `8:30:51`, `08:30:51.123456789`, `08:30:51,123`, `08:30:51:123`, `8:30:51 PM`, and the zone behind it.
fn time_of_day(scan: &mut Scan<'_>, day: Day, seconds: Seconds) -> Option<Found> {
    let hour = scan.number(1, 2)?;
    let mark = scan.one_of(b":.")?;
    if mark == b'.' && seconds != Seconds::Dotted {
        return None;
    }
    let minute = scan.number(2, 2)?;
    let mut time = Civil {
        day,
        hour,
        minute,
        ..Civil::default()
    };
    if scan.eat(mark).is_some() {
        time.second = scan.number(2, 2)?;
        time.nanos = fraction(scan, b".").or_else(|| thousandths(scan, b",:")).unwrap_or(0);
        time.hour = half_day(scan, hour).unwrap_or(hour);
    } else {
        let half = half_day(scan, hour);
        match seconds {
            Seconds::Optional if scan.ends_word() => {}
            Seconds::OrHalfDay if half.is_some() => {}
            _ => return None,
        }
        time.hour = half.unwrap_or(hour);
    }
    civil(scan, time)
}

/// The time with its zone, if there is such a time on such a day.
fn civil(scan: &mut Scan<'_>, mut time: Civil) -> Option<Found> {
    time.zone = zone::take(scan);
    checked(time)
}

fn checked(time: Civil) -> Option<Found> {
    time.time()?;
    match time.day {
        Day::Full { year, month, day } => drop(date(year, month, day)?),
        // 2024 had a 29 February.
        Day::WithoutYear { month, day } => drop(date(2024, month, day)?),
        Day::Numbers { fields, .. } => {
            super::civil::DateOrder::ALL
                .iter()
                .find_map(|order| order.date(fields))?;
        }
        Day::Unstated => {}
    }
    Some(Found::Civil(time))
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

/// Milliseconds, microseconds or nanoseconds after a comma or colon; another number of digits is something else.
fn thousandths(scan: &mut Scan<'_>, marks: &[u8]) -> Option<i64> {
    let mut ahead = *scan;
    ahead.one_of(marks)?;
    let nanos = match ahead.digit_run() {
        3 => ahead.fixed(3)? * 1_000_000,
        6 => ahead.fixed(6)? * 1_000,
        9 => ahead.fixed(9)?,
        _ => return None,
    };
    let zulu = matches!(ahead.peek(), Some(b'Z' | b'z'));
    (zulu || ahead.ends_word()).then_some(())?;
    *scan = ahead;
    Some(nanos)
}
