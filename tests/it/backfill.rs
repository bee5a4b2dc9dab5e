//! A log table that was there before Kulprit: answers are equal before, during and after the backfill.

use kulprit::questions::log_changes::Answer;
use kulprit::rollups;

use crate::FIXTURE;
use kulprit_testing::{Database, question};

/// The log table alone, as its owner made it, with an hour of lines.
async fn with_old_lines(name: &str) -> Database {
    let database = FIXTURE.empty_database(name).await;
    database.create_log_table().await;
    database
        .run(
            "INSERT INTO otel_logs (Timestamp, ServiceName, Body) \
             SELECT toDateTime64('2026-01-31 10:00:00', 9, 'UTC') + toIntervalMillisecond(number * 36), \
                    ['cart', 'payment', 'shipping'][number % 3 + 1], \
                    if(number % 7 = 0 AND number > 50000, 'connection refused by 10.0.0.1:' || toString(number), 'handled request ' || toString(number) || ' in 12 ms') \
             FROM numbers(100000)",
        )
        .await;
    database
}

#[tokio::test]
async fn answers_are_equal_before_during_and_after_the_backfill() {
    let database = with_old_lines("backfill_equal").await;
    database.apply_schema().await;
    let whole = question(
        "2026-01-31T10:30:00Z",
        "2026-01-31T11:00:00Z",
        "2026-01-31T10:00:00Z",
        "2026-01-31T10:30:00Z",
    );
    let cut = question(
        "2026-01-31T10:30:30Z",
        "2026-01-31T10:59:30Z",
        "2026-01-31T10:00:30Z",
        "2026-01-31T10:29:30Z",
    );
    // Most of the past by which it is judged lies before both windows.
    let short = question(
        "2026-01-31T10:33:12Z",
        "2026-01-31T10:36:12Z",
        "2026-01-31T10:30:12Z",
        "2026-01-31T10:33:12Z",
    );
    let before = [
        database.assert_exact(&whole, "before").await,
        database.assert_exact(&cut, "before, cut").await,
        database.assert_exact(&short, "before, short").await,
    ];
    assert_eq!(
        before[0].totals.current_count + before[0].totals.baseline_count,
        100_000
    );

    // Half of the buckets, as if the command had been killed.
    let logs = &database.config.logs;
    let plan = rollups::logs::remaining(&database.client, logs, None).await.unwrap();
    assert_eq!((plan.buckets.len(), plan.rows()), (6, 100_000));
    let half = rollups::logs::Backfill {
        buckets: plan.buckets[..3].to_vec(),
        from: "2026-01-31T10:30:00Z".parse().unwrap(),
    };
    rollups::logs::backfill(&database.client, logs, &half, |_| {})
        .await
        .unwrap();
    let left = rollups::logs::remaining(&database.client, logs, None).await.unwrap();
    assert_eq!(left.buckets.len(), 3, "what is done stays done");
    // Lines for the stretch that is not filled in yet, and for the one that is.
    let during = [
        database.assert_exact(&whole, "during").await,
        database.assert_exact(&cut, "during, cut").await,
        database.assert_exact(&short, "during, short").await,
    ];

    rollups::logs::backfill(&database.client, logs, &left, |_| {})
        .await
        .unwrap();
    assert_eq!(
        rollups::logs::remaining(&database.client, logs, None)
            .await
            .unwrap()
            .buckets,
        vec![]
    );
    let after = [
        database.assert_exact(&whole, "after").await,
        database.assert_exact(&cut, "after, cut").await,
        database.assert_exact(&short, "after, short").await,
    ];
    for (index, first) in before.iter().enumerate() {
        for later in [&during[index], &after[index]] {
            // Everything but the messages, of which each pattern has many.
            let groups = |answer: &Answer| {
                let mut groups = answer.log_groups.clone();
                groups.iter_mut().for_each(|group| group.representative_logs.clear());
                groups
            };
            assert_eq!(groups(first), groups(later));
        }
    }
    assert_eq!(database.pending().await, 0, "the whole hour comes from the rollup");
    database.run("TRUNCATE TABLE otel_logs").await;
    let emptied = database.answer(&whole).await.totals;
    assert_eq!((emptied.current_count, emptied.baseline_count), (0, 0));
}

#[tokio::test]
async fn lines_that_arrive_during_the_backfill_are_counted_once() {
    let database = with_old_lines("backfill_live").await;
    database.apply_schema().await;
    let whole = question(
        "2026-01-31T10:30:00Z",
        "2026-01-31T11:00:00Z",
        "2026-01-31T10:00:00Z",
        "2026-01-31T10:30:00Z",
    );
    database
        .log([
            ("2026-01-31T10:05:00Z", "cart", "late line 1"),
            ("2026-01-31T11:30:00Z", "cart", "new line 1"),
        ])
        .await;
    let plan = rollups::logs::remaining(&database.client, &database.config.logs, None)
        .await
        .unwrap();
    rollups::logs::backfill(&database.client, &database.config.logs, &plan, |_| {})
        .await
        .unwrap();
    database.log([("2026-01-31T10:05:01Z", "cart", "late line 2")]).await;
    database.assert_exact(&whole, "late lines").await;
    database.roller().catch_up().await.unwrap();
    assert_eq!(database.pending().await, 0);
    let answer = database.assert_exact(&whole, "late lines rolled").await;
    assert_eq!(answer.totals.current_count + answer.totals.baseline_count, 100_002);
}

#[tokio::test]
async fn a_backfill_from_a_later_time_leaves_the_rest_to_the_log_table() {
    let database = with_old_lines("backfill_from").await;
    database.apply_schema().await;
    let logs = &database.config.logs;
    let plan = rollups::logs::remaining(&database.client, logs, Some("2026-01-31T10:40:00Z".parse().unwrap()))
        .await
        .unwrap();
    assert_eq!(plan.buckets.len(), 2);
    rollups::logs::backfill(&database.client, logs, &plan, |_| {})
        .await
        .unwrap();
    let whole = question(
        "2026-01-31T10:30:00Z",
        "2026-01-31T11:00:00Z",
        "2026-01-31T10:00:00Z",
        "2026-01-31T10:30:00Z",
    );
    database.assert_exact(&whole, "half filled in").await;
    assert_eq!(
        rollups::logs::remaining(&database.client, logs, None)
            .await
            .unwrap()
            .buckets
            .len(),
        4
    );
}
