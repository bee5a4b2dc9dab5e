//! The minute rollup of requests that metrics tell of, by which services without spans have objectives.

use std::time::Duration;

use futures_util::FutureExt;
use jiff::{SignedDuration, Timestamp};
use kulprit_clickhouse::{Client, Options, Statement, Value};
use kulprit_request::time::{self, HOUR, MINUTE};
use kulprit_request::window::Window;

use super::backfill::buckets;
use super::keep::Pacer;
use super::parts::Source;
use super::{Backfill, Bucket, Extent, LONGEST_PERIOD, ROLL_TIMEOUT};
use crate::Result;
use crate::sources::request_metrics::{further_tables, known_metrics, metric_params};

const BETWEEN_ROUNDS: Duration = Duration::from_secs(60);
/// How late a point may come and still count.
const LATE: SignedDuration = SignedDuration::from_mins(10);

/// What is not rolled up yet, at most 31 days of it, in hours from the oldest point on.
pub async fn remaining(client: &Client) -> Result<Backfill> {
    let late = u32::try_from(LATE.as_secs()).unwrap_or(0);
    let mut params = known_metrics(client);
    params.push(("late_seconds", late.into()));
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
    // Its last minute tells how far it is filled in.
    plan.run(client, None, |hour| roll(client, hour).boxed(), done).await
}

/// Makes the rollup say what the metrics say of whole minutes.
async fn roll(client: &Client, minutes: Window) -> Result<()> {
    let mut params = metric_params(client);
    params.extend([
        ("from", time::parameter(minutes.from).into()),
        ("to", time::parameter(minutes.to).into()),
    ]);
    let roll = statement(client, "rollups/metered/roll", params).await?;
    client.execute(&roll).await
}

/// Rolls up what is there, and then what arrives, minute by minute. Runs until it is dropped.
pub async fn keep_rolling(client: Client) {
    let client = client.with_timeout(ROLL_TIMEOUT);
    let mut pacer = Pacer {
        rollup: "requests of metrics",
        meanwhile: "services that only metrics know have no objectives",
        pause: BETWEEN_ROUNDS,
        is_failing: false,
    };
    // What parts the tables had when they were last rolled up. After an outage more than the last minutes is to be rolled, as at first.
    let mut rolled: Option<Vec<u64>> = None;
    loop {
        let result = round(&client, rolled.take()).await;
        rolled = result.as_ref().ok().cloned();
        pacer.rest(result.map(|_| ())).await;
    }
}

async fn round(client: &Client, rolled: Option<Vec<u64>>) -> Result<Vec<u64>> {
    let states = states(client).await?;
    match rolled {
        None => backfill(client, &remaining(client).await?, |_| {}).await?,
        // A table without parts, such as a view, does not tell whether anything came.
        Some(before) if before == states && !states.contains(&0) => {}
        Some(_) => {
            let to = time::whole_minute(Timestamp::now());
            roll(client, Window { from: to - LATE, to }).await?;
        }
    }
    Ok(states)
}

/// What parts the tables of request metrics have.
async fn states(client: &Client) -> Result<Vec<u64>> {
    let mut states = Vec::new();
    let tables = ["otel_metrics_sum", "otel_metrics_histogram"].map(str::to_owned);
    for table in tables.into_iter().chain(further_tables(client).await?) {
        let source = Source {
            rollup: "metered",
            table,
        };
        states.push(source.state(client).await?);
    }
    Ok(states)
}

async fn statement(client: &Client, name: &'static str, params: Vec<(&'static str, Value)>) -> Result<Statement> {
    let options = Options {
        further_points: further_tables(client).await?,
        ..Options::default()
    };
    Statement::query(name, &options, params)
}
