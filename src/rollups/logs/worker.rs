//! Rolls in the background for as long as the service runs.

use std::time::Duration;

use jiff::Timestamp;

use super::coverage::{covered_from, seconds, statement};
use super::roll::Roller;
use crate::Result;
use crate::config::Config;
use kulprit_clickhouse::Client;
use kulprit_clickhouse::LogTable;

/// How far back lines are looked for whose INSERT was cut off before the ledger knew of them.
const AUDIT_SECONDS: i64 = 48 * 3_600;
/// How long a statement of the roller's may take.
const LONGEST_ROLL: Duration = Duration::from_secs(3_600);
/// Rounds between two such looks.
const ROUNDS_AN_AUDIT: u64 = 720;

/// Rolls at the configured interval until the task is dropped. An error is told once when it begins and once when it ends; answers stay exact
/// meanwhile, since pending cells are read from the log table.
pub async fn keep_rolling(client: Client, config: Config) {
    let interval = Duration::from_secs(config.rollup.interval_seconds);
    // A bucket may hold many lines, after an outage above all: what takes longer than an answer may is not an error here.
    let client = client.with_timeout(LONGEST_ROLL);
    let mut roller = Roller::new(client.clone(), &config);
    let mut failing = false;
    for round in 0_u64.. {
        let result = async {
            if round % ROUNDS_AN_AUDIT == 0 {
                audit_recent(&client, &config.logs).await?;
            }
            roller.catch_up().await
        };
        match result.await {
            Err(error) if !failing => {
                eprintln!("kulprit: the rollup waits ({error}); answers read the log table meanwhile");
                failing = true;
            }
            Ok(()) if failing => {
                eprintln!("kulprit: the rollup goes on");
                failing = false;
            }
            _ => {}
        }
        tokio::time::sleep(interval).await;
    }
}

/// Looks at the minutes that are surely over and that the rollup covers: what lies before is the backfill's.
async fn audit_recent(client: &Client, logs: &LogTable) -> Result<()> {
    let second = Timestamp::now().as_second();
    let minute = second - second.rem_euclid(60) - 60;
    let at = |second| Timestamp::from_second(second).unwrap_or(Timestamp::UNIX_EPOCH);
    let Some(covered_from) = covered_from(client).await? else {
        return Ok(());
    };
    let (from, to) = (at(minute - AUDIT_SECONDS).max(covered_from), at(minute));
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
