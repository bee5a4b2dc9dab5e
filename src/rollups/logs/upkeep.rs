//! Rolls in the background for as long as the service runs.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use kulprit_clickhouse::Client;
use kulprit_request::time;
use kulprit_request::window::Window;

use super::roll::Roller;
use crate::config::Config;
use crate::rollups::keep::Pacer;

/// How long a statement of the roller's may take: a bucket may hold many lines, after an outage above all.
const ROLL_TIMEOUT: Duration = Duration::from_secs(3_600);

/// Rounds between two audits, each of one day, and how many days are audited in turn. Parts tell of whatever happens to the log table; an
/// audit finds what happens to the rollup itself, such as rows that a crash of the machine has lost.
const ROUNDS_AN_AUDIT: u64 = 60;
const DAYS_AUDITED: u64 = 31;

/// Rolls at the configured interval. Runs until it is dropped; answers stay exact while it fails, since what is not counted is read from the
/// log table.
///
/// `told` learns after each round how many parts are not counted yet.
pub async fn keep_rolling(client: Client, config: Config, told: impl Fn(usize)) {
    let client = client.with_timeout(ROLL_TIMEOUT);
    let mut roller = Roller::new(client.clone(), &config);
    let mut pacer = Pacer {
        rollup: "log lines",
        meanwhile: "answers read the log table",
        pause: Duration::from_secs(config.rollup.interval_seconds),
        is_failing: false,
    };
    for round in 0_u64.. {
        let kept = async {
            told(roller.catch_up().await?);
            if round.is_multiple_of(ROUNDS_AN_AUDIT) {
                roller.audit(day_back(round / ROUNDS_AN_AUDIT % DAYS_AUDITED)).await?;
            }
            Ok(())
        };
        let result = kept.await;
        pacer.rest(result).await;
    }
}

/// The day that ended so many days ago.
fn day_back(days: u64) -> Window {
    let hours = i64::try_from(days).unwrap_or(0) * 24;
    let to = time::whole_minute(Timestamp::now()) - SignedDuration::from_hours(hours);
    Window {
        from: to - SignedDuration::from_hours(24),
        to,
    }
}
