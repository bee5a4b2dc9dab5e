//! Finding the time of a log line or of a field.

mod civil;
mod formats;
mod place;
mod scan;
mod survey;
mod zone;

use std::cell::Cell;

use jiff::civil::{Date, Time};
use jiff::fmt::strtime::{self, BrokenDownTime};

use civil::{Civil, DateOrder, Day, LAST_SECOND, NANOS, Zone, date};
pub use civil::{Context, clamp, nanos as nanos_of};
use formats::Found;
pub use place::Syslog;
use place::{NEAR, Place};
use scan::Scan;
pub(crate) use survey::Survey;
use survey::{Layout, Places, day_ended, year_step};

use super::severity::Severity;

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
    /// Whether a host and a program follow, as in syslog.
    pub syslog: Syslog,
}

impl Stamp {
    /// A time that belongs to the whole line.
    pub fn of(nanos: i64) -> Self {
        Self {
            nanos,
            text_at: 0,
            severity: None,
            priority: None,
            syslog: Syslog::No,
        }
    }
}

/// Recognises times, in the user's zone or format where given.
///
/// Shown a file's lines beforehand ([`Clock::survey`]), it knows where their times stand, which of `05/06/26` is the
/// month, and in which year or on which day the first line was written.
#[derive(Debug)]
pub struct Clock {
    context: Context,
    format: Option<String>,
    layout: Option<Layout>,
    order: Option<(DateOrder, bool)>,
    /// The year of the last date without one, and its month and day.
    year: Cell<Option<(i64, (i64, i64))>>,
    /// The day of the last time of day alone, and that time.
    day: Cell<Option<(Date, Option<Time>)>>,
    /// The latest line's time in nanoseconds: which of two equal hours it is when the clocks go back.
    last: Cell<i64>,
    zone_assumed: Cell<bool>,
    year_assumed: Cell<bool>,
    order_assumed: Cell<bool>,
    day_assumed: Cell<bool>,
    abbreviation: Cell<Option<(&'static str, i64)>>,
    /// Whether a line of the file has begun with its time.
    at_start_seen: Cell<bool>,
}

impl Clock {
    /// `format` is strftime-like (as jiff reads it) and stands for all the formats known otherwise.
    pub fn new(context: Context, format: Option<String>) -> Self {
        Self {
            context,
            format,
            layout: None,
            order: None,
            year: Cell::new(None),
            day: Cell::new(None),
            last: Cell::new(0),
            zone_assumed: Cell::new(false),
            year_assumed: Cell::new(false),
            order_assumed: Cell::new(false),
            day_assumed: Cell::new(false),
            abbreviation: Cell::new(None),
            at_start_seen: Cell::new(false),
        }
    }

    pub fn context(&self) -> &Context {
        &self.context
    }

    /// The file has been written to since.
    pub fn set_written(&mut self, written: jiff::Timestamp) {
        self.context.written = written;
    }

    /// Learns from a file's first lines. True if only the whole file can settle what its dates mean; it is shown to
    /// [`Clock::survey`] then.
    pub fn first_lines<'l>(&mut self, lines: impl Iterator<Item = &'l [u8]> + Clone) -> bool {
        if self.format.is_some() {
            return self.survey(lines);
        }
        let blank = |line: &&[u8]| line.first().is_none_or(u8::is_ascii_whitespace);
        let mut places = Places {
            flush: lines.clone().filter(|line| !blank(line)).count(),
            ..Places::default()
        };
        for placed in lines.clone().filter_map(place::first_look) {
            let seen = match placed.at {
                Place::Start => &mut places.start,
                Place::Indented => &mut places.indented,
                Place::Inside => &mut places.inside,
                Place::TimeAlone => &mut places.time_alone,
                Place::TimeAloneInside => &mut places.time_alone_inside,
                Place::EpochInside => &mut places.epoch_inside,
            };
            *seen += 1;
            places.near += usize::from(placed.at == Place::Inside && placed.offset < NEAR);
        }
        if places.flush > 0 || places.indented > 0 || places.time_alone_inside > 0 {
            self.layout = Some(places.layout());
        }
        self.survey(lines)
    }

    /// Learns from the lines what their dates leave open; replaces what an earlier survey found. True if further
    /// lines could change it.
    pub fn survey<'l>(&mut self, lines: impl Iterator<Item = &'l [u8]>) -> bool {
        let mut survey = Survey::new();
        for line in lines {
            self.survey_line(line, &mut survey);
        }
        self.settle(&survey)
    }

    /// A survey of further lines, for [`Clock::survey_line`] and [`Clock::settle`].
    pub(crate) fn new_survey(&self) -> Survey {
        Survey::new()
    }

    /// Shows one line to `survey`.
    pub(crate) fn survey_line(&self, line: &[u8], survey: &mut Survey) {
        let found = match &self.format {
            Some(_) => self.by_user_format(line).map(|(found, _)| found),
            None => self.find(line).map(|placed| placed.found),
        };
        if let Some(Found::Civil(time)) = found {
            survey.see(&time, &self.context);
        }
    }

    /// Takes over what a survey has found.
    pub(crate) fn settle(&mut self, survey: &Survey) -> bool {
        self.order = survey.order(&self.context);
        self.year
            .set(survey.first_year(&self.context).map(|year| (year, (0, 0))));
        self.day.set(survey.first_date(&self.context).map(|date| (date, None)));
        self.last.set(0);
        survey.needs_whole_file()
    }

    /// Whether what a line's time means depends on the lines before it: times without a year, or without a day.
    pub fn runs_on(&self) -> bool {
        self.year.get().is_some() || self.day.get().is_some()
    }

    /// What had to be assumed of the times so far, for the report.
    pub fn assumptions(&self) -> Vec<String> {
        let mut said = Vec::new();
        if self.zone_assumed.get() {
            let zone = self.context.timezone.iana_name().unwrap_or("the given offset");
            said.push(format!("times without a zone were read as {zone} (--timezone)"));
        }
        if let Some((name, seconds)) = self.abbreviation.get() {
            let (sign, minutes) = (if seconds < 0 { '-' } else { '+' }, seconds.abs() / 60);
            let (hours, minutes) = (minutes / 60, minutes % 60);
            said.push(format!(
                "the zone {name} was read as {sign}{hours:02}:{minutes:02} (--timezone with a place that uses {name} overrides it)"
            ));
        }
        if self.year_assumed.get() {
            said.push(
                "times without a year were given the latest one that is not after the file's last write".to_owned(),
            );
        }
        if self.order_assumed.get() {
            let (order, doubtful) = self.order.unwrap_or((DateOrder::MonthDayYear, true));
            let why = if doubtful {
                "the file's dates and its last write leave other orders open"
            } else {
                "no other order fits the file's dates"
            };
            said.push(format!(
                "dates in numbers were read as {}: {why} (--timestamp-format)",
                order.name()
            ));
        }
        if self.day_assumed.get() {
            said.push(
                "times of day without a date were put on the day of --date, or back from the file's last write"
                    .to_owned(),
            );
        }
        said
    }

    /// The time at the start of a line, or where the file's lines have it.
    pub fn leading(&self, line: &[u8]) -> Option<Stamp> {
        if self.format.is_some() {
            let (found, used) = self.by_user_format(line)?;
            let mut scan = Scan::new(line);
            scan.advance(used);
            place::skip_separator(&mut scan);
            return Some(Stamp {
                text_at: scan.at(),
                ..Stamp::of(self.resolve(found)?)
            });
        }
        let placed = self.find(line)?;
        let nanos = self.resolve(placed.found)?;
        if placed.at == Place::Start && placed.text_at > 0 {
            self.at_start_seen.set(true);
        }
        Some(Stamp {
            nanos,
            text_at: placed.text_at,
            severity: placed.severity,
            priority: placed.priority,
            syslog: placed.syslog,
        })
    }

    fn find(&self, line: &[u8]) -> Option<place::Placed> {
        let layout = self.layout.unwrap_or_default();
        let inside = match self.layout {
            Some(layout) => layout.inside || layout.epoch_inside,
            // Where lines begin with times, a time further inside is part of a message.
            None => !self.at_start_seen.get(),
        };
        place::find(line, layout, inside)
    }

    /// How many bytes of a message are a time of its own.
    pub fn skip_time(&self, text: &[u8]) -> usize {
        place::find(text, Layout::default(), false).map_or(0, |placed| placed.text_at.min(text.len()))
    }

    /// A date on a line of its own, in a file whose lines have times of day alone: those below are of that day.
    pub fn see_date(&self, line: &[u8]) {
        if !self
            .layout
            .is_some_and(|layout| layout.time_alone || layout.time_alone_inside)
        {
            return;
        }
        let dated = line.windows(10).take(512).find_map(|text| {
            let mut scan = Scan::new(text);
            let year = scan.number(4, 4).filter(|year| *year > 1970)?;
            scan.eat(b'-')?;
            let month = scan.number(2, 2)?;
            scan.eat(b'-')?;
            date(year, month, scan.number(2, 2)?)
        });
        if let Some(date) = dated {
            self.day.set(Some((date, None)));
        }
    }

    /// A field that holds nothing but a time.
    pub fn whole(&self, text: &[u8]) -> Option<i64> {
        let text = text.trim_ascii();
        if self.format.is_some() {
            let (found, used) = self.by_user_format(text)?;
            return (used == text.len()).then(|| self.resolve(found)).flatten();
        }
        // As some serialisers write a number: `/Date(1763720101250)/`.
        let text = text
            .strip_prefix(b"/Date(")
            .and_then(|text| text.strip_suffix(b")/"))
            .unwrap_or(text);
        let mut scan = Scan::new(text);
        if let Some(found) = formats::any(&mut scan).filter(|_| scan.rest().is_empty()) {
            return self.resolve(found);
        }
        std::str::from_utf8(text).ok().and_then(epoch_number)
    }

    fn resolve(&self, found: Found) -> Option<i64> {
        match found {
            Found::Civil(civil) => self.resolve_civil(&civil),
            Found::Instant(nanos) => (0..=LAST_SECOND).contains(&nanos.div_euclid(NANOS)).then_some(nanos),
        }
    }

    fn resolve_civil(&self, civil: &Civil) -> Option<i64> {
        let last = self.last.get();
        let nanos = match civil.day {
            Day::Full { year, month, day } => civil.on(date(year, month, day)?, &self.context, last)?,
            Day::Numbers { fields, separator } => self.in_order(civil, fields, separator, last)?,
            Day::WithoutYear { month, day } => self.without_year(civil, (month, day), last)?,
            Day::Unstated => self.without_day(civil, last)?,
        };
        self.last.set(nanos);
        match civil.zone {
            Zone::Unstated => self.zone_assumed.set(true),
            Zone::Abbreviation(name, seconds) => self.abbreviation.set(Some((name, seconds))),
            _ => {}
        }
        Some(nanos)
    }

    fn in_order(&self, civil: &Civil, fields: [i64; 3], separator: u8, last: i64) -> Option<i64> {
        let order = match self.order {
            Some((order, _)) => order,
            // A field on its own: the only order that is possible, or the usual one.
            None => {
                let mut alone = Survey::new();
                alone.see(civil, &self.context);
                let usual = if separator == b'/' {
                    DateOrder::MonthDayYear
                } else {
                    DateOrder::DayMonthYear
                };
                alone.order(&self.context).map_or(usual, |(order, _)| order)
            }
        };
        let nanos = civil.on(order.date(fields)?, &self.context, last)?;
        self.order_assumed.set(true);
        Some(nanos)
    }

    fn without_year(&self, civil: &Civil, day: (i64, i64), last: i64) -> Option<i64> {
        self.year_assumed.set(true);
        if let Some((year, above)) = self.year.get() {
            let step = if above == (0, 0) { 0 } else { year_step(above, day) };
            let nanos = date(year + step, day.0, day.1).and_then(|date| civil.on(date, &self.context, last));
            if let Some(nanos) = nanos {
                if step >= 0 {
                    self.year.set(Some((year + step, day)));
                }
                return Some(nanos);
            }
        }
        civil.latest(day.0, day.1, &self.context).map(|(_, nanos)| nanos)
    }

    fn without_day(&self, civil: &Civil, last: i64) -> Option<i64> {
        let (mut day, above) = self.day.get()?;
        let now = civil.time()?;
        if above.is_some_and(|above| day_ended(above, now)) {
            day = day.tomorrow().ok()?;
        }
        let nanos = civil.on(day, &self.context, last)?;
        self.day.set(Some((day, Some(now))));
        self.day_assumed.set(true);
        Some(nanos)
    }

    /// The time and the bytes that it takes up.
    fn by_user_format(&self, text: &[u8]) -> Option<(Found, usize)> {
        let (parts, used) = BrokenDownTime::parse_prefix(self.format.as_deref()?, text).ok()?;
        if let Ok(time) = parts.to_timestamp() {
            return nanos_of(time).map(|nanos| (Found::Instant(nanos), used));
        }
        let day = match (parts.year(), parts.month(), parts.day()) {
            (Some(year), Some(month), Some(day)) => Day::Full {
                year: year.into(),
                month: month.into(),
                day: day.into(),
            },
            (None, Some(month), Some(day)) => Day::WithoutYear {
                month: month.into(),
                day: day.into(),
            },
            (_, None, None) => Day::Unstated,
            _ => return None,
        };
        let civil = Civil {
            day,
            hour: parts.hour().unwrap_or(0).into(),
            minute: parts.minute().unwrap_or(0).into(),
            second: parts.second().unwrap_or(0).into(),
            nanos: parts.subsec_nanosecond().unwrap_or(0).into(),
            zone: parts
                .offset()
                .map_or(Zone::Unstated, |offset| Zone::Offset(offset.seconds().into())),
        };
        Some((Found::Civil(civil), used))
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
    let timed = parts.hour().is_some() && parts.minute().is_some();
    let half = parts.month().is_some() != parts.day().is_some();
    if !half && (dated || timed) {
        Ok(())
    } else {
        Err("it names no month and day, no time of day and no epoch second".to_owned())
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
            // Such a number is no more exact than microseconds.
            (number * unit / 1e3).round() as i64 * 1_000
        }
    };
    (0..=LAST_SECOND).contains(&nanos.div_euclid(NANOS)).then_some(nanos)
}

#[cfg(test)]
mod tests;
