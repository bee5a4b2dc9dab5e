//! The metrics that count requests, as OpenTelemetry's semantic conventions, its collector's span metrics connector, the usual Prometheus
//! libraries, Micrometer and the usual proxies name them.

use kulprit_clickhouse::{Client, Value, schema};

use crate::Result;

/// A metric whose meaning is known.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Metric {
    pub name: &'static str,
    /// `http`, `rpc`, `spans` (made from spans of both), or `proxy` (counted before the service).
    pub family: &'static str,
    /// Milliseconds in its unit, for points that name no unit; a counter has none.
    pub unit_ms: f64,
}

const fn metric(name: &'static str, family: &'static str, unit_ms: f64) -> Metric {
    Metric { name, family, unit_ms }
}

/// Where the OpenTelemetry exporter puts exponential histograms (by default, and as its documentation names it) and summaries. Kulprit
/// makes none of them.
const FURTHER_TABLES: [&str; 3] = [
    "otel_metrics_exponential_histogram",
    "otel_metrics_exp_histogram",
    "otel_metrics_summary",
];

/// How the names of span metrics end, whatever their namespace. A point counts if it carries the kind of its spans.
const SPAN_METRICS: &str = "(^|[._])(calls(_total)?|(duration|latency)(_(milli)?seconds)?)$";

const SECONDS: f64 = 1_000.0;
const MILLISECONDS: f64 = 1.0;
const COUNT: f64 = 1.0;

/// Of each family the first that a service has counts: histograms before counters, since they tell the durations of the same requests.
pub const KNOWN: &[Metric] = &[
    metric("http.server.request.duration", "http", SECONDS),
    metric("http_server_request_duration_seconds", "http", SECONDS),
    metric("http.server.duration", "http", MILLISECONDS),
    metric("http_server_duration_milliseconds", "http", MILLISECONDS),
    metric("http_server_duration", "http", MILLISECONDS),
    metric("http.server.requests", "http", MILLISECONDS),
    metric("http_request_duration_seconds", "http", SECONDS),
    metric("http_request_duration_milliseconds", "http", MILLISECONDS),
    metric("http_server_requests_seconds", "http", SECONDS),
    metric("http_server_requests_milliseconds", "http", MILLISECONDS),
    metric("http_requests_total", "http", COUNT),
    metric("http_requests", "http", COUNT),
    metric("http_server_requests_total", "http", COUNT),
    metric("http_requests_received_total", "http", COUNT),
    metric("http_request_duration_ms", "http", MILLISECONDS),
    metric("http_request_duration", "http", SECONDS),
    metric("http_request_total", "http", COUNT),
    metric("flask_http_request_duration_seconds", "http", SECONDS),
    metric("flask_http_request_total", "http", COUNT),
    metric("starlette_requests_processing_time_seconds", "http", SECONDS),
    metric("starlette_requests_total", "http", COUNT),
    metric("caddy_http_request_duration_seconds", "http", SECONDS),
    metric("rpc.server.call.duration", "rpc", SECONDS),
    metric("rpc.server.duration", "rpc", MILLISECONDS),
    metric("rpc_server_duration_milliseconds", "rpc", MILLISECONDS),
    metric("rpc_server_call_duration_seconds", "rpc", SECONDS),
    metric("rpc_server_duration_seconds", "rpc", SECONDS),
    metric("grpc_server_handling_seconds", "rpc", SECONDS),
    metric("grpc_server_handled_total", "rpc", COUNT),
    metric("grpc_server_handled", "rpc", COUNT),
    metric("traces_spanmetrics_latency", "spans", SECONDS),
    metric("traces_spanmetrics_duration", "spans", MILLISECONDS),
    metric("traces.span.metrics.duration", "spans", MILLISECONDS),
    metric("traces_span_metrics_duration_milliseconds", "spans", MILLISECONDS),
    metric("traces_spanmetrics_calls_total", "spans", COUNT),
    metric("traces.span.metrics.calls", "spans", COUNT),
    metric("traces_span_metrics_calls_total", "spans", COUNT),
    metric("istio_request_duration_milliseconds", "proxy", MILLISECONDS),
    metric("istio_requests_total", "proxy", COUNT),
    metric("nginx_ingress_controller_request_duration_seconds", "proxy", SECONDS),
    metric("nginx_ingress_controller_requests", "proxy", COUNT),
    metric("traefik_service_request_duration_seconds", "proxy", SECONDS),
    metric("traefik_service_requests_total", "proxy", COUNT),
    metric("envoy_cluster_upstream_rq_time", "proxy", MILLISECONDS),
    metric("envoy_cluster_upstream_rq_xx", "proxy", COUNT),
    metric("envoy_cluster_upstream_rq_xx_total", "proxy", COUNT),
    metric("haproxy_backend_http_responses_total", "proxy", COUNT),
    metric("kong_http_requests_total", "proxy", COUNT),
    metric("apisix_http_status", "proxy", COUNT),
];

/// How long before a window the last point of a metric stream may lie: longer than any usual interval of collection.
pub const LOOKBACK_SECONDS: u32 = 600;

/// The metrics of requests and how to read them: those that the configuration names first.
pub fn metric_params(client: &Client) -> Vec<(&'static str, Value)> {
    let own = &client.rules().metrics.requests;
    let families = own.iter().map(|metric| metric.family.word());
    let families = families.chain(KNOWN.iter().map(|metric| metric.family));
    let units = own.iter().map(|metric| metric.unit.milliseconds());
    let units = units.chain(KNOWN.iter().map(|metric| metric.unit_ms));
    let mut params = known_metrics(client);
    params.extend([
        (
            "metric_families",
            families.map(str::to_owned).collect::<Vec<_>>().into(),
        ),
        ("metric_units_ms", Value::Floats(units.collect())),
        ("lookback_seconds", LOOKBACK_SECONDS.into()),
    ]);
    params
}

/// Their names alone.
pub fn known_metrics(client: &Client) -> Vec<(&'static str, Value)> {
    let own = client
        .rules()
        .metrics
        .requests
        .iter()
        .map(|metric| metric.name.as_str());
    let names = own.chain(KNOWN.iter().map(|metric| metric.name)).map(str::to_owned);
    vec![
        ("metric_names", names.collect::<Vec<_>>().into()),
        ("span_metrics", SPAN_METRICS.into()),
    ]
}

/// The tables of exponential histograms that are there and may be read.
pub async fn further_tables(client: &Client) -> Result<Vec<String>> {
    // Where points are read in place, all of them are in the session's tables.
    if client.stands_in("otel_metrics_sum") {
        return Ok(vec![]);
    }
    let mut tables = FURTHER_TABLES.map(str::to_owned).to_vec();
    let absent = schema::absent(client, tables.clone()).await?;
    tables.retain(|table| !absent.contains(table));
    Ok(tables)
}
