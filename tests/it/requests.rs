//! What a request is: every answer counts the same ones, whatever the tracers look like.

use std::collections::BTreeMap;

use kulprit::rollups::requests;
use kulprit_clickhouse::{Options, Statement, Value};

use kulprit_testing::Database;

use crate::FIXTURE;

const FROM: &str = "2026-01-31 10:00:00";
const TO: &str = "2026-01-31 10:05:00";

/// Trace, span, parent, name, kind, service, status: each trace is stored five times.
const SPANS: &[[&str; 7]] = &[
    // servers that call each other
    ["plain", "1", "", "GET /", "Server", "front", ""],
    ["plain", "2", "1", "GET", "Client", "front", ""],
    ["plain", "3", "2", "GET /back", "Server", "back", ""],
    // a tracer that names no kinds
    ["kindless", "1", "", "do", "Unspecified", "first", ""],
    ["kindless", "2", "1", "inner", "Unspecified", "first", ""],
    ["kindless", "3", "2", "serve", "Unspecified", "second", "Error"],
    ["kindless", "4", "3", "query", "Unspecified", "second", ""],
    // a sidecar before its application, which forwards inside and then calls itself over the network
    ["sidecar", "1", "", "GET /", "Server", "edge", ""],
    ["sidecar", "2", "1", "GET", "Client", "edge", ""],
    ["sidecar", "3", "2", "GET /shop", "Server", "shop", ""],
    ["sidecar", "4", "3", "GET /shop", "Server", "shop", ""],
    ["sidecar", "5", "4", "inner", "Internal", "shop", ""],
    ["sidecar", "6", "5", "forward", "Server", "shop", ""],
    ["sidecar", "7", "6", "GET", "Client", "shop", ""],
    ["sidecar", "8", "7", "GET /again", "Server", "shop", ""],
    // a message that is received and then processed
    ["message", "1", "", "publish", "Producer", "orders", ""],
    ["message", "2", "1", "receive", "Consumer", "mailer", ""],
    ["message", "3", "2", "process", "Consumer", "mailer", "Error"],
];

/// Requests and errors by service.
const EXPECTED: [(&str, u64, u64); 8] = [
    ("back", 5, 0),
    ("edge", 5, 0),
    ("first", 5, 0),
    ("front", 5, 0),
    ("mailer", 5, 5),
    ("orders", 5, 0),
    ("second", 5, 5),
    ("shop", 10, 0),
];

async fn with_spans(name: &str) -> Database {
    let database = FIXTURE.database(name).await;
    // Children come first, as from a collector that batches, and in other INSERTs than their parents.
    for spans in SPANS.rchunks(4) {
        let rows: Vec<String> = spans
            .iter()
            .map(|[trace, span, parent, name, kind, service, status]| {
                format!("('{trace}', '{span}', '{parent}', '{name}', '{kind}', '{service}', '{status}')")
            })
            .collect();
        database
            .run(&format!(
                "INSERT INTO otel_traces \
                 (Timestamp, TraceId, SpanId, ParentSpanId, SpanName, SpanKind, ServiceName, StatusCode, Duration) \
                 SELECT toDateTime64('2026-01-31 10:01:00', 9, 'UTC') + toIntervalMillisecond(100 * number + toUInt8(span.2)), \
                 concat(span.1, toString(number)), span.2, span.3, span.4, span.5, span.6, span.7, 10000000 \
                 FROM numbers(5) ARRAY JOIN [{}] AS span",
                rows.join(", ")
            ))
            .await;
    }
    database
}

async fn lines(database: &Database, name: &'static str, params: Vec<(&'static str, Value)>) -> Vec<Vec<String>> {
    let options = Options {
        scoped: params.iter().any(|(name, _)| *name == "services"),
        ..Options::default()
    };
    let asked = Statement::query(name, &options, params).unwrap();
    let rows = database.client.bytes(&asked, "TSV").await;
    let rows = rows.unwrap_or_else(|error| panic!("{name}: {error}"));
    let text = String::from_utf8(rows.to_vec()).unwrap();
    let fields = |line: &str| line.split('\t').map(str::to_owned).collect();
    text.lines().map(fields).collect()
}

/// Requests and errors by service, from the columns `requests` and `errors` of the rows that `counts` picks.
fn told(rows: &[Vec<String>], counts: impl Fn(&[String]) -> bool, columns: [usize; 2]) -> Vec<(&str, u64, u64)> {
    let number = |row: &[String], column: usize| row[column].parse::<f64>().unwrap() as u64;
    let rows = rows.iter().filter(|row| counts(row));
    rows.map(|row| (row[0].as_str(), number(row, columns[0]), number(row, columns[1])))
        .collect()
}

fn window() -> Vec<(&'static str, Value)> {
    vec![("from", FROM.into()), ("to", TO.into())]
}

fn history() -> Vec<(&'static str, Value)> {
    let mut params = window();
    params.extend([
        ("history_from", "2026-01-31 09:00:00".into()),
        ("one_in", Value::UInt(1)),
    ]);
    params
}

/// What root cause asks its statements with, where every call names a service.
async fn cause(database: &Database) -> Vec<(&'static str, Value)> {
    let mut params = history();
    params.push(("current_one_in", Value::UInt(1)));
    let kinds = lines(database, "root_cause/kinds", params.clone()).await;
    let with_kinds: Vec<String> = kinds.into_iter().map(|mut row| row.remove(0)).collect();
    params.extend([
        ("services_with_kinds", with_kinds.into()),
        ("settled_to", TO.into()),
        ("peers", Vec::<String>::new().into()),
        ("targets", Vec::<String>::new().into()),
        ("called", Vec::<String>::new().into()),
    ]);
    params
}

fn health() -> Vec<(&'static str, Value)> {
    vec![
        ("current_from", FROM.into()),
        ("current_to", TO.into()),
        ("baseline_from", "2026-01-31 09:55:00".into()),
        ("baseline_to", FROM.into()),
        ("step_seconds", Value::UInt(60)),
    ]
}

#[tokio::test]
async fn the_parts_of_minutes_at_a_windows_ends_are_counted_too() {
    let database = with_spans("cut_minutes").await;
    let windows = [
        // from within a minute to within the next, with the baseline right before it
        ["10:00:42", "10:01:00.250", "10:00:23.75", "10:00:42"],
        // within one minute, as its baseline is
        ["10:01:00.2", "10:01:00.45", "10:01:00.0", "10:01:00.2"],
        // whole minutes between two parts
        ["09:58:30", "10:02:30", "09:54:30", "09:58:30"],
    ];
    for window in windows {
        let names = ["current_from", "current_to", "baseline_from", "baseline_to"];
        let times = names.into_iter().zip(window);
        let mut params: Vec<(&'static str, Value)> = times
            .map(|(name, time)| (name, format!("2026-01-31 {time}").into()))
            .collect();
        params.push(("step_seconds", Value::UInt(60)));
        let mut answers = Vec::new();
        for name in ["health/services_spans", "health/services_rollup"] {
            let options = Options {
                cut: true,
                ..Options::default()
            };
            let asked = Statement::query(name, &options, params.clone()).unwrap();
            let rows = database.client.bytes(&asked, "TSV").await.unwrap();
            answers.push(String::from_utf8(rows.to_vec()).unwrap());
        }
        assert!(!answers[0].is_empty(), "{window:?}");
        assert_eq!(answers[0], answers[1], "{window:?}");
    }
}

async fn assert_counted(database: &Database, context: &str) {
    for name in ["health/services_spans", "health/services_rollup"] {
        let rows = lines(database, name, health()).await;
        assert_eq!(
            told(&rows, |row| row[1] == "current", [3, 4]),
            EXPECTED,
            "{name} {context}"
        );
        let mut scoped = health();
        scoped.push(("services", vec!["mailer".to_owned(), "shop".to_owned()].into()));
        let rows = lines(database, name, scoped).await;
        let expected = [("mailer", 5, 5), ("shop", 10, 0)];
        assert_eq!(
            told(&rows, |row| row[1] == "current", [3, 4]),
            expected,
            "{name} {context}"
        );
    }
}

#[tokio::test]
async fn every_answer_counts_the_same_requests() {
    let database = with_spans("requests_same").await;
    assert_counted(&database, "before the rollup is settled").await;

    let rows = lines(&database, "root_cause/service_changes", cause(&database).await).await;
    assert_eq!(told(&rows, |_| true, [1, 2]), EXPECTED, "root cause");

    let rows = lines(&database, "topology/edges", history()).await;
    let edges: Vec<(&str, &str, &str, &str)> = rows
        .iter()
        .map(|row| (row[0].as_str(), row[1].as_str(), row[2].as_str(), row[3].as_str()))
        .collect();
    let expected = [
        ("edge", "shop", "5", "0"),
        ("first", "second", "5", "5"),
        ("front", "back", "5", "0"),
        ("orders", "mailer", "5", "5"),
    ];
    assert_eq!(edges, expected, "topology: what a service asks of itself is no edge");

    let mut listed = window();
    listed.extend([
        (
            "services",
            EXPECTED.map(|(service, ..)| service.to_owned()).to_vec().into(),
        ),
        ("only_failed", Value::Bool(false)),
        ("slowest_first", Value::Bool(false)),
        ("min_duration", Value::UInt(0)),
        ("limit", Value::UInt(1_000)),
    ]);
    let rows = lines(&database, "traces/traces", listed).await;
    let mut counted: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
    for row in &rows {
        let counts = counted.entry(&row[2]).or_default();
        counts.0 += 1;
        counts.1 += u64::from(row[6] == "true");
    }
    let counted: Vec<(&str, u64, u64)> = counted.into_iter().map(|(name, (all, bad))| (name, all, bad)).collect();
    assert_eq!(counted, EXPECTED, "traces");

    let mut hurt = window();
    hurt.extend([
        ("services", vec!["mailer".to_owned()].into()),
        ("limit", Value::UInt(100)),
    ]);
    let rows = lines(&database, "root_cause/hurt_traces", hurt).await;
    assert!(
        rows.len() == 5 && rows.iter().all(|row| row[5] == "true" && row[6] == "1"),
        "{rows:?}"
    );
}

#[tokio::test]
async fn the_rollup_is_settled_and_then_says_the_same_by_itself() {
    let database = with_spans("requests_rolled").await;
    let settle = || {
        requests::roll(
            &database.client,
            "2026-01-31T10:00:00Z".parse().unwrap(),
            "2026-01-31T11:00:00Z".parse().unwrap(),
        )
    };
    settle().await.unwrap();
    assert_counted(&database, "after the roll").await;
    let of_rollup = "SELECT service, sum(requests), sum(errors), sum(unsettled), arraySum(sumMap(durationsMap.bucket, durationsMap.requests).2) \
                     FROM kulprit_request_minutes GROUP BY service ORDER BY service";
    let expected =
        EXPECTED.map(|(service, requests, errors)| format!("{service}\t{requests}\t{errors}\t0\t{requests}"));
    assert_eq!(database.lines(of_rollup).await, expected);
    // Twice changes nothing.
    let parts = database.lines("SELECT count() FROM kulprit_request_minutes").await;
    settle().await.unwrap();
    assert_eq!(
        database.lines("SELECT count() FROM kulprit_request_minutes").await,
        parts
    );

    let objective = vec![
        ("at", TO.into()),
        ("windows", Value::UInts(vec![300])),
        ("period_seconds", Value::UInt(86_400)),
    ];
    let rows = lines(&database, "slo/availability", objective).await;
    assert_eq!(told(&rows, |row| row[1] == "300", [2, 3]), EXPECTED, "objectives");

    // A late span makes its minute unsettled again, and the spans answer for it.
    database
        .run(
            "INSERT INTO otel_traces (Timestamp, TraceId, SpanId, ParentSpanId, SpanName, SpanKind, ServiceName, Duration) \
             VALUES ('2026-01-31 10:01:00.009', 'sidecar0', '9', '8', 'late', 'Server', 'shop', 10000000)",
        )
        .await;
    assert_counted(&database, "after a late span").await;
}

#[tokio::test]
async fn spans_that_are_deleted_or_dropped_are_noticed() {
    let database = with_spans("requests_noticed").await;
    let recent = "2026-02-01T00:00:00Z".parse().unwrap();
    requests::notice(&database.client, recent).await.unwrap();
    database.run("CREATE TABLE kept AS otel_traces").await;
    database.run("INSERT INTO kept SELECT * FROM otel_traces").await;
    for change in [
        "DELETE FROM otel_traces WHERE ServiceName = 'mailer'",
        "ALTER TABLE otel_traces DELETE WHERE ServiceName = 'back' SETTINGS mutations_sync = 2",
        "ALTER TABLE otel_traces DROP PARTITION ID '20260131'",
        "ALTER TABLE otel_traces REPLACE PARTITION ID '20260131' FROM kept",
        "ALTER TABLE otel_traces ATTACH PARTITION ID '20260131' FROM kept",
        "ALTER TABLE otel_traces DETACH PARTITION ID '20260131'",
        "ALTER TABLE otel_traces ATTACH PARTITION ID '20260131'",
    ] {
        database.run(change).await;
        requests::notice(&database.client, recent).await.unwrap();
        let rolled = database
            .lines("SELECT toFloat64(sum(requests)) FROM kulprit_request_minutes")
            .await;
        let rows = lines(&database, "health/services_spans", health()).await;
        let spans = told(&rows, |row| row[1] == "current", [3, 4]);
        let spans: u64 = spans.iter().map(|row| row.1).sum();
        assert_eq!(rolled, [spans.to_string()], "{change}");
    }
}

#[tokio::test]
async fn spans_with_null_in_any_column_are_stored() {
    let database = FIXTURE.empty_database("requests_null").await;
    database
        .run(
            "CREATE TABLE otel_traces (Timestamp Nullable(DateTime64(9)), TraceId Nullable(String), SpanId Nullable(String), \
             ParentSpanId Nullable(String), SpanName Nullable(String), SpanKind LowCardinality(Nullable(String)), \
             ServiceName LowCardinality(Nullable(String)), StatusCode Nullable(String), Duration Nullable(Int64), \
             SpanAttributes Map(LowCardinality(String), String)) ENGINE = MergeTree ORDER BY tuple()",
        )
        .await;
    // Tables of others that cannot be counted are left alone.
    let _ = kulprit::setup::apply(&database.config, &database.client).await;
    database.run("INSERT INTO otel_traces (TraceId) VALUES (NULL)").await;
    database
        .run("INSERT INTO otel_traces (Timestamp, ParentSpanId, Duration) VALUES ('2026-01-31 10:00:00', '', -5), ('2026-01-31 10:00:00', 'x', NULL)")
        .await;
    assert_eq!(database.lines("SELECT count() FROM otel_traces").await, ["3"]);
}

/// Caller, callee, calls and failures of the window.
async fn edges(database: &Database) -> Vec<[String; 4]> {
    let rows = lines(database, "topology/edges", history()).await;
    rows.iter()
        .map(|row| [0, 1, 2, 3].map(|column| row[column].clone()))
        .collect()
}

#[tokio::test]
async fn a_message_that_is_consumed_in_a_trace_of_its_own_is_an_edge_by_its_link() {
    let database = FIXTURE.database("span_links").await;
    database
        .run(
            "INSERT INTO otel_traces (Timestamp, TraceId, SpanId, ParentSpanId, SpanName, SpanKind, ServiceName, \
             StatusCode, Duration, `Links.TraceId`, `Links.SpanId`, `Links.TraceState`, `Links.Attributes`) VALUES \
             ('2026-01-31 10:01:00', 't1', 's1', '', 'POST /orders', 'Server', 'orders', '', 9000000, [], [], [], []), \
             ('2026-01-31 10:01:00', 't1', 's2', 's1', 'send', 'Producer', 'orders', '', 1000000, [], [], [], []), \
             ('2026-01-31 10:02:00', 't2', 's3', '', 'process', 'Consumer', 'mailer', 'Error', 5000000, \
              ['t1'], ['s2'], [''], [map()]), \
             ('2026-01-31 10:02:00', 't3', 's4', '', 'process', 'Consumer', 'ledger', '', 5000000, \
              ['t1', 'lost'], ['s2', 's9'], ['', ''], [map(), map()])",
        )
        .await;
    let expected = [["orders", "ledger", "1", "0"], ["orders", "mailer", "1", "1"]];
    assert_eq!(edges(&database).await, expected.map(|edge| edge.map(str::to_owned)));
}

#[tokio::test]
async fn a_client_and_a_server_that_share_an_id_are_one_edge_and_what_hangs_from_it_is_the_servers() {
    let database = FIXTURE.database("shared_ids").await;
    database
        .run(
            "INSERT INTO otel_traces (Timestamp, TraceId, SpanId, ParentSpanId, SpanName, SpanKind, ServiceName, Duration) \
             SELECT toDateTime64('2026-01-31 10:01:00', 9, 'UTC'), concat('t', toString(number)), span.1, span.2, span.3, \
             span.4, span.5, 5000000 FROM numbers(9) ARRAY JOIN [ \
             ('a', '', 'GET /', 'Server', 'web'), ('b', 'a', 'GET', 'Client', 'web'), \
             ('b', 'a', 'GET /cart', 'Server', 'cart'), ('c', 'b', 'SELECT', 'Client', 'cart'), \
             ('c', 'b', 'SELECT', 'Server', 'stock')] AS span",
        )
        .await;
    let expected = [["cart", "stock", "9", "0"], ["web", "cart", "9", "0"]];
    assert_eq!(edges(&database).await, expected.map(|edge| edge.map(str::to_owned)));
}

#[tokio::test]
async fn a_sampled_span_counts_for_those_that_it_stands_for_in_every_answer() {
    let database = FIXTURE.database("requests_sampled").await;
    // Of 8,000 requests each sampler keeps some: trace state, attribute, what it stands for, and whether it failed.
    for (service, state, attribute, value, spans, failed) in [
        // one in sixteen, of four digits that are zeros but the first
        ("threshold", "rojo=1,ot=rv:7479cfbd4cc75b;th:f", "", "", 500, false),
        // three of eight: no whole number
        ("fraction", "ot=th:a", "", "", 3_000, false),
        ("exponent", "ot=p:3;r:5", "", "", 1_000, false),
        ("rate", "", "SampleRate", "20", 400, false),
        ("probability", "", "sampling.probability", "0.05", 400, false),
        ("priority", "ot=", "sampling.priority", "1", 8_000, false),
        // failures whole, one in twenty of the others
        ("refined", "", "SampleRate", "20", 380, false),
        ("refined", "", "SampleRate", "1", 400, true),
        ("tail", "", "tailsampling.policy", "errors", 8_000, true),
    ] {
        let status = if failed { "Error" } else { "Unset" };
        database
            .run(&format!(
                "INSERT INTO otel_traces (Timestamp, TraceId, SpanId, TraceState, SpanName, SpanKind, ServiceName, StatusCode, Duration, SpanAttributes) \
                 SELECT toDateTime64('2026-01-31 10:01:00', 9, 'UTC') + toIntervalMillisecond(7 * number), \
                 concat('{service}', '{status}', toString(number)), '1', '{state}', 'GET /', 'Server', '{service}', '{status}', 5000000, map('{attribute}', '{value}') \
                 FROM numbers({spans})"
            ))
            .await;
    }
    let expected = [
        ("exponent", 8_000, 0),
        ("priority", 8_000, 0),
        ("probability", 8_000, 0),
        ("rate", 8_000, 0),
        ("refined", 8_000, 400),
        ("tail", 8_000, 8_000),
        ("threshold", 8_000, 0),
    ];
    let windows = || {
        vec![
            ("current_from", FROM.into()),
            ("current_to", TO.into()),
            ("baseline_from", "2026-01-31 09:55:00".into()),
            ("baseline_to", FROM.into()),
            ("step_seconds", Value::UInt(60)),
        ]
    };
    let from = "2026-01-31T10:00:00Z".parse().unwrap();
    let to = "2026-01-31T10:05:00Z".parse().unwrap();
    let mut fractions = Vec::new();
    for round in 0..2 {
        for name in ["health/services_spans", "health/services_rollup"] {
            let rows = lines(&database, name, windows()).await;
            let mut found = told(&rows, |row| row[1] == "current", [3, 4]);
            let fraction = found.iter().position(|(service, ..)| *service == "fraction").unwrap();
            fractions.push(found.remove(fraction).1);
            assert_eq!(found, expected, "{name}, round {round}");
        }
        requests::roll(&database.client, from, to).await.unwrap();
    }
    // 8,000 give or take what chance does, and the same by every way.
    assert!(
        fractions.iter().all(|requests| *requests == fractions[0]),
        "{fractions:?}"
    );
    assert!((7_800..8_200).contains(&fractions[0]), "{fractions:?}");
}

#[tokio::test]
async fn where_failures_are_kept_whole_ratios_say_so() {
    let database = FIXTURE.database("requests_tail_sampled").await;
    database
        .run(
            "INSERT INTO otel_traces (Timestamp, TraceId, SpanId, SpanName, SpanKind, ServiceName, StatusCode, Duration, SpanAttributes) \
             SELECT toDateTime64('2026-01-31 10:01:00', 9, 'UTC') + toIntervalMillisecond(400 * number), toString(number), '1', 'GET /', 'Server', service, \
             if(number % 10 = 0, 'Error', 'Unset'), 5000000, multiIf(service = 'refined', map('SampleRate', if(number % 10 = 0, '1', '20')), \
             service = 'chosen', map('tailsampling.policy', 'errors'), map('', '')) \
             FROM numbers(600) ARRAY JOIN ['refined', 'chosen', 'whole'] AS service",
        )
        .await;
    let response = warp::test::request()
        .path("/api/v1/services?from=2026-01-31T10:00:00Z&to=2026-01-31T10:05:00Z")
        .reply(&database.api())
        .await;
    assert_eq!(response.status(), 200, "{:?}", response.body());
    let answer: serde_json::Value = serde_json::from_slice(response.body()).unwrap();
    let warnings = answer["warnings"].to_string();
    assert!(
        warnings.contains("keeps failed requests more often than others (of refined)"),
        "{warnings}"
    );
    assert!(
        warnings.contains("a tail sampler chose what was kept (of chosen)"),
        "{warnings}"
    );
    let refined = answer["services"]
        .as_array()
        .unwrap()
        .iter()
        .find(|row| row["service"] == "refined")
        .unwrap();
    let ratio = refined["error_ratio"].as_f64().unwrap();
    assert!((ratio - 60.0 / (540.0 * 20.0 + 60.0)).abs() < 1e-9, "{refined}");
}

#[tokio::test]
async fn an_objective_counts_a_sidecar_and_its_application_once_before_anybody_has_looked() {
    let database = with_spans("requests_unsettled").await;
    let slo = kulprit::config::Slo {
        objectives: vec![
            kulprit::config::Objective::default(),
            kulprit::config::Objective {
                name: "fast".to_owned(),
                latency_ms: Some(5.0),
                ..kulprit::config::Objective::default()
            },
        ],
        ..kulprit::config::Slo::default()
    };
    let mut config = database.config.clone();
    config.slo = slo;
    let at = "2026-01-31T10:05:00Z".parse().unwrap();
    for round in 0..2 {
        let answer = kulprit::questions::slo::status(&database.client, &config, at, &[])
            .await
            .unwrap();
        for (service, requests, errors) in EXPECTED {
            let found: Vec<(&str, f64, f64)> = answer
                .slos
                .iter()
                .filter(|status| status.service == service)
                .map(|status| (status.objective.as_str(), status.total, status.bad))
                .collect();
            let (requests, errors) = (requests as f64, errors as f64);
            assert_eq!(found.len(), 2, "{answer:?}");
            assert!(
                found.contains(&("availability", requests, errors)),
                "{service} {round}: {found:?}"
            );
            assert!(
                found.contains(&("fast", requests, requests)),
                "{service} {round}: {found:?}"
            );
        }
        let hour = |at: &str| at.parse().unwrap();
        requests::roll(
            &database.client,
            hour("2026-01-31T10:00:00Z"),
            hour("2026-01-31T10:05:00Z"),
        )
        .await
        .unwrap();
    }
}
