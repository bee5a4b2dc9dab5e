//! Rolls in the background for as long as the service runs.

use std::time::Duration;

use kulprit_clickhouse::{Client, LogTable};

use super::audit::audit_recent;
use super::roll::Roller;
use crate::Result;
use crate::config::Config;
use crate::rollups::keep::{Upkeep, keep};

/// How long a statement of the roller's may take: a bucket may hold many lines, after an outage above all.
const ROLL_TIMEOUT: Duration = Duration::from_secs(3_600);
/// Rounds between two looks for lines whose INSERT was cut off.
const ROUNDS_AN_AUDIT: u64 = 720;

struct Lines {
    client: Client,
    logs: LogTable,
    roller: Roller,
    rounds: u64,
}

impl Upkeep for Lines {
    const WHAT: &'static str = "log lines";
    const MEANWHILE: &'static str = "answers read the log table";

    async fn round(&mut self) -> Result<()> {
        let is_due = self.rounds.is_multiple_of(ROUNDS_AN_AUDIT);
        self.rounds += 1;
        if is_due {
            audit_recent(&self.client, &self.logs).await?;
        }
        self.roller.catch_up().await
    }
}

/// Rolls at the configured interval. Runs until it is dropped; answers stay exact while it fails, since pending cells are read from the log
/// table.
pub async fn keep_rolling(client: Client, config: Config) {
    let client = client.with_timeout(ROLL_TIMEOUT);
    let lines = Lines {
        roller: Roller::new(client.clone(), &config),
        logs: config.logs,
        client,
        rounds: 0,
    };
    keep(lines, Duration::from_secs(config.rollup.interval_seconds)).await;
}
