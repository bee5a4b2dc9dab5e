//! Log lines of a Loki.

use std::time::{Duration, Instant};

use kulprit_testing::Database;
use serde_json::{Value, json};

use super::server::{Mood, Server, nowhere};
use super::{answer, get, loki, post, reading, without};
use crate::FIXTURE;

/// Three services from 09:00 to 11:00 of 31 January, and a day before: at whole seconds, so that many lines share one instant. From 10:55 on
/// `pay` fails. Some lines say how they ended in attributes, one service names its levels by number alone, and one has a hostile name.
const LINES: &str = r#"
INSERT INTO otel_logs (Timestamp, ServiceName, SeverityText, SeverityNumber, TraceId, Body, ResourceAttributes, LogAttributes)
SELECT
    toDateTime64('2026-01-31 09:00:00', 9, 'UTC') + toIntervalSecond(second) - toIntervalDay(number % 2 = 0 AND kind = 3),
    ['shop', 'pay', 'a"b} or {c|d\\e'][1 + kind % 3] AS service,
    if(kind % 3 = 2, '', if(is_bad, 'ERROR', 'INFO')),
    if(kind % 3 = 2, 9, 0),
    if(number % 5 = 0, '', lower(hex(MD5(toString(number))))),
    if(is_bad, concat('payment ', toString(number), ' failed: timeout'),
        concat(['stored', 'loaded', 'counted', 'sent'][kind + 1], ' item ', toString(number))),
    map('service.version', '1.4.2', 'host.name', concat('node-', toString(number % 3))),
    map('http.response.status_code', if(is_bad, '502', '200'), 'request_id', hex(sipHash64(number)))
FROM
(
    SELECT number, intDiv(number, 4) AS second, sipHash64(number) % 4 AS kind,
        second >= 6900 AND kind % 3 = 1 AND number % 2 = 0 AS is_bad
    FROM numbers(4 * 7200)
)"#;

/// What a window is asked about.
fn hover(from: &str, to: &str) -> Value {
    json!({
        "org": "1", "dashboard": "d", "panel_title": "p", "metric_name": "m", "start_time": from, "end_time": to, "limit": 50,
    })
}

/// A database with the lines, one without any, and a Loki that has them.
async fn lines(name: &str) -> (Database, Database, Server) {
    let database = FIXTURE.database(name).await;
    database.run(LINES).await;
    let server = loki::serve(&database).await;
    let empty = FIXTURE.database(&format!("{name}_in_place")).await;
    (database, empty, server)
}

/// What was read of it, as the answer says.
fn read(answer: &Value) -> &Value {
    let sources = answer["sources"].as_array().unwrap_or_else(|| panic!("{answer}"));
    assert_eq!(sources.len(), 1, "{answer}");
    assert_eq!(
        (&sources[0]["source"], &sources[0]["kind"]),
        (&json!("loki"), &json!("log_lines"))
    );
    &sources[0]
}

#[tokio::test]
async fn answers_are_those_of_the_same_lines_in_a_table() {
    let (database, empty, server) = lines("loki_equal").await;
    let table = database.api();
    let in_place = reading(&empty, &format!("[sources.loki]\nurl = {:?}", server.url));
    for (from, to, more) in [
        ("2026-01-31T10:55:00Z", "2026-01-31T10:57:30Z", json!({})),
        (
            "2026-01-31T10:50:07.5Z",
            "2026-01-31T10:58:13Z",
            json!({ "differences": true }),
        ),
        (
            "2026-01-31T10:55:00Z",
            "2026-01-31T10:58:00Z",
            json!({ "baseline": "day" }),
        ),
        (
            "2026-01-31T10:55:00Z",
            "2026-01-31T10:58:00Z",
            json!({ "services": ["a\"b} or {c|d\\e", "pay"] }),
        ),
    ] {
        let mut body = hover(from, to);
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let (status, of_table) = post(&table, "/query_logs", &body).await;
        assert_eq!(status, 200, "{of_table}");
        let (status, of_loki) = post(&in_place, "/query_logs", &body).await;
        assert_eq!(status, 200, "{of_loki}");
        let told = read(&of_loki);
        assert!(
            told["read"].as_u64().unwrap() > 500 && told["sampled"] == json!(false),
            "{told}"
        );
        assert_eq!(
            without(of_loki.clone(), &["sources", "differences"]),
            without(of_table.clone(), &["differences"]),
            "{body}"
        );
        assert_eq!(of_table.get("sources"), None);
        let counts = |answer: &Value| {
            (
                answer["differences"]["count"].clone(),
                answer["differences"]["usual_count"].clone(),
            )
        };
        assert_eq!(counts(&of_loki), counts(&of_table));
    }
}

#[tokio::test]
async fn no_line_of_a_crowded_instant_is_lost_or_doubled() {
    let (database, empty, server) = lines("loki_crowded").await;
    // Four lines stand at each second, so that every page of three is full.
    let in_place = reading(
        &empty,
        &format!("[sources.loki]\nurl = {:?}\npage_lines = 3", server.url),
    );
    for path in [
        "/api/v1/differences?from=2026-01-31T10:57:00Z&to=2026-01-31T10:57:20Z",
        "/api/v1/patterns?from=2026-01-31T10:57:00Z&to=2026-01-31T10:57:20Z",
    ] {
        let (of_table, of_loki) = (answer(&database.api(), path).await, answer(&in_place, path).await);
        let counts = |answer: &Value| {
            [
                answer["count"].clone(),
                answer["usual_count"].clone(),
                answer["total"].clone(),
            ]
        };
        assert_eq!(counts(&of_loki), counts(&of_table));
        assert!(read(&of_loki)["read"].as_u64().unwrap() > 60, "{of_loki}");
        assert_eq!(of_loki["warnings"], of_table["warnings"]);
    }
}

#[tokio::test]
async fn beyond_the_budget_totals_stay_exact_and_shares_are_about_right() {
    let (database, empty, server) = lines("loki_budget").await;
    let in_place = reading(
        &empty,
        &format!(
            "[sources.loki]\nurl = {:?}\nmax_lines = 2000\npage_lines = 500",
            server.url
        ),
    );
    let body = hover("2026-01-31T10:40:00Z", "2026-01-31T11:00:00Z");
    let (_, of_table) = post(&database.api(), "/query_logs", &body).await;
    let (status, of_loki) = post(&in_place, "/query_logs", &body).await;
    assert_eq!(status, 200, "{of_loki}");
    let told = read(&of_loki);
    assert_eq!(told["sampled"], json!(true));
    assert!(told["read"].as_u64().unwrap() < 4_000, "{told}");
    let warnings = of_loki["warnings"].to_string();
    assert!(warnings.contains("more than the budget"), "{warnings}");
    for total in ["current_count", "baseline_count"] {
        assert_eq!(of_loki["totals"][total], of_table["totals"][total], "{total}");
    }
    // What is rare is read whole: the failures, which are told apart by their level.
    let failed = |answer: &Value| {
        let groups = answer["log_groups"].as_array().unwrap();
        let found = groups
            .iter()
            .find(|group| group["pattern"].to_string().contains("failed"));
        (
            found.unwrap()["current_count"].clone(),
            found.unwrap()["status"].clone(),
        )
    };
    assert_eq!(failed(&of_loki), failed(&of_table));
    let share = |answer: &Value| {
        let groups = answer["log_groups"].as_array().unwrap();
        let found = groups
            .iter()
            .find(|group| group["pattern"].to_string().contains("stored"));
        found.unwrap()["current_count"].as_f64().unwrap()
    };
    let ratio = share(&of_loki) / share(&of_table);
    assert!((0.7..1.3).contains(&ratio), "{ratio}");
}

#[tokio::test]
async fn a_loki_that_cannot_be_read_is_an_error_that_says_why_and_no_all_clear() {
    let (_, empty, server) = lines("loki_away").await;
    let other = Server::start(|_| (200, "{}".to_owned())).await;
    let sources = format!(
        "[sources.loki]\nurl = {:?}\ntimeout_seconds = 1\nservice_label = \"service_name\"",
        server.url
    );
    let in_place = reading(&empty, &sources);
    let body = hover("2026-01-31T10:55:00Z", "2026-01-31T10:57:30Z");
    for (mood, words) in [
        (Mood::Slow(Duration::from_secs(8)), "within 1 s"),
        (Mood::Says(400, "parse error: own words"), "refused the question (400)"),
        (Mood::Says(401, "no"), "credentials (401)"),
        (Mood::Says(429, "slow down"), "wait (429)"),
        (Mood::Says(500, "oh"), "failed (500)"),
        (Mood::Says(200, "<html>log in</html>"), "no answer of loki"),
        (Mood::Says(200, "{\"hello\": 1}"), "no answer of loki"),
        (Mood::CutOff, "no answer of loki"),
        (Mood::Elsewhere(other.url.clone()), "another address"),
    ] {
        server.set(mood.clone());
        let began = Instant::now();
        let (status, error) = post(&in_place, "/query_logs", &body).await;
        let message = error["message"].as_str().unwrap_or_default();
        assert_eq!(status, 503, "{mood:?}: {error}");
        assert!(
            message.contains(words) && !message.contains("parse error"),
            "{mood:?}: {message}"
        );
        assert!(
            began.elapsed() < Duration::from_secs(5),
            "{mood:?}: {:?}",
            began.elapsed()
        );
    }
    assert!(other.hits().is_empty(), "a redirect is followed to nobody else");
    let away = reading(&empty, &format!("[sources.loki]\nurl = {:?}", nowhere()));
    for path in [
        "/api/v1/differences?from=2026-01-31T10:55:00Z&to=2026-01-31T10:57:30Z",
        "/api/v1/patterns?from=2026-01-31T10:55:00Z&to=2026-01-31T10:57:30Z",
    ] {
        let began = Instant::now();
        let (status, error) = get(&away, path).await;
        assert_eq!(status, 503, "{error}");
        assert!(
            error["message"].as_str().unwrap().contains("refused the connection"),
            "{error}"
        );
        assert!(began.elapsed() < Duration::from_secs(4), "{:?}", began.elapsed());
    }
}

#[tokio::test]
async fn a_secret_reaches_the_server_and_nothing_else() {
    let (_, empty, server) = lines("loki_secret").await;
    let sources = format!(
        "[sources.loki]\nurl = {:?}\n[sources.loki.auth]\nbearer_token = \"t0ps3cr3t\"\ntenant = \"ten4nt\"",
        server.url
    );
    let in_place = reading(&empty, &sources);
    let body = hover("2026-01-31T10:55:00Z", "2026-01-31T10:57:30Z");
    let (status, well) = post(&in_place, "/query_logs", &body).await;
    assert_eq!(status, 200, "{well}");
    let hits = server.hits();
    assert!(hits.len() > 3);
    for hit in hits {
        assert_eq!(hit.headers["authorization"], "Bearer t0ps3cr3t");
        assert_eq!(hit.headers["x-scope-orgid"], "ten4nt");
    }
    server.set(Mood::Says(400, "parse error"));
    let (_, ill) = post(&in_place, "/query_logs", &body).await;
    empty.run("SYSTEM FLUSH LOGS").await;
    // Put together here, so that these statements do not find themselves.
    let logged = empty
        .lines(
            "SELECT count(), countIf(row LIKE concat('%t0ps', '3cr3t%') OR row LIKE concat('%ten', '4nt%')) \
             FROM (SELECT toJSONString(tuple(*)) AS row FROM system.query_log WHERE query LIKE '%headers(%')",
        )
        .await;
    let (all, with_secret) = logged[0].split_once('\t').unwrap();
    assert!(all.parse::<u32>().unwrap() > 4 && with_secret == "0", "{logged:?}");
    assert!(!format!("{well}{ill}").contains("t0ps3cr3t"));
}
