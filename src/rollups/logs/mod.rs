//! Keeps the minute rollup exact: rolls what has arrived, fills in what was there before, and mends what was cut off.
//!
//! The log table's view credits a ledger for each line; rolling a cell (a service's minute) debits it. A cell whose ledger is not
//! zero is pending, and answers read it from the log table. Rolling computes the difference between the log table and what is
//! rolled up, so that it may be repeated, interrupted or late. Two processes that roll the same bucket from the same state use
//! the same deduplication token, and ClickHouse keeps only the first.

mod backfill;
mod coverage;
mod roll;
mod worker;

pub use backfill::{Backfill, backfill, remaining};
pub use coverage::{CoverageCache, covered_from, start_coverage};
pub use roll::{Rolled, Roller};
pub use worker::{audit, keep_rolling};
