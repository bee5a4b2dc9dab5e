//! What keeps a rollup up to date for as long as the service runs does between two rounds of rolling.

use std::time::Duration;

use crate::Result;

/// How soon a round that failed is tried again.
const RETRY: Duration = Duration::from_secs(30);

/// The pauses of a loop that rolls, and the log of when its rounds begin to fail and when they work again.
pub(super) struct Pacer {
    /// What is rolled up.
    pub rollup: &'static str,
    /// What answers do while rounds fail.
    pub meanwhile: &'static str,
    pub pause: Duration,
    pub is_failing: bool,
}

impl Pacer {
    /// Call it after each round.
    pub async fn rest(&mut self, round: Result<()>) {
        let rollup = self.rollup;
        match &round {
            Err(error) if !self.is_failing => {
                tracing::warn!(rollup, %error, "a rollup cannot be kept up to date, {} meanwhile", self.meanwhile);
            }
            Err(error) => tracing::debug!(rollup, %error, "the rollup still cannot be kept up to date"),
            Ok(()) if self.is_failing => tracing::info!(rollup, "the rollup is kept up to date again"),
            Ok(()) => {}
        }
        self.is_failing = round.is_err();
        let pause = if self.is_failing {
            self.pause.min(RETRY)
        } else {
            self.pause
        };
        tokio::time::sleep(pause).await;
    }
}
