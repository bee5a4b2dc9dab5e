//! Spans of a Tempo, with the lines of a Loki beside them.

use std::time::{Duration, Instant};

use kulprit_testing::Database;
use serde_json::{Value, json};

use super::server::{Mood, Server, nowhere};
use super::{answer, get, loki, post, reading, tempo, without};
use crate::FIXTURE;

/// Seventy minutes of one request in two seconds: `web` calls `cart`, which calls `stock`. In the last ten `stock` is slow and fails, says so in a
/// line, and is another version. One trace in some begins with zeros.
const SPANS: &str = "
INSERT INTO otel_traces (Timestamp, TraceId, SpanId, ParentSpanId, SpanName, SpanKind, ServiceName, Duration, StatusCode, StatusMessage,
    ResourceAttributes, SpanAttributes)
SELECT
    toDateTime64('2026-02-03 10:50:00', 9, 'UTC') + toIntervalMillisecond(2000 * number + span.1),
    concat(if(number % 16 = 0, '00', 'a1'), lower(substring(hex(MD5(toString(number))), 3))),
    lower(leftPad(hex(span.1 + 16 * number), 16, '0')),
    if(span.2 = 0, '', lower(leftPad(hex(span.2 + 16 * number), 16, '0'))),
    span.3, span.4, span.5, toUInt64(span.6 * (1 + number % 7 / 50) * 1000000),
    if(span.7, 'Error', 'Unset'), if(span.7, 'no answer', ''),
    map('service.name', span.5, 'service.version', if(span.5 = 'stock' AND bad, '2', '1')),
    map('http.response.status_code', if(span.7, '503', '200'), 'peer.service', span.8)
FROM (SELECT number, number >= 1800 AS bad FROM numbers(2100))
ARRAY JOIN [
    (1, 0, 'POST /add', 'Server', 'web', if(bad, 130., 30.), bad, ''),
    (2, 1, 'POST cart', 'Client', 'web', if(bad, 120., 24.), bad, 'cart'),
    (3, 2, 'POST /add', 'Server', 'cart', if(bad, 118., 20.), bad, ''),
    (4, 3, 'GET stock', 'Client', 'cart', if(bad, 114., 14.), bad, 'stock'),
    (5, 4, 'GET /item', 'Server', 'stock', if(bad, 110., 10.), bad, '')] AS span";

const LINES: &str = "
INSERT INTO otel_logs (Timestamp, ServiceName, SeverityText, TraceId, SpanId, Body)
SELECT
    Timestamp + toIntervalMillisecond(1), ServiceName, if(StatusCode = 'Error', 'ERROR', 'INFO'), TraceId, SpanId,
    if(StatusCode = 'Error' AND ServiceName = 'stock', concat('disk of shard ', toString(cityHash64(SpanId) % 90), ' is full'),
        concat('handled ', SpanName, ' in ', toString(Duration), ' ns'))
FROM otel_traces
WHERE SpanKind = 'Server'";

/// A database with both, one with neither, and the servers that have them.
async fn incident(name: &str) -> (Database, Database, Server, Server) {
    let database = FIXTURE.database(name).await;
    database.run(SPANS).await;
    database.run(LINES).await;
    let (spans, lines) = (tempo::serve(&database).await, loki::serve(&database).await);
    let empty = FIXTURE.database(&format!("{name}_in_place")).await;
    (database, empty, spans, lines)
}

fn sources(spans: &str, lines: &str, max_traces: u32) -> String {
    format!("[sources.tempo]\nurl = {spans:?}\nmax_traces = {max_traces}\n[sources.loki]\nurl = {lines:?}")
}

fn question() -> Value {
    json!({ "from": "2026-02-03T11:50:00Z", "to": "2026-02-03T12:00:00Z", "history": "1h" })
}

#[tokio::test]
async fn answers_are_those_of_the_same_spans_in_a_table() {
    let (database, empty, spans, lines) = incident("tempo_equal").await;
    let (table, in_place) = (
        database.api(),
        reading(&empty, &sources(&spans.url, &lines.url, 10_000)),
    );
    let (status, of_table) = post(&table, "/api/v1/correlate", &question()).await;
    assert_eq!(
        (status, &of_table["root_cause"]["service"]),
        (200, &json!("stock")),
        "{of_table}"
    );
    let (status, of_tempo) = post(&in_place, "/api/v1/correlate", &question()).await;
    assert_eq!(status, 200, "{of_tempo}");
    let read = of_tempo["sources"].as_array().unwrap();
    assert_eq!(read.len(), 2, "{read:?}");
    assert!(
        read.iter()
            .any(|read| read["kind"] == json!("spans") && read["read"] == json!(10_500)),
        "{read:?}"
    );
    for part in ["root_cause", "suspects", "blast_radius", "traces", "timeline"] {
        assert_eq!(of_tempo[part], of_table[part], "{part}");
    }
    let window = "from=2026-02-03T11:50:00Z&to=2026-02-03T12:00:00Z";
    for path in ["topology", "traces", "differences"] {
        let more = if path == "differences" { "&of=requests" } else { "" };
        let path = format!("/api/v1/{path}?{window}{more}");
        let (of_table, of_tempo) = (answer(&table, &path).await, answer(&in_place, &path).await);
        assert_eq!(without(of_tempo, &["sources"]), of_table, "{path}");
    }
    let path = format!("/api/v1/services?{window}&source=spans");
    let (of_table, of_tempo) = (answer(&table, &path).await, answer(&in_place, &path).await);
    let health = |answer: &Value| {
        let services = answer["services"].as_array().unwrap().iter();
        let told = services
            .map(|row| [&row["service"], &row["requests"], &row["errors"], &row["p95_ms"]].map(Value::to_string));
        told.collect::<Vec<_>>()
    };
    assert_eq!(health(&of_tempo), health(&of_table));
    assert_eq!(health(&of_table).len(), 3, "{of_table}");
}

#[tokio::test]
async fn a_trace_is_found_by_its_id_with_its_lines() {
    let (database, empty, spans, lines) = incident("tempo_trace").await;
    let (table, in_place) = (
        database.api(),
        reading(&empty, &sources(&spans.url, &lines.url, 10_000)),
    );
    let ids = database
        .lines("SELECT TraceId FROM otel_traces WHERE ServiceName = 'stock' ORDER BY Timestamp DESC LIMIT 20")
        .await;
    assert!(ids.iter().any(|id| id.starts_with("00")), "{ids:?}");
    for id in ids.iter().filter(|id| id.starts_with("00")).chain(&ids[..1]) {
        let path = format!("/api/v1/traces/{id}");
        let (of_table, of_tempo) = (answer(&table, &path).await, answer(&in_place, &path).await);
        assert_eq!(of_table["logs"].as_array().unwrap().len(), 3, "{of_table}");
        assert_eq!(without(of_tempo, &["sources"]), of_table);
    }
    spans.hits();
    for id in ["0123456789abcdef0123456789abcdef", "..%2F..%2Fstatus", "%7Ba,b%7D"] {
        let (status, error) = get(&in_place, &format!("/api/v1/traces/{id}")).await;
        assert_eq!(status, 404, "{error}");
    }
    let asked: Vec<String> = spans.hits().into_iter().map(|hit| hit.path).collect();
    assert_eq!(
        asked,
        ["/api/v2/traces/0123456789abcdef0123456789abcdef"],
        "nothing else can be read"
    );
}

#[tokio::test]
async fn beyond_the_budget_some_traces_stand_for_all() {
    let (database, empty, spans, lines) = incident("tempo_budget").await;
    let in_place = reading(&empty, &sources(&spans.url, &lines.url, 240));
    let (status, of_tempo) = post(&in_place, "/api/v1/correlate", &question()).await;
    assert_eq!(status, 200, "{of_tempo}");
    assert_eq!(of_tempo["root_cause"]["service"], json!("stock"), "{of_tempo}");
    assert!(
        of_tempo["warnings"].to_string().contains("sources.tempo.max_traces"),
        "{of_tempo}"
    );
    let path = "/api/v1/services?from=2026-02-03T11:20:00Z&to=2026-02-03T12:00:00Z&source=spans";
    let (of_table, of_tempo) = (answer(&database.api(), path).await, answer(&in_place, path).await);
    let requests = |answer: &Value| answer["services"][0]["requests"].as_f64().unwrap();
    let ratio = requests(&of_tempo) / requests(&of_table);
    assert!((0.75..1.25).contains(&ratio), "{ratio}");
}

#[tokio::test]
async fn what_cannot_be_read_is_named_and_the_rest_answers() {
    let (_, empty, spans, lines) = incident("tempo_away").await;
    let ask = async |spans: &str, lines: &str| {
        let in_place = reading(&empty, &sources(spans, lines, 400));
        let began = Instant::now();
        let (status, answer) = post(&in_place, "/api/v1/correlate", &question()).await;
        (status, answer, began.elapsed())
    };
    let (status, without_lines, _) = ask(&spans.url, &nowhere()).await;
    assert_eq!(
        (status, &without_lines["root_cause"]["service"]),
        (200, &json!("stock")),
        "{without_lines}"
    );
    let warnings = without_lines["warnings"].to_string();
    assert!(
        warnings.contains("log lines are missing: loki cannot be read"),
        "{warnings}"
    );
    spans.set(Mood::Says(500, "oh"));
    let (status, without_spans, _) = ask(&spans.url, &lines.url).await;
    assert_eq!(status, 200, "{without_spans}");
    assert!(
        without_spans["warnings"]
            .to_string()
            .contains("spans are missing: tempo cannot be read: it failed (500)")
    );
    assert!(
        !without_spans["suspects"].as_array().unwrap().is_empty(),
        "by their lines: {without_spans}"
    );
    let (status, neither, took) = ask(&nowhere(), &nowhere()).await;
    assert_eq!(status, 503, "nothing read is no all-clear: {neither}");
    assert!(took < Duration::from_secs(4), "{took:?}");
}
