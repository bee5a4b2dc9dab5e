//! Where the rollup begins, and a first catalog of the lines that were there before.

use jiff::Timestamp;
use kulprit_clickhouse::Client;
use kulprit_request::time;

use super::audit::audit;
use super::backfill::roll_anew;
use super::{COVERAGE, extent, statement};
use crate::Result;
use crate::config::Config;
use crate::rollups::catalog::CatalogKeeper;
use crate::rollups::coverage::beginning;
use crate::rollups::seconds;

/// Lines to look at for the first catalog: some seconds of work.
const SEED_LINES: u64 = 5_000_000;

/// Records, once, where the rollup begins. Call it after the view that credits arrivals exists: lines that are in the table by then came
/// before the ledger was kept.
pub async fn start_coverage(config: &Config, client: &Client) -> Result<()> {
    if COVERAGE.covered_from(client).await?.is_some() {
        return Ok(());
    }
    let extent = extent(client, &config.logs).await?;
    let (begin, ahead) = beginning(extent.as_ref(), Timestamp::now());
    // Lines that are dated ahead are credited like those that arrive late; what another version of the function has rolled of them is
    // rolled anew.
    if let Some(ahead) = ahead {
        roll_anew(client, &config.logs, ahead).await?;
        audit(client, &config.logs, ahead.from, ahead.to).await?;
    }
    if extent.is_some() {
        seed_catalog(config, client).await?;
    }
    COVERAGE.set(client, begin).await
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
