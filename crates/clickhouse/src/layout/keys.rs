//! What a table's rows are sorted and parted by, as far as it follows the time: a statement that limits the time says the same again in
//! these words, so that ClickHouse reads only the granules in question.

use serde::Serialize;

use super::column::{How, Made, Part, Source, TimeColumn};
use super::{Sorted, Stored};
use crate::LogTable;

/// An expression over one column that grows (or falls) as the time does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Key {
    /// The column, as the table has it.
    pub column: String,
    /// What the statement calls it; the column itself where the table is read as it is.
    pub name: String,
    /// The functions around the column, the innermost first.
    pub around: Vec<Around>,
    /// What makes the column of a time, the innermost first; the same functions go around that.
    pub of_time: Vec<Around>,
    /// Whether it falls as the time grows.
    pub is_falling: bool,
    /// Seconds by which the column may lie before the time.
    pub behind: u32,
    /// What makes the same of all times within a minute; none where nothing does.
    pub of_minutes: Option<Around>,
}

/// What stands before and after an expression.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Around {
    pub before: String,
    pub after: String,
}

impl Key {
    /// How the subquery hands the key's column on.
    pub fn passed_on(&self) -> Made {
        Made {
            name: self.name.clone(),
            parts: vec![Part {
                source: Source::column(&self.column),
                how: How::AsItIs,
            }],
            empty: super::column::Empty::Zero,
        }
    }
}

/// A column that is computed from the time's.
struct Follower {
    column: String,
    of_time: Vec<Around>,
    is_falling: bool,
    behind: u32,
    fineness: Fineness,
}

/// How fine an expression tells the time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fineness {
    /// It is the same all through a minute.
    Minutes,
    /// A `DateTime` or `DateTime64`.
    Instant,
    /// A number that grows by so much in a minute.
    PerMinute(u64),
    Unknown,
}

/// The keys of a table that can be looked at.
pub fn find(time: &TimeColumn, columns: &[Stored], sorted: &Sorted, logs: &LogTable, is_plain: bool) -> Vec<Key> {
    let zone = zone(&time.kind, &sorted.time_zone);
    let mut followers: Vec<Follower> = vec![Follower {
        column: time.source.clone(),
        of_time: stored_time(time, zone),
        is_falling: false,
        behind: 0,
        fineness: Fineness::of(time),
    }];
    for column in columns {
        if let Some(found) = expression(&column.computed)
            && found.column == time.source
            && column.name != time.source
        {
            let fineness = found.fineness(Fineness::of(time));
            let of_stored = found.calls.iter().map(|(_, around)| around.clone());
            followers.push(Follower {
                column: column.name.clone(),
                of_time: stored_time(time, zone).into_iter().chain(of_stored).collect(),
                is_falling: found.is_falling,
                behind: 0,
                fineness,
            });
        } else if column.name == logs.time_bucket {
            followers.push(Follower {
                column: column.name.clone(),
                of_time: vec![around("toUInt64(toUnixTimestamp(", "))")],
                is_falling: false,
                behind: logs.time_bucket_seconds,
                fineness: Fineness::Unknown,
            });
        }
    }
    let sorting: Vec<Expression> = expressions(&sorted.sorting_key);
    let parting: Vec<Expression> = expressions(&sorted.partition_key);
    let holds_no_rows = sorted.sorting_key.is_empty() && !sorted.engine.ends_with("MergeTree");
    let is_time = |found: &Expression| found.column == time.source && found.calls.is_empty();
    let is_sorted_by_time = sorting.iter().any(is_time);
    let is_number = !time.kind.starts_with("DateTime");
    let mut keys: Vec<Key> = Vec::new();
    let mut add = |follower: &Follower, found: &Expression| {
        let key = Key {
            column: follower.column.clone(),
            name: follower.column.clone(),
            around: found.calls.iter().map(|(_, around)| around.clone()).collect(),
            of_time: follower.of_time.clone(),
            is_falling: found.is_falling != follower.is_falling,
            behind: follower.behind,
            of_minutes: found.fineness(follower.fineness).at_minutes(),
        };
        if !keys.contains(&key) {
            keys.push(key);
        }
    };
    for (index, follower) in followers.iter().enumerate() {
        let is_main = index == 0;
        for found in sorting.iter().filter(|found| found.column == follower.column) {
            // ClickHouse sees by itself what a limit of the time means for the time, and for most functions of it when no other key is
            // the time.
            let is_seen = is_main
                && is_plain
                && !is_number
                && (found.calls.is_empty() || (!is_sorted_by_time && found.is_seen_through()));
            if !is_seen {
                add(follower, found);
            }
        }
        let parts_by_it = parting.iter().any(|found| found.column == follower.column);
        if parts_by_it && (!is_main || is_number) {
            add(follower, &Expression::column(&follower.column));
        }
        // A view or a Distributed table hands the condition on to tables whose keys are not known here.
        if holds_no_rows {
            let mut found = Expression::column(&follower.column);
            if is_main && !is_number {
                found.calls.push(call("toStartOfFiveMinutes", ""));
            }
            add(follower, &found);
        }
    }
    name(keys, is_plain)
}

/// The keys where nobody has looked at the table: as Kulprit's own schema sorts log lines.
pub fn assumed(time: &TimeColumn, logs: &LogTable) -> Vec<Key> {
    let sorted = Sorted::default();
    let is_plain = *logs
        == LogTable {
            table: logs.table.clone(),
            ..LogTable::default()
        };
    let columns = if logs.time_bucket.is_empty() {
        vec![]
    } else {
        vec![Stored {
            name: logs.time_bucket.clone(),
            kind: "UInt64".to_owned(),
            computed: String::new(),
        }]
    };
    find(time, &columns, &sorted, logs, is_plain)
}

fn name(mut keys: Vec<Key>, is_plain: bool) -> Vec<Key> {
    if !is_plain {
        let mut columns: Vec<String> = Vec::new();
        for key in &mut keys {
            let place = columns
                .iter()
                .position(|column| *column == key.column)
                .unwrap_or_else(|| {
                    columns.push(key.column.clone());
                    columns.len() - 1
                });
            key.name = format!("Key{}", place + 1);
        }
    }
    keys
}

/// What makes the stored form of a time.
fn stored_time(time: &TimeColumn, zone: Option<&str>) -> Vec<Around> {
    let of_nanoseconds = |divisor: &str| {
        vec![
            around("toUnixTimestamp64Nano(toDateTime64(", ", 9, 'UTC'))"),
            around("intDiv(", divisor),
        ]
    };
    match time.how {
        How::UnixSeconds => of_nanoseconds(", 1000000000)"),
        How::UnixMilliseconds => of_nanoseconds(", 1000000)"),
        How::UnixMicroseconds => of_nanoseconds(", 1000)"),
        How::UnixNanoseconds => vec![around("toUnixTimestamp64Nano(toDateTime64(", ", 9, 'UTC'))")],
        _ => {
            let zoned = zone.map(|zone| around("toTimeZone(", &format!(", {})", crate::quote_literal(zone))));
            let seconds = (!time.kind.contains("DateTime64")).then(|| around("toDateTime(", ")"));
            zoned.into_iter().chain(seconds).collect()
        }
    }
}

/// The zone in which a column's times are rounded, where it is not UTC, in which statements have theirs.
fn zone<'a>(kind: &'a str, of_server: &'a str) -> Option<&'a str> {
    let own = kind
        .split_once('\'')
        .and_then(|(_, rest)| rest.split_once('\''))
        .map(|(zone, _)| zone);
    Some(own.unwrap_or(of_server)).filter(|zone| !zone.is_empty() && *zone != "UTC")
}

fn around(before: &str, after: &str) -> Around {
    Around {
        before: before.to_owned(),
        after: after.to_owned(),
    }
}

fn call(name: &str, beside: &str) -> (Call, Around) {
    let call = Call {
        name: name.to_owned(),
        beside: beside.to_owned(),
    };
    (call, around(&format!("{name}("), &format!("{beside})")))
}

impl Fineness {
    fn of(time: &TimeColumn) -> Self {
        match time.how {
            How::UnixSeconds => Self::PerMinute(60),
            How::UnixMilliseconds => Self::PerMinute(60_000),
            How::UnixMicroseconds => Self::PerMinute(60_000_000),
            How::UnixNanoseconds => Self::PerMinute(60_000_000_000),
            _ => Self::Instant,
        }
    }

    fn after(self, call: &Call) -> Self {
        let number = call
            .beside
            .trim_start_matches(", ")
            .parse::<u64>()
            .ok()
            .filter(|number| *number > 0);
        match (call.name.as_str(), self) {
            (_, Self::Minutes) | ("-", _) => self,
            (name, _) if OF_MINUTES.contains(&name) => Self::Minutes,
            ("toDateTime" | "toDateTime64" | "toTimeZone" | "toStartOfSecond" | "toStartOfMillisecond", _)
            | ("toStartOfMicrosecond", _) => Self::Instant,
            ("toUnixTimestamp" | "toUnixTimestamp64Second", Self::Instant) => Self::PerMinute(60),
            ("toUnixTimestamp64Milli", Self::Instant) => Self::PerMinute(60_000),
            ("toUnixTimestamp64Micro", Self::Instant) => Self::PerMinute(60_000_000),
            ("toUnixTimestamp64Nano", Self::Instant) => Self::PerMinute(60_000_000_000),
            ("intDiv", Self::PerMinute(rate)) => match number {
                Some(number) if number % rate == 0 => Self::Minutes,
                Some(number) if rate % number == 0 => Self::PerMinute(rate / number),
                _ => Self::Unknown,
            },
            ("toStartOfInterval", Self::Instant) if call.beside.contains("Second") => Self::Unknown,
            ("toStartOfInterval", Self::Instant) => Self::Minutes,
            (name, Self::Instant) if name.starts_with("fromUnixTimestamp") => Self::Unknown,
            (name, _) if name.starts_with("fromUnixTimestamp") => Self::Instant,
            _ => Self::Unknown,
        }
    }

    /// What makes the same of all times within a minute.
    fn at_minutes(self) -> Option<Around> {
        match self {
            Self::Minutes => Some(around("", "")),
            Self::Instant => Some(around("toStartOfMinute(", ")")),
            Self::PerMinute(rate) => Some(around("intDiv(", &format!(", {rate})"))),
            Self::Unknown => None,
        }
    }
}

/// Functions of a time that never fall as it grows. Those that cut at minutes or more come first.
const OF_MINUTES: &[&str] = &[
    "toStartOfMinute",
    "toStartOfFiveMinutes",
    "toStartOfFiveMinute",
    "toStartOfTenMinutes",
    "toStartOfFifteenMinutes",
    "toStartOfHour",
    "toStartOfDay",
    "toStartOfWeek",
    "toStartOfMonth",
    "toStartOfQuarter",
    "toStartOfYear",
    "toStartOfISOYear",
    "toMonday",
    "toDate",
    "toDate32",
    "toYYYYMM",
    "toYYYYMMDD",
    "toYear",
    "toISOYear",
    "timeSlot",
    "toRelativeMinuteNum",
    "toRelativeHourNum",
    "toRelativeDayNum",
    "toRelativeWeekNum",
    "toRelativeMonthNum",
];
const OF_LESS: &[&str] = &[
    "toDateTime",
    "toDateTime64",
    "toUnixTimestamp",
    "toUnixTimestamp64Second",
    "toUnixTimestamp64Milli",
    "toUnixTimestamp64Micro",
    "toUnixTimestamp64Nano",
    "toStartOfSecond",
    "toStartOfMillisecond",
    "toStartOfMicrosecond",
    "toStartOfInterval",
    "toYYYYMMDDhhmmss",
    "toRelativeSecondNum",
    "intDiv",
    "fromUnixTimestamp",
    "fromUnixTimestamp64Second",
    "fromUnixTimestamp64Milli",
    "fromUnixTimestamp64Micro",
    "fromUnixTimestamp64Nano",
    "toInt64",
    "toUInt64",
    "toInt32",
    "toUInt32",
    "toTimeZone",
    "CAST",
    "floor",
];
/// Functions through which ClickHouse does not see what a limit of the time means.
const NOT_SEEN_THROUGH: &[&str] = &["toUnixTimestamp", "intDiv", "floor", "-"];

/// A function with what stands beside its first argument.
struct Call {
    name: String,
    beside: String,
}

/// Functions around a column, the innermost first.
struct Expression {
    column: String,
    calls: Vec<(Call, Around)>,
    is_falling: bool,
}

impl Expression {
    fn column(name: &str) -> Self {
        Self {
            column: name.to_owned(),
            calls: vec![],
            is_falling: false,
        }
    }

    fn is_seen_through(&self) -> bool {
        self.calls.len() == 1
            && !self
                .calls
                .iter()
                .any(|(call, _)| NOT_SEEN_THROUGH.contains(&call.name.as_str()))
    }

    /// How fine it tells the time that its column tells so fine.
    fn fineness(&self, of_column: Fineness) -> Fineness {
        self.calls
            .iter()
            .fold(of_column, |fineness, (call, _)| fineness.after(call))
    }
}

/// The expressions of a key that follow one column each; what cannot be read so is left out.
fn expressions(key: &str) -> Vec<Expression> {
    split(key).into_iter().filter_map(expression).collect()
}

/// Reads `toStartOfHour(toDateTime(x))`: functions that never fall, around a column, with whole numbers, texts or intervals beside it.
fn expression(text: &str) -> Option<Expression> {
    let text = text.trim();
    let text = text
        .strip_suffix(" ASC")
        .or_else(|| text.strip_suffix(" DESC"))
        .unwrap_or(text)
        .trim();
    let negated = text
        .strip_prefix('-')
        .or_else(|| text.strip_prefix("negate(").and_then(|rest| rest.strip_suffix(')')));
    if let Some(inner) = negated {
        let mut found = expression(inner)?;
        let minus = Call {
            name: "-".to_owned(),
            beside: String::new(),
        };
        found.calls.push((minus, around("-", "")));
        found.is_falling = !found.is_falling;
        return Some(found);
    }
    if let Some(inner) = text.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')) {
        return expression(inner);
    }
    if let Some(column) = column_name(text) {
        return Some(Expression::column(&column));
    }
    let (name, arguments) = text.strip_suffix(')')?.split_once('(')?;
    let arguments = split(arguments);
    let (first, beside) = arguments.split_first()?;
    if !beside.iter().all(|argument| is_constant(argument)) {
        return None;
    }
    // A whole number divided by a whole number above zero.
    if name == "intDiv"
        && !beside
            .iter()
            .all(|argument| argument.bytes().all(|b| b.is_ascii_digit()))
    {
        return None;
    }
    if !OF_MINUTES.contains(&name) && !OF_LESS.contains(&name) {
        return None;
    }
    let mut found = expression(first)?;
    let beside: String = beside.iter().map(|argument| format!(", {argument}")).collect();
    found.calls.push(call(name, &beside));
    Some(found)
}

fn column_name(text: &str) -> Option<String> {
    if let Some(quoted) = text.strip_prefix('`').and_then(|rest| rest.strip_suffix('`')) {
        return (!quoted.contains(['`', '\\'])).then(|| quoted.to_owned());
    }
    let is_plain = text.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && text
            .chars()
            .all(|letter| letter.is_ascii_alphanumeric() || letter == '_');
    is_plain.then(|| text.to_owned())
}

/// A whole number, a text without quotes in it, or an interval of whole numbers: nothing else of a table's key gets into a statement.
fn is_constant(text: &str) -> bool {
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let is_text = |text: &str| {
        let inner = text.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\''));
        inner.is_some_and(|inner| !inner.contains(['\'', '\\']) && !inner.chars().any(char::is_control))
    };
    let is_interval = |text: &str| {
        let inner = text.strip_prefix("toInterval").and_then(|rest| rest.strip_suffix(')'));
        inner
            .and_then(|inner| inner.split_once('('))
            .is_some_and(|(unit, count)| unit.chars().all(|letter| letter.is_ascii_alphabetic()) && is_number(count))
    };
    is_number(text) || is_text(text) || is_interval(text)
}

/// Cuts at commas outside of brackets and quotes.
fn split(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut depth, mut start) = (0_usize, 0);
    let mut quote = None;
    for (at, letter) in text.char_indices() {
        match (quote, letter) {
            (Some(open), _) if open == letter => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '`') => quote = Some(letter),
            (None, '(') => depth += 1,
            (None, ')') => depth = depth.saturating_sub(1),
            (None, ',') if depth == 0 => {
                parts.push(text[start..at].trim());
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(text[start..].trim());
    parts.retain(|part| !part.is_empty());
    parts
}
