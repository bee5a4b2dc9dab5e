//! From which minute on a rollup knows every row, and which rows there are to know.

use std::time::Duration;

use clickhouse::Row;
use jiff::Timestamp;
use kulprit_clickhouse::{Client, Options, Statement, Value};
use kulprit_request::time::{self, MINUTE};
use kulprit_request::window::Window;
use serde::Deserialize;

use super::seconds;
use crate::Result;

/// The last minute that ClickHouse's `DateTime` has.
const LAST_MINUTE: i64 = u32::MAX as i64 / 60 * 60;

/// How long the beginning of a rollup is remembered.
const REMEMBERED: Duration = Duration::from_secs(5);

/// The statements that read and record where a rollup begins.
pub struct Coverage {
    pub read: &'static str,
    pub set: &'static str,
    /// Further parameters of both.
    pub params: fn() -> Vec<(&'static str, Value)>,
}

#[derive(Clone, Row, Deserialize)]
struct Covered {
    steps: u64,
    covered_from: u32,
}

impl Coverage {
    /// The minute from which on the rollup knows every row; none while nothing is recorded.
    pub async fn covered_from(&self, client: &Client) -> Result<Option<Timestamp>> {
        Ok(covered(&client.rows(&self.statement()?).await?))
    }

    /// The same as it was a moment ago, for answers: it only ever moves back, so an old one reads more raw rows and is never wrong.
    pub async fn covered_from_lately(&self, client: &Client) -> Result<Option<Timestamp>> {
        Ok(covered(&client.rows_remembered(&self.statement()?, REMEMBERED).await?))
    }

    fn statement(&self) -> Result<Statement> {
        statement(self.read, (self.params)())
    }

    pub async fn set(&self, client: &Client, minute: Timestamp) -> Result<()> {
        let mut params = (self.params)();
        params.push(("covered_from", seconds(minute)));
        client.execute(&statement(self.set, params)?).await
    }
}

fn covered(rows: &[Covered]) -> Option<Timestamp> {
    let known = rows.first().filter(|row| row.steps > 0);
    known.map(|row| time::of_seconds(row.covered_from))
}

fn statement(name: &'static str, params: Vec<(&'static str, Value)>) -> Result<Statement> {
    Statement::query(name, &Options::default(), params)
}

/// How many rows a table has, and the times of the first and the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Extent {
    pub rows: u64,
    pub oldest: Timestamp,
    pub newest: Timestamp,
}

#[derive(Row, Deserialize)]
struct ExtentRow {
    rows: u64,
    oldest: i64,
    newest: i64,
}

impl Extent {
    /// None for an empty table.
    pub async fn read(client: &Client, statement: &Statement) -> Result<Option<Self>> {
        let rows: Vec<ExtentRow> = client.rows(statement).await?;
        Ok(rows.first().filter(|row| row.rows > 0).map(|row| Self {
            rows: row.rows,
            oldest: time::of_nanoseconds(row.oldest),
            newest: time::of_nanoseconds(row.newest),
        }))
    }

    /// The first minute after all rows.
    pub fn end(&self) -> Timestamp {
        let last = Timestamp::from_second(LAST_MINUTE).unwrap_or(Timestamp::MAX);
        (time::whole_minute(self.newest.min(last)) + MINUTE).min(last)
    }
}

/// Where a rollup begins whose view came after the rows of `extent`, and the rows that are dated ahead of that. Such a row must not keep the
/// rollup from the rows of today. A table without rows is known from the start.
pub fn beginning(extent: Option<&Extent>, now: Timestamp) -> (Timestamp, Option<Window>) {
    let end = extent.map_or(Timestamp::UNIX_EPOCH, Extent::end);
    let next = time::whole_minute(now) + MINUTE;
    let ahead = Window { from: next, to: end };
    (end.min(next), (next < end).then_some(ahead))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn extent(newest: &str) -> Extent {
        Extent {
            rows: 2,
            oldest: at("2026-01-01T00:00:00Z"),
            newest: at(newest),
        }
    }

    #[test]
    fn a_rollup_begins_after_the_newest_row_or_now() {
        let now = at("2026-01-31T10:00:30Z");
        assert_eq!(beginning(None, now), (Timestamp::UNIX_EPOCH, None));
        let past = extent("2026-01-31T09:10:59.999Z");
        assert_eq!(beginning(Some(&past), now), (at("2026-01-31T09:11:00Z"), None));
        let ahead = extent("2026-03-01T00:00:00Z");
        let next = at("2026-01-31T10:01:00Z");
        let window = Window {
            from: next,
            to: at("2026-03-01T00:01:00Z"),
        };
        assert_eq!(beginning(Some(&ahead), now), (next, Some(window)));
    }

    #[test]
    fn the_end_of_rows_of_another_century_is_a_minute_that_clickhouse_has() {
        assert_eq!(extent("2200-01-01T00:00:00Z").end(), at("2106-02-07T06:28:00Z"));
    }
}
