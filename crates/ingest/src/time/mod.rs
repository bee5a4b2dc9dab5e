//! Finding the time of a log line or of a field.

mod civil;
mod formats;
mod scan;

use std::cell::Cell;

use jiff::fmt::strtime::{self, BrokenDownTime};

use civil::{Civil, LAST_SECOND, NANOS};
pub use civil::{Context, clamp, nanos as nanos_of};
use formats::Found;
use scan::Scan;

use super::severity::{self, Severity};

/// Where a CLF time is looked for: an address and a user name stand before it.
const CLF_WITHIN: usize = 512;
/// Words before a time are no longer than this.
const WORD_BYTES: usize = 64;

/// The time that a line begins with.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stamp {
    /// Nanoseconds since the epoch.
    pub nanos: i64,
    /// Where the message begins: after the time, its brackets and the blanks; 0 if the time stands further inside.
    pub text_at: usize,
    /// A severity that goes with the time itself: a syslog priority, or klog's letter.
    pub severity: Option<Severity>,
    /// The syslog priority, kept because the facility is nowhere else.
    pub priority: Option<u16>,
    /// True when the form is syslog's, so that a host and a program follow.
    pub syslog: bool,
}

/// Recognises times, in the user's zone or format where given.
#[derive(Debug)]
pub struct Clock {
    context: Context,
    format: Option<String>,
    zone_assumed: Cell<bool>,
    year_assumed: Cell<bool>,
    /// Whether a line of the file has begun with its time.
    at_start_seen: Cell<bool>,
}

impl Clock {
    /// `format` is strftime-like (as jiff reads it) and stands for all the formats known otherwise.
    pub fn new(context: Context, format: Option<String>) -> Self {
        Self {
            context,
            format,
            zone_assumed: Cell::new(false),
            year_assumed: Cell::new(false),
            at_start_seen: Cell::new(false),
        }
    }

    pub fn context(&self) -> &Context {
        &self.context
    }

    /// What had to be assumed of the times so far, for the report.
    pub fn assumptions(&self) -> Vec<String> {
        let zone = self.context.timezone.iana_name().unwrap_or("the given offset");
        let zone = self
            .zone_assumed
            .get()
            .then(|| format!("times without a zone were read as {zone} (--timezone)"));
        let year = "times without a year were given the latest one that is not after the file's last write";
        zone.into_iter()
            .chain(self.year_assumed.get().then(|| year.to_owned()))
            .collect()
    }

    /// The time at the start of a line (or, in the common web server format, inside it).
    pub fn leading(&self, line: &[u8]) -> Option<Stamp> {
        if self.format.is_some() {
            let (nanos, used) = self.by_user_format(line)?;
            let mut scan = Scan::new(line);
            scan.advance(used);
            skip_separator(&mut scan);
            return Some(stamp(nanos, scan.at()));
        }
        if let Some(stamp) = self.at_start(line) {
            self.at_start_seen.set(true);
            return Some(stamp);
        }
        self.after_severity(line)
            .or_else(|| self.web_server(line))
            .or_else(|| self.after_words(line))
    }

    /// A field that holds nothing but a time.
    pub fn whole(&self, text: &[u8]) -> Option<i64> {
        let text = text.trim_ascii();
        if self.format.is_some() {
            return self
                .by_user_format(text)
                .filter(|(_, used)| *used == text.len())
                .map(|(nanos, _)| nanos);
        }
        let mut scan = Scan::new(text);
        if let Some(found) = formats::any(&mut scan).filter(|_| scan.rest().is_empty()) {
            return self.resolve(found);
        }
        std::str::from_utf8(text).ok().and_then(epoch_number)
    }

    fn at_start(&self, line: &[u8]) -> Option<Stamp> {
        let mut scan = Scan::new(line);
        let priority = priority(&mut scan);
        let from_priority = priority.map(severity::of_priority);
        let mut head = scan;
        if let Some((letter, found)) = formats::klog(&mut head).filter(|_| head.ends_word()) {
            skip_separator(&mut head);
            let severity = severity::of_letter(letter);
            return Some(Stamp {
                severity,
                ..stamp(self.resolve(found)?, head.at())
            });
        }
        // RFC 5424 has its version between priority and time.
        if priority.is_some() {
            scan.text(b"1 ");
        }
        let key = time_key(&mut scan);
        let bracket = if key { scan.one_of(b"\"'") } else { scan.one_of(b"[(") };
        let named = scan.peek().is_some_and(|byte| byte.is_ascii_alphabetic());
        let nanos = self.resolve(formats::any(&mut scan)?)?;
        if let Some(bracket) = bracket {
            scan.eat(match bracket {
                b'[' => b']',
                b'(' => b')',
                quote => quote,
            });
        }
        skip_separator(&mut scan);
        let syslog = priority.is_some() || named && bracket.is_none() || has_process_id(scan.rest());
        Some(Stamp {
            severity: from_priority,
            priority,
            syslog,
            ..stamp(nanos, scan.at())
        })
    }

    /// `INFO 2026-11-23 08:30:51 …`, `[ERROR] [2026-11-23 …] …`: the message keeps the whole line.
    fn after_severity(&self, line: &[u8]) -> Option<Stamp> {
        let mut scan = Scan::new(line);
        scan.eat(b'[');
        let letters = scan
            .rest()
            .iter()
            .take(16)
            .take_while(|byte| byte.is_ascii_alphabetic())
            .count();
        severity::of_word(&scan.rest()[..letters])?;
        scan.advance(letters);
        while scan.one_of(b" \t[]:|-").is_some() {}
        // A bare number after a severity is more likely a code than a time.
        matches!(scan.digit_run(), 2 | 4 | 8).then_some(())?;
        Some(stamp(self.resolve(formats::any(&mut scan)?)?, 0))
    }

    /// `update-alternatives 2026-11-23 08:30:51: …`, `Log started: 2026-11-23  08:30:51`: a full date after one or two
    /// words. Only in files whose lines do not begin with a time, where such a line would be part of a message.
    fn after_words(&self, line: &[u8]) -> Option<Stamp> {
        if self.at_start_seen.get() || line.first().is_some_and(u8::is_ascii_whitespace) {
            return None;
        }
        let mut scan = Scan::new(line);
        for _ in 0..2 {
            let word = scan
                .rest()
                .iter()
                .take(WORD_BYTES)
                .take_while(|byte| byte.is_ascii_graphic())
                .count();
            scan.advance(word);
            (word > 0 && scan.blanks()).then_some(())?;
            if scan.digit_run() == 4 {
                return Some(stamp(self.resolve(formats::any(&mut scan)?)?, 0));
            }
        }
        None
    }

    /// `10.0.0.1 - bob [10/Oct/2000:13:55:36 -0700] "GET / HTTP/1.0" 200 17`: the message keeps the whole line.
    fn web_server(&self, line: &[u8]) -> Option<Stamp> {
        let head = &line[..line.len().min(CLF_WITHIN)];
        memchr::memchr_iter(b'[', head).take(4).find_map(|at| {
            let mut scan = Scan::new(&line[at + 1..]);
            let found = formats::clf(&mut scan)?;
            scan.eat(b']')?;
            Some(stamp(self.resolve(found)?, 0))
        })
    }

    fn resolve(&self, found: Found) -> Option<i64> {
        match found {
            Found::Civil(civil) => self.resolve_civil(civil),
            Found::Instant(nanos) => (0..=LAST_SECOND).contains(&nanos.div_euclid(NANOS)).then_some(nanos),
        }
    }

    fn resolve_civil(&self, civil: Civil) -> Option<i64> {
        let nanos = civil.resolve(&self.context)?;
        self.zone_assumed.set(self.zone_assumed.get() || civil.offset.is_none());
        self.year_assumed.set(self.year_assumed.get() || civil.year.is_none());
        Some(nanos)
    }

    /// The time and the bytes that it takes up.
    fn by_user_format(&self, text: &[u8]) -> Option<(i64, usize)> {
        let (parts, used) = BrokenDownTime::parse_prefix(self.format.as_deref()?, text).ok()?;
        if let Ok(time) = parts.to_timestamp() {
            return nanos_of(time).map(|nanos| (nanos, used));
        }
        let civil = Civil {
            year: parts.year().map(i64::from),
            month: parts.month()?.into(),
            day: parts.day()?.into(),
            hour: parts.hour().unwrap_or(0).into(),
            minute: parts.minute().unwrap_or(0).into(),
            second: parts.second().unwrap_or(0).into(),
            nanos: parts.subsec_nanosecond().unwrap_or(0).into(),
            offset: parts.offset().map(|offset| offset.seconds().into()),
        };
        Some((self.resolve_civil(civil)?, used))
    }
}

/// Checks a `--timestamp-format` before any file is read.
///
/// # Errors
/// Says what is wrong with the format.
pub fn check_format(format: &str) -> Result<(), String> {
    let now = jiff::Zoned::now();
    let text = strtime::format(format, &now).map_err(|error| error.to_string())?;
    let parts = strtime::parse(format, &text).map_err(|error| error.to_string())?;
    let dated = parts.month().is_some() && parts.day().is_some() || parts.to_timestamp().is_ok();
    if dated {
        Ok(())
    } else {
        Err("it names no month and day (or epoch second)".to_owned())
    }
}

/// A number of seconds, milliseconds, microseconds or nanoseconds since the epoch, told apart by its size: 1e11
/// seconds would be the year 5138, 1e11 milliseconds is 1973.
pub fn epoch_number(text: &str) -> Option<i64> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let nanos = match whole.parse::<i64>() {
        Ok(number) if !whole.starts_with('+') && part.bytes().all(|byte| byte.is_ascii_digit()) => {
            let unit: i64 = match number {
                n if n < 0 => return None,
                n if n < 100_000_000_000 => NANOS,
                n if n < 100_000_000_000_000 => 1_000_000,
                n if n < 100_000_000_000_000_000 => 1_000,
                _ => 1,
            };
            // Digits of the fraction one by one, so that nanoseconds stay exact.
            let fraction = part.bytes().fold((0i64, unit), |(sum, unit), digit| {
                (sum + i64::from(digit - b'0') * (unit / 10), unit / 10)
            });
            number.checked_mul(unit)?.checked_add(fraction.0)?
        }
        // 1.7e9 and the like.
        _ => {
            let number: f64 = text.parse().ok()?;
            let unit = match number {
                n if !(0.0..1e20).contains(&n) => return None,
                n if n < 1e11 => 1e9,
                n if n < 1e14 => 1e6,
                n if n < 1e17 => 1e3,
                _ => 1.0,
            };
            (number * unit) as i64
        }
    };
    (0..=LAST_SECOND).contains(&nanos.div_euclid(NANOS)).then_some(nanos)
}

fn stamp(nanos: i64, text_at: usize) -> Stamp {
    Stamp {
        nanos,
        text_at,
        severity: None,
        priority: None,
        syslog: false,
    }
}

/// `<34>`: facility × 8 + severity, at most 191 (RFC 5424).
fn priority(scan: &mut Scan<'_>) -> Option<u16> {
    let mut ahead = *scan;
    ahead.eat(b'<')?;
    let number = ahead.number(1, 3).filter(|number| *number <= 191)?;
    ahead.eat(b'>')?;
    *scan = ahead;
    u16::try_from(number).ok()
}

/// logfmt's `time=`, `ts=` and the like.
fn time_key(scan: &mut Scan<'_>) -> bool {
    [&b"time="[..], b"ts=", b"t=", b"timestamp="]
        .iter()
        .any(|key| scan.text(key).is_some())
}

/// Blanks after the time, and one ` - ` or `| ` between it and the message.
fn skip_separator(scan: &mut Scan<'_>) {
    scan.blanks();
    let mut ahead = *scan;
    if ahead.one_of(b"|:,-").is_some() && ahead.blanks() {
        *scan = ahead;
    }
}

/// `host program[123]: `, as rsyslog writes after an ISO time.
fn has_process_id(text: &[u8]) -> bool {
    let mut scan = Scan::new(text);
    let host = text.iter().position(|byte| *byte == b' ').unwrap_or(0);
    scan.advance(host + 1);
    let program = scan.rest().iter().take_while(|byte| !b"[ :".contains(byte)).count();
    scan.advance(program);
    host > 0 && program > 0 && scan.eat(b'[').is_some() && scan.number(1, 10).is_some() && scan.text(b"]: ").is_some()
}

#[cfg(test)]
mod tests;
