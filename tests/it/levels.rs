//! A line's level is read alike, whichever way the table holds it.

use std::collections::{BTreeMap, BTreeSet};

use kulprit_patterns::level::{LETTERS, Level, NAMES};
use kulprit_testing::{Database, question};
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
    let expected: BTreeSet<String> = ERRORS.iter().map(service).collect();
    assert_eq!(failing(&database).await, expected);
}

/// The services that have error lines in the five minutes from ten o'clock on.
async fn failing(database: &Database) -> BTreeSet<String> {
    let asked = "/api/v1/patterns?from=2026-01-31T10:00:00Z&to=2026-01-31T10:05:00Z&limit=1000";
    let response = warp::test::request().path(asked).reply(&database.api()).await;
    let answer: Value = serde_json::from_slice(response.body()).unwrap();
    assert_eq!(response.status(), 200, "{answer}");
    let groups = answer["patterns"].as_array().unwrap();
    let services = groups.iter().map(|group| group["service"].as_str().unwrap().to_owned());
    services.collect()
}

/// Every way to write a severity that there is, and some that are none.
fn severities() -> Vec<String> {
    let names = NAMES.iter().map(|name| name.text);
    let written = |name: &str| {
        let small = name.to_lowercase();
        [
            name.to_owned(),
            format!("[{small} ]"),
            format!("{name}3"),
            format!("{small}+2:"),
            format!("the{small}"),
        ]
    };
    let letters = LETTERS.iter().map(|(letter, _)| char::from(*letter));
    let letters = letters.flat_map(|letter| [letter.to_string(), format!("[{}]", letter.to_ascii_lowercase())]);
    let numbers = (0..30).map(|number| format!(" {number} "));
    names
        .flat_map(written)
        .chain(letters)
        .chain(numbers)
        .chain(["custom".to_owned()])
        .collect()
}

#[tokio::test]
async fn every_name_means_the_same_to_the_function_and_to_plain_sql() {
    let database = FIXTURE.database("levels_by_name").await;
    let severities = severities();
    let rows = severities.iter().map(|severity| {
        json!({
            "Timestamp": "2026-01-31 10:01:00", "ServiceName": format!("service {severity}"), "Body": "no stock left",
            "SeverityText": severity,
        })
    });
    database.insert("otel_logs", rows).await;
    let mut asked = question(
        "2026-01-31T10:00:00Z",
        "2026-01-31T10:05:00Z",
        "2026-01-31T09:55:00Z",
        "2026-01-31T10:00:00Z",
    );
    asked.limit = severities.len() as u32;
    let expected: BTreeMap<String, String> = severities
        .iter()
        .map(|severity| {
            let level = Level::of_field(severity.as_bytes()).filter(|level| *level != Level::Info);
            let said = level.map_or(String::new(), |level| format!("{} ", level.text()));
            (format!("service {severity}"), format!("{said}no stock left"))
        })
        .collect();
    for (asks, twin) in [(&database, "udf"), (&database.for_reader(), "sql")] {
        let answer = asks.answer(&asked).await;
        assert_eq!(answer.patterns, twin);
        let found: BTreeMap<String, String> = answer
            .log_groups
            .into_iter()
            .map(|group| (group.service, group.pattern))
            .collect();
        assert_eq!(found, expected, "{twin}");
    }
    let errors = severities
        .iter()
        .filter(|severity| Level::of_field(severity.as_bytes()) >= Some(Level::Error))
        .map(|severity| format!("service {severity}"));
    assert_eq!(failing(&database).await, errors.collect());
}

/// Messages as programs write them, `NAME` in place of the severity.
const MESSAGES: &[&str] = &[
    "NAME no stock left",
    "NAME: no stock left",
    "[NAME] no stock left",
    "[main] NAME  c.a.Stock - none left",
    "[core:name] none left",
    "level=name msg=\"none left\"",
    "caller=a.go:1 level=name msg=x",
    "{\"msg\":\"none left\",\"severity\":\"name\"}",
    "production.NAME: none left",
    "none left at name",
    "name: none left",
    "DEBUG after NAME the stock is checked",
];

/// Messages without a severity.
const OTHER_MESSAGES: &[&str] = &[
    "panic: nil map",
    "Traceback (most recent call last):",
    "java.lang.IllegalStateException: empty",
    "TypeError: no function",
    "a failure of the disk is near",
    "ErrorCount: 0",
    "[config] errors are kept",
];

#[tokio::test]
async fn a_message_says_the_same_to_ingest_and_to_the_statements() {
    let database = FIXTURE.database("levels_in_messages").await;
    let named = NAMES.iter().flat_map(|name| {
        let written = |message: &&str| {
            message
                .replace("NAME", name.text)
                .replace("name", &name.text.to_lowercase())
        };
        MESSAGES.iter().map(written).collect::<Vec<_>>()
    });
    let messages: Vec<String> = named
        .chain(OTHER_MESSAGES.iter().map(|&message| message.to_owned()))
        .collect();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("stock.log");
    let log: String = messages
        .iter()
        .map(|message| format!("2026-01-31 10:01:00 {message}\n"))
        .collect();
    std::fs::write(&path, log).unwrap();
    let output = crate::ingest::ingest(&database, &[path.to_str().unwrap()]);
    assert!(output.status.success(), "{output:?}");
    // Each message is a service of its own, and once more without what ingest has found.
    let read = "SELECT Body FROM otel_logs WHERE SeverityNumber >= 17 ORDER BY Body";
    let by_ingest: BTreeSet<String> = database.lines(read).await.into_iter().collect();
    database
        .run(
            "INSERT INTO otel_logs (Timestamp, ServiceName, Body) \
             SELECT DISTINCT Timestamp, Body, Body FROM otel_logs WHERE ServiceName = 'stock'",
        )
        .await;
    let mut by_statement = failing(&database).await;
    by_statement.remove("stock");
    let only = |one: &BTreeSet<String>, other: &BTreeSet<String>| one.difference(other).cloned().collect::<Vec<_>>();
    let (ingest, statement) = (only(&by_ingest, &by_statement), only(&by_statement, &by_ingest));
    assert!(
        ingest.is_empty() && statement.is_empty(),
        "by ingest {ingest:#?}, by statement {statement:#?}"
    );
    assert!(by_ingest.len() > 50);
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
        .answer(&question(
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
