//! A user who may only read gets an answer from the log table alone.

use crate::FIXTURE;
use kulprit_testing::question;

#[tokio::test]
async fn plain_sql_answers_where_nothing_of_kulprits_is_there() {
    let database = FIXTURE.empty_database("read_only").await;
    database.create_log_table().await;
    database
        .log([
            ("2026-01-31T10:01:00Z", "cart", "added item 17 to cart 4711"),
            ("2026-01-31T10:06:00Z", "cart", "added item 18 to cart 4712"),
            ("2026-01-31T10:07:00Z", "payment", "connection refused by 10.0.0.7:5432"),
            ("2026-01-31T10:08:00Z", "payment", "connection refused by 10.0.0.8:5432"),
        ])
        .await;
    let asked = question(
        "2026-01-31T10:05:00Z",
        "2026-01-31T10:10:00Z",
        "2026-01-31T10:00:00Z",
        "2026-01-31T10:05:00Z",
    );
    let answer = database.for_reader().answer(&asked).await;
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
    let database = FIXTURE.empty_database("no_logs").await;
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
