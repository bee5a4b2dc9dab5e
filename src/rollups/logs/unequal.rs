//! Holds the rollup's counts against the log table's.

use jiff::Timestamp;
use kulprit_clickhouse::{Client, LogTable};

use super::statement;
use crate::Result;
use crate::rollups::seconds;

/// The minutes from `from` to `to` (whole minutes) in which the rollup has another number of lines of some service than the log table. Those
/// of parts that were just added are among them.
pub async fn unequal_minutes(client: &Client, logs: &LogTable, from: Timestamp, to: Timestamp) -> Result<Vec<u32>> {
    let params = vec![("from", seconds(from)), ("to", seconds(to))];
    client
        .rows(&statement("rollups/logs/unequal_minutes", logs, params)?)
        .await
}
