//! Tables as others make them: whatever their columns are called and of what type they are, the answers are those of the exporter's layout.

use kulprit::demo::load::load;
use kulprit::demo::plan::Plan;
use kulprit_clickhouse::LogTable;
use kulprit_testing::{Api, Database};
use serde_json::{Value, json};

use crate::FIXTURE;

fn plan() -> Plan {
    Plan::new(3, "2026-02-03T14:25:36Z".parse().unwrap(), 40, 3.0)
}

/// The shop's history in Kulprit's own tables.
async fn shop(name: &str) -> Database {
    let database = FIXTURE.database(name).await;
    load(&database.client, &plan(), |_| {}).await.unwrap();
    database
}

/// What a number is to six digits: sums of floating point depend on the order of rows.
fn rounded(value: &Value) -> Value {
    match value {
        Value::Number(number) if number.is_f64() => json!(format!("{:.5e}", number.as_f64().unwrap())),
        Value::Array(items) => items.iter().map(rounded).collect(),
        Value::Object(fields) => fields
            .iter()
            .map(|(name, value)| (name.clone(), rounded(value)))
            .collect(),
        other => other.clone(),
    }
}

async fn asked(api: &Api, method: &str, path: &str, body: Option<Value>) -> Value {
    let request = warp::test::request().method(method).path(path);
    let request = match &body {
        Some(body) => request.json(body),
        None => request,
    };
    let response = request.reply(api).await;
    let text = String::from_utf8_lossy(response.body()).into_owned();
    assert_eq!(response.status(), 200, "{path}: {text}");
    rounded(&serde_json::from_str(&text).unwrap())
}

async fn lines_changed(api: &Api) -> Value {
    let window = plan().incident_window();
    let hover = json!({
        "org": "1", "dashboard": "d", "panel_title": "p", "metric_name": "m",
        "start_time": window.from.to_string(), "end_time": window.to.to_string(), "limit": 100,
    });
    asked(api, "POST", "/query_logs", Some(hover)).await
}

/// Every answer about the shop's incident, by its name.
async fn answers(database: &Database) -> Vec<(String, Value)> {
    let mut config = database.config.clone();
    // However much else the machine does.
    config.server.query_timeout_seconds = 600;
    let api = database.api_with(config);
    let window = plan().incident_window();
    let between = format!("from={}&to={}", window.from, window.to);
    let mut all = vec![("query_logs".to_owned(), lines_changed(&api).await)];
    for path in [
        "patterns?limit=100&",
        "services?source=spans&",
        "services?source=metrics&",
        "traces?failed=true&",
    ] {
        let answer = asked(&api, "GET", &format!("/api/v1/{path}{between}"), None).await;
        all.push((path.to_owned(), answer));
    }
    let trace = all[4].1["traces"][0]["trace_id"].as_str().unwrap().to_owned();
    all.push((
        "trace".to_owned(),
        asked(&api, "GET", &format!("/api/v1/traces/{trace}"), None).await,
    ));
    let question = json!({"from": window.from.to_string(), "to": window.to.to_string()});
    all.push((
        "correlate".to_owned(),
        asked(&api, "POST", "/api/v1/correlate", Some(question)).await,
    ));
    all
}

/// Runs the statements of a file, in which `{base}` is the database with the shop's history.
async fn make(database: &Database, base: &str, text: &str) {
    let text = text.replace("{base}", base);
    for statement in text
        .split(";\n")
        .map(str::trim)
        .filter(|statement| !statement.is_empty())
    {
        database.run(statement).await;
    }
}

fn assert_same(layout: &str, found: &[(String, Value)], expected: &[(String, Value)]) {
    for ((name, found), (_, expected)) in found.iter().zip(expected) {
        let (found, expected) = (pretty(found), pretty(expected));
        let line = found
            .lines()
            .zip(expected.lines())
            .position(|(found, expected)| found != expected);
        assert!(
            found == expected,
            "{layout}: {name} from line {line:?}:\n{}\nis not\n{}",
            lines_at(&found, line),
            lines_at(&expected, line)
        );
    }
}

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap()
}

fn lines_at(text: &str, line: Option<usize>) -> String {
    let from = line.unwrap_or_default().saturating_sub(6);
    text.lines().skip(from).take(16).collect::<Vec<_>>().join("\n")
}

#[tokio::test]
async fn tables_of_every_exporter_and_of_ones_own_give_the_same_answers() {
    let base = "layouts_base";
    shop(base).await;
    let made = async |layout: &str, text: &str, logs: LogTable| {
        let mut database = FIXTURE.empty_database(&format!("layouts_{layout}")).await;
        make(&database, base, text).await;
        database.config.logs = logs;
        kulprit::setup::apply(&database.config, &database.client).await.unwrap();
        database
    };
    let own = made("own", include_str!("../testdata/layouts/own.sql"), LogTable::default()).await;
    let expected = answers(&own).await;
    for (layout, text) in [
        ("current", include_str!("../testdata/layouts/exporter_current.sql")),
        ("older", include_str!("../testdata/layouts/exporter_older.sql")),
        ("json", include_str!("../testdata/layouts/exporter_json.sql")),
    ] {
        let database = made(layout, text, LogTable::default()).await;
        assert_same(layout, &answers(&database).await, &expected);
    }
    own.run("CREATE DATABASE `layouts-lines`").await;
    let text = |text: &str| text.to_owned();
    let mapped = LogTable {
        table: text("`layouts-lines`.`lines.v1`"),
        timestamp: text("time"),
        timestamp_unit: text("ns"),
        service: text("resource['service.name']"),
        body: text("text"),
        severity: text("level"),
        trace_id: text("trace id"),
        resource_attributes: text("resource"),
        log_attributes: text("labels, numbers"),
        ..LogTable::default()
    };
    let mut database = made("mapped", include_str!("../testdata/layouts/mapped.sql"), mapped).await;
    let found = answers(&database).await;
    assert_same("mapped", &found[..1], &expected[..1]);
    assert_same("mapped", &found[2..], &expected[2..]);

    // Without levels, traces and attributes what changed is found all the same.
    database.config.logs = LogTable {
        table: text("layouts-lines.hosts"),
        timestamp: text("timestamp"),
        service: text("host"),
        body: text("message"),
        severity: String::new(),
        trace_id: String::new(),
        resource_attributes: String::new(),
        log_attributes: String::new(),
        ..LogTable::default()
    };
    let of_hosts = lines_changed(&database.api_with(database.config.clone())).await;
    let counts = |answer: &Value| answer["totals"]["current_count"].clone();
    assert_eq!(counts(&of_hosts), counts(&expected[0].1), "{of_hosts}");
    let found = answers(&database).await;
    assert!(found.iter().all(|(_, answer)| answer.is_object()), "{found:?}");
}

#[tokio::test]
async fn dropping_the_schema_leaves_the_telemetry_and_nothing_of_kulprits() {
    let database = FIXTURE.database("layouts_dropped").await;
    database.log([("2026-02-03 10:00:00", "cart", "hello")]).await;
    let dropped = kulprit::setup::drop_all(&database.config, &database.client)
        .await
        .unwrap();
    assert!(dropped.iter().any(|name| name == "kulprit_log_minutes"), "{dropped:?}");
    let left = database
        .lines("SELECT name FROM system.tables WHERE database = currentDatabase() ORDER BY name")
        .await;
    assert!(left.iter().all(|name| name.starts_with("otel_")), "{left:?}");
    // An INSERT goes on working, and everything can be made again.
    database.log([("2026-02-03 10:00:01", "cart", "again")]).await;
    kulprit::setup::apply(&database.config, &database.client).await.unwrap();
    assert_eq!(database.lines("SELECT count() FROM otel_logs").await, ["2"]);
}

#[tokio::test]
async fn a_column_that_cannot_be_read_is_refused_by_its_name_with_what_to_write() {
    let mut database = FIXTURE.empty_database("layouts_refused").await;
    database
        .run(
            "CREATE TABLE logs_v2 (ts_bucket_start UInt64, timestamp UInt64, body String, severity_text LowCardinality(String), trace_id String,
             resources_string Map(LowCardinality(String), String), attributes_string Map(LowCardinality(String), String))
             ENGINE = MergeTree ORDER BY (ts_bucket_start, timestamp)",
        )
        .await;
    let log_table = async |database: &Database| {
        let checks = kulprit::doctor::examine(&database.config, &database.client).await;
        checks.into_iter().find(|check| check.check == "log table").unwrap()
    };
    let check = log_table(&database).await;
    let advice = check.advice.unwrap();
    assert!(
        advice.contains("a log table of SigNoz") && advice.contains("timestamp_unit = \"ns\""),
        "{advice}"
    );

    database.config.logs = LogTable {
        table: "logs_v2".to_owned(),
        timestamp: "timestamp".to_owned(),
        body: "body".to_owned(),
        service: "resources_string['service.name']".to_owned(),
        severity: "severity_text".to_owned(),
        trace_id: "trace_id".to_owned(),
        resource_attributes: "resources_string".to_owned(),
        log_attributes: "attributes_string".to_owned(),
        ..LogTable::default()
    };
    let check = log_table(&database).await;
    assert_eq!(check.verdict, kulprit::doctor::Verdict::Problem);
    assert!(
        check.found.contains("timestamp (logs.timestamp) is UInt64"),
        "{check:?}"
    );
    assert!(check.found.contains("timestamp_unit"), "{check:?}");

    database.config.logs.timestamp_unit = "ns".to_owned();
    database.config.logs.time_bucket = "ts_bucket_start".to_owned();
    let check = log_table(&database).await;
    assert_eq!(check.verdict, kulprit::doctor::Verdict::Ok, "{check:?}");
}
