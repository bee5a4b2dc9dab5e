//! A baseline that is the median of several windows, from each source of counts.

use jiff::Timestamp;
use kulprit::config::Divergence;
use kulprit::questions::log_changes::Answer;
use kulprit::questions::log_changes::{PatternChange, PatternChanges, Source};
use kulprit::rollups::logs::{Cells, Uncounted, uncounted};
use kulprit_request::baseline::Baseline;

use crate::FIXTURE;
use kulprit_testing::{Database, question};

const FROM: &str = "2026-01-31T10:00:00Z";
const TO: &str = "2026-01-31T10:10:00Z";

/// Lines of two patterns: in the window before an outburst of refused connections, a day and a week earlier the usual.
async fn with_history(name: &str) -> Database {
    let database = FIXTURE.database(name).await;
    for (begin, refused, stored) in [
        ("2026-01-31 10:00:00", 60, 100),
        ("2026-01-31 09:50:00", 900, 90),
        ("2026-01-30 10:00:00", 6, 110),
        ("2026-01-24 10:00:00", 8, 95),
    ] {
        for (message, lines) in [("connection refused by", refused), ("stored order", stored)] {
            database
                .run(&format!(
                    "INSERT INTO otel_logs (Timestamp, ServiceName, Body) \
                     SELECT toDateTime64('{begin}', 9, 'UTC') + toIntervalMillisecond(number * 500), 'cart', '{message} ' || toString(number) \
                     FROM numbers({lines})"
                ))
                .await;
        }
    }
    database
}

fn asked(baseline: &str) -> PatternChanges {
    let mut asked = question(FROM, TO, FROM, TO);
    asked.baseline = Baseline::parse(baseline, asked.current, Timestamp::now()).unwrap();
    asked
}

/// Message's first word, current and baseline count, status.
fn told(rows: &[PatternChange]) -> Vec<(&str, u64, u64, &str)> {
    let mut told: Vec<_> = rows
        .iter()
        .map(|row| {
            let word = row.pattern.split(' ').next().unwrap_or_default();
            (word, row.current_count, row.baseline_count, row.status.as_str())
        })
        .collect();
    told.sort_unstable();
    told
}

#[tokio::test]
async fn one_odd_window_does_not_hide_a_change() {
    let database = with_history("median").await;
    let previous = database.answer(&asked("previous")).await;
    let refused = |answer: &Answer| {
        let mut groups = answer.log_groups.iter();
        groups
            .find(|group| group.pattern.starts_with("connection"))
            .map(|group| (group.baseline_count, group.status.clone()))
    };
    assert_eq!(refused(&previous), Some((900, "same".to_owned())));
    let median = database.answer(&asked("median")).await;
    assert_eq!(refused(&median), Some((8, "up".to_owned())));
    let lines: Vec<u64> = median.baseline.median_of.iter().map(|counted| counted.lines).collect();
    assert_eq!(lines, [116, 103, 990]);
    assert_eq!((median.totals.baseline_count, median.totals.current_count), (116, 160));
    assert_eq!(median.warnings, Vec::<String>::new());
}

#[tokio::test]
async fn the_rollup_the_log_table_and_plain_sql_take_the_same_median() {
    let database = with_history("median_sources").await;
    let asked = asked("median");
    let expected = [("connection", 60, 8, "up"), ("stored", 100, 95, "same")];
    let covered_from: Option<Timestamp> = Some("1970-01-01T00:00:00Z".parse().unwrap());
    let mixed = |covered_from, uncounted: &Cells| Source::Mixed {
        covered_from,
        uncounted: uncounted.clone(),
    };
    for is_rolled in [false, true] {
        for divergence in [Divergence::Udf, Divergence::Sql] {
            let Uncounted::Some(uncounted) = uncounted(&database.client, &database.config.logs, &asked.looked_at())
                .await
                .unwrap()
            else {
                panic!("the log table has parts");
            };
            assert_eq!(uncounted.is_empty(), is_rolled);
            for source in [
                mixed(covered_from, &uncounted),
                mixed(None, &Cells::default()),
                Source::Rollup(None),
                Source::Raw,
            ] {
                if source == Source::Rollup(None) && !is_rolled {
                    continue;
                }
                let statement = asked
                    .statement(&database.config.logs, source.clone(), divergence)
                    .unwrap();
                let rows: Vec<PatternChange> = database.client.rows(&statement).await.unwrap();
                assert_eq!(told(&rows), expected, "{source:?} {divergence:?} {is_rolled}");
                let refused = rows.iter().find(|row| row.pattern.starts_with("connection"));
                assert_eq!(refused.map(|row| row.course().iter().sum()), Some(60_u64), "{source:?}");
                assert_eq!(rows[0].baseline_totals, [116, 103, 990], "{source:?} {divergence:?}");
            }
        }
        database.roller().catch_up().await.unwrap();
    }
}

#[tokio::test]
async fn one_window_that_is_not_rolled_up_is_read_from_the_log_table() {
    let database = with_history("median_pending").await;
    database.roller().catch_up().await.unwrap();
    database.log([("2026-01-24T10:03:00Z", "cart", "stored order 7")]).await;
    let answer = database.answer(&asked("median")).await;
    assert_eq!(answer.baseline.median_of[1].lines, 104);
}

#[tokio::test]
async fn a_window_without_lines_is_left_out_and_said() {
    let database = with_history("median_gap").await;
    let answer = database
        .answer(&asked("median:previous,day,2026-01-02T10:00:00Z..2026-01-02T10:10:00Z"))
        .await;
    let stored = answer
        .log_groups
        .iter()
        .find(|group| group.pattern.starts_with("stored"));
    assert_eq!(stored.map(|group| group.baseline_count), Some(100));
    assert_eq!(
        answer.warnings,
        ["the baseline is the median of 2 of 3 windows: there are no log lines in the one from 2026-01-02T10:00:00Z"]
    );
}
