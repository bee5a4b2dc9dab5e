//! The commonest outages, each named after what went wrong: what the root cause says of them.

use kulprit::questions::root_cause::{Answer, Class, Correlate, HurtBy, correlate};
use kulprit_request::window::Window;

use crate::FIXTURE;
use kulprit_testing::Database;

fn window() -> Window {
    Window {
        from: "2026-02-03T11:50:00Z".parse().unwrap(),
        to: "2026-02-03T12:00:00Z".parse().unwrap(),
    }
}

async fn ask(database: &Database, window: Window) -> Answer {
    let question = Correlate::about(window, None);
    correlate(&database.client, &database.config, &question).await.unwrap()
}

fn first(answer: &Answer) -> &str {
    answer.suspects.first().map_or("nobody", |suspect| &suspect.service)
}

fn texts(answer: &Answer) -> String {
    let pieces = answer.suspects.iter().flat_map(|suspect| &suspect.evidence);
    pieces
        .map(|evidence| evidence.text.as_str())
        .collect::<Vec<_>>()
        .join("\n")
}

/// Two hours of one request in two seconds, of which the last ten minutes are the window (`bad`). A span is what stands before it in the trace,
/// name, kind, service, milliseconds, status, attributes, and whether it is there.
async fn traces(name: &str, spans: &[&str]) -> Database {
    let database = FIXTURE.database(name).await;
    database
        .run(&format!(
            "INSERT INTO otel_traces (Timestamp, TraceId, SpanId, ParentSpanId, SpanName, SpanKind, ServiceName, Duration, StatusCode, SpanAttributes)
             SELECT toDateTime64('2026-02-03 10:00:00', 9, 'UTC') + toIntervalMillisecond(2000 * number + span.1), toString(number), toString(span.1), span.2,
                 span.3, span.4, span.5, toUInt64(span.6 * (1 + number % 7 / 50) * 1000000), if(span.7, 'Error', 'Unset'), span.8
             FROM (SELECT number, number >= 3300 AS bad FROM numbers(3600))
             ARRAY JOIN arrayFilter(span -> span.9, [{}]) AS span",
            spans.join(", ")
        ))
        .await;
    database
}

const CALLED: &str = "map('server.address', 'stock')";

#[tokio::test]
async fn a_service_that_is_dead_is_the_first_suspect_and_its_callers_are_hurt() {
    let database = traces(
        "outage_dead",
        &[
            "(1, '', 'POST /add', 'Server', 'web', 30., bad, map('', ''), true)",
            "(2, '1', 'POST cart', 'Client', 'web', 24., bad, map('server.address', 'cart'), true)",
            "(3, '2', 'POST /add', 'Server', 'cart', 20., bad, map('', ''), true)",
            &format!("(4, '3', 'GET stock', 'Client', 'cart', if(bad, 2., 14.), bad, {CALLED}, true)"),
            "(5, '4', 'GET /reserve', 'Server', 'stock', 8., false, map('', ''), NOT bad)",
        ],
    )
    .await;
    let answer = ask(&database, window()).await;
    assert_eq!(first(&answer), "stock", "{:#?}", answer.suspects);
    assert!(texts(&answer).contains("it is silent"), "{}", texts(&answer));
    let hurt: Vec<_> = answer
        .blast_radius
        .affected
        .iter()
        .map(|affected| (affected.service.as_str(), affected.by))
        .collect();
    assert!(
        hurt.contains(&("cart", HurtBy::Errors)) && hurt.contains(&("stock", HurtBy::Traffic)),
        "{hurt:?}"
    );
}

/// Two services that wait for a database, and one that waits for a third party.
async fn waiting(name: &str, database_ms: &str, database_fails: &str, bank_ms: &str) -> Database {
    let mut spans = vec![];
    for (place, service) in [(10, "orders"), (20, "users")] {
        spans.push(format!("({place}, '', 'GET /{service}', 'Server', '{service}', 6. + {database_ms}, {database_fails}, map('', ''), true)"));
        spans.push(format!(
            "({place} + 1, '{place}', 'SELECT', 'Client', '{service}', {database_ms}, {database_fails}, map('db.system.name', 'postgresql', 'server.address', 'pg-main'), true)"
        ));
    }
    spans.push(format!(
        "(30, '', 'POST /pay', 'Server', 'pay', 9. + {bank_ms}, false, map('', ''), true)"
    ));
    spans.push(format!("(31, '30', 'POST', 'Client', 'pay', {bank_ms}, false, map('url.full', 'https://api.bank.example/v1/charge'), true)"));
    traces(name, &spans.iter().map(String::as_str).collect::<Vec<_>>()).await
}

#[tokio::test]
async fn a_database_that_sends_no_spans_is_named_by_those_that_wait_for_it() {
    let slow = waiting("outage_slow_database", "if(bad, 400., 5.)", "false", "80.").await;
    let answer = ask(&slow, window()).await;
    assert_eq!(first(&answer), "postgresql pg-main", "{:#?}", answer.suspects);
    let failing = waiting("outage_failing_database", "5.", "bad", "80.").await;
    let answer = ask(&failing, window()).await;
    assert_eq!(first(&answer), "postgresql pg-main", "{:#?}", answer.suspects);
}

#[tokio::test]
async fn a_third_party_is_named_by_the_only_service_that_calls_it() {
    let database = waiting("outage_third_party", "5.", "false", "if(bad, 2000., 80.)").await;
    let answer = ask(&database, window()).await;
    assert_eq!(first(&answer), "pay", "{:#?}", answer.suspects);
    assert!(texts(&answer).contains("api.bank.example"), "{}", texts(&answer));
}

#[tokio::test]
async fn requests_that_stopped_are_no_all_clear() {
    let database = traces(
        "outage_vanished",
        &["(1, '', 'GET /', 'Server', 'web', 30., false, map('', ''), NOT bad)"],
    )
    .await;
    let answer = ask(&database, window()).await;
    assert_eq!(answer.blast_radius.class, Class::Critical, "{:#?}", answer.blast_radius);
    let hurt: Vec<_> = answer
        .blast_radius
        .affected
        .iter()
        .map(|affected| (affected.service.as_str(), affected.by))
        .collect();
    assert_eq!(hurt, [("web", HurtBy::Traffic)]);
}

#[tokio::test]
async fn the_end_of_a_window_accuses_nobody() {
    let database = traces(
        "outage_none",
        &[
            "(1, '', 'POST /report', 'Server', 'api', 4000., false, map('', ''), true)",
            "(3400, '1', 'GET', 'Client', 'api', 500., false, map('', ''), true)",
            "(3410, '3400', 'GET /render', 'Server', 'render', 480., false, map('', ''), true)",
        ],
    )
    .await;
    database
        .run(
            "INSERT INTO otel_logs (Timestamp, TraceId, ServiceName, Body)
             SELECT Timestamp + toIntervalNanosecond(Duration), TraceId, ServiceName, 'done' FROM otel_traces",
        )
        .await;
    for minute in [10, 20, 30] {
        let from = format!("2026-02-03T11:{minute}:00Z").parse().unwrap();
        let to = format!("2026-02-03T11:{}:00Z", minute + 5).parse().unwrap();
        let answer = ask(&database, Window { from, to }).await;
        assert_eq!(answer.root_cause, None, "{:#?}", answer.suspects);
    }
}

#[tokio::test]
async fn a_service_that_only_metrics_know_is_a_suspect_and_hurt() {
    let database = FIXTURE.database("outage_metrics").await;
    database
        .run(
            "INSERT INTO otel_metrics_sum (TimeUnix, StartTimeUnix, ServiceName, MetricName, Attributes, Value, AggregationTemporality, IsMonotonic)
             SELECT toDateTime64('2026-02-03 10:00:00', 9, 'UTC') + 60 * number AS at, at - 60, service, 'http_requests_total', map('code', code),
                 multiIf(code = '200', 600, service = 'pay' AND number > 110, 300, 1), 1, true
             FROM numbers(121) ARRAY JOIN ['web', 'pay', 'mail'] AS service ARRAY JOIN ['200', '500'] AS code",
        )
        .await;
    let answer = ask(&database, window()).await;
    assert_eq!(first(&answer), "pay", "{:#?} {:?}", answer.suspects, answer.warnings);
    assert!(texts(&answer).contains("fail by its metrics"), "{}", texts(&answer));
    assert!(answer.blast_radius.class > Class::None, "{:#?}", answer.blast_radius);
}

#[tokio::test]
async fn who_may_not_create_temporary_tables_gets_the_same_suspects() {
    let database = waiting("outage_without_tables", "if(bad, 400., 5.)", "false", "80.").await;
    let answer = ask(&database, window()).await;
    let read_only = ask(&database.for_reader(), window()).await;
    let suspects = |answer: &Answer| -> Vec<(String, String)> {
        answer
            .suspects
            .iter()
            .map(|suspect| (suspect.service.clone(), format!("{:.6}", suspect.score)))
            .collect()
    };
    assert_eq!(suspects(&read_only), suspects(&answer), "{:?}", read_only.warnings);
    assert_eq!(read_only.blast_radius, answer.blast_radius);
}

#[tokio::test]
async fn a_version_that_came_just_before_the_errors_is_evidence_and_so_is_an_instance_that_was_started_again() {
    let database = FIXTURE.database("outage_version").await;
    // From 11:49 on shop is of another version, from 11:50 on it fails; mail's only pod is replaced at 11:52 and fails.
    database
        .run(
            "INSERT INTO otel_traces (Timestamp, TraceId, SpanId, ParentSpanId, SpanName, SpanKind, ServiceName, Duration, StatusCode, ResourceAttributes)
             SELECT toDateTime64('2026-02-03 10:00:00', 9, 'UTC') + toIntervalSecond(2 * number), concat(service, toString(number)), '1', '', 'GET /',
                 'Server', service, toUInt64(5000000 * (1 + number % 7 / 50)), if(number >= if(service = 'shop', 3300, 3360), 'Error', 'Unset'),
                 if(service = 'shop',
                     map('service.version', if(number >= 3270, '1.4.2', '1.4.1'), 'k8s.pod.name', concat('shop-', toString(number % 2))),
                     map('service.version', '7', 'k8s.pod.name', if(number >= 3360, 'mail-new', 'mail-old')))
             FROM numbers(3600) ARRAY JOIN ['shop', 'mail'] AS service",
        )
        .await;
    database
        .run(
            "INSERT INTO otel_logs (Timestamp, ServiceName, Body, ResourceAttributes, LogAttributes)
             SELECT toDateTime64('2026-02-03 11:51:00', 9, 'UTC') + toIntervalMinute(number), '', 'Back-off restarting failed container',
                 map('k8s.object.kind', 'Pod', 'k8s.object.name', 'mail-6d4cf56db6-x2x7k'), map('k8s.event.reason', 'BackOff')
             FROM numbers(3)",
        )
        .await;
    let answer = ask(&database, window()).await;
    let told = texts(&answer);
    assert!(
        told.contains("Kubernetes tells 3 times of BackOff about mail-6d4cf56db6-x2x7k since 11:51"),
        "{told}"
    );
    assert!(
        told.contains("service.version is 1.4.2 since 11:49, on 2 of 2 instances, 1.4.1 before"),
        "{told}"
    );
    assert!(
        told.contains("the instance mail-new is there since 11:52, and mail-old sends nothing any more"),
        "{told}"
    );
    assert!(!told.contains("service.version is 7"), "{told}");
}
