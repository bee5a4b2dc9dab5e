//! What sets lines and requests apart, over the real engine.

use kulprit::config::Config;
use kulprit_testing::{Api, Database};
use serde_json::{Value, json};

use crate::FIXTURE;

/// Lines of `stock` on twelve pods, two to a host, five a second from 10:00 to 10:20. Ids, durations and lines of code are among the
/// attributes. From 10:10 on the pod `stock-7` alone, which has a version of its own, fails.
const LINES: &str = "
INSERT INTO otel_logs (Timestamp, ServiceName, SeverityText, Body, ResourceAttributes, LogAttributes)
SELECT
    toDateTime64('2026-01-31 10:00:00', 9, 'UTC') + toIntervalMillisecond(200 * number) AS time,
    'stock',
    if(is_bad, 'ERROR', 'INFO'),
    if(is_bad, concat('connection to db-', toString(number % 3), ' refused'),
        concat(['stored', 'loaded', 'counted', 'sent'][kind + 1], ' item ', toString(number))),
    map('k8s.pod.name', concat('stock-', toString(pod)), 'host.name', concat('node-', toString(intDiv(pod, 2))),
        'service.version', if(pod = 7, '1.4.2', '1.4.1'), 'cloud.region', if(pod < 6, 'eu', 'us')),
    map('request_id', hex(sipHash64(number)), 'duration_ms', toString(sipHash64(number, 1) % 500),
        'minute', formatDateTime(time, '%H:%i'), 'tenant', concat('t', toString(sipHash64(number, 2) % 15)),
        'code.lineno', toString(if(is_bad, 90, kind * 10)))
FROM
(
    SELECT number, sipHash64(number, 3) % 4 AS kind, number >= 3000 AND number % 50 = 0 AS is_bad,
        if(is_bad, 7, sipHash64(number, 4) % 12) AS pod
    FROM numbers(6000)
)";

const WINDOW: &str = "from=2026-01-31T10:10:00Z&to=2026-01-31T10:20:00Z";
/// Both windows lie before anything fails.
const QUIET: &str = "from=2026-01-31T10:05:00Z&to=2026-01-31T10:10:00Z";

async fn stock(name: &str) -> Database {
    let database = FIXTURE.database(name).await;
    database.run(LINES).await;
    database
}

async fn get(api: &Api, query: &str) -> Value {
    let path = format!("/api/v1/differences?{query}");
    let response = warp::test::request().path(&path).reply(api).await;
    let text = String::from_utf8_lossy(response.body()).into_owned();
    assert_eq!(response.status(), 200, "{query}: {text}");
    serde_json::from_str(&text).unwrap()
}

async fn refused(api: &Api, query: &str, status: u16) -> String {
    let path = format!("/api/v1/differences?{query}");
    let response = warp::test::request().path(&path).reply(api).await;
    let text = String::from_utf8_lossy(response.body()).into_owned();
    assert_eq!(response.status(), status, "{query}: {text}");
    text
}

async fn query_logs(api: &Api, differences: Value) -> Value {
    let body = json!({
        "org": "1", "dashboard": "d", "panel_title": "p", "metric_name": "m", "differences": differences,
        "start_time": "2026-01-31T10:10:00Z", "end_time": "2026-01-31T10:20:00Z",
    });
    let request = warp::test::request().method("POST").path("/query_logs").json(&body);
    let response = request.reply(api).await;
    let text = String::from_utf8_lossy(response.body()).into_owned();
    assert_eq!(response.status(), 200, "{text}");
    serde_json::from_str(&text).unwrap()
}

fn new_group(answer: &Value) -> &Value {
    let groups = answer["log_groups"].as_array().unwrap();
    groups.iter().find(|group| group["status"] == "new").unwrap()
}

/// Each as (key, value).
fn named(differences: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or("*").to_owned();
    let list = differences.as_array().unwrap().iter();
    list.map(|one| (text(&one["key"]), text(&one["value"]))).collect()
}

/// A pod, its host, version and region, and eleven pods with less: one row, with the pod first.
fn assert_pod(differences: &Value) {
    let found = named(differences);
    assert_eq!(
        found[0],
        ("k8s.pod.name".to_owned(), "stock-7".to_owned()),
        "{differences:#}"
    );
    assert_eq!(found.len(), 1, "{differences:#}");
    let first = &differences[0];
    assert_eq!((&first["count"], &first["total"]), (&json!(60), &json!(60)));
    let sentence = first["sentence"].as_str().unwrap();
    assert!(
        sentence.starts_with("all 60 from pod stock-7, version 1.4.2; "),
        "{sentence}"
    );
    let same = first["same"].to_string();
    assert!(
        same.contains("host.name = node-3") && same.contains("cloud.region = us"),
        "{same}"
    );
}

#[tokio::test]
async fn a_new_patterns_lines_are_of_one_pod_and_that_is_one_row() {
    let database = stock("differences_pod").await;
    let api = database.api();
    let plain = query_logs(&api, json!(null)).await;
    assert!(new_group(&plain).get("differences").is_none() && plain.get("differences").is_none());
    let answer = query_logs(&api, json!(true)).await;
    let group = new_group(&answer);
    assert_pod(&group["differences"]);
    assert_eq!(group["differences"][0]["held_to"], "service");
    for group in answer["log_groups"].as_array().unwrap() {
        let differences = group["differences"].as_array().unwrap();
        assert!(group["status"] != "same" || differences.is_empty(), "{group:#}");
    }
    // The window as a whole: what the lines are about, which is one fact too.
    let of_window = &answer["differences"];
    assert_eq!(
        (&of_window["count"], &of_window["usual_count"]),
        (&json!(3000), &json!(3000))
    );
    assert_eq!(
        named(&of_window["differences"])[0],
        ("level".to_owned(), "ERROR".to_owned())
    );

    let id = group["pattern_id"].as_str().unwrap();
    let of_pattern = get(&api, &format!("{WINDOW}&pattern_id={id}")).await;
    assert_pod(&of_pattern["differences"]);
    let left_out = of_pattern["left_out"].to_string();
    for (key, why) in [
        ("request_id", "ids"),
        ("duration_ms", "numbers"),
        ("code.lineno", "message"),
    ] {
        let is_named = of_pattern["left_out"]
            .as_array()
            .unwrap()
            .iter()
            .any(|one| one["key"] == key && one["why"] == why);
        assert!(is_named, "{key} {why}: {left_out}");
    }

    let raw = query_logs(&database.for_reader().api(), json!(true)).await;
    assert_eq!(raw["patterns"], "sql");
    assert_pod(&new_group(&raw)["differences"]);
}

#[tokio::test]
async fn two_equal_windows_have_no_difference() {
    let database = stock("differences_quiet").await;
    let answer = get(&database.api(), QUIET).await;
    assert_eq!(answer["differences"], json!([]));
    assert_eq!((&answer["count"], &answer["usual_count"]), (&json!(1500), &json!(1500)));
    assert_eq!(answer["held_to"], "baseline");
    // The lines of several windows together.
    let several = "2026-01-31T10:00:00Z..2026-01-31T10:02:00Z,2026-01-31T10:02:00Z..2026-01-31T10:04:00Z,2026-01-31T10:04:00Z..2026-01-31T10:06:00Z";
    let window = "from=2026-01-31T10:06:00Z&to=2026-01-31T10:08:00Z";
    let answer = get(&database.api(), &format!("{window}&baseline=median:{several}")).await;
    assert_eq!((&answer["count"], &answer["usual_count"]), (&json!(600), &json!(1800)));
    assert_eq!(answer["differences"], json!([]));
}

#[tokio::test]
async fn lines_without_a_service_and_patterns_that_are_gone_are_told_apart_too() {
    let database = FIXTURE.database("differences_gone").await;
    let lines = "
        SELECT toDateTime64('2026-01-31 10:00:00', 9, 'UTC') + toIntervalMillisecond(400 * number), SERVICE,
            if(is_beat, 'heartbeat sent', concat('stored item ', toString(number))),
            map('k8s.pod.name', if(is_beat, 'beat-1', concat('beat-', toString(number % 6))))
        FROM (SELECT number, number % 25 = 0 AND number < 1500 AS is_beat FROM numbers(3000))";
    for service in ["''", "'other'"] {
        let lines = lines.replace("SERVICE", service);
        let insert = "INSERT INTO otel_logs (Timestamp, ServiceName, Body, ResourceAttributes)";
        database.run(&format!("{insert} {lines}")).await;
    }
    let answer = query_logs(&database.api(), json!(true)).await;
    let groups = answer["log_groups"].as_array().unwrap();
    let gone: Vec<&Value> = groups.iter().filter(|group| group["status"] == "gone").collect();
    assert_eq!(gone.len(), 2, "{groups:#?}");
    for group in gone {
        let first = &group["differences"][0];
        assert_eq!(
            (&first["count"], &first["total"]),
            (&json!(60), &json!(60)),
            "of its own service only"
        );
        assert_eq!(
            (&first["value"], &first["held_to"]),
            (&json!("beat-1"), &json!("service_now"))
        );
        let sentence = first["sentence"].as_str().unwrap();
        assert!(
            sentence.starts_with("all 60 that are gone from pod beat-1; 17 %"),
            "{sentence}"
        );
    }
}

#[tokio::test]
async fn an_attribute_that_appears_or_a_pod_that_falls_silent_is_a_difference() {
    let database = FIXTURE.database("differences_key").await;
    database
        .run(
            "INSERT INTO otel_logs (Timestamp, ServiceName, Body, ResourceAttributes, LogAttributes)
            SELECT toDateTime64('2026-01-31 10:00:00', 9, 'UTC') + toIntervalMillisecond(200 * number), 'cart', 'stored it',
                map('k8s.pod.name', concat('cart-', toString(pod))),
                if(number >= 3000 AND number % 3 = 0, map('retry.id', hex(sipHash64(number))), map())
            FROM (SELECT number, if(number < 3000 OR number % 4 != 1, number % 4, 2) AS pod FROM numbers(6000))",
        )
        .await;
    let answer = get(&database.api(), WINDOW).await;
    let found = named(&answer["differences"]);
    assert!(found.contains(&("retry.id".to_owned(), "*".to_owned())), "{answer:#}");
    assert!(
        found.contains(&("k8s.pod.name".to_owned(), "cart-2".to_owned())),
        "it does the other's work: {answer:#}"
    );
    let gone = &answer["differences"]
        .as_array()
        .unwrap()
        .iter()
        .find(|one| one["value"] == "cart-1");
    assert!(gone.is_some_and(|one| one["status"] == "gone"), "{answer:#}");
}

#[tokio::test]
async fn of_requests_those_that_failed_are_held_against_the_others() {
    let database = FIXTURE.database("differences_requests").await;
    database
        .run(
            "INSERT INTO otel_traces (Timestamp, TraceId, SpanId, SpanName, SpanKind, ServiceName, ResourceAttributes,
                SpanAttributes, StatusCode)
            SELECT toDateTime64('2026-01-31 10:10:00', 9, 'UTC') + toIntervalMillisecond(100 * number), hex(sipHash64(number)),
                hex(sipHash64(number, 1)), ['GET /cart', 'POST /pay'][number % 2 + 1], 'Server', 'shop',
                map('k8s.pod.name', concat('shop-', toString(pod))),
                map('http.response.status_code', if(failed, '503', '200'), 'error.type', if(failed, 'timeout', ''),
                    'user.id', toString(sipHash64(number, 2) % 4000)),
                if(failed, 'Error', 'Ok')
            FROM (SELECT number, sipHash64(number, 3) % 12 AS pod, pod = 5 AND number % 4 != 0 AS failed FROM numbers(6000))",
        )
        .await;
    let answer = get(&database.api(), &format!("{WINDOW}&of=requests")).await;
    let total = answer["count"].as_u64().unwrap() + answer["usual_count"].as_u64().unwrap();
    assert_eq!(total, 6000);
    assert_eq!(
        named(&answer["differences"])[0],
        ("k8s.pod.name".to_owned(), "shop-5".to_owned()),
        "{answer:#}"
    );
    assert!(!answer["differences"].to_string().contains("status_code"), "{answer:#}");
    let sentence = answer["differences"][0]["sentence"].as_str().unwrap();
    assert!(
        sentence.contains("failed requests from pod shop-5; 2 % of the others are"),
        "{sentence}"
    );
    assert_eq!(answer["baseline"], Value::Null);
    let quiet = get(
        &database.api(),
        "from=2026-01-31T09:00:00Z&to=2026-01-31T09:10:00Z&of=requests",
    )
    .await;
    assert!(
        quiet["warnings"][0].as_str().unwrap().contains("no requests"),
        "{quiet}"
    );
}

#[tokio::test]
async fn of_many_lines_a_sample_is_read_and_said() {
    let database = FIXTURE.database("differences_sample").await;
    database
        .run(
            "INSERT INTO otel_logs (Timestamp, ServiceName, Body, ResourceAttributes)
            SELECT toDateTime64('2026-01-31 10:00:00', 9, 'UTC') + toIntervalMillisecond(4 * number), 'cart', 'stored it',
                map('k8s.pod.name', concat('cart-', toString(if(number >= 150000 AND number % 3 = 0, 1, number % 5))))
            FROM numbers(300000)",
        )
        .await;
    let answer = get(&database.api(), WINDOW).await;
    assert_eq!(
        (&answer["count"], &answer["usual_count"]),
        (&json!(150_000), &json!(150_000))
    );
    let first = &answer["differences"][0];
    assert_eq!(first["value"], "cart-1");
    let share = first["share"].as_f64().unwrap();
    assert!((share - 7.0 / 15.0).abs() < 0.03, "{share}");
    let read = first["total"].as_u64().unwrap();
    assert!((20_000..=80_000).contains(&read), "{read}");
    let warning = answer["warnings"].to_string();
    assert!(warning.contains(&format!("{read} of the 150000 lines")), "{warning}");
}

#[tokio::test]
async fn attributes_are_read_from_the_columns_that_the_configuration_names() {
    let mut database = FIXTURE.empty_database("differences_mapped").await;
    database.config.logs = toml_logs();
    database
        .run(
            "CREATE TABLE app_log (at DateTime64(3), app LowCardinality(String), message String, lvl String, trace String,
                res Map(LowCardinality(String), String), fields Map(String, String)) ENGINE = MergeTree ORDER BY (app, at)",
        )
        .await;
    database
        .run(&LINES.replace("otel_logs", "app_log").replace(
            "(Timestamp, ServiceName, SeverityText, Body, ResourceAttributes, LogAttributes)",
            "(at, app, lvl, message, res, fields)",
        ))
        .await;
    let answer = get(&database.api(), WINDOW).await;
    assert_eq!(
        named(&answer["differences"])[0],
        ("level".to_owned(), "ERROR".to_owned())
    );
    let answer = query_logs(&database.api(), json!(true)).await;
    assert_pod(&new_group(&answer)["differences"]);
}

fn toml_logs() -> kulprit_clickhouse::LogTable {
    let text = "[logs]\ntable = \"app_log\"\ntimestamp = \"at\"\nservice = \"app\"\nbody = \"message\"\nseverity = \"lvl\"\n\
        trace_id = \"trace\"\nresource_attributes = \"res\"\nlog_attributes = \"fields\"";
    Config::parse(text).unwrap().logs
}

#[tokio::test]
async fn what_cannot_be_asked_is_refused_by_name() {
    let database = stock("differences_refused").await;
    let api = database.api();
    for (query, named) in [
        ("of=spans", "of"),
        ("pattern_id=x", "pattern_id"),
        ("of=requests&pattern_id=7", "pattern_id"),
        ("of=requests&baseline=day", "baseline"),
        ("limit=0", "limit"),
        ("baseline=never", "baseline"),
        ("from=now&to=now-1h", "to"),
        ("colour=red", "colour"),
    ] {
        let text = refused(&api, query, 400).await;
        assert!(text.contains(named), "{query}: {text}");
    }
    let missing = FIXTURE.empty_database("differences_missing").await.api();
    refused(&missing, WINDOW, 422).await;
    refused(&missing, &format!("{WINDOW}&of=requests"), 422).await;
    let unknown = get(&api, &format!("{WINDOW}&pattern_id=7")).await;
    assert!(
        unknown["warnings"].to_string().contains("no") || unknown["count"] == 0,
        "{unknown}"
    );
}

#[tokio::test]
async fn an_org_sees_what_is_its_own_only() {
    let database = stock("differences_org").await;
    let mut config = database.config.clone();
    config.orgs = Config::parse(
        "[[orgs]]\nname = \"eu\"\nservices = [\"stock\"]\nattributes = { \"cloud.region\" = \"eu\" }\n[[orgs]]\nname = \"none\"\nservices = [\"cart\"]",
    )
    .unwrap()
    .orgs;
    let api = database.api_with(config);
    let eu = get(&api, &format!("{WINDOW}&org=eu")).await;
    assert!(
        eu["count"].as_u64().unwrap() < 2000 && eu["differences"] == json!([]),
        "{eu}"
    );
    assert_eq!(get(&api, &format!("{WINDOW}&org=none")).await["count"], 0);
    refused(&api, &format!("{WINDOW}&org=none&service=stock"), 403).await;
    // Spans of an org that is told by attributes cannot be told.
    refused(&api, &format!("{WINDOW}&org=eu&of=requests"), 422).await;
}

#[tokio::test]
async fn the_command_says_it_below_its_table() {
    let database = stock("differences_command").await;
    let login = FIXTURE.engine().await.endpoint();
    let ask = |format: &str| {
        let mut command = FIXTURE.command(&[
            "analyze",
            "--from",
            "2026-01-31T10:10:00Z",
            "--to",
            "2026-01-31T10:20:00Z",
        ]);
        command.args([
            "--url",
            &login.url,
            "--user",
            &login.user,
            "--password",
            &login.password,
        ]);
        command.args([
            "--database",
            &database.config.clickhouse.database,
            "--differences",
            "--format",
            format,
        ]);
        let output = command.output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    let table = ask("table");
    assert!(table.contains("all 60 from pod stock-7, version 1.4.2; "), "{table}");
    assert!(
        table.contains("Not compared: ") && table.contains("request_id (ids)"),
        "{table}"
    );
    let answer: Value = serde_json::from_str(&ask("json")).unwrap();
    assert_pod(&new_group(&answer)["differences"]);
}
