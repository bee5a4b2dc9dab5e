//! The minute rollup of requests that metrics tell of, by which services without spans have objectives.

use std::time::Duration;

use clickhouse::Row;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

use super::requests::{BACKFILL, PATIENCE, RETRY, hour, instant, minute};
use crate::Result;
use crate::sources::request_metrics::{exponential_tables, known_metrics, metric_params};
use kulprit_clickhouse::Client;
use kulprit_clickhouse::{Options, Statement, Value};
use kulprit_request::time;

const BETWEEN_ROLLS: Duration = Duration::from_secs(60);
/// How late a point may come and still count.
const LATE: SignedDuration = SignedDuration::from_mins(10);

#[derive(Row, Deserialize)]
struct Extent {
    points: u64,
    oldest: u32,
    newest: u32,
    rolled_to: u32,
}

/// Makes the rollup say what the metrics say from `from` to `to`, whole minutes.
pub async fn roll(client: &Client, from: Timestamp, to: Timestamp) -> Result<()> {
    let mut params = metric_params();
    params.extend([
        ("from", time::parameter(from).into()),
        ("to", time::parameter(to).into()),
    ]);
    client
        .execute(&statement(client, "rollups/metered/roll", params).await?)
        .await
}

/// Rolls up, hour by hour, what is not rolled up yet. What is done stays done. Returns how many stretches it took.
pub async fn backfill(client: &Client) -> Result<u32> {
    let extent = statement(client, "rollups/metered/extent", vec![known_metrics()]).await?;
    let rows: Vec<Extent> = client.rows(&extent).await?;
    let Some(extent) = rows.first().filter(|row| row.points > 0) else {
        return Ok(0);
    };
    let to = minute(instant(extent.newest)) + SignedDuration::from_mins(1);
    // A point tells of the minute before it.
    let oldest = minute(instant(extent.oldest)) - SignedDuration::from_mins(1);
    let mut from = oldest.max(to - BACKFILL);
    if extent.rolled_to > 0 {
        from = from.max(instant(extent.rolled_to) - LATE);
    }
    let mut stretches = 0;
    while from < to {
        let end = to.min(hour(from) + SignedDuration::from_hours(1));
        roll(client, from, end).await?;
        from = end;
        stretches += 1;
    }
    Ok(stretches)
}

/// Rolls up what is there, and then what arrives, minute by minute. Runs until it is dropped; an error is told once and tried again.
pub async fn keep_rolled(client: Client) {
    let client = client.with_timeout(PATIENCE);
    let (mut is_filled, mut failing) = (false, false);
    loop {
        let now = minute(Timestamp::now());
        let rolled = match is_filled {
            false => backfill(&client).await.map(|_| ()),
            true => roll(&client, now - LATE, now).await,
        };
        if let Err(error) = &rolled
            && !failing
        {
            eprintln!("kulprit: services that only metrics know have no objectives meanwhile ({error})");
        }
        failing = rolled.is_err();
        is_filled = rolled.is_ok();
        tokio::time::sleep(if failing { RETRY } else { BETWEEN_ROLLS }).await;
    }
}

async fn statement(client: &Client, name: &'static str, params: Vec<(&'static str, Value)>) -> Result<Statement> {
    let options = Options {
        exponential: exponential_tables(client).await?,
        ..Options::default()
    };
    Statement::query(name, &options, params)
}
