//! Keeps the minute rollup of log lines exact: rolls what has arrived, fills in what was there before, and mends what was cut off.
//!
//! The log table's view credits a ledger for each line; rolling a cell (a service's minute) debits it. A cell whose ledger is not
//! zero is pending, and answers read it from the log table. Rolling computes the difference between the log table and what is
//! rolled up, so that it may be repeated, interrupted or late. Two processes that roll the same bucket from the same state use
//! the same deduplication token, and ClickHouse keeps only the first.

mod audit;
mod backfill;
mod beginning;
mod cache;
mod roll;
mod upkeep;

use jiff::{SignedDuration, Timestamp};
use kulprit_clickhouse::{Client, LogTable, Options, Statement, Value};
use kulprit_udf::Function;

use super::Extent;
use super::coverage::Coverage;
use crate::Result;

pub use super::Backfill;
pub use audit::audit;
pub use backfill::{backfill, remaining};
pub use beginning::start_coverage;
pub use cache::CoverageCache;
pub use roll::{Rolled, Roller};
pub use upkeep::keep_rolling;

/// How long the stretch is that one statement rolls.
const BUCKET: SignedDuration = SignedDuration::from_mins(10);

const COVERAGE: Coverage = Coverage {
    read: "rollups/logs/coverage",
    set: "rollups/logs/set_coverage",
    params: || vec![("shape_version", Function::Shape.version().into())],
};

/// The minute from which on the rollup knows every line; none while nothing is recorded.
pub async fn covered_from(client: &Client) -> Result<Option<Timestamp>> {
    COVERAGE.covered_from(client).await
}

/// The log table's lines; none for an empty table.
pub async fn extent(client: &Client, logs: &LogTable) -> Result<Option<Extent>> {
    Extent::read(client, &statement("rollups/logs/newest_line", logs, vec![])?).await
}

fn statement(name: &'static str, logs: &LogTable, params: Vec<(&'static str, Value)>) -> Result<Statement> {
    let options = Options {
        logs: logs.clone(),
        ..Options::default()
    };
    Statement::query(name, &options, params)
}
