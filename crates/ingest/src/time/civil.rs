//! Calendar fields as a log writes them, and the instant they mean.

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::{AmbiguousOffset, Offset, TimeZone};
use jiff::{SignedDuration, Timestamp};

/// The first and last second that ClickHouse's `DateTime` can hold (2106-02-07): the log tables derive one from the
/// time, and a time outside would silently wrap around.
pub const LAST_SECOND: i64 = u32::MAX as i64;
pub const NANOS: i64 = 1_000_000_000;

/// A day as a log writes it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Day {
    Full {
        year: i64,
        month: i64,
        day: i64,
    },
    /// As in syslog: the year comes from the file.
    WithoutYear {
        month: i64,
        day: i64,
    },
    /// Three numbers such as `05/06/26`, whose order the whole file decides.
    Numbers {
        fields: [i64; 3],
        separator: u8,
    },
    /// A time of day alone.
    #[default]
    Unstated,
}

/// What the three numbers of a date mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DateOrder {
    YearMonthDay,
    DayMonthYear,
    MonthDayYear,
}

impl DateOrder {
    pub const ALL: [Self; 3] = [Self::YearMonthDay, Self::DayMonthYear, Self::MonthDayYear];

    /// The order in words, for the report.
    pub fn name(self) -> &'static str {
        match self {
            Self::YearMonthDay => "year, month, day",
            Self::DayMonthYear => "day, month, year",
            Self::MonthDayYear => "month, day, year",
        }
    }

    /// The date of three numbers; `None` if there is no such day.
    pub fn date(self, fields: [i64; 3]) -> Option<Date> {
        let [first, second, third] = fields;
        // A last number of four digits can only be the year.
        let (year, month, day) = match self {
            Self::YearMonthDay if third < 100 => (first, second, third),
            Self::YearMonthDay => return None,
            Self::DayMonthYear => (third, second, first),
            Self::MonthDayYear => (third, first, second),
        };
        let year = if year < 100 { 2000 + year } else { year };
        date(year, month, day)
    }
}

/// The zone that stands with a time.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Zone {
    /// None: the user's counts.
    #[default]
    Unstated,
    /// Seconds east of UTC.
    Offset(i64),
    /// `CET`, `EST`: its usual offset in seconds, which the user's zone overrides where it has an abbreviation of
    /// that name.
    Abbreviation(&'static str, i64),
    /// `Europe/Berlin`.
    Place(TimeZone),
}

/// A day and time of day, perhaps without a year or a zone.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Civil {
    pub day: Day,
    pub hour: i64,
    pub minute: i64,
    pub second: i64,
    pub nanos: i64,
    pub zone: Zone,
}

/// What a time that says less than everything is read against.
#[derive(Debug, Clone)]
pub struct Context {
    /// The zone of times that name none.
    pub timezone: TimeZone,
    /// When the file was last written: no message is younger (but for a day of clock trouble).
    pub written: Timestamp,
    /// The day of the first time of day that stands without one; the file's last write decides where it is absent.
    pub date: Option<Date>,
}

impl Civil {
    /// The time of day; `None` if there is none such.
    pub fn time(&self) -> Option<Time> {
        // A leap second is the last moment of its minute.
        let (second, nanos) = if self.second == 60 {
            (59, NANOS - 1)
        } else {
            (self.second, self.nanos)
        };
        Time::new(
            self.hour.try_into().ok()?,
            self.minute.try_into().ok()?,
            second.try_into().ok()?,
            nanos.try_into().ok()?,
        )
        .ok()
    }

    /// Nanoseconds since the epoch on `date`; `None` if the time does not exist or lies outside 1970–2106.
    ///
    /// A time that the clocks skip is moved forward by the gap. One that comes twice is the first, unless the line
    /// before (`last`, in nanoseconds) is already later than that.
    pub fn on(&self, date: Date, context: &Context, last: i64) -> Option<i64> {
        let civil = date.to_datetime(self.time()?);
        let fixed = |seconds: i64| {
            Offset::from_seconds(seconds.try_into().ok()?)
                .ok()?
                .to_timestamp(civil)
                .ok()
        };
        let time = match &self.zone {
            Zone::Offset(seconds) => fixed(*seconds)?,
            Zone::Abbreviation(name, seconds) => match in_place(&context.timezone, civil, last) {
                Some(time) if context.timezone.to_offset_info(time).abbreviation() == *name => time,
                _ => fixed(*seconds)?,
            },
            Zone::Place(zone) => in_place(zone, civil, last)?,
            Zone::Unstated => in_place(&context.timezone, civil, last)?,
        };
        nanos(time)
    }

    /// The time in the latest year that does not put the message after the file's last write: December lines of a
    /// file written in January are last year's.
    pub fn latest(&self, month: i64, day: i64, context: &Context) -> Option<(i64, i64)> {
        let slack = SignedDuration::from_hours(24);
        let latest = nanos(context.written.checked_add(slack).ok()?)?;
        let newest = i64::from(context.written.to_zoned(context.timezone.clone()).year()) + 1;
        // Nine years reach over every gap between leap days, also that around 2100.
        (0..9).find_map(|back| {
            let year = newest - back;
            let nanos = self.on(date(year, month, day)?, context, 0)?;
            (nanos <= latest).then_some((year, nanos))
        })
    }
}

/// How much earlier than the line before a time must be before it is taken for the second of its kind.
const DISORDER: i64 = 60 * NANOS;

fn in_place(zone: &TimeZone, civil: DateTime, last: i64) -> Option<Timestamp> {
    let ambiguous = zone.to_ambiguous_timestamp(civil);
    if matches!(ambiguous.offset(), AmbiguousOffset::Fold { .. }) {
        let first = ambiguous.earlier().ok()?;
        if nanos(first)? < last - DISORDER {
            return zone.to_ambiguous_timestamp(civil).later().ok();
        }
        return Some(first);
    }
    ambiguous.compatible().ok()
}

/// A calendar day; `None` if there is none such.
pub fn date(year: i64, month: i64, day: i64) -> Option<Date> {
    Date::new(year.try_into().ok()?, month.try_into().ok()?, day.try_into().ok()?).ok()
}

/// Nanoseconds since the epoch, if the tables can hold the time.
pub fn nanos(time: Timestamp) -> Option<i64> {
    let nanos = i64::try_from(time.as_nanosecond()).ok()?;
    (0..=LAST_SECOND).contains(&nanos.div_euclid(NANOS)).then_some(nanos)
}

/// The nearest time that the tables can hold, for a file's own time, which must serve whatever it is.
pub fn clamp(time: Timestamp) -> i64 {
    time.as_second().clamp(0, LAST_SECOND) * NANOS + i64::from(time.subsec_nanosecond().max(0))
}
