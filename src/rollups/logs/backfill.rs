//! Fills the rollup in with the lines that were there before it began, from the newest to the oldest.

use clickhouse::Row;
use futures_util::FutureExt;
use jiff::Timestamp;
use kulprit_clickhouse::{Client, LogTable};
use kulprit_request::time;
use kulprit_request::window::Window;
use serde::Deserialize;

use super::audit::audit;
use super::roll::{Scope, bucket_state, roll_bucket};
use super::{BUCKET, COVERAGE, extent, statement};
use crate::Result;
use crate::rollups::backfill::left;
use crate::rollups::{Backfill, Bucket};

#[derive(Row, Deserialize)]
struct Unrolled {
    bucket: u32,
    lines: u64,
}

/// What is left to fill in, back to `from` (none: to the oldest line). Lines may be sparse, so only the buckets that hold some are in it.
pub async fn remaining(client: &Client, logs: &LogTable, from: Option<Timestamp>) -> Result<Backfill> {
    let (Some(covered), Some(extent)) = (COVERAGE.covered_from(client).await?, extent(client, logs).await?) else {
        return Ok(Backfill::default());
    };
    let (left, from) = left(&extent, covered, from.unwrap_or(extent.oldest), BUCKET);
    Ok(Backfill {
        buckets: buckets_with_lines(client, logs, left).await?,
        from,
    })
}

async fn buckets_with_lines(client: &Client, logs: &LogTable, window: Window) -> Result<Vec<Bucket>> {
    let params = vec![
        ("from", time::parameter(window.from).into()),
        ("covered_from", time::parameter(window.to).into()),
    ];
    let rows: Vec<Unrolled> = client
        .rows(&statement("rollups/logs/unrolled_buckets", logs, params)?)
        .await?;
    Ok(rows.iter().map(bucket).collect())
}

/// Rolls those buckets of `window` again of which something is rolled up already.
pub(super) async fn roll_anew(client: &Client, logs: &LogTable, window: Window) -> Result<()> {
    for bucket in buckets_with_lines(client, logs, window).await? {
        if bucket_state(client, bucket.window.from).await? != 0 {
            roll(client, logs, bucket.window).await?;
        }
    }
    Ok(())
}

fn bucket(row: &Unrolled) -> Bucket {
    let from = time::of_seconds(row.bucket);
    Bucket {
        window: Window {
            from,
            to: from + BUCKET,
        },
        rows: row.lines,
    }
}

/// Works through `plan` and calls `done` after each bucket. What is done stays done.
pub async fn backfill(client: &Client, logs: &LogTable, plan: &Backfill, done: impl FnMut(&Bucket)) -> Result<()> {
    let roll = |bucket| roll(client, logs, bucket).boxed();
    plan.run(client, Some(&COVERAGE), roll, done).await
}

async fn roll(client: &Client, logs: &LogTable, bucket: Window) -> Result<()> {
    let state = bucket_state(client, bucket.from).await?;
    roll_bucket(client, logs, bucket.from, state, Scope::WholeBucket).await?;
    // A line that arrived between the reading of the log table and of the ledger was debited without being counted.
    audit(client, logs, bucket.from, bucket.to).await
}
