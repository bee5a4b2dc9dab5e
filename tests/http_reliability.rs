//! The reliability view over the demo's history in the real engine, held against what the simulation knows to be true.

#![allow(clippy::unwrap_used)]

mod common;

use std::convert::Infallible;

use common::{Database, database};
use kulprit::demo::load;
use kulprit::demo::plan::Plan;
use kulprit::demo::shop::Service;
use kulprit::demo::truth::Truth;
use kulprit::http::{App, routes};
use kulprit::query::window::Window;
use kulprit::reliability::requests;
use serde_json::Value;
use warp::{Filter, Reply};

fn plan() -> Plan {
    Plan::new(7, "2026-02-03T14:25:36Z".parse().unwrap(), 40, 8.0)
}

/// The shop's history with its incident.
async fn shop(name: &str) -> Database {
    let database = database(name).await;
    load::load(&database.client, &plan(), |_| {}).await.unwrap();
    database
}

fn api(database: &Database) -> impl Filter<Extract = (impl Reply + Send + use<>,), Error = Infallible> + Clone + use<> {
    routes(App::new(database.client.clone(), database.config.clone()).unwrap())
}

async fn get(
    api: &(impl Filter<Extract = (impl Reply + Send,), Error = Infallible> + Clone + 'static),
    path: &str,
) -> Value {
    let response = warp::test::request().path(path).reply(api).await;
    let text = String::from_utf8_lossy(response.body()).into_owned();
    assert_eq!(response.status(), 200, "{path}: {text}");
    serde_json::from_str(&text).unwrap()
}

fn between(window: Window) -> String {
    format!("from={}&to={}", window.from, window.to)
}

fn row<'a>(answer: &'a Value, list: &str, service: &str) -> &'a Value {
    let rows = answer[list].as_array().unwrap();
    let found = rows.iter().find(|row| row["service"] == service);
    found.unwrap_or_else(|| panic!("{service} is not in {answer}"))
}

fn number(row: &Value, field: &str) -> f64 {
    row[field].as_f64().unwrap_or_else(|| panic!("{field} of {row}"))
}

#[tokio::test]
async fn counts_are_the_truth_from_the_rollup_and_from_the_spans() {
    let database = shop("counts").await;
    let api = api(&database);
    let truth = Truth::of(&plan());
    let window = plan().incident_window();
    let rolled = get(&api, &format!("/api/v1/services?source=spans&{}", between(window))).await;
    for service in Service::ALL {
        let counted = row(&rolled, "services", service.name());
        let (now, before) = (
            truth.requests(service, window),
            truth.requests(service, plan().quiet_window()),
        );
        assert_eq!(number(counted, "requests"), now.requests as f64, "{counted}");
        assert_eq!(number(counted, "errors"), now.errors as f64, "{counted}");
        assert_eq!(
            number(counted, "baseline_requests"),
            before.requests as f64,
            "{counted}"
        );
        let rate = now.requests as f64 / 600.0;
        assert!((number(counted, "request_rate") - rate).abs() < 1e-9, "{counted}");
        let points = rolled["series"].as_array().unwrap().iter();
        let sum: f64 = points
            .filter(|point| point["service"] == service.name())
            .map(|point| number(point, "requests"))
            .sum();
        assert_eq!(sum, now.requests as f64, "the series adds up");
    }
    for (service, status) in [("payment", "critical"), ("checkout", "critical"), ("cart", "healthy")] {
        assert_eq!(row(&rolled, "services", service)["status"], status, "{rolled}");
    }
    assert_eq!(rolled["warnings"], serde_json::json!([]));

    // The spans themselves say the same.
    database.run("TRUNCATE TABLE kulprit_request_coverage").await;
    let raw = get(&api, &format!("/api/v1/services?source=spans&{}", between(window))).await;
    for list in ["services", "series"] {
        assert_eq!(raw[list], rolled[list]);
    }
}

/// Both sources sort durations into buckets, so a quantile of either may be off by the width of its bucket: 9 % for spans, and
/// for metrics the bucket of their own bounds.
#[tokio::test]
async fn spans_and_metrics_agree_within_the_buckets() {
    let database = shop("agree").await;
    let api = api(&database);
    let window = plan().incident_window();
    let truth = Truth::of(&plan());
    let spans = get(&api, &format!("/api/v1/services?source=spans&{}", between(window))).await;
    let metrics = get(&api, &format!("/api/v1/services?source=metrics&{}", between(window))).await;
    for service in Service::ALL {
        let (left, right) = (
            row(&spans, "services", service.name()),
            row(&metrics, "services", service.name()),
        );
        assert_eq!(right["source"], "metrics");
        let answers = truth.answers(service, window);
        // A reading at the window's edge takes in what was answered in the very nanosecond.
        assert!(
            (number(right, "requests") - answers.requests as f64).abs() <= 1.0,
            "{right}"
        );
        assert!(
            (number(right, "errors") - answers.errors as f64).abs() <= 1.0,
            "{right}"
        );
        for quantile in ["p50_ms", "p95_ms", "p99_ms"] {
            let (exact, binned) = (number(left, quantile), number(right, quantile));
            let bounds = [
                0.0, 5.0, 10.0, 25.0, 50.0, 75.0, 100.0, 250.0, 500.0, 750.0, 1e3, 2.5e3, 5e3, 7.5e3, 1e4,
            ];
            let place = bounds.partition_point(|bound| *bound < binned);
            let (lower, upper) = (bounds[place.max(1) - 1], bounds[place.min(bounds.len() - 1)]);
            assert!(
                exact >= lower / 1.1 && exact <= upper * 1.1,
                "{service:?} {quantile}: {exact} of spans, {binned} of metrics"
            );
        }
    }
}

#[tokio::test]
async fn resets_gaps_and_late_starts_of_counters_are_counted_right() {
    let database = database("resets").await;
    // Every minute; the counter begins anew at 10:04, pauses from 10:05 to 10:08, and a stream of errors is born at 10:03.
    let points = [
        ("10:00", "200", 100.0),
        ("10:01", "200", 110.0),
        ("10:02", "200", 120.0),
        ("10:03", "200", 130.0),
        ("10:03", "500", 2.0),
        ("10:04", "200", 4.0),
        ("10:04", "500", 3.0),
        ("10:05", "200", 10.0),
        ("10:08", "200", 40.0),
        ("10:08", "500", 3.0),
    ];
    for (time, status, value) in points {
        database
            .run(&format!(
                "INSERT INTO otel_metrics_sum (ServiceName, MetricName, Attributes, ResourceAttributes, TimeUnix, Value, AggregationTemporality, IsMonotonic) \
                 VALUES ('api', 'http_requests_total', map('status', '{status}'), map('pod', 'a'), '2026-01-31 {time}:00', {value}, 2, true)"
            ))
            .await;
    }
    // Another service reports what it did since the last point.
    for minute in 1..=8 {
        database
            .run(&format!(
                "INSERT INTO otel_metrics_sum (ServiceName, MetricName, Attributes, TimeUnix, Value, AggregationTemporality, IsMonotonic) \
                 VALUES ('worker', 'http_requests_total', map('status', '200'), '2026-01-31 10:0{minute}:00', 7, 1, true)"
            ))
            .await;
    }
    let api = api(&database);
    let answer = get(
        &api,
        "/api/v1/services?from=2026-01-31T10:00:00Z&to=2026-01-31T10:08:00Z&baseline=2026-01-31T08:00:00Z..2026-01-31T09:00:00Z",
    )
    .await;
    let counted = row(&answer, "services", "api");
    // 30 before the reset, 4 after it, 6, and 30 over the gap; errors 2 at birth and 1 more.
    assert_eq!(number(counted, "requests"), 73.0, "{counted}");
    assert_eq!(number(counted, "errors"), 3.0, "{counted}");
    assert_eq!(counted["source"], "metrics");
    assert_eq!(number(row(&answer, "services", "worker"), "requests"), 56.0);
}

#[tokio::test]
async fn a_service_without_data_is_unknown_and_an_unheard_of_one_is_not_found() {
    let database = database("unknown").await;
    database
        .insert_logs([("2026-01-31 10:05:00".to_owned(), "quiet", "nothing to serve".to_owned())])
        .await;
    let api = api(&database);
    let window = "from=2026-01-31T10:00:00Z&to=2026-01-31T10:10:00Z";
    let answer = get(&api, &format!("/api/v1/services/quiet?{window}")).await;
    let quiet = row(&answer, "services", "quiet");
    assert_eq!(quiet["status"], "unknown");
    assert_eq!(quiet["error_ratio"], Value::Null);
    let response = warp::test::request()
        .path(&format!("/api/v1/services/nobody?{window}"))
        .reply(&api)
        .await;
    assert_eq!(response.status(), 404);
    let empty = get(
        &api,
        "/api/v1/services?from=2020-01-01T00:00:00Z&to=2020-01-01T01:00:00Z",
    )
    .await;
    assert_eq!(empty["services"], serde_json::json!([]));
}

#[tokio::test]
async fn spans_that_were_there_before_the_rollup_are_filled_in() {
    let database = shop("backfill").await;
    let api = api(&database);
    let path = format!("/api/v1/services?source=spans&{}", between(plan().incident_window()));
    let before = get(&api, &path).await;
    // As if Kulprit had come later, and as if a part of the spans had been counted already.
    for sql in [
        "ALTER TABLE kulprit_request_minutes DELETE WHERE minute < '2026-02-03 14:20:00' SETTINGS mutations_sync = 2",
        "TRUNCATE TABLE kulprit_request_coverage",
    ] {
        database.run(sql).await;
    }
    requests::start_coverage(&database.client).await.unwrap();
    assert!(
        requests::covered_from(&database.client).await.unwrap().unwrap()
            > plan().incident_window().to - jiff::SignedDuration::from_mins(1)
    );
    assert_eq!(
        get(&api, &path).await["series"],
        before["series"],
        "the spans answer meanwhile"
    );
    assert!(requests::backfill(&database.client).await.unwrap() > 0);
    assert_eq!(requests::backfill(&database.client).await.unwrap(), 0);
    database.run("TRUNCATE TABLE otel_traces").await;
    assert_eq!(get(&api, &path).await, before, "the rollup answers now");
}
