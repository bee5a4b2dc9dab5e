//! The rollup is exact whenever rows arrive, and never harms an INSERT into the log table.

use std::os::unix::fs::PermissionsExt;

use crate::FIXTURE;
use kulprit_testing::engine::function_pids;
use kulprit_testing::{Database, Signal, kill, question};

const WHOLE: [&str; 4] = [
    "2026-01-31T10:05:00Z",
    "2026-01-31T10:10:00Z",
    "2026-01-31T10:00:00Z",
    "2026-01-31T10:05:00Z",
];
const CUT: [&str; 4] = [
    "2026-01-31T10:05:30.5Z",
    "2026-01-31T10:09:10Z",
    "2026-01-31T10:01:20Z",
    "2026-01-31T10:05:30.5Z",
];

fn lines() -> Vec<(&'static str, &'static str, &'static str)> {
    vec![
        ("2026-01-31T10:00:10Z", "cart", "added item 17 to cart 4711"),
        ("2026-01-31T10:01:19.999Z", "cart", "added item 18 to cart 4712"),
        ("2026-01-31T10:01:20Z", "cart", "added item 19 to cart 4713"),
        (
            "2026-01-31T10:04:59.999999999Z",
            "payment",
            "charged 12.50 EUR to card 1",
        ),
        ("2026-01-31T10:05:00Z", "payment", "charged 13.50 EUR to card 2"),
        (
            "2026-01-31T10:05:30.499Z",
            "payment",
            "connection refused by 10.0.0.7:5432",
        ),
        (
            "2026-01-31T10:05:30.5Z",
            "payment",
            "connection refused by 10.0.0.8:5432",
        ),
        ("2026-01-31T10:08:00Z", "payment", "connection refused by 10.0.0.9:5432"),
        ("2026-01-31T10:09:09.999Z", "cart", "added item 20 to cart 4714"),
        ("2026-01-31T10:09:10Z", "cart", "added item 21 to cart 4715"),
    ]
}

#[tokio::test]
async fn answers_are_exact_before_during_and_after_rolling() {
    let database = FIXTURE.database("rollup_exact").await;
    let (whole, cut) = (
        question(WHOLE[0], WHOLE[1], WHOLE[2], WHOLE[3]),
        question(CUT[0], CUT[1], CUT[2], CUT[3]),
    );
    database.log(lines()).await;
    for (question, name) in [(&whole, "whole minutes"), (&cut, "cut minutes")] {
        database
            .assert_exact(question, &format!("{name}, nothing rolled"))
            .await;
    }
    database.roller().catch_up().await.unwrap();
    assert_eq!(database.pending().await, 0);
    for (question, name) in [(&whole, "whole minutes"), (&cut, "cut minutes")] {
        database.assert_exact(question, &format!("{name}, rolled")).await;
    }
    // Late rows for a minute that is rolled up, one of them of a new shape.
    database
        .log([
            ("2026-01-31T10:08:30Z", "payment", "connection refused by 10.0.0.1:5432"),
            ("2026-01-31T10:02:00Z", "cart", "cart is full"),
        ])
        .await;
    assert_eq!(database.pending().await, 1);
    for (question, name) in [(&whole, "whole minutes"), (&cut, "cut minutes")] {
        database.assert_exact(question, &format!("{name}, late rows")).await;
    }
    database.roller().catch_up().await.unwrap();
    assert_eq!(database.pending().await, 0);
    let answer = database.assert_exact(&whole, "late rows rolled").await;
    assert_eq!((answer.totals.current_count, answer.totals.baseline_count), (7, 5));
    // Merging parts of the rollup changes nothing.
    database.run("OPTIMIZE TABLE kulprit_log_minutes FINAL").await;
    database.assert_exact(&whole, "after a merge").await;
}

#[tokio::test]
async fn a_filter_on_services_reads_only_theirs() {
    let database = FIXTURE.database("rollup_services").await;
    database.log(lines()).await;
    let mut asked = question(WHOLE[0], WHOLE[1], WHOLE[2], WHOLE[3]);
    asked.services = vec!["payment".to_owned()];
    for round in ["before rolling", "after rolling"] {
        let answer = database.answer(&asked).await;
        assert_eq!(
            (answer.totals.current_count, answer.totals.baseline_count),
            (4, 1),
            "{round}"
        );
        assert!(
            answer.log_groups.iter().all(|group| group.service == "payment"),
            "{round}"
        );
        database.roller().catch_up().await.unwrap();
    }
}

#[tokio::test]
async fn rolling_at_the_same_time_counts_no_line_twice() {
    let database = FIXTURE.database("rollup_race").await;
    database.log(lines()).await;
    let rollers = (0..6).map(|_| {
        let mut roller = database.roller();
        tokio::spawn(async move { roller.catch_up().await })
    });
    for roller in rollers.collect::<Vec<_>>() {
        roller.await.unwrap().unwrap();
    }
    database.roller().catch_up().await.unwrap();
    database
        .assert_exact(&question(WHOLE[0], WHOLE[1], WHOLE[2], WHOLE[3]), "six rollers at once")
        .await;
    let rolled = database.lines("SELECT sum(rolled) FROM kulprit_log_minutes").await;
    assert_eq!(rolled, ["10"]);
}

#[tokio::test]
async fn a_broken_udf_harms_no_insert_and_the_rollup_mends_itself() {
    let engine = FIXTURE.start_engine(FIXTURE.fresh_dir("it-broken-udf")).await;
    let database = Database::on(&engine, "broken").await;
    database.apply_schema().await;
    let udf = engine.user_scripts().join("kulprit-udf");
    let kept = udf.with_extension("kept");
    std::fs::rename(&udf, &kept).unwrap();
    std::fs::write(&udf, "#!/bin/false\n").unwrap();
    std::fs::set_permissions(&udf, std::fs::Permissions::from_mode(0o755)).unwrap();

    database.log(lines()).await;
    assert_eq!(database.lines("SELECT count() FROM otel_logs").await, ["10"]);
    assert!(
        database.roller().catch_up().await.is_err(),
        "rolling needs the function"
    );
    let asked = question(WHOLE[0], WHOLE[1], WHOLE[2], WHOLE[3]);
    let answer = database.answer(&asked).await;
    assert_eq!(answer.patterns, "sql", "plain SQL answers meanwhile, and says so");
    assert!(answer.warnings[0].contains("plain SQL"), "{:?}", answer.warnings);
    assert_eq!((answer.totals.current_count, answer.totals.baseline_count), (6, 4));

    std::fs::rename(&kept, &udf).unwrap();
    database.roller().catch_up().await.unwrap();
    assert_eq!(database.pending().await, 0);
    let answer = database.assert_exact(&asked, "mended").await;
    assert_eq!(answer.totals.current_count + answer.totals.baseline_count, 10);
    engine.stop().await.unwrap();
}

/// A process that is killed ends one try, not the question.
#[tokio::test]
async fn a_question_whose_function_is_killed_is_asked_once_more() {
    let engine = FIXTURE.start_engine(FIXTURE.fresh_dir("it-killed-udf")).await;
    let database = Database::on(&engine, "killed").await;
    database.apply_schema().await;
    database.log(lines()).await;
    let asked = question(WHOLE[0], WHOLE[1], WHOLE[2], WHOLE[3]);
    for round in 0..3 {
        let answer = database.answer(&asked).await;
        assert_eq!(answer.patterns, "udf", "round {round}: {:?}", answer.warnings);
        let processes = function_pids(&FIXTURE.fresh_dir("it-killed-udf"), "changes");
        assert!(!processes.is_empty());
        for process in processes {
            kill(process, Signal::SIGKILL);
        }
    }
    engine.stop().await.unwrap();
}
