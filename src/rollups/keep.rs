//! Keeps a rollup up to date for as long as the service runs.

use std::time::Duration;

use crate::Result;

/// How soon a round that failed is tried again.
const RETRY: Duration = Duration::from_secs(30);

/// What is done again and again for a rollup.
pub(super) trait Upkeep: Send {
    /// What is rolled up, for the log.
    const WHAT: &'static str;
    /// What answers do while it cannot be rolled up, for the log.
    const MEANWHILE: &'static str;

    fn round(&mut self) -> impl Future<Output = Result<()>> + Send;
}

/// One round after the other, `pause` apart. Runs until it is dropped; the log says when rounds begin to fail and when they work again.
pub(super) async fn keep<U: Upkeep>(mut rollup: U, pause: Duration) {
    let mut is_failing = false;
    loop {
        let result = rollup.round().await;
        match &result {
            Err(error) if !is_failing => {
                tracing::warn!(what = U::WHAT, %error, "a rollup cannot be kept up to date, {} meanwhile", U::MEANWHILE);
            }
            Err(error) => tracing::debug!(what = U::WHAT, %error, "the rollup still cannot be kept up to date"),
            Ok(()) if is_failing => tracing::info!(what = U::WHAT, "the rollup is kept up to date again"),
            Ok(()) => {}
        }
        is_failing = result.is_err();
        tokio::time::sleep(if is_failing { pause.min(RETRY) } else { pause }).await;
    }
}
