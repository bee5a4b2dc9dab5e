//! The minute rollup of requests: from when on it knows every span, and filling in those that were there before.

use std::time::Duration;

use clickhouse::Row;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

use crate::Result;
use kulprit_clickhouse::Client;
use kulprit_clickhouse::{Options, Statement, Value};
use kulprit_request::time;
use kulprit_request::window::Window;

/// How far back the service fills in by itself: the longest usual period of an objective.
pub(super) const BACKFILL: SignedDuration = SignedDuration::from_hours(24 * 31);

/// How long one hour of spans may take to roll.
pub(super) const PATIENCE: Duration = Duration::from_secs(600);
pub(super) const RETRY: Duration = Duration::from_secs(30);
const BETWEEN_AUDITS: Duration = Duration::from_secs(3_600);
/// How far an audit looks back, and how old a minute must be for it.
const AUDIT: SignedDuration = SignedDuration::from_hours(2);
const SETTLED: SignedDuration = SignedDuration::from_mins(5);

#[derive(Row, Deserialize)]
struct Coverage {
    steps: u64,
    covered_from: u32,
}

#[derive(Row, Deserialize)]
struct Extent {
    spans: u64,
    oldest: u32,
    newest: u32,
}

/// The minute from which on the rollup knows every span; none while nothing is recorded.
pub async fn covered_from(client: &Client) -> Result<Option<Timestamp>> {
    let rows: Vec<Coverage> = client.rows(&statement("rollups/requests/coverage", vec![])?).await?;
    let known = rows.first().filter(|row| row.steps > 0);
    Ok(known.map(|row| instant(row.covered_from)))
}

/// Whether the rollup can answer for both windows.
pub async fn covers(client: &Client, windows: [Window; 2]) -> Result<bool> {
    if !windows.iter().all(Window::is_whole_minutes) {
        return Ok(false);
    }
    let covered = covered_from(client).await?;
    Ok(covered.is_some_and(|covered| windows.iter().all(|window| covered <= window.from)))
}

/// Records, once, where the rollup begins. Call it after the view on the spans exists: the rollup begins after the newest span that was
/// there by then; a table without spans is known from the start.
pub async fn start_coverage(client: &Client) -> Result<()> {
    if covered_from(client).await?.is_some() {
        return Ok(());
    }
    let begin = extent(client).await?.map_or(Timestamp::UNIX_EPOCH, |(_, newest)| {
        minute(newest) + SignedDuration::from_mins(1)
    });
    set_covered_from(client, begin).await
}

/// Fills in, hour by hour from the newest on, what was there before the rollup began. What is done stays done. Returns how many hours it took.
pub async fn backfill(client: &Client) -> Result<u32> {
    let (Some(covered), Some((oldest, newest))) = (covered_from(client).await?, extent(client).await?) else {
        return Ok(0);
    };
    let from = oldest.max(newest - BACKFILL);
    let mut to = covered.min(minute(newest) + SignedDuration::from_mins(1));
    let mut hours = 0;
    while from < to {
        let begin = hour(to - SignedDuration::from_secs(1));
        roll(client, begin, to).await?;
        set_covered_from(client, begin).await?;
        to = begin;
        hours += 1;
    }
    // Before the oldest span there is nothing to know.
    if oldest >= from && covered > Timestamp::UNIX_EPOCH {
        set_covered_from(client, Timestamp::UNIX_EPOCH).await?;
    }
    Ok(hours)
}

/// Makes the rollup equal to the spans from `from` to `to`, whole minutes. Spans that arrive for these minutes at the same moment may be
/// counted twice until the next run, so it is for minutes that are over.
pub async fn roll(client: &Client, from: Timestamp, to: Timestamp) -> Result<()> {
    let params = vec![("from", seconds(from)), ("to", seconds(to))];
    client.execute(&statement("rollups/requests/roll", params)?).await
}

/// Fills the rollup in and then looks, hour by hour, for spans that an INSERT stored though it was cut off before the rollup knew of them. Runs until
/// it is dropped; an error is told once and tried again.
pub async fn keep_filled(client: Client) {
    let client = client.with_timeout(PATIENCE);
    let mut failing = false;
    loop {
        let filled = async {
            backfill(&client).await?;
            let now = minute(Timestamp::now()) - SETTLED;
            roll(&client, hour(now) - AUDIT, now).await
        };
        let pause = match filled.await {
            Ok(()) => BETWEEN_AUDITS,
            Err(error) => {
                if !failing {
                    eprintln!("kulprit: the rollup of requests waits ({error}); answers read the spans meanwhile");
                }
                failing = true;
                tokio::time::sleep(RETRY).await;
                continue;
            }
        };
        failing = false;
        tokio::time::sleep(pause).await;
    }
}

async fn extent(client: &Client) -> Result<Option<(Timestamp, Timestamp)>> {
    let rows: Vec<Extent> = client.rows(&statement("rollups/requests/extent", vec![])?).await?;
    let known = rows.first().filter(|row| row.spans > 0);
    Ok(known.map(|row| (instant(row.oldest), instant(row.newest))))
}

async fn set_covered_from(client: &Client, minute: Timestamp) -> Result<()> {
    let params = vec![("covered_from", seconds(minute))];
    client
        .execute(&statement("rollups/requests/set_coverage", params)?)
        .await
}

fn statement(name: &'static str, params: Vec<(&'static str, Value)>) -> Result<Statement> {
    Statement::query(name, &Options::default(), params)
}

fn seconds(at: Timestamp) -> Value {
    time::parameter(at)[..19].into()
}

pub(super) fn instant(second: u32) -> Timestamp {
    Timestamp::from_second(second.into()).unwrap_or(Timestamp::UNIX_EPOCH)
}

pub(super) fn minute(at: Timestamp) -> Timestamp {
    at - SignedDuration::from_secs(at.as_second().rem_euclid(60))
}

pub(super) fn hour(at: Timestamp) -> Timestamp {
    at - SignedDuration::from_secs(at.as_second().rem_euclid(3_600))
}
