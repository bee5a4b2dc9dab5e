//! Where the rollup begins, remembered between answers.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use kulprit_clickhouse::Client;

use super::COVERAGE;
use crate::Result;

/// How long the rollup's beginning is remembered. It only ever moves back, so an old value reads more raw rows and is never wrong.
const REMEMBERED: Duration = Duration::from_secs(5);

/// Where the rollup begins, remembered for a few seconds.
#[derive(Default)]
pub struct CoverageCache(Mutex<Option<(Instant, Option<Timestamp>)>>);

impl CoverageCache {
    pub async fn covered_from(&self, client: &Client) -> Result<Option<Timestamp>> {
        let remembered = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((since, value)) = remembered
            && since.elapsed() < REMEMBERED
        {
            return Ok(value);
        }
        let value = COVERAGE.covered_from(client).await?;
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((Instant::now(), value));
        Ok(value)
    }
}
