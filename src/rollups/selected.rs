//! The minute rollup of requests that objectives select by route, method or attributes. What is selected stands in the configuration, so that no
//! view can count it as it arrives: each selection has rows of its own, by the hash of what it selects and of the rules of what a request is.

use std::collections::BTreeMap;
use std::time::Duration;

use clickhouse::Row;
use futures_util::FutureExt;
use jiff::{SignedDuration, Timestamp};
use kulprit_clickhouse::{Client, Options, Rules, Selector, Statement, Value};
use kulprit_request::if_there;
use kulprit_request::time::{self, HOUR, MINUTE};
use kulprit_request::window::Window;
use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use super::backfill::buckets;
use super::keep::Pacer;
use super::{Backfill, Bucket, Extent, LONGEST_PERIOD, ROLL_TIMEOUT, seconds};
use crate::Result;
use crate::config::Slo;
use crate::sources::request_metrics::{further_tables, known_metrics, metric_params};

const BETWEEN_ROUNDS: Duration = Duration::from_secs(60);
/// How late a span or a point may come and still count.
const LATE: SignedDuration = SignedDuration::from_mins(10);

type Params = Vec<(&'static str, Value)>;

/// By which name the requests stand in the table that `selector` selects, where `rules` say what a request is.
pub fn id(selector: &Selector, rules: &Rules) -> String {
    let hash = Sha256::digest(format!("{selector:?} {rules:?}"));
    hash.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

/// What some objectives select, each once.
pub fn selectors(client: &Client, slo: &Slo) -> Vec<(String, Selector)> {
    let selectors = slo.objectives.iter().filter_map(|objective| objective.selector());
    let by_id: BTreeMap<String, Selector> = selectors
        .map(|selector| (id(&selector, client.rules()), selector))
        .collect();
    by_id.into_iter().collect()
}

#[derive(Row, Deserialize)]
struct Rolled {
    rolled_to: u32,
}

/// The last minute that is rolled up of a selection; none where nothing is.
pub async fn rolled_to(client: &Client, id: &str) -> Result<Option<Timestamp>> {
    let rolled = statement(
        "rollups/selected/rolled",
        &Options::default(),
        vec![("selector", id.into())],
    )?;
    let rows: Vec<Rolled> = client.rows(&rolled).await?;
    let rolled = rows.first().filter(|row| row.rolled_to > 0);
    Ok(rolled.map(|row| time::of_seconds(row.rolled_to)))
}

/// What is not rolled up yet of a selection, at most 31 days of it, in hours from the oldest on.
pub async fn remaining(client: &Client, id: &str) -> Result<Backfill> {
    let rolled = rolled_to(client, id).await?;
    let since = rolled.map_or(Timestamp::UNIX_EPOCH, |rolled| rolled + MINUTE - LATE);
    let params = || vec![("since", time::parameter(since).into())];
    let spans = statement("rollups/selected/extent", &Options::default(), params())?;
    let points = async {
        let options = with_further(client).await?;
        let params = params().into_iter().chain(known_metrics(client)).collect();
        Extent::read(client, &statement("rollups/selected/extent_metered", &options, params)?).await
    };
    let (spans, points) = tokio::join!(Extent::read(client, &spans), points);
    let there: Vec<Extent> = [if_there(spans)?.flatten(), if_there(points)?.flatten()]
        .into_iter()
        .flatten()
        .collect();
    let (Some(oldest), Some(to)) = (
        there.iter().map(|extent| extent.oldest).min(),
        there.iter().map(Extent::end).max(),
    ) else {
        return Ok(Backfill::default());
    };
    // A point tells of the minute before it.
    let from = (time::whole_minute(oldest) - MINUTE).max(to - LONGEST_PERIOD);
    let mut buckets = buckets(Window { from, to }, HOUR);
    buckets.reverse();
    Ok(Backfill { buckets, from })
}

/// Works through `plan` and calls `done` after each hour. What is done stays done.
pub async fn backfill(
    client: &Client,
    (id, selector): &(String, Selector),
    plan: &Backfill,
    done: impl FnMut(&Bucket),
) -> Result<()> {
    plan.run(client, None, |hour| roll(client, id, selector, hour).boxed(), done)
        .await
}

/// Makes the rollup say of whole minutes what spans and metrics say.
async fn roll(client: &Client, id: &str, selector: &Selector, minutes: Window) -> Result<()> {
    let selected = |options| Options {
        selector: Some(selector.clone()),
        ..options
    };
    let options = selected(with_further(client).await?);
    let mut params = metric_params(client);
    params.extend([
        ("from", time::parameter(minutes.from).into()),
        ("to", time::parameter(minutes.to).into()),
        ("selector", id.into()),
    ]);
    if_there(
        client
            .execute(&statement("rollups/selected/roll_metered", &options, params)?)
            .await,
    )?;
    let params = vec![
        ("from", seconds(minutes.from)),
        ("to", seconds(minutes.to)),
        ("selector", id.into()),
    ];
    let of_spans = statement("rollups/selected/roll", &selected(Options::default()), params)?;
    if_there(client.execute(&of_spans).await)?;
    let params = vec![("selector", id.into()), ("minute", seconds(minutes.to - MINUTE))];
    client
        .execute(&statement("rollups/selected/mark", &Options::default(), params)?)
        .await
}

/// Fills the selections of `slo` in and keeps them up to date. Runs until it is dropped.
pub async fn keep_rolling(client: Client, slo: Slo) {
    let client = client.with_timeout(ROLL_TIMEOUT);
    let mut pacer = Pacer {
        rollup: "requests that objectives select",
        meanwhile: "objectives that select requests count none of the last minutes",
        pause: BETWEEN_ROUNDS,
        is_failing: false,
    };
    loop {
        pacer.rest(round(&client, &slo).await).await;
    }
}

async fn round(client: &Client, slo: &Slo) -> Result<()> {
    for selected in selectors(client, slo) {
        let plan = remaining(client, &selected.0).await?;
        backfill(client, &selected, &plan, |_| {}).await?;
    }
    Ok(())
}

async fn with_further(client: &Client) -> Result<Options> {
    Ok(Options {
        further_points: further_tables(client).await?,
        ..Options::default()
    })
}

fn statement(name: &'static str, options: &Options, params: Params) -> Result<Statement> {
    Statement::query(name, options, params)
}
