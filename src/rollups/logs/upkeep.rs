//! Rolls in the background for as long as the service runs.

use std::time::Duration;

use kulprit_clickhouse::Client;

use super::audit::audit_recent;
use super::roll::Roller;
use crate::config::Config;
use crate::rollups::keep::Pacer;

/// How long a statement of the roller's may take: a bucket may hold many lines, after an outage above all.
const ROLL_TIMEOUT: Duration = Duration::from_secs(3_600);
/// Rounds between two looks for lines whose INSERT was cut off.
const ROUNDS_AN_AUDIT: u64 = 720;

/// Rolls at the configured interval. Runs until it is dropped; answers stay exact while it fails, since pending cells are read from the log
/// table.
pub async fn keep_rolling(client: Client, config: Config) {
    let client = client.with_timeout(ROLL_TIMEOUT);
    let mut roller = Roller::new(client.clone(), &config);
    let mut pacer = Pacer {
        rollup: "log lines",
        meanwhile: "answers read the log table",
        pause: Duration::from_secs(config.rollup.interval_seconds),
        is_failing: false,
    };
    for round in 0_u64.. {
        let rolled = async {
            if round.is_multiple_of(ROUNDS_AN_AUDIT) {
                audit_recent(&client, &config.logs).await?;
            }
            roller.catch_up().await
        };
        let result = rolled.await;
        pacer.rest(result).await;
    }
}
