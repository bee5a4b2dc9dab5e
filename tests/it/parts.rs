//! Whatever happens to the log table's rows, answers count those that are there, at once and after rolling.

use kulprit::questions::log_changes::PatternChanges;
use kulprit_testing::{Database, question};

use crate::FIXTURE;

/// Five minutes against the five before them.
pub fn asked() -> PatternChanges {
    question(
        "2026-01-31T10:05:00Z",
        "2026-01-31T10:10:00Z",
        "2026-01-31T10:00:00Z",
        "2026-01-31T10:05:00Z",
    )
}

/// Ten minutes of two services and a day before, rolled up.
async fn rolled(name: &str) -> Database {
    let database = FIXTURE.database(name).await;
    lines(&database, "otel_logs", "2026-01-30 10:00:00", 300).await;
    lines(&database, "otel_logs", "2026-01-31 10:00:00", 600).await;
    database.roller().catch_up().await.unwrap();
    assert_eq!(database.pending().await, 0);
    database
}

async fn lines(database: &Database, table: &str, from: &str, count: u32) {
    database
        .run(&format!(
            "INSERT INTO {table} (Timestamp, ServiceName, Body) \
             SELECT toDateTime64('{from}', 9, 'UTC') + toIntervalSecond(number), ['cart', 'payment'][number % 2 + 1], \
                    ['stored order ', 'connection refused by ', 'customer mail '][number % 3 + 1] || toString(number) \
             FROM numbers({count})"
        ))
        .await;
}

/// Exact at once, while the change is not counted yet, and when it is.
async fn assert_noticed(database: &Database, context: &str) {
    database.assert_exact(&asked(), &format!("{context}, at once")).await;
    database.roller().catch_up().await.unwrap();
    assert_eq!(database.pending().await, 0, "{context}");
    database.assert_exact(&asked(), &format!("{context}, rolled")).await;
    assert_eq!(rolled_up(database).await, counted(database).await, "{context}");
}

async fn rolled_up(database: &Database) -> Vec<String> {
    database
        .lines(
            "SELECT service, minute, sum(rolled) AS lines FROM kulprit_log_minutes GROUP BY service, minute \
             HAVING lines != 0 ORDER BY service, minute",
        )
        .await
}

async fn counted(database: &Database) -> Vec<String> {
    database
        .lines(
            "SELECT ServiceName AS service, toStartOfMinute(toDateTime(Timestamp, 'UTC')) AS minute, count() FROM otel_logs \
             GROUP BY service, minute ORDER BY service, minute",
        )
        .await
}

#[tokio::test]
async fn rows_that_are_deleted_or_changed_are_noticed() {
    let database = rolled("parts_delete").await;
    for change in [
        "ALTER TABLE otel_logs DELETE WHERE Body LIKE 'stored order 1%' SETTINGS mutations_sync = 2",
        "DELETE FROM otel_logs WHERE Body LIKE 'stored order 2%'",
        "ALTER TABLE otel_logs UPDATE Body = 'redacted' WHERE Body LIKE 'customer mail 4%' SETTINGS mutations_sync = 2",
        "ALTER TABLE otel_logs UPDATE Body = replaceOne(Body, 'refused', 'accepted') WHERE 1 SETTINGS mutations_sync = 2",
        "OPTIMIZE TABLE otel_logs FINAL",
        "DELETE FROM otel_logs WHERE ServiceName = 'payment'",
        "ALTER TABLE otel_logs MODIFY TTL toDateTime(Timestamp) + INTERVAL 1 DAY DELETE WHERE Body LIKE 'connection%' SETTINGS mutations_sync = 2",
    ] {
        database.run(change).await;
        if change.contains("TTL") {
            // All lines of the test lie in the past of its engine.
            lines(&database, "otel_logs", "2026-01-31 10:03:00", 3).await;
            database.run("OPTIMIZE TABLE otel_logs FINAL").await;
        }
        assert_noticed(&database, change).await;
    }
}

/// Whether all parts are counted is remembered from one answer to the next, and noticed when it changes.
#[tokio::test]
async fn what_somebody_else_writes_between_two_answers_is_noticed() {
    let database = rolled("parts_remembered").await;
    let other = database.for_user(database.client.apart());
    for change in [
        "INSERT INTO otel_logs (Timestamp, ServiceName, Body) VALUES ('2026-01-31 10:06:00', 'cart', 'disk full')",
        "DELETE FROM otel_logs WHERE Body LIKE 'stored order 2%'",
        "ALTER TABLE otel_logs DROP PARTITION '2026-01-31'",
    ] {
        database.assert_exact(&asked(), &format!("before {change}")).await;
        other.run(change).await;
        database.assert_counted(&asked(), change).await;
        other.roller().catch_up().await.unwrap();
    }
}

#[tokio::test]
async fn partitions_that_come_and_go_are_noticed() {
    let database = rolled("parts_partitions").await;
    database.run("CREATE TABLE kept AS otel_logs").await;
    // As many lines of another text: counts by minute do not tell.
    database
        .run("INSERT INTO kept (Timestamp, ServiceName, Body) SELECT Timestamp, ServiceName, 'other text' FROM otel_logs")
        .await;
    for change in [
        "ALTER TABLE otel_logs DETACH PARTITION '2026-01-30'",
        "ALTER TABLE otel_logs ATTACH PARTITION '2026-01-30'",
        "ALTER TABLE otel_logs REPLACE PARTITION '2026-01-31' FROM kept",
        "ALTER TABLE otel_logs ATTACH PARTITION '2026-01-31' FROM kept",
        "ALTER TABLE otel_logs DROP PARTITION '2026-01-30'",
        "ALTER TABLE kept MOVE PARTITION '2026-01-30' TO TABLE otel_logs",
        "EXCHANGE TABLES otel_logs AND kept",
    ] {
        database.run(change).await;
        if change.starts_with("EXCHANGE") {
            lines(&database, "otel_logs", "2026-01-31 10:00:00", 10).await;
        }
        assert_noticed(&database, change).await;
    }
    database.run("TRUNCATE TABLE otel_logs").await;
    assert_eq!(database.answer(&asked()).await.totals.current_count, 0);
    database.roller().catch_up().await.unwrap();
    assert_eq!(rolled_up(&database).await, Vec::<String>::new());
    assert_eq!(database.pending().await, 0);
    database.run("DROP TABLE otel_logs SYNC").await;
    database.create_log_table().await;
    lines(&database, "otel_logs", "2026-01-31 10:00:00", 600).await;
    assert_noticed(&database, "a new table of the same name").await;
}

#[tokio::test]
async fn merges_change_nothing_and_cost_nothing() {
    let database = rolled("parts_merge").await;
    for _ in 0..4 {
        lines(&database, "otel_logs", "2026-01-31 10:02:00", 50).await;
    }
    database.roller().catch_up().await.unwrap();
    let rows = "SELECT count() FROM kulprit_log_minutes";
    let before = database.lines("SELECT sum(roll_mark) FROM kulprit_log_minutes").await;
    database.run("OPTIMIZE TABLE otel_logs FINAL").await;
    assert_eq!(database.pending().await, 0, "it is seen to hold the same rows");
    database.assert_exact(&asked(), "merged").await;
    database.roller().catch_up().await.unwrap();
    let after = database.lines("SELECT sum(roll_mark) FROM kulprit_log_minutes").await;
    assert_eq!(before, after, "nothing was rolled: {:?}", database.lines(rows).await);
    // A mutation that finds nothing gives parts new names.
    database
        .run("ALTER TABLE otel_logs DELETE WHERE Body = 'no such line' SETTINGS mutations_sync = 2")
        .await;
    assert_eq!(database.pending().await, 0);
    // A part that is not counted is merged with those that are.
    lines(&database, "otel_logs", "2026-01-31 10:04:00", 50).await;
    database.run("OPTIMIZE TABLE otel_logs FINAL").await;
    assert_noticed(&database, "merged with others").await;
}

#[tokio::test]
async fn lightweight_updates_are_noticed() {
    let database = rolled("parts_patches").await;
    database
        .run("CREATE TABLE patched AS otel_logs ENGINE = MergeTree PARTITION BY toDate(Timestamp) ORDER BY Timestamp SETTINGS enable_block_number_column = 1, enable_block_offset_column = 1")
        .await;
    lines(&database, "patched", "2026-01-31 10:00:00", 600).await;
    database.run("EXCHANGE TABLES otel_logs AND patched").await;
    assert_noticed(&database, "another table").await;
    for change in [
        "DELETE FROM otel_logs WHERE Body LIKE 'stored order 1%' SETTINGS lightweight_delete_mode = 'lightweight_update'",
        "UPDATE otel_logs SET Body = 'redacted' WHERE Body LIKE 'customer mail 1%' SETTINGS enable_lightweight_update = 1",
        "ALTER TABLE otel_logs APPLY PATCHES SETTINGS mutations_sync = 2",
        "OPTIMIZE TABLE otel_logs FINAL",
    ] {
        database.run(change).await;
        assert_noticed(&database, change).await;
    }
}

#[tokio::test]
async fn an_insert_that_is_cut_off_or_years_late_is_noticed() {
    let database = rolled("parts_cut_off").await;
    // A kill in the middle of an INSERT of many blocks leaves some of them: to the rollup that is an INSERT of these.
    for year in [2001, 2019, 2024] {
        lines(&database, "otel_logs", &format!("{year}-06-30 23:59:30"), 90).await;
    }
    lines(&database, "otel_logs", "2026-01-31 10:01:00", 90).await;
    assert_noticed(&database, "old lines").await;
}

#[tokio::test]
async fn messages_of_deleted_lines_are_erased() {
    let database = rolled("parts_erased").await;
    database
        .log([
            (
                "2026-01-31T10:06:00Z",
                "cart",
                "reset password of ann@example.com to hunter2",
            ),
            ("2026-01-31T10:07:00Z", "cart", "customer mail 0"),
        ])
        .await;
    database.roller().catch_up().await.unwrap();
    let kept = "SELECT count() FROM kulprit_shapes WHERE concat(text, sample_min, sample_max) LIKE '%hunter2%'";
    assert_eq!(database.lines(kept).await, ["1"]);
    database
        .run("DELETE FROM otel_logs WHERE Body LIKE '%hunter2%' OR Body = 'customer mail 0'")
        .await;
    database.roller().catch_up().await.unwrap();
    assert_eq!(database.lines(kept).await, ["0"], "text and samples are gone");
    assert_eq!(
        database
            .lines("SELECT count() FROM kulprit_shapes WHERE 'customer mail 0' IN (sample_min, sample_max) AND service = 'cart'")
            .await,
        ["0"]
    );
    let answer = database.assert_exact(&asked(), "erased").await;
    for group in &answer.log_groups {
        assert!(!group.pattern.is_empty(), "{group:?}");
        for message in &group.representative_logs {
            let found = format!("SELECT count() > 0 FROM otel_logs WHERE Body = '{message}'");
            assert_eq!(
                database.lines(&found).await,
                ["1"],
                "a sample that is no line: {message}"
            );
        }
    }
    // Lines of the same shapes are left at other times, so that these keep their texts.
    database.run("ALTER TABLE otel_logs DROP PARTITION '2026-01-31'").await;
    database.roller().catch_up().await.unwrap();
    let texts = "SELECT count() FROM kulprit_shapes WHERE text != ''";
    assert_eq!(database.lines(texts).await, ["6"], "three texts of two services");
}

#[tokio::test]
async fn it_is_known_when_the_rollup_last_agreed() {
    let database = rolled("parts_agreed").await;
    let source = kulprit::rollups::logs::source(&database.config.logs);
    let agreed = source.agreed_at(&database.client).await.unwrap().unwrap();
    assert!(jiff::Timestamp::now().duration_since(agreed).as_mins() < 10);
}

#[tokio::test]
async fn an_audit_mends_what_the_rollup_has_lost() {
    let database = rolled("parts_audit").await;
    // What a crash of the machine may take from a table that was just written.
    database
        .run("ALTER TABLE kulprit_log_minutes DELETE WHERE minute = '2026-01-31 10:07:00' SETTINGS mutations_sync = 2")
        .await;
    let whole = kulprit_request::window::Window {
        from: "2026-01-31T00:00:00Z".parse().unwrap(),
        to: "2026-02-01T00:00:00Z".parse().unwrap(),
    };
    database.roller().audit(whole).await.unwrap();
    assert_noticed(&database, "audited").await;
}
