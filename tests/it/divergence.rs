//! The divergence: by the function and by plain SQL, over arrays and in the whole statement.

#[path = "../../udf/tests/cases/mod.rs"]
mod cases;

use kulprit::config::Divergence;
use kulprit::questions::log_changes::{PatternChange, Source};
use kulprit_clickhouse::{Options, Statement, Value, inline_text};

use kulprit::rollups::logs::{Cells, Uncounted, uncounted};

use crate::FIXTURE;
use kulprit_testing::{Database, question, statement};

#[tokio::test]
async fn the_case_table_holds_inside_clickhouse_and_in_plain_sql() {
    let database = FIXTURE.empty_database("divergence_cases").await;
    for query in [
        "log_changes/divergence_of_arrays",
        "log_changes/divergence_of_arrays_sql",
    ] {
        for case in cases::load() {
            let params = [
                ("current", Value::UInts(case.current.clone())),
                ("baseline", Value::UInts(case.baseline.clone())),
            ];
            let asked = Statement::query(query, &Options::default(), params).unwrap();
            let json = database
                .client
                .bytes(&asked, "JSONCompactEachRow")
                .await
                .unwrap_or_else(|error| panic!("{query} {}: {error}", case.name));
            let (scores,): (Vec<cases::ExpectedScore>,) = serde_json::from_slice(json.trim_ascii()).unwrap();
            cases::assert_scores(
                &case,
                &scores.iter().map(cases::ExpectedScore::columns).collect::<Vec<_>>(),
            );
        }
    }
}

/// Stores the lines of each ranking case: its slices of five minutes from nine o'clock on, then the current window. Services
/// are named after their cases.
async fn store_ranking_cases(database: &Database) {
    let rows = cases::load_changes().into_iter().flat_map(|case| {
        case.patterns
            .into_iter()
            .map(move |(service, message, mut counts, current)| {
                counts.push(current);
                format!("('{}/{service}', '{message}', {counts:?})", case.name)
            })
    });
    database
        .run(&format!(
            "INSERT INTO otel_logs (Timestamp, ServiceName, Body) \
             SELECT toDateTime64('2026-01-31 09:00:00', 9, 'UTC') + toIntervalSecond(300 * (slice - 1) + line % 300), \
                    service, message \
             FROM (SELECT service, message, arrayJoin(arrayEnumerate(counts)) AS slice, counts[slice] AS total \
                   FROM values('service String, message String, counts Array(UInt64)', {})) \
             ARRAY JOIN range(total) AS line",
            rows.collect::<Vec<_>>().join(", ")
        ))
        .await;
}

#[tokio::test]
async fn the_ranking_cases_hold_inside_clickhouse_and_in_plain_sql() {
    let database = FIXTURE.database("divergence_ranking").await;
    store_ranking_cases(&database).await;
    database.roller().catch_up().await.unwrap();
    let covered_from = Some("1970-01-01T00:00:00Z".parse().unwrap());
    for case in cases::load_changes() {
        let mut asked = question(
            "2026-01-31T10:00:00Z",
            "2026-01-31T10:05:00Z",
            "2026-01-31T09:55:00Z",
            "2026-01-31T10:00:00Z",
        );
        asked.limit = case.limit as u32;
        let services = case
            .patterns
            .iter()
            .map(|(service, ..)| format!("{}/{service}", case.name));
        asked.services = services.collect();
        asked.services.dedup();
        for divergence in [Divergence::Udf, Divergence::Sql] {
            let uncounted = Cells::default();
            for source in [
                Source::Rollup(None),
                Source::Mixed {
                    covered_from,
                    uncounted,
                },
            ] {
                let statement = asked.statement(&database.config.logs, source, divergence).unwrap();
                let rows: Vec<PatternChange> = database.client.rows(&statement).await.unwrap();
                let told = rows
                    .iter()
                    .map(|row| (row.pattern.clone(), row.status.clone(), row.kept_for));
                cases::assert_changes(&case, &told.collect::<Vec<_>>());
            }
        }
    }
}

#[tokio::test]
async fn arrays_of_different_length_are_an_error_and_the_next_call_is_answered() {
    let database = FIXTURE.empty_database("divergence_lengths").await;
    let error = database
        .client
        .bytes(&statement("SELECT kulprit_divergence([1, 2], [1])"), "TSV")
        .await
        .unwrap_err();
    assert!(
        error.to_string().contains("current has 2 counts and baseline has 1"),
        "{error}"
    );
    assert_eq!(
        database
            .lines("SELECT length(kulprit_divergence([1, 2], [1, 2]))")
            .await,
        ["2"]
    );
}

#[tokio::test]
async fn an_argument_of_another_length_is_named() {
    let database = FIXTURE.empty_database("divergence_arguments").await;
    for (ignored, steps, said) in [
        ("[0, 0]", "[[1], [2]]", ""),
        ("[0]", "[[1], [2]]", "ignored has 1 elements and current has 2"),
        ("[0, 0]", "[[1]]", "steps has 1 elements and current has 2"),
        (
            "[0, 0]",
            "[[1], [2, 3]]",
            "element 2 of steps has 2 counts and the first has 1",
        ),
    ] {
        let asked = format!(
            "SELECT length(kulprit_changes(['a', 'a'], [1, 2], [1, 2], {ignored}, []::Array(Array(String)), [7, 8], \
             [[1], [2]], {steps}, [60, 60, 10]))"
        );
        match database.client.bytes(&statement(&asked), "TSV").await {
            Ok(rows) => assert_eq!((&rows[..], said), (&b"2\n"[..], "")),
            Err(error) => assert!(!said.is_empty() && error.to_string().contains(said), "{error}"),
        }
    }
}

async fn with_lines(name: &str) -> Database {
    let database = FIXTURE.database(name).await;
    database
        .run(
            "INSERT INTO otel_logs (Timestamp, ServiceName, Body) \
             SELECT toDateTime64('2026-01-31 10:00:00', 9, 'UTC') + toIntervalMillisecond(number * 120), \
                    'service-' || toString(number % 5), \
                    'step ' || char(97 + cityHash64(number) % 8) || if(number > 5000, 'x', 'y') || ' took ' || toString(number) || ' ms' \
             FROM numbers(10000)",
        )
        .await;
    database
}

const ASKED: [&str; 4] = [
    "2026-01-31T10:10:00Z",
    "2026-01-31T10:20:00Z",
    "2026-01-31T10:00:00Z",
    "2026-01-31T10:10:00Z",
];

#[tokio::test]
async fn function_and_plain_sql_give_the_same_groups_and_values() {
    let mut database = with_lines("divergence_twins").await;
    database.roller().catch_up().await.unwrap();
    for cut in ["", "30."] {
        let end = ASKED[1]
            .replace("00Z", &format!("{cut}00Z"))
            .replace("20:30.00Z", "19:30Z");
        let asked = question(ASKED[0], &end, ASKED[2], ASKED[3]);
        database.config.analysis.divergence = Divergence::Udf;
        let udf = database.assert_exact(&asked, "udf").await;
        database.config.analysis.divergence = Divergence::Sql;
        let sql = database.assert_exact(&asked, "sql").await;
        assert_eq!(udf.log_groups.len(), sql.log_groups.len());
        for (left, right) in udf.log_groups.iter().zip(&sql.log_groups) {
            assert_eq!(
                (&left.service, &left.pattern_id, &left.status),
                (&right.service, &right.pattern_id, &right.status)
            );
            for (left, right) in [
                (left.kl_contribution, right.kl_contribution),
                (left.relative_change, right.relative_change),
                (left.g2, right.g2),
                (left.dispersion, right.dispersion),
                (left.p_value, right.p_value),
                (left.q_value, right.q_value),
            ] {
                assert!((left - right).abs() <= 1e-12 * left.abs().max(1.0), "{left} {right}");
            }
        }
    }
}

#[tokio::test]
async fn what_is_shown_and_what_is_not_add_up_to_the_totals() {
    let database = with_lines("divergence_totals").await;
    let mut asked = question(ASKED[0], ASKED[1], ASKED[2], ASKED[3]);
    asked.limit = 3;
    let answer = database.answer(&asked).await;
    let shown: u64 = answer.log_groups.iter().map(|group| group.current_count).sum();
    assert_eq!(answer.log_groups.len(), 3);
    assert_eq!(shown + answer.totals.other_current_count, answer.totals.current_count);
    assert_eq!(
        (answer.totals.current_count, answer.totals.baseline_count),
        (5000, 5000)
    );
    assert!(answer.totals.kl_divergence > 0.0 && answer.totals.jensen_shannon < std::f64::consts::LN_2);
}

#[tokio::test]
async fn the_inline_dialect_pastes_into_any_client_and_gives_the_same_rows() {
    let database = with_lines("divergence_inline").await;
    let asked = question(ASKED[0], ASKED[1], ASKED[2], ASKED[3]);
    let uncounted = uncounted(&database.client, &database.config.logs, &asked.looked_at()).await;
    let Ok(Uncounted::Some(uncounted)) = uncounted else {
        panic!("the log table has parts: {uncounted:?}");
    };
    assert!(!uncounted.is_empty(), "nothing is rolled up");
    let source = Source::Mixed {
        covered_from: Some("1970-01-01T00:00:00Z".parse().unwrap()),
        uncounted,
    };
    let sent = asked.statement(&database.config.logs, source, Divergence::Udf).unwrap();
    let pasted = Statement::verbatim("pasted", inline_text(&sent).unwrap());
    assert!(!pasted.text.contains("{current_from"), "{}", pasted.text);
    let rows = database.client.bytes(&sent, "JSONEachRow").await.unwrap();
    assert_eq!(rows, database.client.bytes(&pasted, "JSONEachRow").await.unwrap());
    assert_eq!(rows.iter().filter(|byte| **byte == b'\n').count(), 80);
}

/// What `kulprit sql show` prints has the arithmetic in it; answers send its results along.
#[tokio::test]
async fn the_statement_works_out_the_slices_that_an_answer_sends_along() {
    const OF_SLICES: [&str; 4] = ["past_from", "past_slices", "slice_seconds", "step_seconds"];
    let database = with_lines("divergence_slices").await;
    let asked = question(ASKED[0], ASKED[1], ASKED[2], ASKED[3]);
    for source in [
        Source::Rollup(None),
        Source::Mixed {
            covered_from: None,
            uncounted: Cells::default(),
        },
        Source::Raw,
    ] {
        let sent = asked.statement(&database.config.logs, source, Divergence::Udf).unwrap();
        let options = Options {
            sliced: false,
            ..Options::clone(sent.options.as_deref().unwrap())
        };
        let (given, left): (Vec<_>, Vec<_>) = sent
            .params
            .iter()
            .cloned()
            .partition(|(name, _)| OF_SLICES.contains(&name.as_str()));
        assert_eq!(given.len(), OF_SLICES.len());
        assert!(sent.text.contains("{past_from:"), "{}", sent.text);
        let printed = Statement::query(sent.name, &options, left).unwrap();
        assert_eq!(
            database.client.bytes(&sent, "JSONEachRow").await.unwrap(),
            database.client.bytes(&printed, "JSONEachRow").await.unwrap(),
            "{}",
            sent.name
        );
    }
}

#[tokio::test]
async fn a_late_line_before_both_windows_does_not_unsettle_the_answer() {
    let mut database = FIXTURE.database("divergence_late").await;
    database
        .run(
            "INSERT INTO otel_logs (Timestamp, ServiceName, Body) \
             SELECT toDateTime64('2026-01-31 09:00:00', 9, 'UTC') + toIntervalSecond(number * 2), 'cart', \
                    if(number % 5 = 0, 'expired basket ', 'stored order ') || toString(number) FROM numbers(2400)",
        )
        .await;
    database.roller().catch_up().await.unwrap();
    let asked = question(ASKED[0], ASKED[1], ASKED[2], ASKED[3]);
    for divergence in [Divergence::Udf, Divergence::Sql] {
        database.config.analysis.divergence = divergence;
        let before = database.answer(&asked).await;
        database.log([("2026-01-31T09:17:00Z", "cart", "stored order 7")]).await;
        let after = database.answer(&asked).await;
        assert_eq!(before.totals, after.totals);
        for (before, after) in before.log_groups.iter().zip(&after.log_groups) {
            assert!(
                (before.dispersion - after.dispersion).abs() < 0.1,
                "{before:?} {after:?}"
            );
        }
    }
}
