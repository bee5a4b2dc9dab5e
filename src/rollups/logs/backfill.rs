//! Fills the rollup in with the lines that were there before it began, from the newest to the oldest.

use clickhouse::Row;
use jiff::Timestamp;
use kulprit_clickhouse::{Client, LogTable};
use kulprit_request::time;
use kulprit_request::window::Window;
use serde::Deserialize;

use super::audit::audit;
use super::roll::{Scope, bucket_state, roll_bucket};
use super::{BUCKET, COVERAGE, extent, statement};
use crate::Result;
use crate::rollups::backfill::Rollup;
use crate::rollups::coverage::Coverage;
use crate::rollups::{Backfill, Bucket};

#[derive(Row, Deserialize)]
struct Unrolled {
    bucket: u32,
    lines: u64,
}

struct Lines<'a> {
    client: &'a Client,
    logs: &'a LogTable,
}

impl Rollup for Lines<'_> {
    fn client(&self) -> &Client {
        self.client
    }

    fn coverage(&self) -> Option<&Coverage> {
        Some(&COVERAGE)
    }

    async fn roll(&self, bucket: Window) -> Result<()> {
        let state = bucket_state(self.client, bucket.from).await?;
        roll_bucket(self.client, self.logs, bucket.from, state, Scope::WholeBucket).await?;
        // A line that arrived between the reading of the log table and of the ledger was debited without being counted.
        audit(self.client, self.logs, bucket.from, bucket.to).await
    }
}

/// What is left to fill in, back to `from` (none: to the oldest line). Lines may be sparse, so only the buckets that hold some are in it.
pub async fn remaining(client: &Client, logs: &LogTable, from: Option<Timestamp>) -> Result<Backfill> {
    let (Some(covered), Some(extent)) = (COVERAGE.covered_from(client).await?, extent(client, logs).await?) else {
        return Ok(Backfill::default());
    };
    let oldest = extent.oldest;
    let from = time::start_of(from.map_or(oldest, |from| from.max(oldest)), BUCKET);
    let mut plan = Backfill {
        buckets: vec![],
        // The stretch before the oldest line holds nothing, so the rollup knows it.
        from: if from <= oldest { Timestamp::UNIX_EPOCH } else { from },
    };
    if from < covered {
        let params = vec![
            ("from", time::parameter(from).into()),
            ("covered_from", time::parameter(covered).into()),
        ];
        let rows: Vec<Unrolled> = client
            .rows(&statement("rollups/logs/unrolled_buckets", logs, params)?)
            .await?;
        plan.buckets = rows.iter().map(bucket).collect();
    }
    Ok(plan)
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
    plan.run(&Lines { client, logs }, done).await
}
