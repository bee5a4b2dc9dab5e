//! What a failure is, in spans and in metrics: a code decides before the span's own status.

use kulprit_clickhouse::{Metrics, RequestMetric};
use kulprit_testing::Api;
use serde_json::{Value, json};

use crate::FIXTURE;

const WINDOW: &str =
    "from=2026-01-31T10:00:00Z&to=2026-01-31T10:05:00Z&baseline=2026-01-31T09:50:00Z..2026-01-31T09:55:00Z";

type Attributes = &'static [(&'static str, &'static str)];

/// What a span says of a request, and whether that makes it a failure: status, message, attributes.
const OF_SPANS: &[(&str, &str, &str, Attributes, bool)] = &[
    ("grpc cancelled", "Error", "", &[("rpc.grpc.status_code", "1")], false),
    ("grpc not found", "Error", "", &[("rpc.grpc.status_code", "5")], false),
    ("grpc exhausted", "Unset", "", &[("rpc.grpc.status_code", "8")], false),
    ("grpc unavailable", "Unset", "", &[("rpc.grpc.status_code", "14")], true),
    (
        "grpc by name",
        "Unset",
        "",
        &[("rpc.response.status_code", "DEADLINE_EXCEEDED")],
        true,
    ),
    (
        "grpc found by name",
        "Error",
        "",
        &[("rpc.response.status_code", "NOT_FOUND")],
        false,
    ),
    (
        "grpc over http",
        "Unset",
        "",
        &[("http.status_code", "200"), ("grpc.status_code", "13")],
        true,
    ),
    (
        "connect argument",
        "Error",
        "",
        &[("rpc.connect_rpc.error_code", "invalid_argument")],
        false,
    ),
    (
        "connect internal",
        "Unset",
        "",
        &[("rpc.connect_rpc.error_code", "internal")],
        true,
    ),
    ("http 404", "Error", "", &[("http.response.status_code", "404")], false),
    (
        "http 499",
        "Error",
        "",
        &[("http.status_code", "499"), ("error.type", "499")],
        false,
    ),
    ("http 503", "Unset", "", &[("http.status_code", "503")], true),
    (
        "http 200 that broke",
        "Error",
        "",
        &[("http.response.status_code", "200")],
        true,
    ),
    (
        "envoy disconnect",
        "Error",
        "",
        &[("http.status_code", "0"), ("response_flags", "DC")],
        false,
    ),
    (
        "envoy upstream",
        "Error",
        "",
        &[("http.status_code", "0"), ("response_flags", "UF,URX")],
        true,
    ),
    (
        "client aborted",
        "Error",
        "",
        &[("error.type", "org.apache.catalina.connector.ClientAbortException")],
        false,
    ),
    ("client gone", "Error", "context canceled", &[], false),
    ("client closed", "Error", "the client has closed the stream", &[], false),
    ("client disconnected", "Error", "write: client disconnected", &[], false),
    ("exception", "Unset", "", &[("error.type", "java.io.IOException")], true),
    ("plain error", "STATUS_CODE_ERROR", "pool exhausted", &[], true),
    ("cancelled order", "Error", "order 17 is cancelled already", &[], true),
    ("plain", "Unset", "", &[], false),
];

#[tokio::test]
async fn the_code_decides_before_the_spans_status() {
    let database = FIXTURE.database("failures_of_spans").await;
    for (service, status, message, attributes, _) in OF_SPANS {
        let attributes: serde_json::Map<String, Value> = attributes
            .iter()
            .map(|(key, value)| ((*key).to_owned(), json!(value)))
            .collect();
        let spans = (0..30).map(|number| {
            json!({
                "Timestamp": format!("2026-01-31 10:01:{number:02}"),
                "TraceId": format!("{service}{number}"),
                "SpanId": "1",
                "SpanName": "work",
                "SpanKind": "Server",
                "ServiceName": service,
                "StatusCode": status,
                "StatusMessage": message,
                "SpanAttributes": attributes,
                "Duration": 5_000_000,
            })
        });
        database.insert("otel_traces", spans).await;
    }
    let answer = services(&database.api()).await;
    for (service, _, _, _, fails) in OF_SPANS {
        let found = row(&answer, service);
        assert_eq!(found["errors"], if *fails { 30.0 } else { 0.0 }, "{service}: {found}");
    }
}

/// A metric of requests, the attributes of half of its points, and whether these failed.
const OF_METRICS: &[(&str, &str, Attributes, bool)] = &[
    (
        "broken connection",
        "http.server.request.duration",
        &[("error.type", "java.net.SocketTimeoutException")],
        true,
    ),
    (
        "status 500",
        "http.server.request.duration",
        &[("http.response.status_code", "500"), ("error.type", "500")],
        true,
    ),
    (
        "status 499",
        "http.server.request.duration",
        &[("http.response.status_code", "499"), ("error.type", "499")],
        false,
    ),
    (
        "outcome",
        "http_server_requests_seconds",
        &[("outcome", "SERVER_ERROR"), ("status", "UNKNOWN")],
        true,
    ),
    ("class", "http_requests_total", &[("code", "5xx")], true),
    (
        "grpc code",
        "rpc.server.duration",
        &[("rpc.grpc.status_code", "14")],
        true,
    ),
    (
        "grpc name",
        "grpc_server_handled_total",
        &[("grpc_code", "Unavailable")],
        true,
    ),
    (
        "grpc client",
        "grpc_server_handled_total",
        &[("grpc_code", "NotFound")],
        false,
    ),
    (
        "span status",
        "traces.span.metrics.calls",
        &[("status.code", "STATUS_CODE_ERROR")],
        true,
    ),
    (
        "span not found",
        "traces.span.metrics.calls",
        &[("status.code", "STATUS_CODE_ERROR"), ("http.status_code", "404")],
        false,
    ),
];

#[tokio::test]
async fn metrics_are_told_to_fail_as_spans_are() {
    let database = FIXTURE.database("failures_of_metrics").await;
    for (service, metric, attributes, _) in OF_METRICS {
        for minute in 1..=5 {
            let good = point(service, metric, minute, &[("http.response.status_code", "200")], 50.0);
            let other = point(service, metric, minute, attributes, 50.0);
            database.insert("otel_metrics_sum", [good, other]).await;
        }
    }
    let answer = services(&database.api()).await;
    for (service, _, _, fails) in OF_METRICS {
        let found = row(&answer, service);
        assert_eq!(found["requests"], 500.0, "{service}: {found}");
        assert_eq!(found["errors"], if *fails { 250.0 } else { 0.0 }, "{service}: {found}");
    }
}

#[tokio::test]
async fn a_stale_point_is_no_reset_and_a_series_that_comes_twice_counts_once() {
    let database = FIXTURE.database("stale_points").await;
    for minute in 0..=5 {
        let counter = |pod: &str, replica: &str, value: f64| {
            let mut point = point(
                "pay",
                "http_requests_total",
                minute,
                &[("code", "200"), ("instance", pod)],
                value,
            );
            point["Attributes"]["prometheus_replica"] = json!(replica);
            point["AggregationTemporality"] = json!(2);
            point
        };
        let total = 6_000_000.0 + 600.0 * f64::from(minute);
        let mut points = vec![counter("a", "1", total), counter("a", "2", total)];
        if minute == 2 {
            // The scrape failed: the collector marks the series as stale.
            for point in &mut points {
                point["Value"] = json!(0.0);
                point["Flags"] = json!(1);
            }
        }
        // Deltas that an exporter sent again.
        let delta = point("cart", "http_requests_total", minute, &[("code", "200")], 100.0);
        database
            .insert("otel_metrics_sum", points.into_iter().chain([delta.clone(), delta]))
            .await;
    }
    let answer = services(&database.api()).await;
    assert_eq!(row(&answer, "pay")["requests"], 3_000.0, "{answer}");
    assert_eq!(row(&answer, "cart")["requests"], 500.0, "{answer}");
}

/// Metrics as other programs than OpenTelemetry's name them, the labels of a point, and whose 100 requests a minute it counts.
const UNDER_OTHER_NAMES: &[(&str, Attributes, &str)] = &[
    (
        "http.server.requests",
        &[("status", "200"), ("outcome", "SUCCESS")],
        "scraped-0",
    ),
    (
        "istio_requests_total",
        &[
            ("response_code", "200"),
            ("destination_service_name", "reviews"),
            ("reporter", "destination"),
        ],
        "reviews",
    ),
    (
        "nginx_ingress_controller_requests",
        &[("status", "200"), ("exported_service", "shop")],
        "shop",
    ),
    (
        "traefik_service_requests_total",
        &[("code", "200"), ("service", "basket@docker")],
        "basket",
    ),
    (
        "envoy_cluster_upstream_rq_xx",
        &[("envoy_response_code_class", "2"), ("envoy_cluster_name", "ratings")],
        "ratings",
    ),
    (
        "acme.red.calls",
        &[("status.code", "STATUS_CODE_UNSET"), ("span.kind", "SPAN_KIND_SERVER")],
        "scraped-5",
    ),
    ("queue_calls_total", &[("status", "200")], ""),
];

#[tokio::test]
async fn requests_are_found_under_the_names_that_proxies_and_other_libraries_give_them() {
    let database = FIXTURE.database("other_names").await;
    database.run(include_str!("../testdata/otel_metrics_summary.sql")).await;
    for (place, (metric, labels, _)) in UNDER_OTHER_NAMES.iter().enumerate() {
        let points = (1..=5).map(|minute| point(&format!("scraped-{place}"), metric, minute, labels, 100.0));
        database.insert("otel_metrics_sum", points).await;
    }
    // A proxy counts nothing for a service that counts itself, and a mesh's other side nothing at all.
    let own = (1..=5).flat_map(|minute| {
        let seen_by = |reporter| {
            [
                ("response_code", "200"),
                ("destination_service_name", "own"),
                ("reporter", reporter),
            ]
        };
        [
            point("own", "http_requests_total", minute, &[("status", "200")], 7.0),
            point("mesh", "istio_requests_total", minute, &seen_by("destination"), 9.0),
            point("mesh", "istio_requests_total", minute, &seen_by("source"), 9.0),
        ]
    });
    database.insert("otel_metrics_sum", own).await;
    let summaries = (0..=5).map(|minute| {
        json!({
            "ServiceName": "spring", "MetricName": "http_server_requests_seconds",
            "Attributes": { "status": "200", "outcome": "SUCCESS" },
            "TimeUnix": format!("2026-01-31 10:0{minute}:00"), "Count": 1_000 + 100 * minute, "Sum": 3.5,
        })
    });
    database.insert("otel_metrics_summary", summaries).await;
    let answer = services(&database.api()).await;
    for (metric, _, service) in UNDER_OTHER_NAMES.iter().filter(|(_, _, service)| !service.is_empty()) {
        assert_eq!(row(&answer, service)["requests"], 500.0, "{metric}");
    }
    assert_eq!(row(&answer, "own")["requests"], 35.0);
    assert_eq!(row(&answer, "spring")["requests"], 500.0);
    let services = answer["services"].to_string();
    assert!(
        !services.contains("scraped-6") && !services.contains("mesh"),
        "{services}"
    );
}

#[tokio::test]
async fn a_metric_of_ones_own_counts_once_it_is_named_and_the_doctor_says_how() {
    let database = FIXTURE.database("own_metrics").await;
    for minute in 1..=5 {
        let count = |result: &str, value: f64| {
            let labels = &[("result", result), ("app", "till")];
            point("gateway", "acme_requests_total", minute, labels, value)
        };
        let others = ["acme_http_client_requests_total", "acme_response_size_bytes"];
        let others = others.map(|metric| point("gateway", metric, minute, &[], 7.0));
        database
            .insert(
                "otel_metrics_sum",
                [count("ok", 90.0), count("failed", 10.0)].into_iter().chain(others),
            )
            .await;
    }
    let told = async |database: &kulprit_testing::Database| {
        let checks = kulprit::doctor::examine(&database.config, &database.client).await;
        let found = checks.into_iter().find(|check| check.check == "request metrics");
        found.unwrap_or_else(|| panic!("no check of request metrics"))
    };
    let check = told(&database).await;
    assert!(check.found.contains("acme_requests_total (of gateway)"), "{check:?}");
    assert!(
        !check.found.contains("client") && !check.found.contains("bytes"),
        "{check:?}"
    );
    let advice = check.advice.unwrap();
    assert!(
        advice.contains("name = \"acme_requests_total\", family = \"http\", status = \"result\""),
        "{advice}"
    );
    let database = database.with_metrics(Metrics {
        requests: vec![RequestMetric {
            name: "acme_requests_total".to_owned(),
            status: "result".to_owned(),
            failures: vec!["fail*".to_owned()],
            service: "app".to_owned(),
            ..RequestMetric::default()
        }],
    });
    let answer = services(&database.api()).await;
    let till = row(&answer, "till");
    assert_eq!(
        (&till["requests"], &till["errors"]),
        (&json!(500.0), &json!(50.0)),
        "{till}"
    );
    assert_eq!(told(&database).await.advice, None);
}

#[tokio::test]
async fn what_carries_no_status_says_nothing_about_failures() {
    let database = FIXTURE.database("no_status").await;
    for minute in 1..=5 {
        let route = &[("route", "/pay")];
        database
            .insert(
                "otel_metrics_histogram",
                ["told", "untold"].map(|service| {
                    let mut point = point(service, "http_request_duration_seconds", minute, route, 0.0);
                    let fields = point.as_object_mut().unwrap();
                    fields.remove("Value");
                    fields.remove("IsMonotonic");
                    fields.insert("Count".to_owned(), json!(100));
                    fields.insert("BucketCounts".to_owned(), json!([0, 100, 0]));
                    fields.insert("ExplicitBounds".to_owned(), json!([0.01, 0.1]));
                    point
                }),
            )
            .await;
        let counter = |status, value| point("told", "http_requests_total", minute, &[("status", status)], value);
        database
            .insert("otel_metrics_sum", [counter("200", 87.0), counter("502", 13.0)])
            .await;
    }
    let api = database.api();
    let answer = services(&api).await;
    let told = row(&answer, "told");
    assert_eq!(
        (&told["requests"], &told["errors"]),
        (&json!(500.0), &json!(65.0)),
        "{told}"
    );
    assert!(told["p95_ms"].as_f64().is_some_and(|p95| p95 > 90.0), "{told}");
    let untold = row(&answer, "untold");
    assert_eq!(untold["requests"], 500.0, "{untold}");
    assert_eq!(
        (&untold["errors"], &untold["error_ratio"]),
        (&Value::Null, &Value::Null),
        "{untold}"
    );
    assert_eq!(untold["status"], "unknown", "{untold}");
    // Nor does it keep a budget full.
    kulprit::rollups::metered::backfill(
        &database.client,
        &kulprit::rollups::metered::remaining(&database.client).await.unwrap(),
        |_| {},
    )
    .await
    .unwrap();
    let rolled = database
        .lines("SELECT DISTINCT service FROM kulprit_metered_minutes")
        .await;
    assert_eq!(rolled, ["told"]);
}

#[tokio::test]
async fn too_few_requests_are_never_healthy_and_judged_with_those_before() {
    let database = FIXTURE.database("few_requests").await;
    let request = |service: &str, time: String, status: &str| {
        json!({
            "Timestamp": time, "TraceId": format!("{service}{time}"), "SpanId": "1", "SpanName": "work",
            "SpanKind": "Server", "ServiceName": service, "StatusCode": status, "Duration": 5_000_000,
        })
    };
    // One request a minute, of one service for two hours, of another for seven minutes.
    let always = (0..120).map(|minute| {
        request(
            "always",
            format!("2026-01-31 {:02}:{:02}:30", 9 + minute / 60, minute % 60),
            "Error",
        )
    });
    let fresh = (0..7).map(|minute| request("fresh", format!("2026-01-31 10:0{minute}:20"), "Error"));
    database.insert("otel_traces", always.chain(fresh)).await;
    let answer = services(&database.api()).await;
    let always = row(&answer, "always");
    assert_eq!(
        (&always["requests"], &always["status"]),
        (&json!(5.0), &json!("critical")),
        "{always}"
    );
    assert!(
        always["reasons"].to_string().contains("since 2026-01-31T09"),
        "{always}"
    );
    let fresh = row(&answer, "fresh");
    assert_eq!(fresh["status"], "sparse", "{fresh}");
    assert!(
        fresh["reasons"]
            .to_string()
            .contains("5 requests are too few to judge by, 5 of them failed"),
        "{fresh}"
    );
}

async fn services(api: &Api) -> Value {
    let path = format!("/api/v1/services?{WINDOW}");
    let response = warp::test::request().path(&path).reply(api).await;
    let text = String::from_utf8_lossy(response.body()).into_owned();
    assert_eq!(response.status(), 200, "{text}");
    serde_json::from_str(&text).unwrap()
}

fn row<'a>(answer: &'a Value, service: &str) -> &'a Value {
    let services = answer["services"].as_array().unwrap();
    services
        .iter()
        .find(|row| row["service"] == *service)
        .unwrap_or_else(|| panic!("{service} in {answer}"))
}

/// A point of a counter of what happened since the last one, at 10:0`minute`.
fn point(service: &str, metric: &str, minute: u32, attributes: &[(&str, &str)], value: f64) -> Value {
    let attributes: serde_json::Map<String, Value> = attributes
        .iter()
        .map(|(key, value)| ((*key).to_owned(), json!(value)))
        .collect();
    json!({
        "ServiceName": service,
        "MetricName": metric,
        "Attributes": attributes,
        "TimeUnix": format!("2026-01-31 10:0{minute}:00"),
        "Value": value,
        "AggregationTemporality": 1,
        "IsMonotonic": true,
    })
}
