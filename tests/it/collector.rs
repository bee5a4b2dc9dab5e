//! The OpenTelemetry Collector with its ClickHouse exporter, end to end: what it was sent is what Kulprit answers. `.ci/collector` builds
//! the collector and runs these tests.

use std::net::TcpListener;
use std::path::PathBuf;
use std::process::Command;

use jiff::{SignedDuration, Timestamp};
use kulprit::config::Config;
use kulprit_clickhouse::LogTable;
use kulprit_engine::{Engine, EngineOptions};
use kulprit_testing::http::Http;
use kulprit_testing::{Database, Process, wait_until};
use serde_json::{Value, json};

use crate::FIXTURE;

const START: &str = "2026-02-03T10:00:00Z";
/// Requests of each window to `front`, each of which calls `back`.
const REQUESTS: usize = 60;
/// Of the second window's requests, how many fail in `back`.
const FAILED: usize = 40;

fn at(seconds: i64) -> Timestamp {
    START.parse::<Timestamp>().unwrap() + SignedDuration::from_secs(seconds)
}

fn nanoseconds(seconds: i64) -> String {
    at(seconds).as_nanosecond().to_string()
}

fn attributes(pairs: &[(&str, &str)]) -> Value {
    pairs
        .iter()
        .map(|(key, value)| json!({"key": key, "value": {"stringValue": value}}))
        .collect()
}

fn of_service(kind: &str, scope: &str, items: &str, service: &str, data: Vec<Value>) -> Value {
    let mut of_scope = json!({"scope": {"name": "shop"}});
    of_scope[items] = data.into();
    let mut resource =
        json!({"resource": {"attributes": attributes(&[("service.name", service), ("k8s.pod.name", "pod-1")])}});
    resource[scope] = json!([of_scope]);
    json!({ kind: [resource] })
}

fn has_failed(request: usize) -> bool {
    (REQUESTS..REQUESTS + FAILED).contains(&request)
}

/// Ten seconds lie between two requests: ten minutes without a fault, ten minutes with one.
fn second(request: usize) -> i64 {
    10 * request as i64
}

fn trace(request: usize) -> String {
    format!("{:032x}", request + 1)
}

fn lines() -> Value {
    let line = |request: usize| {
        let (text, severity, number) = match has_failed(request) {
            true => ("db connection lost", "ERROR", 17),
            false => ("order stored", "INFO", 9),
        };
        json!({
            "timeUnixNano": nanoseconds(second(request)), "severityText": severity, "severityNumber": number,
            "body": {"stringValue": text}, "traceId": trace(request), "spanId": "00000000000000c1",
            "attributes": attributes(&[("http.route", "/orders"), ("region", "north")]),
        })
    };
    of_service(
        "resourceLogs",
        "scopeLogs",
        "logRecords",
        "back",
        (0..2 * REQUESTS).map(line).collect(),
    )
}

fn spans(service: &str) -> Value {
    let span = |request: usize| {
        let (span, parent, kind) = match service {
            "front" => ("00000000000000a1", "", 2),
            _ => ("00000000000000c1", "00000000000000a1", 2),
        };
        let status = if has_failed(request) {
            json!({"code": 2, "message": "no database"})
        } else {
            json!({})
        };
        json!({
            "traceId": trace(request), "spanId": span, "parentSpanId": parent, "name": "POST /orders", "kind": kind,
            "startTimeUnixNano": nanoseconds(second(request)),
            "endTimeUnixNano": (at(second(request)).as_nanosecond() + 20_000_000).to_string(),
            "attributes": attributes(&[("http.route", "/orders"), ("http.response.status_code", if has_failed(request) { "500" } else { "200" })]),
            "status": status,
        })
    };
    of_service(
        "resourceSpans",
        "scopeSpans",
        "spans",
        service,
        (0..2 * REQUESTS).map(span).collect(),
    )
}

/// A cumulative histogram of the requests of `back`, a point a minute.
fn points() -> Value {
    let point = |minute: usize, failed: bool| {
        let counted =
            (0..2 * REQUESTS).filter(|request| has_failed(*request) == failed && second(*request) < 60 * minute as i64);
        let count = counted.count();
        json!({
            "startTimeUnixNano": nanoseconds(0), "timeUnixNano": nanoseconds(60 * minute as i64),
            "count": count.to_string(), "sum": 0.02 * count as f64,
            "bucketCounts": ["0", count.to_string(), "0"], "explicitBounds": [0.01, 0.1],
            "attributes": attributes(&[("http.response.status_code", if failed { "500" } else { "200" })]),
        })
    };
    let points: Vec<Value> = (1..=20)
        .flat_map(|minute| [point(minute, false), point(minute, true)])
        .collect();
    let histogram = json!({
        "name": "http.server.request.duration", "unit": "s",
        "histogram": {"aggregationTemporality": 2, "dataPoints": points},
    });
    let gauge = |minute: usize| json!({"timeUnixNano": nanoseconds(30 * minute as i64), "asDouble": 0.1 + (minute % 5) as f64 / 100.0});
    let usage =
        json!({"name": "process.cpu.utilization", "gauge": {"dataPoints": (0..40).map(gauge).collect::<Vec<_>>()}});
    let total = |minute: usize| json!({"startTimeUnixNano": nanoseconds(0), "timeUnixNano": nanoseconds(60 * minute as i64), "asInt": (6 * minute).to_string()});
    let orders = json!({"name": "orders", "sum": {"aggregationTemporality": 2, "isMonotonic": true, "dataPoints": (1..=20).map(total).collect::<Vec<_>>()}});
    of_service(
        "resourceMetrics",
        "scopeMetrics",
        "metrics",
        "back",
        vec![histogram, usage, orders],
    )
}

struct Case {
    collector: &'static str,
    is_json: bool,
    /// Whether the collector makes the tables.
    is_first: bool,
    is_async: bool,
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

fn start(case: &Case, database: &str, tcp_port: u16, password: &str) -> (Process, String) {
    let collectors = std::env::var_os("KULPRIT_COLLECTORS").expect("KULPRIT_COLLECTORS is not set: run .ci/collector");
    let port = free_port();
    let Case { is_json, is_async, .. } = case;
    let config = format!(
        "receivers: {{otlp: {{protocols: {{http: {{endpoint: '127.0.0.1:{port}'}}}}}}}}
exporters:
  clickhouse:
    endpoint: tcp://127.0.0.1:{tcp_port}?dial_timeout=10s
    username: kulprit
    password: {password}
    database: {database}
    create_schema: true
    json: {is_json}
    async_insert: {is_async}
    sending_queue: {{enabled: false}}
service:
  telemetry: {{metrics: {{level: none}}}}
  pipelines:
    logs: {{receivers: [otlp], exporters: [clickhouse]}}
    traces: {{receivers: [otlp], exporters: [clickhouse]}}
    metrics: {{receivers: [otlp], exporters: [clickhouse]}}
"
    );
    let file = FIXTURE.fresh_dir(&format!("{database}.yaml"));
    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
    std::fs::write(&file, config).unwrap();
    let mut command = Command::new(PathBuf::from(collectors).join(case.collector));
    command.arg("--config").arg(format!("file:{}", file.display()));
    let process = Process::start(command);
    // Not when it listens: the receiver starts with the first of its pipelines, before the exporters of the others have their tables.
    wait_until("the collector is ready", || {
        process.stderr().contains("Everything is ready")
    });
    (process, format!("http://127.0.0.1:{port}"))
}

fn send(collector: &Process, url: &str) {
    let http = Http::default();
    for (path, body) in [
        ("/v1/logs", lines()),
        ("/v1/traces", spans("front")),
        ("/v1/traces", spans("back")),
        ("/v1/metrics", points()),
    ] {
        let headers = [("content-type", "application/json")];
        let answer = http
            .send("POST", &format!("{url}{path}"), &headers, Some(&body.to_string()))
            .unwrap_or_else(|error| panic!("{path}: {error}\nThe collector says:\n{}", collector.stderr()));
        assert_eq!(answer.status, 200, "{path}: {}", answer.text);
    }
}

async fn asked(database: &Database, method: &str, path: &str, body: Option<Value>) -> Value {
    let mut config: Config = database.config.clone();
    config.auth = Config::parse("auth = \"none\"").unwrap().auth;
    let request = warp::test::request().method(method).path(path);
    let request = match &body {
        Some(body) => request.json(body),
        None => request,
    };
    let response = request.reply(&database.api_with(config)).await;
    let text = String::from_utf8_lossy(response.body()).into_owned();
    assert_eq!(response.status(), 200, "{path}: {text}");
    serde_json::from_str(&text).unwrap()
}

async fn holds(name: &str, database: &Database) {
    let (from, to) = (at(600), at(1_200));
    let hover = json!({
        "org": "1", "dashboard": "d", "panel_title": "p", "metric_name": "m",
        "start_time": from.to_string(), "end_time": to.to_string(),
    });
    let changed = asked(database, "POST", "/query_logs", Some(hover.clone())).await;
    let first = &changed["log_groups"][0];
    assert_eq!(first["pattern"], "ERROR db connection lost", "{name}: {changed}");
    assert_eq!(
        (&first["current_count"], &first["baseline_count"]),
        (&json!(FAILED), &json!(0)),
        "{name}"
    );

    let between = format!("from={from}&to={to}");
    let patterns = asked(database, "GET", &format!("/api/v1/patterns?{between}"), None).await;
    let text = patterns.to_string();
    assert!(
        text.contains("db connection lost") && text.contains("/orders"),
        "{name}: {text}"
    );

    for source in ["spans", "metrics"] {
        let services = asked(
            database,
            "GET",
            &format!("/api/v1/services?source={source}&{between}"),
            None,
        )
        .await;
        let rows = services["services"].as_array().unwrap();
        let back = rows
            .iter()
            .find(|row| row["service"] == "back")
            .unwrap_or_else(|| panic!("{name} {source}: {services}"));
        assert_eq!(
            back["requests"].as_f64(),
            Some(REQUESTS as f64),
            "{name} {source}: {back}"
        );
        assert_eq!(back["errors"].as_f64(), Some(FAILED as f64), "{name} {source}: {back}");
    }
    let found = asked(database, "GET", &format!("/api/v1/traces/{}", trace(REQUESTS)), None).await;
    assert_eq!(found["spans"].as_array().map(Vec::len), Some(2), "{name}: {found}");

    let question = json!({"from": from.to_string(), "to": to.to_string()});
    let cause = asked(database, "POST", "/api/v1/correlate", Some(question)).await;
    assert_eq!(cause["root_cause"]["service"], "back", "{name}: {cause}");
    let warnings = cause["warnings"].to_string();
    assert!(
        !warnings.contains("otel_") && !warnings.contains("failed"),
        "{name}: {warnings}"
    );

    // A scope of attributes.
    let mapping = json!({
        "org": "1", "dashboard": "d", "panel_title": "p", "metric_name": "m", "services": ["*"], "attributes": {"region": "south"},
    });
    asked(database, "PUT", "/api/v1/mappings", Some(mapping)).await;
    let nothing = asked(database, "POST", "/query_logs", Some(hover)).await;
    assert_eq!(nothing["totals"]["current_count"], 0, "{name}: {nothing}");

    let checks = kulprit::doctor::examine(&database.config, &database.client).await;
    let problems: Vec<_> = checks
        .iter()
        .filter(|check| check.verdict == kulprit::doctor::Verdict::Problem)
        .collect();
    assert!(problems.is_empty(), "{name}: {problems:?}");
}

#[tokio::test]
#[ignore = "needs the OpenTelemetry Collector: .ci/collector builds it and runs this"]
async fn what_the_collector_was_sent_is_what_kulprit_answers() {
    let tcp_port = free_port();
    let data = FIXTURE.fresh_dir("collector");
    let options = EngineOptions {
        tcp_port: Some(tcp_port),
        ..kulprit_testing::engine::options(FIXTURE.program(), &data)
    };
    let engine = Engine::start_or_join(options).await.unwrap();
    let password = kulprit_testing::engine::password(&data);
    let case = |collector, is_json, is_first, is_async| Case {
        collector,
        is_json,
        is_first,
        is_async,
    };
    for (name, case) in [
        ("current_maps_first", case("current", false, true, true)),
        ("current_maps_after", case("current", false, false, false)),
        ("current_json_async", case("current", true, true, true)),
        ("current_json", case("current", true, true, false)),
        ("v0150_maps_first", case("v0.150", false, true, false)),
        ("v0150_maps_after", case("v0.150", false, false, true)),
        ("v0150_json", case("v0.150", true, true, false)),
    ] {
        let database = Database::on(&engine, name).await;
        let apply = async || kulprit::setup::apply(&database.config, &database.client).await.unwrap();
        if !case.is_first {
            apply().await;
        }
        let (collector, url) = start(&case, name, tcp_port, &password);
        if case.is_first {
            apply().await;
        }
        send(&collector, &url);
        // Asynchronous inserts are stored within a moment.
        let stored = |table: &str| format!("SELECT count() FROM {table}");
        for (table, rows) in [
            ("otel_logs", 2 * REQUESTS),
            ("otel_traces", 4 * REQUESTS),
            ("otel_metrics_histogram", 40),
        ] {
            for _ in 0..100 {
                if database.lines(&stored(table)).await == [rows.to_string()] {
                    break;
                }
                tokio::time::sleep(std::time::Duration::from_millis(200)).await;
            }
            assert_eq!(
                database.lines(&stored(table)).await,
                [rows.to_string()],
                "{name}: {table}"
            );
        }
        assert_eq!(database.config.logs, LogTable::default());
        holds(name, &database).await;
        drop(collector);
    }
}
