//! Where the rollup begins, and a first catalog of the lines that were there before.

use jiff::Timestamp;
use kulprit_clickhouse::Client;
use kulprit_request::time;

use super::backfill::roll_anew;
use super::roll::Roller;
use super::{COVERAGE, extent, source, statement};
use crate::Result;
use crate::config::Config;
use crate::rollups::catalog::CatalogKeeper;
use crate::rollups::coverage::beginning;
use crate::rollups::seconds;

/// Lines to look at for the first catalog: some seconds of work.
const SEED_LINES: u64 = 5_000_000;

/// Records, once, where the rollup begins: after the lines that are in the log table by then, which are the backfill's. Nothing is recorded
/// for a table without parts, such as a view: of what happens to it there is no telling, so it is read for each answer.
pub async fn start_coverage(config: &Config, client: &Client) -> Result<()> {
    if COVERAGE.covered_from(client).await?.is_some() || !source(&config.logs).has_parts(client).await? {
        return Ok(());
    }
    let extent = extent(client, &config.logs).await?;
    let (begin, ahead) = beginning(extent.as_ref(), Timestamp::now());
    // Lines that are dated ahead are rolled like those that arrive late; what another version of the function has rolled of them is
    // rolled anew.
    if let Some(ahead) = ahead {
        roll_anew(client, &config.logs, ahead).await?;
    }
    if extent.is_some() {
        seed_catalog(config, client).await?;
    }
    COVERAGE.set(client, begin).await?;
    // So that answers need not look at the parts that are there. What fails now is tried again by whoever rolls.
    if let Err(error) = Roller::new(client.clone(), config).catch_up().await {
        tracing::warn!(%error, "the parts that are there are not looked at yet");
    }
    Ok(())
}

/// Makes a first catalog of the newest lines that are there already. The backfill finds the shapes of the others.
async fn seed_catalog(config: &Config, client: &Client) -> Result<()> {
    let params = vec![("lines", SEED_LINES.into())];
    let rows: Vec<u32> = client
        .rows(&statement("rollups/logs/recent_since", &config.logs, params)?)
        .await?;
    let since = time::of_seconds(rows.first().copied().unwrap_or(0));
    let params = vec![("since", seconds(since))];
    client
        .execute(&statement("rollups/logs/seed_shapes", &config.logs, params)?)
        .await?;
    CatalogKeeper::new(client.clone(), config.patterns.options())
        .refresh()
        .await
        .map(|_| ())
}
