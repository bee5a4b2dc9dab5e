//! What an incident freezes of the demo's shop, held against what the simulation knows to be true.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use kulprit::demo::load;
use kulprit::demo::plan::Plan;
use kulprit::incidents::Frozen;
use kulprit::text::is_order;
use kulprit_incidents::canonical;
use serde_json::{Value, json};

use kulprit_testing::Database;

use super::service::{Answer, Home, Service};
use crate::FIXTURE;
use crate::http_serve::forward;

/// All that an incident freezes, in this order.
const PARTS: [&str; 5] = ["pattern_changes", "correlate", "health", "slo", "error_patterns"];

fn plan() -> Plan {
    Plan::new(7, "2026-02-03T14:25:36Z".parse().unwrap(), 40, 8.0)
}

/// The shop's history with its incident, and a service over it.
async fn shop(name: &str) -> (Database, Home, Service) {
    let database = FIXTURE.database(name).await;
    load::load(&database.client, &plan(), |_| {}).await.unwrap();
    // What is frozen is asked here, not how fast: a busy machine must not make an analysis fail.
    let home = Home::over(
        &database.client,
        "auth = \"none\"\n[server]\nquery_timeout_seconds = 300\n",
    );
    let service = home.serve();
    (database, home, service)
}

fn open(service: &Service, services: &[&str]) -> String {
    let window = plan().incident_window();
    let body = json!({
        "title": "Checkout fails with 503", "severity": "critical", "services": services,
        "from": window.from, "to": window.to, "note": "the pager says: POST /checkout answers 503",
    });
    let opened = service.call("POST", "/api/v1/incidents", &[], Some(&body));
    assert_eq!(opened.status, 201, "{}", opened.text);
    opened.headers["location"].to_str().unwrap().to_owned()
}

fn read(service: &Service, path: &str) -> Answer {
    let answer = service.call("GET", path, &[], None);
    assert_eq!(answer.status, 200, "{path}: {}", answer.text);
    answer
}

fn part<'a>(detail: &'a Value, name: &str) -> &'a Value {
    let parts = detail["snapshot"]["parts"].as_array().unwrap();
    parts.iter().find(|part| part["name"] == name).unwrap()
}

fn services_of(list: &Value) -> Vec<&str> {
    let rows = list.as_array().unwrap();
    rows.iter().map(|row| row["service"].as_str().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_that_the_analyses_answer_is_frozen_and_outlives_the_telemetry() {
    let (database, home, service) = shop("everything").await;
    let path = open(&service, &["frontend", "checkout"]);
    let before = read(&service, &path);
    let detail = before.json();
    let names: Vec<_> = detail["snapshot"]["parts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|part| part["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, PARTS);
    for name in PARTS {
        let part = part(&detail, name);
        assert_eq!(part["status"], "ok", "{part}");
        for statement in part["sql"].as_array().unwrap() {
            let text = statement["text"].as_str().unwrap();
            assert!(text.contains("SELECT") && statement["name"].as_str().unwrap().contains('/'));
            // Everything that the text asks for stands beside it; a table of the question's session was filled by more.
            let params = statement["params"].as_array().unwrap();
            for asked in text.split('{').skip(1).filter_map(|rest| rest.split_once(':')) {
                let is_name = asked
                    .0
                    .chars()
                    .all(|letter| letter.is_ascii_lowercase() || letter == '_');
                let is_given = params.iter().any(|param| param["name"] == asked.0);
                assert!(!is_name || is_given, "{}: {statement}", asked.0);
            }
        }
    }
    found_what_is_true(&detail);
    reads_back_as_it_was_written(&detail);
    let document = canonical::text(&detail["snapshot"]);
    assert_eq!(detail["digest"], json!(canonical::digest(&document)));

    for table in [
        "otel_logs",
        "otel_traces",
        "otel_metrics_gauge",
        "otel_metrics_sum",
        "otel_metrics_histogram",
        "kulprit_log_minutes",
        "kulprit_request_minutes",
        "kulprit_request_hours",
    ] {
        database.run(&format!("TRUNCATE TABLE {table}")).await;
    }
    assert_eq!(read(&service, &path).text, before.text);
    let markdown = read(&service, &format!("{path}/export?format=markdown")).text;
    tells_the_story(&markdown, &detail);
    let id = path.rsplit('/').next().unwrap();
    assert_eq!(home.run(&["incidents", "export", id]), markdown);
    let shown = home.run(&["incidents", "show", id]);
    for told in [
        "payment is the likeliest root cause",
        "blast radius: ",
        "checkout is critical",
    ] {
        assert!(shown.contains(told), "{told}\n{shown}");
    }
}

/// Every answer is read into its type, which writes the same JSON again.
fn reads_back_as_it_was_written(detail: &Value) {
    let frozen = Frozen::read(&detail["snapshot"]);
    for (name, written) in [
        ("pattern_changes", json!(frozen.pattern_changes.unwrap())),
        ("correlate", json!(frozen.correlate.unwrap())),
        ("health", json!(frozen.health.unwrap())),
        ("slo", json!(frozen.slo.unwrap())),
        ("error_patterns", json!(frozen.error_patterns.unwrap())),
    ] {
        let answer = &part(detail, name)["answer"];
        assert_eq!(canonical::text(&written), canonical::text(answer), "{name}");
    }
}

/// The simulation's culprit is payment; checkout and frontend are its victims.
fn found_what_is_true(detail: &Value) {
    let found = &part(detail, "correlate")["answer"];
    assert_eq!(found["root_cause"]["service"], "payment", "{found}");
    assert!(found["root_cause"]["confidence"].as_f64().unwrap() > 0.0);
    let hurt = services_of(&found["blast_radius"]["affected"]);
    assert!(hurt.contains(&"payment") && hurt.contains(&"checkout"), "{hurt:?}");
    assert!(!hurt.contains(&"cart") && !hurt.contains(&"catalog"), "{hurt:?}");
    let traces = found["traces"].as_array().unwrap();
    assert!(
        traces
            .iter()
            .all(|trace| trace["trace_id"].as_str().unwrap().len() == 32)
            && !traces.is_empty()
    );
    assert!(services_of(&found["timeline"]).contains(&"payment"));

    let health = &part(detail, "health")["answer"];
    assert_eq!(services_of(&health["services"]), ["checkout", "frontend"]);
    assert_eq!(health["services"][0]["status"], "critical");
    let slo = &part(detail, "slo")["answer"]["slos"][0];
    assert_eq!(
        (&slo["service"], &slo["severity"]),
        (&json!("checkout"), &json!("page"))
    );
    let errors = &part(detail, "error_patterns")["answer"]["patterns"][0];
    assert_eq!(
        (&errors["route"], &errors["status"]),
        (&json!("/checkout"), &json!("503"))
    );
    let changes = &part(detail, "pattern_changes")["answer"];
    assert_eq!(changes["log_groups"][0]["status"], "new");
    let totals = &changes["totals"];
    let shown: u64 = changes["log_groups"]
        .as_array()
        .unwrap()
        .iter()
        .map(|group| group["current_count"].as_u64().unwrap())
        .sum();
    assert_eq!(
        totals["current_count"],
        shown + totals["other_current_count"].as_u64().unwrap()
    );
}

fn tells_the_story(markdown: &str, detail: &Value) {
    let class = part(detail, "correlate")["answer"]["blast_radius"]["class"]
        .as_str()
        .unwrap();
    assert!(markdown.contains(&format!("Blast radius: **{class}**")), "{markdown}");
    for told in [
        "# Post-mortem: Checkout fails with 503",
        "payment is the likeliest root cause",
        "| _payment_ | first failed request in the window |",
        "| opened the incident | the pager says: POST /checkout answers 503 |",
        "CannotCreateTransactionException",
        "| checkout | critical |",
        "| checkout | availability | 99.90 % |",
        "| 1 | new | checkout |",
        "| frontend | /checkout | 503 |",
        "| POST /checkout |",
        "| correlate | scope/log\\_streams |",
    ] {
        assert!(markdown.contains(told), "{told}\n{markdown}");
    }
    // In the order of time, each line of the table.
    let timeline = markdown
        .split("## Timeline")
        .nth(1)
        .unwrap()
        .split("## ")
        .next()
        .unwrap();
    let times: Vec<_> = timeline.lines().filter(|line| line.starts_with("| 20")).collect();
    assert!(
        times.len() > 5 && times.is_sorted_by_key(|line| &line[..21]),
        "{timeline}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_part_without_its_source_says_so_and_the_others_are_kept() {
    let (database, _home, service) = shop("without").await;
    database.run("DROP TABLE otel_logs").await;
    let path = open(&service, &["checkout"]);
    let detail = read(&service, &path).json();
    for name in ["pattern_changes", "error_patterns"] {
        let part = part(&detail, name);
        assert_eq!(
            (&part["status"], &part["answer"]),
            (&json!("absent"), &json!(null)),
            "{part}"
        );
        let reason = part["reason"].as_str().unwrap();
        assert!(reason.contains("kulprit doctor"), "it says what to do: {part}");
        assert!(
            !reason.contains("otel_logs"),
            "what ClickHouse says of tables is for the log: {part}"
        );
        assert!(!part["sql"].as_array().unwrap().is_empty(), "what was tried is told");
    }
    for name in ["health", "slo", "correlate"] {
        assert_eq!(part(&detail, name)["status"], "ok", "{name}");
    }
    let markdown = read(&service, &format!("{path}/export?format=markdown")).text;
    assert!(markdown.contains("Nothing to answer this from"), "{markdown}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_org_freezes_its_own_services_only() {
    let (_database, home, service) = shop("own").await;
    let map = |body: Value| {
        let answer = service.call("PUT", "/api/v1/mappings", &[], Some(&body));
        assert!(answer.status < 300, "{}", answer.text);
    };
    map(json!({ "org": "shop", "services": ["checkout", "payment"] }));
    let path = open(&service, &[]);
    let detail = read(&service, &path).json();
    let found = &part(&detail, "correlate")["answer"];
    for list in [
        &found["suspects"],
        &found["blast_radius"]["affected"],
        &part(&detail, "health")["answer"]["services"],
        &part(&detail, "slo")["answer"]["slos"],
        &part(&detail, "error_patterns")["answer"]["patterns"],
        &part(&detail, "pattern_changes")["answer"]["log_groups"],
    ] {
        let services = services_of(list);
        assert!(!services.is_empty());
        assert!(
            services.iter().all(|name| ["checkout", "payment"].contains(name)),
            "{services:?}"
        );
    }

    let foreign = read(&service, &open(&service, &["frontend"])).json();
    for name in PARTS {
        assert_eq!(part(&foreign, name)["status"], "failed", "{name}");
        assert!(
            part(&foreign, name)["reason"].as_str().unwrap().contains("frontend"),
            "{name}"
        );
    }

    // Spans and metrics do not carry what tells this org's lines apart: nothing of them is frozen, nor answered.
    map(json!({ "org": "shop", "attributes": { "tenant": "blue" } }));
    let apart = read(&service, &open(&service, &[])).json();
    for name in PARTS {
        let expected = if name == "pattern_changes" { "ok" } else { "absent" };
        assert_eq!(part(&apart, name)["status"], expected, "{name}");
    }
    for path in ["services", "slo", "topology", "traces", "patterns"] {
        let answer = service.call("GET", &format!("/api/v1/{path}?org=shop"), &[], None);
        assert_eq!(answer.status, 422, "{path}: {}", answer.text);
    }
    drop(home);
}

/// While ClickHouse is away, or has too much to do, an incident is opened all the same; what it is to show comes later, after a restart of
/// the service too.
#[tokio::test(flavor = "multi_thread")]
async fn parts_that_are_missing_are_asked_again_until_the_snapshot_is_whole() {
    let (database, _, direct) = shop("pending").await;
    drop(direct);
    // Nobody listens here until it is forwarded.
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let at = database.client.endpoint();
    let home = Home::new(&format!(
        "auth = \"none\"\n[server]\nquery_timeout_seconds = 300\n[clickhouse]\nurl = \"http://127.0.0.1:{port}\"\nuser = \"{}\"\npassword = \"{}\"\ndatabase = \"{}\"\n",
        at.user, at.password, at.database
    ));
    let service = home.serve();
    let path = open(&service, &["frontend", "checkout"]);
    let before = read(&service, &path).json();
    for name in PARTS {
        let part = part(&before, name);
        assert_eq!(
            (&part["status"], &part["answer"]),
            (&json!("pending"), &Value::Null),
            "{part}"
        );
    }
    let markdown = read(&service, &format!("{path}/export?format=markdown")).text;
    assert!(markdown.contains("asks again in the background"), "{markdown}");
    drop(service);

    let service = home.serve();
    forward(port, at.url.replace("http://", ""));
    let deadline = Instant::now() + Duration::from_secs(300);
    let whole = loop {
        let detail = read(&service, &path).json();
        if PARTS.iter().all(|name| part(&detail, name)["status"] == "ok") {
            break detail;
        }
        assert!(Instant::now() < deadline, "{}", detail["snapshot"]);
        std::thread::sleep(Duration::from_millis(100));
    };
    found_what_is_true(&whole);
    for name in PARTS {
        assert!(part(&whole, name)["taken_at"].is_string(), "it says when it was asked");
    }
    assert_eq!(whole["version"], before["version"], "nobody has changed the incident");
    assert_eq!(whole["snapshot"]["taken_at"], before["snapshot"]["taken_at"]);
    let document = canonical::text(&whole["snapshot"]);
    assert_eq!(whole["digest"], json!(canonical::digest(&document)));
    // The search knows the patterns now, and an export is taken in elsewhere.
    let found = read(&service, "/api/v1/incidents?q=unavailable").json();
    assert_eq!(found["incidents"].as_array().unwrap().len(), 1, "{found}");
    let id = path.rsplit('/').next().unwrap();
    let file = home.directory.path().join("incident.json");
    std::fs::write(&file, read(&service, &format!("{path}/export")).text).unwrap();
    let other = Home::new("auth = \"none\"");
    other.run(&["incidents", "import", file.to_str().unwrap()]);
    assert!(
        other
            .run(&["incidents", "show", id])
            .contains("payment is the likeliest root cause")
    );
    drop(database);
}

/// Whoever writes a log line writes neither on the reader's terminal nor in the structure of a page.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_logged_orders_no_terminal_about() {
    const LINE: &str = "\u{1b}]0;owned\u{7}\u{1b}[2J boom\r\n\u{202e} evil\u{2028}# heading <script>alert(1)</script> ![x](http://e/x.png)";
    let database = FIXTURE.database("orders").await;
    let rows = (0..300).map(|second| {
        json!({
            "Timestamp": format!("2026-02-03 14:0{}:{:02}", 5 + second / 60, second % 60), "ServiceName": "ev\u{1b}[31mil\u{202e}|svc",
            "SeverityText": "ERROR\u{1b}[1m", "Body": LINE,
        })
    });
    database.insert("otel_logs", rows).await;
    let home = Home::over(&database.client, "auth = \"none\"");
    let window = ["--from", "2026-02-03T14:05:00Z", "--to", "2026-02-03T14:10:00Z"];
    let opened = home.run(
        &[
            &["incidents", "open", "--title", "boom", "--severity", "low"],
            &window[..],
        ]
        .concat(),
    );
    let id = opened.split_whitespace().next().unwrap();
    for arguments in [
        &["incidents", "show", id][..],
        &["incidents", "show", id, "--format", "json"],
        &["incidents", "export", id],
        &["incidents", "export", id, "--format", "json"],
        &[&["analyze"], &window[..]].concat(),
        &[&["analyze", "--format", "json"], &window[..]].concat(),
        &[&["services"], &window[..]].concat(),
        &[&["correlate"], &window[..]].concat(),
    ] {
        let printed = home.run(arguments);
        let orders: String = printed
            .chars()
            .filter(|letter| is_order(*letter) && *letter != '\n')
            .collect();
        assert!(orders.is_empty(), "{arguments:?}: {orders:?} in {printed}");
    }
    assert!(home.run(&["incidents", "show", id]).contains("boom"));
}
