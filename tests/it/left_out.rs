//! What the configuration says of requests: which count nowhere, which are streams, which have failed, and which an objective is for.

use kulprit::config::{Config, Objective, Slo};
use kulprit::questions::root_cause::{Correlate, correlate};
use kulprit::questions::slo::status;
use kulprit::rollups::{metered, requests, selected};
use kulprit_clickhouse::{Requests, Selector};
use kulprit_request::window::Window;
use kulprit_testing::{Api, Database};
use serde_json::{Value, json};

use crate::FIXTURE;

const WINDOW: &str =
    "from=2026-01-31T10:00:00Z&to=2026-01-31T10:10:00Z&baseline=2026-01-31T09:40:00Z..2026-01-31T09:50:00Z";

/// A span each second of ten minutes from 10:00 on.
fn spans<'a>(
    service: &'a str,
    name: &'a str,
    milliseconds: u64,
    status: &'a str,
    attributes: &'a [(&'a str, &'a str)],
) -> impl Iterator<Item = Value> + 'a {
    (0..600).map(move |second| {
        let attributes: serde_json::Map<String, Value> = attributes
            .iter()
            .map(|(key, value)| ((*key).to_owned(), json!(value)))
            .collect();
        json!({
            "Timestamp": format!("2026-01-31 10:{:02}:{:02}", second / 60, second % 60),
            "TraceId": format!("{service}{name}{attributes:?}{second}"),
            "SpanId": "1",
            "SpanName": name,
            "SpanKind": "Server",
            "ServiceName": service,
            "StatusCode": status,
            "SpanAttributes": attributes,
            "Duration": milliseconds * 1_000_000,
        })
    })
}

async fn services(api: &Api) -> Value {
    let path = format!("/api/v1/services?{WINDOW}");
    let response = warp::test::request().path(&path).reply(api).await;
    let text = String::from_utf8_lossy(response.body()).into_owned();
    assert_eq!(response.status(), 200, "{text}");
    serde_json::from_str(&text).unwrap()
}

fn row<'a>(answer: &'a Value, service: &str) -> &'a Value {
    let rows = answer["services"].as_array().unwrap();
    let found = rows.iter().find(|row| row["service"] == service);
    found.unwrap_or_else(|| panic!("{service} is not in {answer}"))
}

fn counts(answer: &Value, service: &str) -> (f64, f64) {
    let row = row(answer, service);
    (row["requests"].as_f64().unwrap(), row["errors"].as_f64().unwrap())
}

async fn with_probes(name: &str) -> Database {
    let database = FIXTURE.database(name).await;
    database
        .insert("otel_traces", spans("shop", "GET /cart", 20, "Unset", &[]))
        .await;
    for (name, attributes) in [
        ("GET /healthz", &[][..]),
        ("GET", &[("url.path", "/readyz")]),
        ("GET /{path}", &[("url.full", "http://10.0.0.7:8080/metrics?x=1")]),
        ("grpc.health.v1.Health/Check", &[]),
    ] {
        let failing = spans("shop", name, 900, "Error", attributes);
        database.insert("otel_traces", failing).await;
    }
    database
}

#[tokio::test]
async fn health_checks_that_fail_make_nobody_critical_and_no_budget_burn() {
    let database = with_probes("left_out_probes").await;
    let by_rollup = services(&database.api()).await;
    assert_eq!(counts(&by_rollup, "shop"), (600.0, 0.0));
    let p95 = row(&by_rollup, "shop")["p95_ms"].as_f64().unwrap();
    assert!(p95 < 25.0, "{p95}");
    // Nor do they once the rollup has looked again, nor by the spans alone.
    let hour = |at: &str| at.parse().unwrap();
    requests::roll(
        &database.client,
        hour("2026-01-31T10:00:00Z"),
        hour("2026-01-31T11:00:00Z"),
    )
    .await
    .unwrap();
    assert_eq!(counts(&services(&database.api()).await, "shop"), (600.0, 0.0));
    database.run("TRUNCATE TABLE kulprit_request_coverage").await;
    assert_eq!(counts(&services(&database.api()).await, "shop"), (600.0, 0.0));
    let at = "2026-01-31T10:10:00Z".parse().unwrap();
    let objectives = status(&database.client, &judging(Slo::default()), at, &[])
        .await
        .unwrap();
    assert_eq!((objectives.slos[0].total, objectives.slos[0].bad), (600.0, 0.0));
    // The doctor says how many they are.
    let checks = kulprit::doctor::examine(&database.config, &database.client).await;
    let told = checks.iter().find(|check| check.check == "requests").unwrap();
    assert!(told.found.contains("2400 of 3000 requests"), "{told:?}");
    assert!(told.found.contains("GET /healthz (600)"), "{told:?}");
}

#[tokio::test]
async fn health_checks_that_begin_to_fail_are_no_root_cause() {
    let database = FIXTURE.database("left_out_cause").await;
    // Two hours of pages and of health checks that ask the database; these fail and hang from 11:50 on.
    database
        .run(
            "INSERT INTO otel_traces (Timestamp, TraceId, SpanId, ParentSpanId, SpanName, SpanKind, ServiceName, Duration, StatusCode, SpanAttributes)
             SELECT toDateTime64('2026-02-03 10:00:00', 9, 'UTC') + toIntervalMillisecond(2000 * number + span.1), concat(toString(number), span.2),
                 toString(span.1), if(span.1 % 10 = 1, toString(span.1 - 1), ''), span.3, span.4, 'shop', toUInt64(span.5 * (1 + number % 7 / 50) * 1000000),
                 if(span.6, 'Error', 'Unset'), if(span.4 = 'Client', map('db.system.name', 'postgresql', 'server.address', 'pg'), map('', ''))
             FROM (SELECT number, number >= 3300 AS bad FROM numbers(3600))
             ARRAY JOIN [
                 (10, 'page', 'GET /cart', 'Server', 20., false),
                 (20, 'probe', 'GET /health/ready', 'Server', if(bad, 5000., 5.), bad),
                 (21, 'probe', 'SELECT 1', 'Client', if(bad, 4900., 2.), bad)] AS span",
        )
        .await;
    let window = Window {
        from: "2026-02-03T11:50:00Z".parse().unwrap(),
        to: "2026-02-03T12:00:00Z".parse().unwrap(),
    };
    let question = Correlate::about(window, None);
    let ask = async |database: &Database| correlate(&database.client, &database.config, &question).await.unwrap();
    let answer = ask(&database).await;
    assert!(answer.suspects.is_empty(), "{:#?}", answer.suspects);
    assert!(answer.blast_radius.affected.is_empty(), "{:#?}", answer.blast_radius);
    // Where nothing is left out they are found.
    let all = database.counting(Requests {
        ignore: vec![],
        ..Requests::default()
    });
    assert!(!ask(&all).await.suspects.is_empty());
}

#[tokio::test]
async fn a_probe_is_told_by_its_agent_or_an_attribute_and_other_rules_count_anew() {
    let database = FIXTURE.database("left_out_rules").await;
    let agent = &[("user_agent.original", "kube-probe/1.31")];
    let synthetic = &[("synthetic", "true")];
    for attributes in [&[][..], agent, synthetic] {
        let status = if attributes.is_empty() { "Unset" } else { "Error" };
        database
            .insert("otel_traces", spans("web", "GET /", 5, status, attributes))
            .await;
    }
    assert_eq!(counts(&services(&database.api()).await, "web"), (1800.0, 1200.0));
    let by = |ignore: Vec<Selector>| Requests {
        ignore,
        ..Requests::default()
    };
    let agents = Selector {
        user_agent: "kube-probe/*".to_owned(),
        ..Selector::default()
    };
    let attributes = Selector {
        service: "web".to_owned(),
        attributes: [("synthetic".to_owned(), "true".to_owned())].into(),
        ..Selector::default()
    };
    let other = Selector {
        service: "shop".to_owned(),
        ..attributes.clone()
    };
    let database = database.counting(by(vec![agents.clone(), other]));
    // The view still counts by the rules before: the spans answer.
    assert_eq!(counts(&services(&database.api()).await, "web"), (1200.0, 600.0));
    let checks = kulprit::doctor::examine(&database.config, &database.client).await;
    let told = checks.iter().find(|check| check.check == "request rules").unwrap();
    assert!(told.advice.is_some(), "{told:?}");
    let database = database.counting(by(vec![agents, attributes]));
    database.apply_schema().await;
    assert_eq!(
        requests::covered_from(&database.client).await.unwrap(),
        Some("2026-01-31T10:10:00Z".parse().unwrap())
    );
    let plan = requests::remaining(&database.client).await.unwrap();
    requests::backfill(&database.client, &plan, |_| {}).await.unwrap();
    let rolled = database
        .lines("SELECT sum(requests), sum(errors) FROM kulprit_request_minutes")
        .await;
    assert_eq!(rolled, ["600\t0"]);
    assert_eq!(counts(&services(&database.api()).await, "web"), (600.0, 0.0));
    // What arrives is counted by the new rules, and applying them again changes nothing.
    database.apply_schema().await;
    database
        .insert(
            "otel_traces",
            spans("web", "GET /x", 5, "Unset", &[("synthetic", "true")]),
        )
        .await;
    let rolled = database
        .lines("SELECT sum(requests), sum(errors) FROM kulprit_request_minutes")
        .await;
    assert_eq!(rolled, ["600\t0"]);
}

#[tokio::test]
async fn a_stream_spoils_neither_p95_nor_a_latency_objective() {
    let database = FIXTURE.database("left_out_streams").await;
    database
        .insert("otel_traces", spans("chat", "GET /page", 20, "Unset", &[]))
        .await;
    for (name, attributes) in [
        ("GET /socket.io/*", &[][..]),
        ("GET /talk", &[("http.response.status_code", "101")]),
        (
            "GET /news",
            &[("http.response.header.content-type", "[\"text/event-stream\"]")],
        ),
        ("GET /poll", &[]),
    ] {
        let open = spans("chat", name, 300_000, "Unset", attributes);
        database.insert("otel_traces", open).await;
    }
    let database = database.counting(Requests {
        streams: vec![Selector::route("/socket.io/*"), Selector::route("/poll")],
        ..Requests::default()
    });
    let by_spans = services(&database.api()).await;
    database.apply_schema().await;
    let plan = requests::remaining(&database.client).await.unwrap();
    requests::backfill(&database.client, &plan, |_| {}).await.unwrap();
    for answer in [by_spans, services(&database.api()).await] {
        assert_eq!(counts(&answer, "chat"), (3000.0, 0.0));
        let p99 = row(&answer, "chat")["p99_ms"].as_f64().unwrap();
        assert!(p99 < 25.0, "{p99}");
    }
    let slo = Slo {
        objectives: vec![Objective {
            latency_ms: Some(100.0),
            ..Objective::default()
        }],
        ..Slo::default()
    };
    let at = "2026-01-31T10:10:00Z".parse().unwrap();
    let answer = status(&database.client, &judging(slo.clone()), at, &[]).await.unwrap();
    assert_eq!((answer.slos[0].total, answer.slos[0].bad), (600.0, 0.0));
}

#[tokio::test]
async fn an_objective_counts_the_route_method_and_attribute_that_it_names() {
    let database = FIXTURE.database("left_out_objectives").await;
    let gold = &[("http.request.method", "POST"), ("tenant.tier", "gold")];
    for (name, status, attributes) in [
        ("GET /cart", "Error", &[][..]),
        ("POST /checkout/pay", "Unset", gold),
        ("POST /checkout/ship", "Error", &[("http.request.method", "POST")]),
        ("GET /checkout/pay", "Unset", &[("http.request.method", "GET")]),
    ] {
        database
            .insert("otel_traces", spans("shop", name, 20, status, attributes))
            .await;
    }
    // A service without spans, whose metrics tell the route.
    for minute in 1..=10 {
        let point = |route: &str, status: &str| {
            json!({
                "ServiceName": "till", "MetricName": "http_requests_total", "TimeUnix": format!("2026-01-31 10:{minute:02}:00"),
                "StartTimeUnix": format!("2026-01-31 10:{:02}:00", minute - 1), "Value": 30, "AggregationTemporality": 1, "IsMonotonic": true,
                "Attributes": { "route": route, "status": status, "method": "POST" },
            })
        };
        let points = [
            point("/checkout/pay", "200"),
            point("/checkout/pay", "500"),
            point("/cart", "500"),
        ];
        database.insert("otel_metrics_sum", points).await;
    }
    let objective = |name: &str, route: &str, method: &str, tier: Option<&str>| Objective {
        name: name.to_owned(),
        route: route.to_owned(),
        method: method.to_owned(),
        attributes: tier
            .map(|tier| ("tenant.tier".to_owned(), tier.to_owned()))
            .into_iter()
            .collect(),
        ..Objective::default()
    };
    let slo = Slo {
        objectives: vec![
            objective("route", "/checkout/*", "", None),
            objective("method", "/checkout/*", "post", None),
            objective("tier", "", "", Some("gold")),
            Objective {
                latency_ms: Some(10.0),
                ..objective("fast", "/checkout/*", "", None)
            },
        ],
        ..Slo::default()
    };
    let at = "2026-01-31T10:10:00Z".parse().unwrap();
    let before = status(&database.client, &judging(slo.clone()), at, &[]).await.unwrap();
    assert!(
        before.warnings.iter().any(|warning| warning.contains("count none yet")),
        "{before:?}"
    );
    for selection in selected::selectors(&database.client, &slo) {
        let plan = selected::remaining(&database.client, &selection.0).await.unwrap();
        selected::backfill(&database.client, &selection, &plan, |_| {})
            .await
            .unwrap();
        let again = selected::remaining(&database.client, &selection.0).await.unwrap();
        assert!(again.buckets.len() <= 1, "{again:?}");
    }
    let answer = status(&database.client, &judging(slo.clone()), at, &[]).await.unwrap();
    let mut found: Vec<_> = answer
        .slos
        .iter()
        .map(|slo| (slo.service.as_str(), slo.objective.as_str(), slo.total, slo.bad))
        .collect();
    found.sort_by(|left, right| left.partial_cmp(right).unwrap());
    assert_eq!(
        found,
        [
            ("shop", "fast", 1800.0, 1800.0),
            ("shop", "method", 1200.0, 600.0),
            ("shop", "route", 1800.0, 600.0),
            ("shop", "tier", 600.0, 0.0),
            ("till", "method", 600.0, 300.0),
            ("till", "route", 600.0, 300.0),
        ]
    );
    assert!(
        answer
            .warnings
            .iter()
            .all(|warning| !warning.contains("count none yet")),
        "{answer:?}"
    );
}

#[tokio::test]
async fn the_configuration_says_which_codes_are_failures() {
    let database = FIXTURE.database("left_out_codes").await;
    for (service, attributes) in [
        ("limited", &[("http.response.status_code", "429")]),
        ("closed", &[("http.response.status_code", "503")]),
        ("broken", &[("http.response.status_code", "500")]),
        ("nameless", &[("rpc.grpc.status_code", "5")]),
        ("done", &[("rpc.response.status_code", "UNIMPLEMENTED")]),
    ] {
        database
            .insert("otel_traces", spans(service, "work", 5, "Unset", attributes))
            .await;
    }
    for minute in 1..=10 {
        let point = |service: &str, status: &str| {
            json!({
                "ServiceName": service, "MetricName": "http_requests_total", "TimeUnix": format!("2026-01-31 10:{minute:02}:00"),
                "StartTimeUnix": format!("2026-01-31 10:{:02}:00", minute - 1), "Value": 60, "AggregationTemporality": 1, "IsMonotonic": true,
                "Attributes": { "status": status },
            })
        };
        let points = [
            point("metered limited", "429"),
            point("metered closed", "503"),
            point("metered broken", "500"),
        ];
        database.insert("otel_metrics_sum", points).await;
    }
    let codes = |codes: &[&str]| codes.iter().map(|code| (*code).to_owned()).collect();
    let database = database.counting(Requests {
        failures: codes(&["429", "not_found"]),
        successes: codes(&["503", "UNIMPLEMENTED"]),
        ..Requests::default()
    });
    let answer = services(&database.api()).await;
    for (service, errors) in [
        ("limited", 600.0),
        ("closed", 0.0),
        ("broken", 600.0),
        ("nameless", 600.0),
        ("done", 0.0),
        ("metered limited", 600.0),
        ("metered closed", 0.0),
        ("metered broken", 600.0),
    ] {
        assert_eq!(counts(&answer, service), (600.0, errors), "{service}");
    }
}

#[tokio::test]
async fn metrics_of_health_checks_and_streams_are_left_out_likewise() {
    let database = FIXTURE.database("left_out_metrics").await;
    for minute in 1..=10 {
        let point = |route: &str, status: &str, buckets: [u64; 4]| {
            json!({
                "ServiceName": "till", "MetricName": "http.server.request.duration", "MetricUnit": "s",
                "TimeUnix": format!("2026-01-31 10:{minute:02}:00"), "StartTimeUnix": format!("2026-01-31 10:{:02}:00", minute - 1),
                "Count": buckets.iter().sum::<u64>(), "BucketCounts": buckets, "ExplicitBounds": [0.01, 0.1, 10.0], "AggregationTemporality": 1,
                "Attributes": { "http.route": route, "http.response.status_code": status },
            })
        };
        let points = [
            point("/pay", "200", [0, 60, 0, 0]),
            point("/healthz", "500", [0, 0, 60, 0]),
            point("/ws", "101", [0, 0, 0, 60]),
        ];
        database.insert("otel_metrics_histogram", points).await;
    }
    let answer = services(&database.api()).await;
    assert_eq!(counts(&answer, "till"), (1200.0, 0.0));
    let p99 = row(&answer, "till")["p99_ms"].as_f64().unwrap();
    assert!(p99 <= 100.0, "{p99}");
    let plan = metered::remaining(&database.client).await.unwrap();
    metered::backfill(&database.client, &plan, |_| {}).await.unwrap();
    let rolled = database
        .lines("SELECT sum(requests), sum(errors) FROM kulprit_metered_minutes FINAL")
        .await;
    assert_eq!(rolled, ["1200\t0"]);
}

/// A configuration with these objectives.
fn judging(slo: Slo) -> Config {
    Config {
        slo,
        ..Config::default()
    }
}
