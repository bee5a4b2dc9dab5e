//! From which minute on the rollup knows every line.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use clickhouse::Row;
use jiff::Timestamp;
use serde::Deserialize;

use super::worker::audit;
use crate::Result;
use crate::config::Config;
use crate::rollups::catalog::CatalogKeeper;
use kulprit_clickhouse::Client;
use kulprit_clickhouse::{LogTable, Options, Statement, Value};
use kulprit_request::time;

/// Lines to look at for the first catalog: some seconds of work.
const SEED_LINES: u64 = 5_000_000;

#[derive(Row, Deserialize)]
struct Coverage {
    steps: u64,
    covered_from: u32,
}

#[derive(Row, Deserialize)]
struct Extent {
    lines: u64,
    oldest: i64,
    newest: i64,
}

/// How long the rollup's beginning is remembered. It only ever moves back, so an old value reads more raw rows and is never wrong.
const REMEMBERED: Duration = Duration::from_secs(5);

/// Where the rollup begins, remembered for a few seconds.
#[derive(Default)]
pub struct CoverageCache(Mutex<Option<(Instant, Option<Timestamp>)>>);

impl CoverageCache {
    pub async fn covered_from(&self, client: &Client) -> Result<Option<Timestamp>> {
        let remembered = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((since, value)) = remembered
            && since.elapsed() < REMEMBERED
        {
            return Ok(value);
        }
        let value = covered_from(client).await?;
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((Instant::now(), value));
        Ok(value)
    }
}

/// The minute from which on the rollup knows every line; none while nothing is recorded.
pub async fn covered_from(client: &Client) -> Result<Option<Timestamp>> {
    let rows: Vec<Coverage> = client
        .rows(&statement("rollups/logs/coverage", &LogTable::default(), vec![])?)
        .await?;
    let known = rows.first().filter(|row| row.steps > 0);
    Ok(known.and_then(|row| Timestamp::from_second(row.covered_from.into()).ok()))
}

/// Records, once, where the rollup begins. Call it after the view that credits arrivals exists: lines that are in the table
/// by then came before the ledger was kept, so the rollup begins after the newest of them; an empty table is known from the start.
pub async fn start_coverage(config: &Config, client: &Client) -> Result<()> {
    if covered_from(client).await?.is_some() {
        return Ok(());
    }
    let (_, newest) = extent(client, &config.logs)
        .await?
        .unwrap_or((Timestamp::UNIX_EPOCH, Timestamp::UNIX_EPOCH));
    let second = newest.as_second();
    let begin = if second == 0 {
        0
    } else {
        second - second.rem_euclid(60) + 60
    };
    // A line that is dated ahead must not keep the rollup from the lines of today: it is credited like one that arrives late.
    let next_minute = Timestamp::now().as_second() / 60 * 60 + 60;
    if begin > next_minute {
        let at = |second| Timestamp::from_second(second).unwrap_or(Timestamp::MAX);
        audit(client, &config.logs, at(next_minute), at(begin)).await?;
    }
    let begin = begin.min(next_minute);
    if begin > 0 {
        seed_catalog(config, client).await?;
    }
    set_covered_from(client, Timestamp::from_second(begin).unwrap_or(Timestamp::UNIX_EPOCH)).await
}

/// Makes a first catalog of the newest lines that are there already. The backfill finds the shapes of the others.
async fn seed_catalog(config: &Config, client: &Client) -> Result<()> {
    let params = vec![("lines", SEED_LINES.into())];
    let rows: Vec<u32> = client
        .rows(&statement("rollups/logs/recent_since", &config.logs, params)?)
        .await?;
    let since = rows
        .first()
        .and_then(|second| Timestamp::from_second((*second).into()).ok());
    let params = vec![("since", seconds(since.unwrap_or(Timestamp::UNIX_EPOCH)))];
    client
        .execute(&statement("rollups/logs/seed_shapes", &config.logs, params)?)
        .await?;
    CatalogKeeper::new(client.clone(), config.patterns.options())
        .refresh()
        .await
        .map(|_| ())
}

/// When the first and the last line of the log table were written; none for an empty table.
pub(super) async fn extent(client: &Client, logs: &LogTable) -> Result<Option<(Timestamp, Timestamp)>> {
    let rows: Vec<Extent> = client
        .rows(&statement("rollups/logs/newest_line", logs, vec![])?)
        .await?;
    let instant = |nanoseconds: i64| Timestamp::from_nanosecond(nanoseconds.into()).unwrap_or(Timestamp::UNIX_EPOCH);
    Ok(rows
        .first()
        .filter(|row| row.lines > 0)
        .map(|row| (instant(row.oldest), instant(row.newest))))
}

pub(super) async fn set_covered_from(client: &Client, minute: Timestamp) -> Result<()> {
    let params = vec![("covered_from", seconds(minute))];
    client
        .execute(&statement("rollups/logs/set_coverage", &LogTable::default(), params)?)
        .await
}

pub(super) fn statement(name: &'static str, logs: &LogTable, params: Vec<(&'static str, Value)>) -> Result<Statement> {
    let options = Options {
        logs: logs.clone(),
        ..Options::default()
    };
    Statement::query(name, &options, params)
}

/// The form in which a minute is bound to a `DateTime('UTC')` parameter.
pub(super) fn seconds(minute: Timestamp) -> Value {
    time::whole_seconds(minute).into()
}
