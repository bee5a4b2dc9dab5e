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

    async fn roll(&self, bucket: Window) -> Result<()> {
        roll(&self.client, bucket).await
    }
}

impl Upkeep for Metered {
    const WHAT: &'static str = "requests of metrics";
    const MEANWHILE: &'static str = "services that only metrics know have no objectives";

    async fn round(&mut self) -> Result<()> {
        let to = time::whole_minute(Timestamp::now());
        let rolled = match self.is_filled {
            false => backfill(&self.client, |_| {}).await,
            true => roll(&self.client, Window { from: to - LATE, to }).await,
        };
        // After an outage the rollup lacks more than the last minutes.
        self.is_filled = rolled.is_ok();
        rolled
    }
}

/// Makes the rollup say what the metrics say of whole minutes.
pub async fn roll(client: &Client, minutes: Window) -> Result<()> {
    let mut params = metric_params();
    params.extend([
        ("from", time::parameter(minutes.from).into()),
        ("to", time::parameter(minutes.to).into()),
    ]);
    client
        .execute(&statement(client, "rollups/metered/roll", params).await?)
        .await
}

/// Rolls up what is not rolled up yet, at most 31 days of it, from the oldest point on, and calls `done` after each hour.
pub async fn backfill(client: &Client, done: impl FnMut(&Bucket)) -> Result<()> {
    let late = u32::try_from(LATE.as_secs()).unwrap_or(0);
    let params = vec![known_metrics(), ("late_seconds", late.into())];
    let unrolled = statement(client, "rollups/metered/extent", params).await?;
    let Some(unrolled) = Extent::read(client, &unrolled).await? else {
        return Ok(());
    };
    let to = unrolled.end();
    // A point tells of the minute before it.
    let from = (time::whole_minute(unrolled.oldest) - MINUTE).max(to - LONGEST_PERIOD);
    let mut buckets = buckets(Window { from, to }, HOUR);
    buckets.reverse();
    let rollup = Metered {
        client: client.clone(),
        is_filled: false,
    };
    Backfill { buckets, from }.run(&rollup, done).await
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
