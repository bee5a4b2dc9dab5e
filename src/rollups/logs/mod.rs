//! Keeps the minute rollup of log lines exact: rolls what was added to the log table or taken from it, and fills in what was there before.
//!
//! What has changed is known by the log table's parts ([`super::parts`]). Rolling minutes computes the difference between the log table and
//! what is rolled up, so that it may be repeated, interrupted or late. Two processes that roll the same bucket from the same state use the
//! same deduplication token, so that ClickHouse keeps only the first; the other notices and does it again. Answers read from the log table
//! what is not counted yet ([`uncounted`]).

mod backfill;
mod beginning;
mod erase;
mod roll;
mod uncounted;
mod unequal;
mod upkeep;

use jiff::{SignedDuration, Timestamp};
use kulprit_clickhouse::{Client, LogTable, Options, Statement, Value};
use kulprit_udf::Function;

use super::Extent;
use super::coverage::Coverage;
use super::parts::Source;
use crate::Result;

pub use super::Backfill;
pub use backfill::{backfill, remaining};
pub use beginning::start_coverage;
pub use roll::{Rolled, Roller};
pub use uncounted::{Cells, Uncounted, uncounted};
pub use unequal::unequal_minutes;
pub use upkeep::keep_rolling;

/// How long the stretch is that one statement rolls.
const BUCKET: SignedDuration = SignedDuration::from_mins(10);

const COVERAGE: Coverage = Coverage {
    read: "rollups/logs/coverage",
    set: "rollups/logs/set_coverage",
    params: || vec![("shape_version", Function::Shape.version().into())],
};

/// The minute from which on the rollup knows every line, as it was a moment ago; none while nothing is recorded.
pub async fn covered_from(client: &Client) -> Result<Option<Timestamp>> {
    if reads_in_place(client) {
        return Ok(None);
    }
    COVERAGE.covered_from_lately(client).await
}

/// Whether the lines of a question are those of a session, of which nothing is rolled up.
fn reads_in_place(client: &Client) -> bool {
    client.stands_in(&LogTable::default().table)
}

/// The log table's lines; none for an empty table.
pub async fn extent(client: &Client, logs: &LogTable) -> Result<Option<Extent>> {
    Extent::read(client, &statement("rollups/logs/newest_line", logs, vec![])?).await
}

/// The log table, by whose parts the rollup learns of changes.
pub fn source(logs: &LogTable) -> Source {
    Source {
        rollup: "logs",
        table: logs.table.clone(),
    }
}

fn statement(name: &'static str, logs: &LogTable, params: Vec<(&'static str, Value)>) -> Result<Statement> {
    let options = Options {
        logs: logs.clone(),
        ..Options::default()
    };
    Statement::query(name, &options, params)
}
