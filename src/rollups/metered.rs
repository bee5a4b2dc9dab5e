//! The minute rollup of requests that metrics tell of, by which services without spans have objectives.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use kulprit_clickhouse::{Client, Options, Statement, Value};
use kulprit_request::time::{self, HOUR, MINUTE};
use kulprit_request::window::Window;

use super::backfill::{Backfill, Bucket, Rollup, buckets};
use super::coverage::{Coverage, Extent};
use super::keep::{Upkeep, keep};
use super::{LONGEST_PERIOD, ROLL_TIMEOUT};
use crate::Result;
use crate::sources::request_metrics::{exponential_tables, known_metrics, metric_params};

const BETWEEN_ROUNDS: Duration = Duration::from_secs(60);
/// How late a point may come and still count.
const LATE: SignedDuration = SignedDuration::from_mins(10);

struct Metered {
    client: Client,
    is_filled: bool,
}

impl Rollup for Metered {
    fn client(&self) -> &Client {
        &self.client
    }

    /// Its last minute tells how far it is filled in.
    fn coverage(&self) -> Option<&Coverage> {
        None
    }

    /// Makes the rollup say what the metrics say of whole minutes.
    async fn roll(&self, bucket: Window) -> Result<()> {
        let mut params = metric_params();
        params.extend([
            ("from", time::parameter(bucket.from).into()),
            ("to", time::parameter(bucket.to).into()),
        ]);
        let roll = statement(&self.client, "rollups/metered/roll", params).await?;
        self.client.execute(&roll).await
    }
}

impl Upkeep for Metered {
    const WHAT: &'static str = "requests of metrics";
    const MEANWHILE: &'static str = "services that only metrics know have no objectives";

    async fn round(&mut self) -> Result<()> {
        let rolled = if self.is_filled {
            let to = time::whole_minute(Timestamp::now());
            self.roll(Window { from: to - LATE, to }).await
        } else {
            let plan = remaining(&self.client).await?;
            plan.run(self, |_| {}).await
        };
        // After an outage the rollup lacks more than the last minutes.
        self.is_filled = rolled.is_ok();
        rolled
    }
}

/// What is not rolled up yet, at most 31 days of it, in hours from the oldest point on.
pub async fn remaining(client: &Client) -> Result<Backfill> {
    let late = u32::try_from(LATE.as_secs()).unwrap_or(0);
    let params = vec![known_metrics(), ("late_seconds", late.into())];
    let unrolled = statement(client, "rollups/metered/extent", params).await?;
    let Some(unrolled) = Extent::read(client, &unrolled).await? else {
        return Ok(Backfill::default());
    };
    let to = unrolled.end();
    // A point tells of the minute before it.
    let from = (time::whole_minute(unrolled.oldest) - MINUTE).max(to - LONGEST_PERIOD);
    let mut buckets = buckets(Window { from, to }, HOUR);
    buckets.reverse();
    Ok(Backfill { buckets, from })
}

/// Works through `plan` and calls `done` after each hour. What is done stays done.
pub async fn backfill(client: &Client, plan: &Backfill, done: impl FnMut(&Bucket)) -> Result<()> {
    let rollup = Metered {
        client: client.clone(),
        is_filled: false,
    };
    plan.run(&rollup, done).await
}

/// Rolls up what is there, and then what arrives, minute by minute. Runs until it is dropped.
pub async fn keep_rolling(client: Client) {
    let rollup = Metered {
        client: client.with_timeout(ROLL_TIMEOUT),
        is_filled: false,
    };
    keep(rollup, BETWEEN_ROUNDS).await;
}

async fn statement(client: &Client, name: &'static str, params: Vec<(&'static str, Value)>) -> Result<Statement> {
    let options = Options {
        exponential: exponential_tables(client).await?,
        ..Options::default()
    };
    Statement::query(name, &options, params)
}
