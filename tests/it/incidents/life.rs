//! The life of one incident over a real ClickHouse: by HTTP and by the command line.

use serde_json::json;

use super::service::{Home, opening};
use crate::FIXTURE;

async fn logs(database: &kulprit_testing::Database) {
    let line = |minute: u32, body: &str| {
        (
            format!("2026-01-31 {:02}:{:02}:00", 9 + minute / 60, minute % 60),
            body.to_owned(),
        )
    };
    let quiet = (50..70).map(|minute| line(minute, "order 17 shipped to customer 4"));
    let loud = (60..70).map(|minute| line(minute, "cannot connect to payment: timed out after 3000 ms"));
    let lines: Vec<_> = quiet.chain(loud).collect();
    database
        .log(lines.into_iter().map(|(time, body)| (time, "checkout", body)))
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_frozen_reads_the_same_when_the_logs_are_gone() {
    let database = FIXTURE.database("frozen").await;
    logs(&database).await;
    let home = Home::over(&database.client, "auth = \"none\"");
    let service = home.serve();
    let opened = service.call("POST", "/api/v1/incidents", &[], Some(&opening("Checkout fails")));
    assert_eq!(
        (opened.status, opened.etag.as_deref()),
        (201, Some("\"1\"")),
        "{}",
        opened.text
    );
    let location = opened.headers["location"].to_str().unwrap().to_owned();
    let before = service.call("GET", &location, &[], None);
    let detail = before.json();
    let part = &detail["snapshot"]["parts"][0];
    assert_eq!(
        (&part["name"], &part["status"]),
        (&json!("pattern_changes"), &json!("ok")),
        "{part}"
    );
    let group = &part["answer"]["log_groups"][0];
    assert_eq!(
        (&group["status"], &group["current_count"]),
        (&json!("new"), &json!(10)),
        "{group}"
    );
    assert_eq!(part["answer"]["totals"]["current_count"], 20);
    let sql = &part["sql"].as_array().unwrap().last().unwrap();
    assert!(sql["text"].as_str().unwrap().contains("SELECT") && !sql["params"].as_array().unwrap().is_empty());
    assert!(
        !detail["snapshot"]["versions"]["clickhouse"]
            .as_str()
            .unwrap()
            .is_empty()
    );

    database.run("TRUNCATE TABLE otel_logs").await;
    database.run("TRUNCATE TABLE kulprit_log_minutes").await;
    assert_eq!(service.call("GET", &location, &[], None).text, before.text);
    let text = service
        .call("GET", &format!("{location}/export?format=markdown"), &[], None)
        .text;
    assert!(
        text.contains("cannot connect to payment") && text.contains("| new | checkout | 10 | 0 |"),
        "{text}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_line_and_http_work_on_the_same_incident() {
    let database = FIXTURE.database("both").await;
    logs(&database).await;
    let home = Home::over(&database.client, "auth = \"none\"");
    let service = home.serve();
    let opened = home.run(&[
        "incidents",
        "open",
        "--title",
        "Checkout fails",
        "--severity",
        "high",
        "--service",
        "checkout",
        "--from",
        "2026-01-31T10:00:00Z",
        "--to",
        "2026-01-31T10:10:00Z",
        "--note",
        "pager",
    ]);
    let id = opened.split('\t').next().unwrap().to_owned();
    // A part of the id will do.
    home.run(&["incidents", "ack", &id[..6], "--note", "on it"]);
    let path = format!("/api/v1/incidents/{id}");
    let seen = service.call("GET", &path, &[], None);
    assert_eq!(
        (seen.json()["state"].as_str(), seen.etag.as_deref()),
        (Some("acknowledged"), Some("\"2\""))
    );
    let resolve = json!({ "state": "resolved", "note": "restarted" });
    assert_eq!(
        service
            .call("PATCH", &path, &[("if-match", "\"1\"")], Some(&resolve))
            .status,
        412
    );
    assert_eq!(
        service
            .call("PATCH", &path, &[("if-match", "\"2\"")], Some(&resolve))
            .status,
        200
    );
    home.run(&["incidents", "note", &id, "the pool was too small"]);
    let shown = home.run(&["incidents", "show", &id]);
    for told in [
        "Checkout fails",
        "open → acknowledged",
        "on it",
        "restarted",
        "the pool was too small",
        "cannot connect",
    ] {
        assert!(shown.contains(told), "{told}: {shown}");
    }
    assert!(home.run(&["incidents", "list", "pool"]).contains(&id));
    assert!(home.run(&["incidents", "list", "--state", "open"]).lines().count() == 1);
    let exported = home.run(&["incidents", "export", &id, "--format", "json"]);
    let other = Home::new("auth = \"none\"");
    let file = other.directory.path().join("incident.json");
    std::fs::write(&file, exported).unwrap();
    other.run(&["incidents", "import", file.to_str().unwrap()]);
    assert!(
        other
            .run(&["incidents", "export", &id])
            .contains("# Post-mortem: Checkout fails")
    );
}

#[test]
fn an_analysis_that_fails_is_stored_with_the_reason_and_stays_pending() {
    let home = Home::new("auth = \"none\"");
    let service = home.serve();
    let opened = service.call(
        "POST",
        "/api/v1/incidents",
        &[("idempotency-key", "k1")],
        Some(&opening("blind")),
    );
    assert_eq!(opened.status, 201, "{}", opened.text);
    let location = opened.headers["location"].to_str().unwrap().to_owned();
    let detail = service.call("GET", &location, &[], None).json();
    let part = &detail["snapshot"]["parts"][0];
    assert_eq!((&part["status"], &part["answer"]), (&json!("pending"), &json!(null)));
    assert!(part["reason"].as_str().unwrap().contains("cannot be reached"), "{part}");
    let again = service.call(
        "POST",
        "/api/v1/incidents",
        &[("idempotency-key", "k1")],
        Some(&opening("blind")),
    );
    assert_eq!(again.headers["location"].to_str().unwrap(), location);
    assert!(again.headers.contains_key("idempotency-replayed"));
    let other = service.call(
        "POST",
        "/api/v1/incidents",
        &[("idempotency-key", "k1")],
        Some(&opening("other")),
    );
    assert_eq!(other.status, 422);
}
