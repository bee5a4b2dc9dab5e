//! Rolls pending buckets.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use clickhouse::Row;
use jiff::Timestamp;
use kulprit_clickhouse::{Client, LogTable, Value};
use kulprit_request::time;
use serde::Deserialize;

use super::{BUCKET, COVERAGE, statement};
use crate::config::Config;
use crate::rollups::catalog::CatalogKeeper;
use crate::rollups::seconds;
use crate::{Error, Result};

/// Buckets in one round; the rest waits for the next, so that a round stays short.
const BUCKETS_A_ROUND: u32 = 64;

/// How long a bucket may stay pending though rolling changes nothing, before its ledger is settled. Credits for lines that the
/// log table does not have come from an INSERT that was cut off; credits for lines that will still appear come within seconds.
const SETTLE_AFTER: Duration = Duration::from_secs(30);

/// What one round did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Rolled {
    pub buckets: usize,
    pub cells: u64,
    /// The oldest pending bucket and the sum of all their ledgers: rounds that differ in neither have changed nothing.
    mark: (u32, i64),
}

/// Brings pending cells up to date. Keeps in mind which buckets did not change by rolling.
pub struct Roller {
    client: Client,
    logs: LogTable,
    stuck: HashMap<u32, (i64, Instant)>,
    catalog: CatalogKeeper,
}

#[derive(Row, Deserialize)]
struct Pending {
    bucket: u32,
    cells: u64,
    ledger_total: i64,
    state: u64,
}

#[derive(Row, Deserialize)]
struct State {
    state: u64,
}

/// Which cells of a bucket to roll, and what becomes of their ledgers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scope {
    /// Pending cells; the ledger is debited for what was added.
    Pending,
    /// Pending cells; the ledger is set to zero.
    Settle,
    /// All cells; the ledger is set to zero. For lines that came before the ledger was kept.
    WholeBucket,
}

impl Roller {
    pub fn new(client: Client, config: &Config) -> Self {
        let catalog = CatalogKeeper::new(client.clone(), config.patterns.options());
        Self {
            client,
            logs: config.logs.clone(),
            stuck: HashMap::new(),
            catalog,
        }
    }

    /// One round: rolls up to a bounded number of pending buckets, newest first.
    pub async fn round(&mut self) -> Result<Rolled> {
        let Some(since) = COVERAGE.covered_from(&self.client).await? else {
            return Ok(Rolled::default());
        };
        let params = vec![("covered_from", seconds(since)), ("limit", BUCKETS_A_ROUND.into())];
        let pending: Vec<Pending> = self
            .client
            .rows(&statement("rollups/logs/pending_buckets", &self.logs, params)?)
            .await?;
        self.stuck
            .retain(|bucket, _| pending.iter().any(|row| row.bucket == *bucket));
        let mut rolled = Rolled::default();
        let mut failed = None;
        for row in pending {
            let scope = if self.is_stuck(&row) {
                Scope::Settle
            } else {
                Scope::Pending
            };
            match roll_bucket(&self.client, &self.logs, time::of_seconds(row.bucket), row.state, scope).await {
                Ok(()) => {}
                Err(error @ Error::Away(_)) => return Err(error),
                // One bucket that cannot be rolled does not keep the others from it.
                Err(error) => {
                    failed.get_or_insert(error);
                    continue;
                }
            }
            rolled.buckets += 1;
            rolled.cells += row.cells;
            rolled.mark = (row.bucket, rolled.mark.1.wrapping_add(row.ledger_total));
        }
        self.refresh_catalog().await?;
        failed.map_or(Ok(rolled), Err)
    }

    /// Assigns patterns to the shapes that rolling has found.
    pub async fn refresh_catalog(&mut self) -> Result<()> {
        self.catalog.refresh().await.map(|_| ())
    }

    /// Rounds until nothing is pending, or until rolling does not help.
    pub async fn catch_up(&mut self) -> Result<()> {
        let mut last = Rolled::default();
        loop {
            let rolled = self.round().await?;
            if rolled.buckets == 0 || rolled == last {
                return Ok(());
            }
            last = rolled;
        }
    }

    fn is_stuck(&mut self, row: &Pending) -> bool {
        let seen = self
            .stuck
            .entry(row.bucket)
            .or_insert((row.ledger_total, Instant::now()));
        if seen.0 != row.ledger_total {
            *seen = (row.ledger_total, Instant::now());
        }
        seen.1.elapsed() >= SETTLE_AFTER
    }
}

/// Rolls the bucket that begins at `bucket`, starting from `state`.
pub(super) async fn roll_bucket(
    client: &Client,
    logs: &LogTable,
    bucket: Timestamp,
    state: u64,
    scope: Scope,
) -> Result<()> {
    let whole_bucket = Value::Bool(scope == Scope::WholeBucket);
    let shapes = vec![("bucket", seconds(bucket)), ("whole_bucket", whole_bucket.clone())];
    client
        .execute(&statement("rollups/logs/roll_shapes", logs, shapes)?)
        .await?;
    let settle = Value::Bool(scope != Scope::Pending);
    let minutes = vec![
        ("bucket", seconds(bucket)),
        ("whole_bucket", whole_bucket),
        ("settle", settle),
    ];
    client
        .execute_once(
            &statement("rollups/logs/roll_minutes", logs, minutes)?,
            &token(bucket, state, scope),
        )
        .await
}

/// What is rolled up in one bucket now, as a hash.
pub(super) async fn bucket_state(client: &Client, bucket: Timestamp) -> Result<u64> {
    let params = vec![("bucket", seconds(bucket))];
    let rows: Vec<State> = client
        .rows(&statement("rollups/logs/bucket_state", &LogTable::default(), params)?)
        .await?;
    Ok(rows.first().map_or(0, |row| row.state))
}

/// Equal for two rolls that start from the same state at about the same time, so that only one of them counts. The time is in it
/// because a bucket may come back to an earlier state when its owner deletes lines.
fn token(bucket: Timestamp, state: u64, scope: Scope) -> String {
    let slot = time::start_of(Timestamp::now(), BUCKET).as_second();
    format!("kulprit-{}-{state:x}-{scope:?}-{slot}", bucket.as_second())
}
