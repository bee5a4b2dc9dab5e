//! Fills the rollup in with the lines that were there before it began, from the newest to the oldest.

use clickhouse::Row;
use futures_util::FutureExt;
use jiff::Timestamp;
use kulprit_clickhouse::{Client, LogTable};
use kulprit_request::time;
use kulprit_request::window::Window;
use serde::Deserialize;

use super::roll::{bucket_state, roll_minutes};
use super::unequal::unequal_minutes;
use super::{BUCKET, COVERAGE, extent, statement};
use crate::rollups::backfill::left;
use crate::rollups::{Backfill, Bucket};
use crate::{Error, Result};

/// How often a bucket is rolled again whose lines change meanwhile.
const TRIES: usize = 20;

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
    let length = usize::try_from(BUCKET.as_secs() / 60).unwrap_or(0);
    let first = u32::try_from(bucket.from.as_second().max(0)).unwrap_or(u32::MAX);
    let minutes: Vec<u32> = (first..).step_by(60).take(length).collect();
    // Before the rollup answers for the bucket, it must count what is there now: lines may have come or gone, or somebody else have rolled.
    for _ in 0..TRIES {
        let is_done = roll_minutes(client, logs, bucket.from, &minutes).await?;
        if is_done && unequal_minutes(client, logs, bucket.from, bucket.to).await?.is_empty() {
            return Ok(());
        }
    }
    Err(Error::internal(format_args!(
        "the lines of the ten minutes from {} keep changing",
        bucket.from
    )))
}
