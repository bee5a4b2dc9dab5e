//! What the service does, as Prometheus text.

use std::time::Duration;

use jiff::Timestamp;
use prometheus::{
    Encoder as _, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGauge, IntGaugeVec, Opts, Registry,
    TextEncoder,
};

use crate::{Error, Result};

/// Upper bounds of the duration histogram, in seconds; answers take milliseconds, a long raw scan takes a minute.
const BOUNDS: [f64; 12] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0];

/// Counters since the start, the same in each clone. The endpoint's label is its route's path.
#[derive(Clone)]
pub struct Metrics {
    registry: Registry,
    responses: IntCounterVec,
    durations: HistogramVec,
    clickhouse_errors: IntCounterVec,
    coalesced: IntCounter,
    in_flight: IntGauge,
    rollup_agreed: IntGauge,
    rollup_uncounted: IntGauge,
}

/// Counts a request as waiting for ClickHouse until it is dropped.
pub struct InFlight<'a>(&'a IntGauge);

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        self.0.dec();
    }
}

impl Metrics {
    /// Errors: none but for a mistake of ours in a name.
    pub fn new() -> prometheus::Result<Self> {
        let registry = Registry::new();
        let build = IntGaugeVec::new(Opts::new("kulprit_build_info", "The version that runs"), &["version"])?;
        build.with_label_values(&[env!("CARGO_PKG_VERSION")]).set(1);
        let metrics = Self {
            responses: IntCounterVec::new(
                Opts::new("kulprit_http_requests_total", "Responses by endpoint and status"),
                &["endpoint", "status"],
            )?,
            durations: HistogramVec::new(
                HistogramOpts::new("kulprit_http_request_duration_seconds", "Time from request to response")
                    .buckets(BOUNDS.to_vec()),
                &["endpoint"],
            )?,
            clickhouse_errors: IntCounterVec::new(
                Opts::new(
                    "kulprit_clickhouse_errors_total",
                    "Requests that ClickHouse failed, by kind",
                ),
                &["kind"],
            )?,
            coalesced: IntCounter::new(
                "kulprit_coalesced_requests_total",
                "Requests that were served by the query of another",
            )?,
            in_flight: IntGauge::new(
                "kulprit_requests_in_flight",
                "Requests that wait for ClickHouse, those of one query counted once",
            )?,
            rollup_agreed: IntGauge::new(
                "kulprit_rollup_agreed_timestamp_seconds",
                "When the rollup of log lines last counted exactly what the log table has, by this process",
            )?,
            rollup_uncounted: IntGauge::new(
                "kulprit_rollup_uncounted_parts",
                "Parts of the log table that were added or removed and that the rollup does not count yet",
            )?,
            registry,
        };
        metrics.registry.register(Box::new(build))?;
        metrics.registry.register(Box::new(metrics.responses.clone()))?;
        metrics.registry.register(Box::new(metrics.durations.clone()))?;
        metrics.registry.register(Box::new(metrics.clickhouse_errors.clone()))?;
        metrics.registry.register(Box::new(metrics.coalesced.clone()))?;
        metrics.registry.register(Box::new(metrics.in_flight.clone()))?;
        metrics.registry.register(Box::new(metrics.rollup_agreed.clone()))?;
        metrics.registry.register(Box::new(metrics.rollup_uncounted.clone()))?;
        Ok(metrics)
    }

    /// What learns after each round of the rollup of log lines how many parts it does not count yet.
    pub fn of_rollup(&self) -> impl Fn(usize) + use<> {
        let (agreed, uncounted) = (self.rollup_agreed.clone(), self.rollup_uncounted.clone());
        move |left| {
            uncounted.set(i64::try_from(left).unwrap_or(i64::MAX));
            if left == 0 {
                agreed.set(Timestamp::now().as_second());
            }
        }
    }

    /// A request was served by the query of another.
    pub fn coalesced(&self) {
        self.coalesced.inc();
    }

    pub fn clickhouse_error(&self, kind: &'static str) {
        self.clickhouse_errors.with_label_values(&[kind]).inc();
    }

    pub fn in_flight(&self) -> InFlight<'_> {
        self.in_flight.inc();
        InFlight(&self.in_flight)
    }

    /// A response of the route `endpoint`.
    pub fn response(&self, endpoint: &'static str, status: u16, took: Duration) {
        self.responses.with_label_values(&[endpoint, &status.to_string()]).inc();
        self.durations
            .with_label_values(&[endpoint])
            .observe(took.as_secs_f64());
    }

    /// The counters in Prometheus's text format.
    pub fn text(&self) -> Result<Vec<u8>> {
        let mut text = Vec::new();
        TextEncoder::new()
            .encode(&self.registry.gather(), &mut text)
            .map_err(Error::internal)?;
        Ok(text)
    }
}
