//! What all requests share: the connection, the limits, the metrics.

use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use tokio::sync::Semaphore;

use super::coalesce::Flights;
use super::cors;
use super::errors::Failure;
use super::metrics::Metrics;
use crate::auth::Gate;
use crate::config::Config;
use crate::questions::Analyzer;
use crate::questions::log_changes::QueryLogs;
use crate::questions::root_cause::Correlate;
use crate::{Error, Result};
use kulprit_clickhouse::Client;
use kulprit_incidents::Incidents;

/// The service's state. One for all requests.
pub struct App {
    /// Replaced when the embedded engine comes back at another address.
    analyzer: RwLock<Arc<Analyzer>>,
    pub config: Config,
    pub metrics: Metrics,
    pub(super) flights: Flights<QueryLogs>,
    pub(super) correlations: Flights<Correlate>,
    pub(super) gate: Arc<Gate>,
    incidents: Option<Incidents>,
    pub(super) cors: warp::filters::cors::Cors,
    permits: Semaphore,
    reads_only: AtomicBool,
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
        Ok(Arc::new(Self {
            cors: cors::build(&config.server.allowed_origins)?,
            gate: Arc::new(Gate::new(&config, incidents.as_ref(), address)?),
            incidents,
            permits: Semaphore::new(config.server.max_requests.min(Semaphore::MAX_PERMITS)),
            analyzer: RwLock::new(Arc::new(Analyzer::new(client, config.clone()))),
            metrics: Metrics::default(),
            flights: Flights::default(),
            correlations: Flights::default(),
            reads_only: AtomicBool::new(false),
            config,
        }))
    }

    pub fn analyzer(&self) -> Arc<Analyzer> {
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

    /// Does `work` with ClickHouse unless too many requests do so already, and for no longer than a query may take.
    pub async fn ask<T>(&self, work: impl Future<Output = Result<T>>) -> Result<T, Failure> {
        let limited = async {
            let _permit = self.permits.try_acquire().map_err(|_| {
                Error::TooManyRequests(format!(
                    "{} requests wait for ClickHouse already: try again in a second",
                    self.config.server.max_requests
                ))
            })?;
            let _flying = self.metrics.flying();
            let limit = Duration::from_secs(self.config.server.query_timeout_seconds);
            // A little longer than ClickHouse itself allows, so that its own word arrives when there is one.
            tokio::time::timeout(limit + Duration::from_secs(2), work)
                .await
                .unwrap_or(Err(Error::Timeout(limit)))
        };
        limited.await.map_err(|error| Failure::new(error, &self.metrics))
    }
}
