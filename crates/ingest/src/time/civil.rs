//! Calendar fields as a log writes them, and the instant they mean.

use jiff::civil::{Date, Time};
use jiff::tz::{Offset, TimeZone};
use jiff::{SignedDuration, Timestamp};

/// The first and last second that ClickHouse's `DateTime` can hold (2106-02-07): the log tables derive one from the
/// time, and a time outside would silently wrap around.
pub const LAST_SECOND: i64 = u32::MAX as i64;
pub const NANOS: i64 = 1_000_000_000;

/// A date and time of day, perhaps without a year or a zone.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Civil {
    /// `None` as in syslog: found from the file's own time.
    pub year: Option<i64>,
    pub month: i64,
    pub day: i64,
    pub hour: i64,
    pub minute: i64,
    pub second: i64,
    pub nanos: i64,
    /// Seconds east of UTC; `None` means the zone that the user gave.
    pub offset: Option<i64>,
}

/// What a time of day without zone or year is read against.
#[derive(Debug, Clone)]
pub struct Context {
    /// The zone of times that name none.
    pub timezone: TimeZone,
    /// When the file was last written: no message is younger (but for a day of clock trouble).
    pub written: Timestamp,
}

impl Civil {
    /// Nanoseconds since the epoch; `None` if no such date exists or it lies outside 1970–2106.
    ///
    /// A time that the clocks skip is moved forward by the gap, one that comes twice means the first (RFC 5545).
    pub fn resolve(self, context: &Context) -> Option<i64> {
        match self.year {
            Some(year) => self.in_year(year, context),
            None => self.without_year(context),
        }
    }

    /// The latest year that does not put the message after the file's last write: December lines of a file
    /// written in January are last year's.
    fn without_year(self, context: &Context) -> Option<i64> {
        let slack = SignedDuration::from_hours(24);
        let latest = nanos(context.written.checked_add(slack).ok()?)?;
        let newest = i64::from(context.written.to_zoned(context.timezone.clone()).year()) + 1;
        // Nine years reach over every gap between leap days, also that around 2100.
        (0..9).find_map(|back| self.in_year(newest - back, context).filter(|nanos| *nanos <= latest))
    }

    fn in_year(self, year: i64, context: &Context) -> Option<i64> {
        let date = Date::new(
            year.try_into().ok()?,
            self.month.try_into().ok()?,
            self.day.try_into().ok()?,
        )
        .ok()?;
        // A leap second is the last moment of its minute.
        let (second, nanos_in_second) = if self.second == 60 {
            (59, NANOS - 1)
        } else {
            (self.second, self.nanos)
        };
        let time = Time::new(
            self.hour.try_into().ok()?,
            self.minute.try_into().ok()?,
            second.try_into().ok()?,
            nanos_in_second.try_into().ok()?,
        )
        .ok()?;
        let civil = date.to_datetime(time);
        let time = match self.offset {
            Some(seconds) => Offset::from_seconds(seconds.try_into().ok()?)
                .ok()?
                .to_timestamp(civil)
                .ok()?,
            None => context.timezone.to_timestamp(civil).ok()?,
        };
        nanos(time)
    }
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
