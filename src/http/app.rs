//! What all requests share: the connection, the limits, the metrics, the incident store.

use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock, PoisonError, RwLock};
use std::time::Duration;

use futures_util::FutureExt as _;
use kulprit_clickhouse::{Client, code};
use kulprit_incidents::Incidents;
use kulprit_request::Window;

use super::cors;
use super::hosts::Hosts;
use super::in_flight::InFlight;
use super::metrics::Metrics;
use super::route::{Cost, Reply};
use super::turns::Turns;
use crate::auth::Gate;
use crate::config::Config;
use crate::questions::Analyzer;
use crate::{Error, Result};

/// The service's state. One for all requests.
pub struct App {
    /// Replaced when the embedded engine comes back at another address.
    analyzer: RwLock<Arc<Analyzer>>,
    pub config: Config,
    pub metrics: Metrics,
    pub(super) gate: Arc<Gate>,
    pub(super) cors: warp::filters::cors::Cors,
    pub(super) hosts: Hosts,
    incidents: Option<Incidents>,
    in_flight: InFlight,
    turns: Turns,
    reads_only: AtomicBool,
    /// The window that the report is about where none is asked for.
    usual_window: OnceLock<Window>,
}

impl App {
    /// An application on loopback without incidents. Errors: an origin in the configuration that is none.
    pub fn new(client: Client, config: Config) -> anyhow::Result<Arc<Self>> {
        Self::on(IpAddr::from([127, 0, 0, 1]), client, config, None)
    }

    /// An application that listens on `address`. Errors: an origin in the configuration that is none, identities that cannot be. Blocks.
    pub fn on(
        address: IpAddr,
        client: Client,
        config: Config,
        incidents: Option<Incidents>,
    ) -> anyhow::Result<Arc<Self>> {
        Self::counted(address, client, config, incidents, Metrics::new()?)
    }

    /// The same, counted in `metrics` with others of this process.
    pub fn counted(
        address: IpAddr,
        client: Client,
        config: Config,
        incidents: Option<Incidents>,
        metrics: Metrics,
    ) -> anyhow::Result<Arc<Self>> {
        let cores = std::thread::available_parallelism().map_or(2, usize::from);
        let gate = Gate::new(&config, incidents.as_ref(), address)?;
        Ok(Arc::new(Self {
            cors: cors::build(&config.server.allowed_origins)?,
            hosts: Hosts::new(&config.server.allowed_hosts, gate.asks_for_credentials()),
            gate: Arc::new(gate),
            incidents,
            turns: Turns::new(cores, config.server.max_requests),
            analyzer: RwLock::new(Arc::new(Analyzer::new(client, config.clone()))),
            metrics,
            in_flight: InFlight::default(),
            reads_only: AtomicBool::new(false),
            usual_window: OnceLock::new(),
            config,
        }))
    }

    /// Whom the upkeep works for, and whom a doctor examines. Endpoints ask by [`super::route::Call::ask`].
    pub(crate) fn analyzer(&self) -> Arc<Analyzer> {
        self.analyzer.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What the start must say about who gets in without credentials; empty when nobody does.
    pub fn notice(&self) -> &str {
        self.gate.notice()
    }

    /// The incident store. Errors: there is none.
    pub fn incidents(&self) -> Result<&Incidents> {
        self.incidents.as_ref().ok_or_else(|| {
            Error::StoreAway("the incident store could not be opened: see the log of kulprit".to_owned())
        })
    }

    /// Asks another ClickHouse from now on; what is being asked already stays with the one before.
    pub fn connect(&self, client: Client) {
        let analyzer = Arc::new(Analyzer::new(client, self.config.clone()));
        *self.analyzer.write().unwrap_or_else(PoisonError::into_inner) = analyzer;
    }

    /// Whether the user may not create Kulprit's tables, so that answers come from the log table alone.
    pub fn reads_only(&self) -> bool {
        self.reads_only.load(Ordering::Relaxed)
    }

    pub fn set_reads_only(&self, reads_only: bool) {
        self.reads_only.store(reads_only, Ordering::Relaxed);
    }

    /// What the report is about where no window is asked for; none is the last hour.
    pub fn usual_window(&self) -> Option<Window> {
        self.usual_window.get().copied()
    }

    /// Sets that, once.
    pub fn set_usual_window(&self, window: Window) {
        let _ = self.usual_window.set(window);
    }

    /// The one way to ClickHouse: joins an equal question (`key`) that is being answered, else does `work` within the limits.
    pub(super) async fn ask<W, F>(self: &Arc<Self>, cost: Cost, key: Option<String>, work: W) -> Result<Reply>
    where
        W: FnOnce(Arc<Analyzer>) -> F + Send + 'static,
        F: Future<Output = Result<Reply>> + Send + 'static,
    {
        let app = self.clone();
        let limited = move || async move { app.limited(cost, work(app.analyzer()).boxed()).await }.boxed();
        let Some(key) = key else {
            return limited().await;
        };
        let (running, joined) = self.in_flight.join(key, limited);
        if joined {
            self.metrics.coalesced();
        }
        running.await
    }

    /// Does `work` when it is its turn, and for no longer than a query may take.
    async fn limited(&self, cost: Cost, work: futures_util::future::BoxFuture<'_, Result<Reply>>) -> Result<Reply> {
        let limit = Duration::from_secs(self.config.server.query_timeout_seconds);
        let _turn = self.turns.take(cost, limit / 2).await?;
        let _in_flight = self.metrics.in_flight();
        // A little longer than ClickHouse itself allows, so that its own word arrives when there is one.
        tokio::time::timeout(limit + Duration::from_secs(2), work)
            .await
            .unwrap_or(Err(Error::Timeout(limit)))
            .map_err(|error| self.while_engine_restarts(error))
    }

    /// The embedded engine has new passwords at each start: until the upkeep has joined it again, one that refuses ours is away.
    fn while_engine_restarts(&self, error: Error) -> Error {
        let is_embedded = self.config.clickhouse.url.is_empty();
        match error {
            Error::NoDataSource(cause) if is_embedded && cause.code == Some(code::AUTHENTICATION_FAILED) => {
                Error::Away(cause)
            }
            other => other,
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use kulprit_clickhouse::Endpoint;
    use kulprit_request::Cause;

    use super::*;

    #[tokio::test]
    async fn an_engine_that_was_started_again_is_away_until_it_is_joined() {
        let endpoint = Endpoint {
            url: "http://127.0.0.1:1".to_owned(),
            user: String::new(),
            password: String::new(),
            database: "default".to_owned(),
        };
        let client = Client::new(endpoint, Duration::from_secs(5));
        let refused = |_| async {
            let cause = Cause::exception(Some(code::AUTHENTICATION_FAILED), "wrong password");
            Err(Error::NoDataSource(cause))
        };
        let mut config = Config::default();
        let app = App::new(client.clone(), config.clone()).unwrap();
        let error = app.ask(Cost::Light, None, refused).await.unwrap_err();
        assert_eq!(error.status(), 503);
        config.clickhouse.url = "http://127.0.0.1:1".to_owned();
        let app = App::new(client, config).unwrap();
        let error = app.ask(Cost::Light, None, refused).await.unwrap_err();
        assert_eq!(error.status(), 422, "a server of one's own refuses for good");
    }
}
