//! Finds log lines that the ledger does not know of.

use jiff::{SignedDuration, Timestamp};
use kulprit_clickhouse::{Client, LogTable};
use kulprit_request::time::{self, MINUTE};

use super::{COVERAGE, statement};
use crate::Result;
use crate::rollups::seconds;

/// How far back lines are looked for whose INSERT was cut off before the ledger knew of them.
const LOOK_BACK: SignedDuration = SignedDuration::from_hours(48);

/// Looks at the minutes that are surely over and that the rollup covers: what lies before is the backfill's.
pub(super) async fn audit_recent(client: &Client, logs: &LogTable) -> Result<()> {
    let to = time::whole_minute(Timestamp::now()) - MINUTE;
    let Some(covered_from) = COVERAGE.covered_from(client).await? else {
        return Ok(());
    };
    let from = covered_from.max(to - LOOK_BACK);
    if from < to {
        audit(client, logs, from, to).await?;
    }
    Ok(())
}

/// Credits lines from `from` (a minute) to `to` that the ledger does not know of; rolling then counts them.
pub async fn audit(client: &Client, logs: &LogTable, from: Timestamp, to: Timestamp) -> Result<()> {
    let params = vec![("from", seconds(from)), ("to", seconds(to))];
    client
        .execute(&statement("rollups/logs/credit_unseen", logs, params)?)
        .await
}
