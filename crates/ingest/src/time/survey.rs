//! What a file's lines tell about its times as a whole: the order of the numbers of a date, where a line's time
//! stands, and how often a year or a day has ended.

use jiff::civil::{Date, Time};

use super::civil::{Civil, Context, DateOrder, Day};

/// Where the times of a file's lines stand.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Layout {
    /// Most times stand inside their lines, so a line that has one there begins a message too.
    pub inside: bool,
    /// Lines begin with blanks before their time.
    pub indented: bool,
    /// Lines begin with a time of day alone.
    pub time_alone: bool,
    /// Lines have a time of day alone near their beginning.
    pub time_alone_inside: bool,
    /// No time has a date; what numbers stand inside are seconds since the epoch.
    pub epoch_inside: bool,
}

/// How many lines have their time where.
#[derive(Debug, Clone, Copy, Default)]
pub struct Places {
    pub start: usize,
    pub indented: usize,
    pub inside: usize,
    /// Those of them whose time stands near the beginning.
    pub near: usize,
    pub time_alone: usize,
    pub time_alone_inside: usize,
    pub epoch_inside: usize,
    /// Lines that do not begin with a blank.
    pub flush: usize,
}

impl Places {
    pub fn layout(self) -> Layout {
        let dated = self.start + self.indented + self.inside;
        Layout {
            // A date that only some messages mention is not the lines' time. Near the beginning it rather is, though
            // messages have many lines.
            inside: self.inside > self.start + self.indented
                && self.inside >= self.time_alone
                && (self.inside * 4 > self.flush || self.near * 10 > self.flush),
            indented: self.start == 0 && self.indented > self.inside,
            time_alone: self.time_alone > dated && self.time_alone * 3 > self.flush,
            time_alone_inside: self.time_alone_inside * 2 > self.flush
                && self.time_alone_inside > self.epoch_inside
                && dated == 0
                && self.time_alone == 0,
            epoch_inside: self.epoch_inside * 2 > self.flush && dated == 0 && self.time_alone == 0,
        }
    }
}

/// Days by which a date without a year may lie before the one above it without a year having ended.
const DISORDERED_DAYS: i64 = 30;
/// Seconds by which a time of day may lie before the one above it without a day having ended.
const DISORDERED_SECONDS: i64 = 3 * 3600;

/// How well an order of three numbers fits the dates so far.
#[derive(Debug, Clone, Copy)]
struct Fit {
    order: DateOrder,
    /// Dates that do not exist, or come after the file's last write.
    impossible: u64,
    /// Dates that lie before the one above them.
    backwards: u64,
    /// Days between neighbouring dates, summed: a log has few gaps.
    gaps: u64,
    last: Option<Date>,
}

/// Gathers what the lines tell; every line of the file is shown to [`Survey::see`] in its order.
#[derive(Debug, Clone)]
pub struct Survey {
    fits: [Fit; 3],
    numbers: Option<([i64; 3], u8)>,
    years_ended: i64,
    last_day: Option<(i64, i64)>,
    days_ended: i64,
    last_time: Option<Time>,
}

impl Survey {
    pub fn new() -> Self {
        let fit = |order| Fit {
            order,
            impossible: 0,
            backwards: 0,
            gaps: 0,
            last: None,
        };
        Self {
            fits: DateOrder::ALL.map(fit),
            numbers: None,
            years_ended: 0,
            last_day: None,
            days_ended: 0,
            last_time: None,
        }
    }

    /// Takes note of a line's time.
    pub fn see(&mut self, time: &Civil, context: &Context) {
        match time.day {
            Day::Full { .. } => {}
            Day::Numbers { fields, separator } => {
                self.numbers = Some((fields, separator));
                let newest = newest(context);
                for fit in &mut self.fits {
                    match fit.order.date(fields).filter(|date| *date <= newest) {
                        None => fit.impossible += 1,
                        Some(date) => {
                            fit.backwards += u64::from(fit.last.is_some_and(|last| date < last));
                            fit.gaps += fit.last.map_or(0, |last| days_between(last, date));
                            fit.last = Some(date);
                        }
                    }
                }
            }
            Day::WithoutYear { month, day } => {
                if let Some(last) = self.last_day {
                    self.years_ended += year_step(last, (month, day)).max(0);
                    if year_step(last, (month, day)) < 0 {
                        return;
                    }
                }
                self.last_day = Some((month, day));
            }
            Day::Unstated => {
                let Some(now) = time.time() else { return };
                if self.last_time.is_some_and(|last| day_ended(last, now)) {
                    self.days_ended += 1;
                }
                self.last_time = Some(now);
            }
        }
    }

    /// Whether the lines beyond those seen so far could change what is assumed.
    pub fn needs_whole_file(&self) -> bool {
        self.numbers.is_some() || self.last_day.is_some() || self.last_time.is_some()
    }

    /// The order of a date's numbers that fits best, and whether another would fit as well.
    pub fn order(&self, context: &Context) -> Option<(DateOrder, bool)> {
        let (_, separator) = self.numbers?;
        let written = context.written.to_zoned(context.timezone.clone()).date();
        let distance = |fit: &Fit| fit.last.map_or(u64::MAX, |last| days_between(last, written));
        // Where the numbers leave it open: with dots and hyphens the day is first, with slashes the month.
        let usual = |order| match order {
            DateOrder::DayMonthYear => u8::from(separator == b'/'),
            DateOrder::MonthDayYear => u8::from(separator != b'/'),
            DateOrder::YearMonthDay => 2,
        };
        let best = self
            .fits
            .iter()
            .min_by_key(|fit| (fit.impossible, fit.backwards, fit.gaps, distance(fit), usual(fit.order)))?;
        let doubtful = self
            .fits
            .iter()
            .filter(|fit| (fit.impossible, fit.backwards) == (best.impossible, best.backwards))
            .count()
            > 1;
        Some((best.order, doubtful))
    }

    /// The year of the first line, if no line has one.
    pub fn first_year(&self, context: &Context) -> Option<i64> {
        let (month, day) = self.last_day?;
        let (year, _) = Civil::default().latest(month, day, context)?;
        Some(year - self.years_ended)
    }

    /// The day of the first line, if lines have a time of day alone.
    pub fn first_date(&self, context: &Context) -> Option<Date> {
        let last = self.last_time?;
        if let Some(date) = context.date {
            return Some(date);
        }
        let written = context.written.to_zoned(context.timezone.clone()).datetime();
        let mut date = written.date();
        // A minute for the rounding of either clock.
        let ahead = seconds(last) - seconds(written.time());
        if ahead > 60 {
            date = date.yesterday().ok()?;
        }
        (0..self.days_ended).try_fold(date, |date, _| date.yesterday().ok())
    }
}

/// By how many years the year changes between two dates without one: 1 when it has ended, -1 for a straggler of the
/// year before, else 0.
pub fn year_step(last: (i64, i64), now: (i64, i64)) -> i64 {
    let ordinal = |(month, day): (i64, i64)| month * 31 + day;
    match ordinal(now) - ordinal(last) {
        days if days < -DISORDERED_DAYS => 1,
        days if days > 372 - DISORDERED_DAYS => -1,
        _ => 0,
    }
}

/// Whether midnight lies between two times of day.
pub fn day_ended(last: Time, now: Time) -> bool {
    seconds(now) < seconds(last) - DISORDERED_SECONDS
}

fn days_between(one: Date, other: Date) -> u64 {
    one.until(other).map_or(0, |span| span.get_days().unsigned_abs().into())
}

fn seconds(time: Time) -> i64 {
    i64::from(time.hour()) * 3600 + i64::from(time.minute()) * 60 + i64::from(time.second())
}

/// The last day that a line of the file can have.
fn newest(context: &Context) -> Date {
    let written = context.written.to_zoned(context.timezone.clone()).date();
    written.tomorrow().unwrap_or(written)
}
