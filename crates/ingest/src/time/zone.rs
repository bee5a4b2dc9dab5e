//! The zone after a time of day.

use jiff::tz::TimeZone;

use super::civil::Zone;
use super::scan::Scan;

const HOUR: i64 = 3600;

/// Abbreviations and their usual offsets in seconds east of UTC. Where an abbreviation means several zones, the one
/// that most logs mean stands here, and `--timezone` overrides it.
const ABBREVIATIONS: &[(&str, i64)] = &[
    ("WET", 0),
    ("WEST", HOUR),
    ("BST", HOUR),
    ("CET", HOUR),
    ("CEST", 2 * HOUR),
    ("MET", HOUR),
    ("MEST", 2 * HOUR),
    ("EET", 2 * HOUR),
    ("EEST", 3 * HOUR),
    ("MSK", 3 * HOUR),
    ("SAST", 2 * HOUR),
    ("IST", 5 * HOUR + HOUR / 2),
    ("PKT", 5 * HOUR),
    ("ICT", 7 * HOUR),
    ("WIB", 7 * HOUR),
    ("SGT", 8 * HOUR),
    ("HKT", 8 * HOUR),
    ("AWST", 8 * HOUR),
    ("JST", 9 * HOUR),
    ("KST", 9 * HOUR),
    ("ACST", 9 * HOUR + HOUR / 2),
    ("ACDT", 10 * HOUR + HOUR / 2),
    ("AEST", 10 * HOUR),
    ("AEDT", 11 * HOUR),
    ("NZST", 12 * HOUR),
    ("NZDT", 13 * HOUR),
    ("BRT", -3 * HOUR),
    ("AST", -4 * HOUR),
    ("ADT", -3 * HOUR),
    ("EST", -5 * HOUR),
    ("EDT", -4 * HOUR),
    ("CST", -6 * HOUR),
    ("CDT", -5 * HOUR),
    ("MST", -7 * HOUR),
    ("MDT", -6 * HOUR),
    ("PST", -8 * HOUR),
    ("PDT", -7 * HOUR),
    ("AKST", -9 * HOUR),
    ("AKDT", -8 * HOUR),
    ("HST", -10 * HOUR),
];

/// Takes a zone: `Z`, `+01:00`, `-0700`, `+00`, ` UTC`, ` GMT+0100`, ` UTC+1`, ` CET`, ` (CET)`, ` Europe/Berlin`, and a place in
/// brackets after an offset.
pub fn take(scan: &mut Scan<'_>) -> Zone {
    let mut ahead = *scan;
    let apart = ahead.eat(b' ').is_some();
    let opened = apart && ahead.eat(b'(').is_some();
    let found = zone(&mut ahead, apart).filter(|_| ahead.ends_word());
    match found.filter(|_| !opened || ahead.eat(b')').is_some()) {
        Some(zone) => {
            *scan = ahead;
            place_in_brackets(scan);
            zone
        }
        None => Zone::Unstated,
    }
}

fn zone(scan: &mut Scan<'_>, apart: bool) -> Option<Zone> {
    if scan.one_of(b"Zz").is_some() {
        return Some(Zone::Offset(0));
    }
    if scan.text(b"UTC").is_some() || scan.text(b"GMT").is_some() {
        let mut ahead = *scan;
        let seconds = offset(&mut ahead, false).filter(|_| ahead.ends_word());
        if seconds.is_some() {
            *scan = ahead;
        }
        return Some(Zone::Offset(seconds.unwrap_or(0)));
    }
    if scan.peek().is_some_and(|byte| byte.is_ascii_uppercase()) {
        return named(scan);
    }
    offset(scan, apart).map(Zone::Offset)
}

fn offset(scan: &mut Scan<'_>, apart: bool) -> Option<i64> {
    let sign = if scan.one_of(b"+-")? == b'-' { -1 } else { 1 };
    let (hours, minutes) = match scan.digit_run() {
        4 => (scan.fixed(2)?, scan.fixed(2)?),
        // Db2 counts minutes: `+060`.
        3 if !apart => (0, scan.fixed(3)?),
        2 => {
            let hours = scan.fixed(2)?;
            match scan.eat(b':') {
                Some(()) => (hours, scan.number(2, 2)?),
                // ` -5` or ` +10` after a blank is rather a number of the message.
                None if apart => return None,
                None => (hours, 0),
            }
        }
        1 if !apart => (scan.fixed(1)?, 0),
        _ => return None,
    };
    let seconds = hours * HOUR + minutes * 60;
    (hours <= 25 && (minutes < 60 || hours == 0) && seconds <= 25 * HOUR).then_some(sign * seconds)
}

fn named(scan: &mut Scan<'_>) -> Option<Zone> {
    let rest = scan.rest();
    let letters = rest.iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
    if rest.get(letters) == Some(&b'/') {
        let name = place(rest)?;
        let zone = TimeZone::get(name).ok()?;
        scan.advance(name.len());
        return Some(Zone::Place(zone));
    }
    let (name, seconds) = ABBREVIATIONS
        .iter()
        .find(|(name, _)| name.as_bytes() == &rest[..letters])?;
    scan.advance(letters);
    Some(Zone::Abbreviation(name, *seconds))
}

/// `Area/City` or `Area/Region/City` at the start of `text`.
fn place(text: &[u8]) -> Option<&str> {
    let length = text
        .iter()
        .take(40)
        .take_while(|byte| byte.is_ascii_alphanumeric() || b"/_-+".contains(byte))
        .count();
    std::str::from_utf8(&text[..length])
        .ok()
        .filter(|name| name.contains('/'))
}

/// `[Europe/Berlin]` after an offset, as java.time writes it.
fn place_in_brackets(scan: &mut Scan<'_>) {
    let mut ahead = *scan;
    if ahead.eat(b'[').is_none() {
        return;
    }
    if let Some(name) = place(ahead.rest()) {
        ahead.advance(name.len());
        if ahead.eat(b']').is_some() {
            *scan = ahead;
        }
    }
}
