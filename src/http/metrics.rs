//! `GET /metrics`: what the service does, as Prometheus text.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use warp::filters::log::{Info, Log};
use warp::http::HeaderValue;
use warp::http::header::CONTENT_TYPE;
use warp::reply::Response;
use warp::{Filter, Rejection};

use super::{App, no_other_method, with};

/// Upper bounds of the duration histogram, in seconds; answers take milliseconds, a long raw scan takes a minute.
const BOUNDS: [f64; 12] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0];

/// The paths that are counted by name. All others are one: their number must not be in a stranger's hand.
const ENDPOINTS: &[&str] = &[
    "/query_logs",
    "/analyze",
    "/health",
    "/ready",
    "/metrics",
    "/api/v1/mappings",
];

pub fn route(app: &Arc<App>) -> impl Filter<Extract = (Response,), Error = Rejection> + Clone + use<> {
    let get = warp::get().and(with(app)).map(|app: Arc<App>| {
        let mut response = Response::new(app.metrics.text().into());
        let kind = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
        response.headers_mut().insert(CONTENT_TYPE, kind);
        response
    });
    warp::path!("metrics").and(get.or(no_other_method("GET, OPTIONS")).unify())
}

/// Counts every response.
pub fn record(app: &Arc<App>) -> Log<impl Fn(Info<'_>) + Clone + use<>> {
    let app = app.clone();
    warp::log::custom(move |info| {
        app.metrics
            .response(endpoint(info.path()), info.status().as_u16(), info.elapsed());
    })
}

fn endpoint(path: &str) -> &'static str {
    if path.starts_with("/api/v1/sql") {
        return "/api/v1/sql";
    }
    if path.starts_with("/api/v1/incidents") {
        return "/api/v1/incidents";
    }
    ENDPOINTS
        .iter()
        .find(|known| **known == path)
        .copied()
        .unwrap_or("other")
}

/// Counters since the start.
#[derive(Default)]
pub struct Metrics {
    responses: Mutex<Responses>,
    clickhouse_errors: Mutex<BTreeMap<&'static str, u64>>,
    coalesced: AtomicU64,
    flying: AtomicI64,
}

#[derive(Default)]
struct Responses {
    by_status: BTreeMap<(&'static str, u16), u64>,
    durations: BTreeMap<&'static str, Histogram>,
}

#[derive(Default)]
struct Histogram {
    /// Observations up to each bound and above the bound before it; those above the last are in `count` only.
    buckets: [u64; BOUNDS.len()],
    count: u64,
    seconds: f64,
}

/// Counts a request as waiting for ClickHouse until it is dropped.
pub struct Flying<'a>(&'a AtomicI64);

impl Drop for Flying<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Metrics {
    /// A request was served by the query of another.
    pub fn coalesced(&self) {
        self.coalesced.fetch_add(1, Ordering::Relaxed);
    }

    pub fn clickhouse_error(&self, kind: &'static str) {
        let mut errors = self.clickhouse_errors.lock().unwrap_or_else(PoisonError::into_inner);
        *errors.entry(kind).or_default() += 1;
    }

    pub fn flying(&self) -> Flying<'_> {
        self.flying.fetch_add(1, Ordering::Relaxed);
        Flying(&self.flying)
    }

    fn response(&self, endpoint: &'static str, status: u16, took: Duration) {
        let mut responses = self.responses.lock().unwrap_or_else(PoisonError::into_inner);
        *responses.by_status.entry((endpoint, status)).or_default() += 1;
        let histogram = responses.durations.entry(endpoint).or_default();
        let seconds = took.as_secs_f64();
        histogram.count += 1;
        histogram.seconds += seconds;
        if let Some(at) = BOUNDS.iter().position(|bound| seconds <= *bound) {
            histogram.buckets[at] += 1;
        }
    }

    /// The counters in Prometheus's text format.
    pub fn text(&self) -> String {
        let mut out = Text::default();
        out.family("kulprit_build_info", "gauge", "The version that runs");
        out.sample("kulprit_build_info", &[("version", env!("CARGO_PKG_VERSION"))], 1);
        self.write_responses(&mut out);
        let name = "kulprit_coalesced_requests_total";
        out.family(name, "counter", "Requests that were served by the query of another");
        out.sample(name, &[], self.coalesced.load(Ordering::Relaxed));
        let name = "kulprit_clickhouse_errors_total";
        out.family(name, "counter", "Requests that ClickHouse failed, by kind");
        for (kind, count) in &*self.clickhouse_errors.lock().unwrap_or_else(PoisonError::into_inner) {
            out.sample(name, &[("kind", kind)], count);
        }
        let name = "kulprit_requests_in_flight";
        out.family(
            name,
            "gauge",
            "Requests that wait for ClickHouse, those of one query counted once",
        );
        out.sample(name, &[], self.flying.load(Ordering::Relaxed));
        out.0
    }

    fn write_responses(&self, out: &mut Text) {
        let responses = self.responses.lock().unwrap_or_else(PoisonError::into_inner);
        let name = "kulprit_http_requests_total";
        out.family(name, "counter", "Responses by endpoint and status");
        for ((endpoint, status), count) in &responses.by_status {
            out.sample(name, &[("endpoint", endpoint), ("status", &status.to_string())], count);
        }
        let name = "kulprit_http_request_duration_seconds";
        out.family(name, "histogram", "Time from request to response");
        for (endpoint, histogram) in &responses.durations {
            let bucket = format!("{name}_bucket");
            let mut below = 0;
            for (bound, count) in BOUNDS.iter().zip(histogram.buckets) {
                below += count;
                out.sample(&bucket, &[("endpoint", endpoint), ("le", &bound.to_string())], below);
            }
            out.sample(&bucket, &[("endpoint", endpoint), ("le", "+Inf")], histogram.count);
            out.sample(&format!("{name}_sum"), &[("endpoint", endpoint)], histogram.seconds);
            out.sample(&format!("{name}_count"), &[("endpoint", endpoint)], histogram.count);
        }
    }
}

/// Prometheus's text format. All label values are our own words: none needs escaping.
#[derive(Default)]
struct Text(String);

impl Text {
    fn family(&mut self, name: &str, kind: &str, help: &str) {
        // Writing to a String cannot fail.
        let _ = writeln!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}");
    }

    fn sample(&mut self, name: &str, labels: &[(&str, &str)], value: impl std::fmt::Display) {
        let labels: Vec<String> = labels
            .iter()
            .map(|(name, value)| format!("{name}=\"{value}\""))
            .collect();
        let _ = if labels.is_empty() {
            writeln!(self.0, "{name} {value}")
        } else {
            writeln!(self.0, "{name}{{{}}} {value}", labels.join(","))
        };
    }
}
