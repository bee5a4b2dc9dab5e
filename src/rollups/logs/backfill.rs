//! Fills the rollup in with the lines that were there before it began, from the newest to the oldest.

use clickhouse::Row;
use jiff::Timestamp;
use serde::Deserialize;

use super::coverage::{covered_from, extent, set_covered_from, statement};
use super::roll::{Scope, bucket_state, roll_bucket};
use super::worker::audit;
use crate::Result;
use kulprit_clickhouse::Client;
use kulprit_clickhouse::LogTable;
use kulprit_request::time;

/// What there is to fill in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Backfill {
    /// First minute and lines of each bucket, newest first.
    pub buckets: Vec<(u32, u64)>,
    /// Where the rollup will begin when all is done.
    pub from: Timestamp,
}

impl Backfill {
    /// Lines to read.
    pub fn lines(&self) -> u64 {
        self.buckets.iter().map(|(_, lines)| lines).sum()
    }
}

#[derive(Row, Deserialize)]
struct Unrolled {
    bucket: u32,
    lines: u64,
}

/// What is left to fill in, back to `from` (none: to the oldest line).
pub async fn remaining(client: &Client, logs: &LogTable, from: Option<Timestamp>) -> Result<Backfill> {
    let until = covered_from(client).await?.unwrap_or(Timestamp::MAX);
    let oldest = extent(client, logs).await?.map_or(until, |(oldest, _)| oldest);
    let from = from.map_or(oldest, |from| from.max(oldest));
    let from = bucket_start(from);
    if until <= from {
        return Ok(Backfill {
            buckets: vec![],
            from: until,
        });
    }
    let params = vec![
        ("from", time::parameter(from).into()),
        ("covered_from", time::parameter(until).into()),
    ];
    let rows: Vec<Unrolled> = client
        .rows(&statement("rollups/logs/unrolled_buckets", logs, params)?)
        .await?;
    Ok(Backfill {
        buckets: rows.into_iter().map(|row| (row.bucket, row.lines)).collect(),
        from,
    })
}

/// Works through `plan`, one bucket after the other, and calls `done(lines)` after each. What is done stays done: a run that is cut
/// off is continued by the next.
pub async fn backfill(client: &Client, logs: &LogTable, plan: &Backfill, mut done: impl FnMut(u64)) -> Result<()> {
    for (bucket, lines) in &plan.buckets {
        let state = bucket_state(client, *bucket).await?;
        roll_bucket(client, logs, *bucket, state, Scope::WholeBucket).await?;
        let at = |second: i64| Timestamp::from_second(second).unwrap_or(Timestamp::UNIX_EPOCH);
        let begin = i64::from(*bucket);
        // A line that arrived between the reading of the log table and of the ledger was debited without being counted.
        audit(client, logs, at(begin), at(begin + 600)).await?;
        set_covered_from(client, at(begin)).await?;
        done(*lines);
    }
    // The stretch before the oldest line holds nothing, so the rollup knows it.
    let is_complete = extent(client, logs)
        .await?
        .is_none_or(|(oldest, _)| oldest >= plan.from);
    set_covered_from(client, if is_complete { Timestamp::UNIX_EPOCH } else { plan.from }).await
}

fn bucket_start(at: Timestamp) -> Timestamp {
    let second = at.as_second();
    Timestamp::from_second(second - second.rem_euclid(600)).unwrap_or(Timestamp::UNIX_EPOCH)
}
