//! What is counted ahead of any question, so that answers cost milliseconds: log lines, requests of spans, requests of metrics, requests that
//! objectives select, and the pattern catalog. No answer needs a rollup to be exact.
//!
//! The tables of counts by minute are kept in the same way. [`coverage`] knows from which minute on a table is complete, [`backfill`]
//! fills in what lies before, bucket by bucket, and [`keep`] goes on with what arrives. Each rollup says its statements and how long its
//! buckets are.

mod backfill;
pub mod catalog;
mod coverage;
mod keep;
pub mod logs;
pub mod metered;
mod noticed;
pub mod parts;
pub mod requests;
pub mod selected;

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use kulprit_clickhouse::Value;
use kulprit_request::time;

pub use backfill::{Backfill, Bucket};
pub use coverage::Extent;

/// How far back the service fills in requests by itself: the longest usual period of an objective.
const LONGEST_PERIOD: SignedDuration = SignedDuration::from_hours(24 * 31);
/// How long rolling up one hour of spans or points may take.
const ROLL_TIMEOUT: Duration = Duration::from_secs(600);

/// The form in which a minute is bound to a `DateTime('UTC')` parameter.
fn seconds(minute: Timestamp) -> Value {
    time::whole_seconds(minute).into()
}
