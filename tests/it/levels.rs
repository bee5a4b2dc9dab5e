//! A line's level is read alike, whichever way the table holds it.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::FIXTURE;

const ERRORS: &[(&str, u8)] = &[
    ("ERROR", 17),
    ("ERROR2", 18),
    ("error", 0),
    ("[error]", 0),
    ("Error:", 0),
    ("err", 0),
    ("erro", 0),
    ("FAIL", 0),
    ("SEVERE", 0),
    ("FTL", 0),
    ("CRIT", 18),
    ("emerg", 0),
    ("dpanic", 0),
    ("E", 0),
    ("17", 0),
    ("", 17),
    ("", 20),
    ("", 21),
    ("", 24),
];

const OTHERS: &[(&str, u8)] = &[
    ("INFO", 9),
    // The text is what a person reads.
    ("WARN", 17),
    ("[warn]", 0),
    ("notice", 0),
    ("3", 0),
    ("", 0),
    ("", 9),
    ("", 16),
    ("", 200),
];

fn service((text, number): &(&str, u8)) -> String {
    format!("{text}/{number}")
}

#[tokio::test]
async fn an_error_is_one_by_its_text_or_without_one_by_its_number() {
    let database = FIXTURE.database("levels_of_lines").await;
    let rows = ERRORS.iter().chain(OTHERS).map(|level| {
        json!({
            "Timestamp": "2026-01-31 10:01:00", "ServiceName": service(level), "Body": "no stock left",
            "SeverityText": level.0, "SeverityNumber": level.1,
        })
    });
    database.insert("otel_logs", rows).await;
    let asked = "/api/v1/patterns?from=2026-01-31T10:00:00Z&to=2026-01-31T10:05:00Z&limit=100";
    let response = warp::test::request().path(asked).reply(&database.api()).await;
    let answer: Value = serde_json::from_slice(response.body()).unwrap();
    assert_eq!(response.status(), 200, "{answer}");
    let groups = answer["patterns"].as_array().unwrap();
    let found: BTreeSet<String> = groups
        .iter()
        .map(|group| group["service"].as_str().unwrap().to_owned())
        .collect();
    let expected: BTreeSet<String> = ERRORS.iter().map(service).collect();
    assert_eq!(found, expected);
}

#[tokio::test]
async fn the_same_text_at_another_number_is_another_pattern() {
    let database = FIXTURE.database("levels_compared").await;
    for (minute, number) in [("09:58", 9), ("10:01", 17)] {
        let rows = (0..40).map(|second| {
            json!({
                "Timestamp": format!("2026-01-31 {minute}:{second:02}"), "ServiceName": "shop",
                "Body": format!("payment {second} finished"), "SeverityNumber": number,
            })
        });
        database.insert("otel_logs", rows).await;
    }
    let answer = database
        .answer(&kulprit_testing::question(
            "2026-01-31T10:00:00Z",
            "2026-01-31T10:05:00Z",
            "2026-01-31T09:55:00Z",
            "2026-01-31T10:00:00Z",
        ))
        .await;
    let told: BTreeSet<(&str, u64, u64)> = answer
        .log_groups
        .iter()
        .map(|group| (group.status.as_str(), group.current_count, group.baseline_count))
        .collect();
    assert_eq!(told, BTreeSet::from([("new", 40, 0), ("gone", 0, 40)]));
}
