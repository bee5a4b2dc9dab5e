//! The minute rollup of requests that spans tell of.

use std::time::Duration;

use clickhouse::Row;
use futures_util::FutureExt;
use jiff::{SignedDuration, Timestamp};
use kulprit_clickhouse::{Client, Options, Statement, Value, schema};
use kulprit_request::time::{self, HOUR};
use kulprit_request::window::Window;
use serde::Deserialize;

use super::backfill::{buckets, left};
use super::coverage::{Coverage, Extent, beginning};
use super::keep::Pacer;
use super::noticed::{roll_noticed, source};
use super::{Backfill, Bucket, LONGEST_PERIOD, ROLL_TIMEOUT, seconds};
use crate::{Error, Result};

const BETWEEN_ROUNDS: Duration = Duration::from_secs(60);
/// Rounds between two looks back.
const ROUNDS_A_LOOK_BACK: u64 = 60;
/// Rounds between two looks at the parents of what has come.
const ROUNDS_A_SETTLING: u64 = 5;
/// How far back each round looks for spans that an INSERT stored though it was cut off before the rollup knew of them, and how old a minute
/// must be for that.
const LOOK_BACK: SignedDuration = SignedDuration::from_hours(2);
const SETTLED: SignedDuration = SignedDuration::from_mins(5);

const COVERAGE: Coverage = Coverage {
    read: "rollups/requests/coverage",
    set: "rollups/requests/set_coverage",
    params: Vec::new,
};

/// The minute from which on the rollup knows every span; none while nothing is recorded.
pub async fn covered_from(client: &Client) -> Result<Option<Timestamp>> {
    // Of spans that are read in place nothing is rolled up.
    if client.stands_in("otel_traces") {
        return Ok(None);
    }
    COVERAGE.covered_from(client).await
}

/// Whether the rollup knows every span of both windows, by the rules of this client.
pub async fn covers(client: &Client, windows: [Window; 2]) -> Result<bool> {
    let (covered, counts_otherwise) = tokio::try_join!(covered_from(client), counts_by_other_rules(client))?;
    let covers = |covered: Timestamp| windows.iter().all(|window| covered <= window.from);
    Ok(!counts_otherwise && covered.is_some_and(covers))
}

#[derive(Row, Deserialize)]
struct Rule {
    rule: String,
}

#[derive(Row, Deserialize)]
struct Unsettled {
    spans: u64,
}

/// How many spans from `from` to `to`, whole minutes, the rollup counts by what each says of itself, since nobody has looked at their parents.
pub async fn unsettled(client: &Client, from: Timestamp, to: Timestamp) -> Result<u64> {
    let params = vec![("from", seconds(from)), ("to", seconds(to))];
    let found: Vec<Unsettled> = client.rows(&statement("rollups/requests/unsettled", params)?).await?;
    Ok(found.first().map_or(0, |found| found.spans))
}

/// Whether the view that is there counts by other rules than this client's: those of another configuration, or of another version.
pub async fn counts_by_other_rules(client: &Client) -> Result<bool> {
    let own = schema::counting_rule(client).map_err(|error| Error::internal(format_args!("{error:#}")))?;
    let found: Vec<Rule> = client.rows(&statement("rollups/requests/rule", vec![])?).await?;
    Ok(found.first().is_some_and(|found| found.rule != own))
}

/// Records, once, where the rollup begins. Call it after the view on the spans exists.
pub async fn start_coverage(client: &Client) -> Result<()> {
    // Of a view no change can be noticed: its spans are read for each answer.
    if covered_from(client).await?.is_some() || !source().has_parts(client).await? {
        return Ok(());
    }
    let (begin, ahead) = beginning(extent(client).await?.as_ref(), Timestamp::now());
    if let Some(ahead) = ahead {
        roll(client, ahead.from, ahead.to).await?;
    }
    COVERAGE.set(client, begin).await?;
    // So that the parts that are there by now are known: their spans are the backfill's. What fails now is tried again by whoever rolls.
    if let Err(error) = notice(client, begin).await {
        tracing::warn!(%error, "the parts of the spans are not looked at yet");
    }
    Ok(())
}

/// What is left to fill in of the last 31 days, in hours.
pub async fn remaining(client: &Client) -> Result<Backfill> {
    let (Some(covered), Some(extent)) = (covered_from(client).await?, extent(client).await?) else {
        return Ok(Backfill::default());
    };
    let earliest = extent.newest.min(Timestamp::now()) - LONGEST_PERIOD;
    let (left, from) = left(&extent, covered, earliest, HOUR);
    Ok(Backfill {
        buckets: buckets(left, HOUR),
        from,
    })
}

/// Works through `plan` and calls `done` after each hour. What is done stays done.
pub async fn backfill(client: &Client, plan: &Backfill, done: impl FnMut(&Bucket)) -> Result<()> {
    let roll = |hour: Window| roll(client, hour.from, hour.to).boxed();
    plan.run(client, Some(&COVERAGE), roll, done).await
}

/// Makes the rollup equal to the spans from `from` to `to`, whole minutes. Spans that arrive for these minutes at the same moment may be
/// counted twice until the next round, so it is for minutes that are over.
pub async fn roll(client: &Client, from: Timestamp, to: Timestamp) -> Result<()> {
    let params = vec![("from", seconds(from)), ("to", seconds(to))];
    client.execute(&statement("rollups/requests/roll", params)?).await
}

/// Fills the rollup in and keeps it up to date. Runs until it is dropped.
pub async fn keep_rolling(client: Client) {
    let client = client.with_timeout(ROLL_TIMEOUT);
    let mut pacer = Pacer {
        rollup: "requests of spans",
        meanwhile: "answers read the spans",
        pause: BETWEEN_ROUNDS,
        is_failing: false,
    };
    let mut settled_to = None;
    for round in 0_u64.. {
        let due = Due {
            looks_back: round.is_multiple_of(ROUNDS_A_LOOK_BACK),
            settles: round.is_multiple_of(ROUNDS_A_SETTLING),
        };
        pacer.rest(keep(&client, due, &mut settled_to).await).await;
    }
}

/// What one round does beside noticing.
struct Due {
    looks_back: bool,
    settles: bool,
}

async fn keep(client: &Client, due: Due, settled_to: &mut Option<Timestamp>) -> Result<()> {
    if counts_by_other_rules(client).await? {
        return Err(Error::no_data_source(
            "kulprit_request_arrivals counts by the rules of another configuration or version: run `kulprit schema apply` with this one",
        ));
    }
    let to = time::whole_minute(Timestamp::now()) - SETTLED;
    let recent = time::start_of(to, HOUR) - LOOK_BACK;
    if due.looks_back {
        backfill(client, &remaining(client).await?, |_| {}).await?;
    }
    notice(client, recent).await?;
    // What is not looked back at has been settled since the last time.
    let from = if due.looks_back {
        Some(recent)
    } else {
        settled_to.filter(|_| due.settles)
    };
    if let Some(from) = from.filter(|from| *from < to) {
        roll(client, from, to).await?;
        *settled_to = Some(to);
    }
    Ok(())
}

/// Rolls what came or went before `recent` without the view's knowing.
pub async fn notice(client: &Client, recent: Timestamp) -> Result<()> {
    let Some(covered) = covered_from(client).await? else {
        return Ok(());
    };
    let settled = Window {
        from: covered,
        to: recent,
    };
    roll_noticed(client, settled).await
}

/// How many spans there are, and when the first and the last began.
pub async fn extent(client: &Client) -> Result<Option<Extent>> {
    Extent::read(client, &statement("rollups/requests/extent", vec![])?).await
}

fn statement(name: &'static str, params: Vec<(&'static str, Value)>) -> Result<Statement> {
    Statement::query(name, &Options::default(), params)
}
