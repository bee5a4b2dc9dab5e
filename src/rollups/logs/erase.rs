//! Messages of lines that are gone do not stay as samples.

use kulprit_clickhouse::{Client, LogTable};
use kulprit_request::time;

use super::statement;
use crate::Result;
use crate::rollups::seconds;

/// Deletes what is kept of the messages of all shapes between two minutes, and takes it anew from the lines that those shapes have at other
/// times. Rolling the minutes does the same for those that they still have.
pub(super) async fn erase(client: &Client, logs: &LogTable, (first, last): (u32, u32)) -> Result<()> {
    let params = || {
        vec![
            ("first_minute", seconds(time::of_seconds(first))),
            ("last_minute", seconds(time::of_seconds(last))),
        ]
    };
    for name in ["rollups/logs/forget_shapes", "rollups/logs/restore_shapes"] {
        client.execute(&statement(name, logs, params())?).await?;
    }
    client
        .execute(&statement("rollups/catalog/reload_samples", logs, vec![])?)
        .await
}
