//! A user who may only read gets an answer from the log table alone.

use std::time::Duration;

use kulprit_clickhouse::{Client, Endpoint};

use crate::support::{Database, engine, question};

async fn reader(database: &str) -> Client {
    let at = engine().await.reader();
    Client::new(
        Endpoint {
            url: at.url,
            user: at.user,
            password: at.password,
            database: database.to_owned(),
        },
        Duration::from_secs(60),
    )
}

#[tokio::test]
async fn plain_sql_answers_where_nothing_of_kulprits_is_there() {
    let mut database = Database::empty("read_only").await;
    let logs = kulprit_clickhouse::schema::statements(database.config.schema(), &database.client)
        .unwrap()
        .remove(0);
    database.client.execute(&logs).await.unwrap();
    database
        .log(&[
            ("2026-01-31T10:01:00Z", "cart", "added item 17 to cart 4711"),
            ("2026-01-31T10:06:00Z", "cart", "added item 18 to cart 4712"),
            ("2026-01-31T10:07:00Z", "payment", "connection refused by 10.0.0.7:5432"),
            ("2026-01-31T10:08:00Z", "payment", "connection refused by 10.0.0.8:5432"),
        ])
        .await;
    database.client = reader("read_only").await;
    let asked = question(
        "2026-01-31T10:05:00Z",
        "2026-01-31T10:10:00Z",
        "2026-01-31T10:00:00Z",
        "2026-01-31T10:05:00Z",
    );
    let answer = database.answer(&asked).await;
    assert_eq!(answer.patterns, "sql");
    assert!(
        answer.warnings.iter().any(|warning| warning.contains("kulprit doctor")),
        "{:?}",
        answer.warnings
    );
    let groups: Vec<_> = answer
        .log_groups
        .iter()
        .map(|group| (group.pattern.as_str(), group.current_count, group.baseline_count))
        .collect();
    assert!(groups.contains(&("connection refused by <*>", 2, 0)), "{groups:?}");
    assert!(groups.contains(&("added item <*> to cart <*>", 1, 1)), "{groups:?}");
}

#[tokio::test]
async fn a_missing_log_table_is_said() {
    let database = Database::empty("no_logs").await;
    let asked = question(
        "2026-01-31T10:05:00Z",
        "2026-01-31T10:10:00Z",
        "2026-01-31T10:00:00Z",
        "2026-01-31T10:05:00Z",
    );
    let error = database.try_answer(&asked).await.unwrap_err();
    assert_eq!(error.status(), 422, "{error}");
    assert!(error.to_string().contains("otel_logs"), "{error}");
}
