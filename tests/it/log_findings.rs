//! What somebody on call must see in the first rows: what is rare and grave, services that appear or fall silent, the first
//! minutes of an incident.

use jiff::Timestamp;
use kulprit::config::Divergence;
use kulprit::questions::log_changes::{Answer, Finding, LogGroup, PatternChanges};

use crate::FIXTURE;
use kulprit_testing::{Database, question};

/// `count` lines from `from` on, evenly over `seconds`.
async fn lines(database: &Database, service: &str, level: &str, message: &str, from: &str, seconds: u64, count: u64) {
    database
        .run(&format!(
            "INSERT INTO otel_logs (Timestamp, ServiceName, SeverityText, Body) \
             SELECT parseDateTime64BestEffort('{from}', 9, 'UTC') + toIntervalMillisecond(intDiv(number * {seconds} * 1000, {count})), \
                    '{service}', '{level}', '{message} ' || toString(number) || ' ms' FROM numbers({count})"
        ))
        .await;
}

/// Seventy quiet minutes of a shop, from nine o'clock on.
async fn shop(name: &str) -> Database {
    let database = FIXTURE.database(name).await;
    for (message, count) in [
        ("stored order in", 4_200),
        ("loaded cart in", 2_100),
        ("opened session in", 700),
    ] {
        lines(&database, "shop", "INFO", message, "2026-01-31T09:00:00Z", 4_200, count).await;
    }
    database
}

fn asked(from: &str, to: &str, before: &str) -> PatternChanges {
    let at = |time: &str| format!("2026-01-31T{time}Z");
    let mut asked = question(&at(from), &at(to), &at(before), &at(from));
    asked.limit = 10;
    asked
}

fn group<'a>(answer: &'a Answer, words: &str) -> &'a LogGroup {
    let mut groups = answer.log_groups.iter();
    groups
        .find(|group| group.pattern.contains(words))
        .unwrap_or_else(|| panic!("{words}: {answer:#?}"))
}

#[tokio::test]
async fn a_first_grave_line_is_new_with_its_count_and_a_rare_harmless_one_is_not() {
    let database = shop("findings_rare").await;
    lines(
        &database,
        "shop",
        "FATAL",
        "lost disk after",
        "2026-01-31T10:04:00Z",
        60,
        2,
    )
    .await;
    lines(
        &database,
        "shop",
        "INFO",
        "rotated file in",
        "2026-01-31T10:05:00Z",
        60,
        2,
    )
    .await;
    for day in ["2026-01-30", "2026-01-31"] {
        lines(
            &database,
            "shop",
            "ERROR",
            "gave up sync after",
            &format!("{day}T10:06:00Z"),
            60,
            2,
        )
        .await;
    }
    database.roller().catch_up().await.unwrap();
    let answer = database.answer(&asked("10:00:00", "10:10:00", "09:50:00")).await;
    let lost = group(&answer, "lost disk");
    assert_eq!(
        (lost.status.as_str(), lost.finding, lost.current_count),
        ("new", Finding::FirstSeen, 2)
    );
    assert!(
        lost.sentence
            .ends_with("new since 10:04: 2 lines never seen before, at ERROR or worse"),
        "{}",
        lost.sentence
    );
    assert_eq!(group(&answer, "rotated file").finding, Finding::TooRare);
    assert_eq!(group(&answer, "gave up sync").status, "same");
    assert_eq!(answer.totals.first_seen, 1);
    // However many patterns are asked for, it is counted.
    let mut one = asked("10:00:00", "10:10:00", "09:50:00");
    one.limit = 1;
    let answer = database.answer(&one).await;
    assert_eq!((answer.log_groups.len(), answer.totals.first_seen), (1, 1));
    assert_eq!(answer.log_groups[0].pattern, lost.pattern);
}

#[tokio::test]
async fn a_service_without_a_past_and_one_that_falls_silent_are_findings() {
    let database = shop("findings_services").await;
    lines(
        &database,
        "mailer",
        "INFO",
        "sent mail in",
        "2026-01-31T09:00:00Z",
        3_600,
        600,
    )
    .await;
    for (number, word) in ["Killed", "Mem-Info", "oom-kill", "Tasks", "Free"]
        .into_iter()
        .enumerate()
    {
        let message = format!("{word} process");
        lines(
            &database,
            "kernel",
            "",
            &message,
            "2026-01-31T10:03:00Z",
            30,
            4 - number as u64 % 4,
        )
        .await;
    }
    database.roller().catch_up().await.unwrap();
    let answer = database.answer(&asked("10:00:00", "10:10:00", "09:50:00")).await;
    let told: Vec<_> = answer
        .services
        .iter()
        .map(|found| (found.service.as_str(), found.status.as_str()))
        .collect();
    assert_eq!(told, [("mailer", "gone"), ("kernel", "new")], "{:#?}", answer.services);
    assert_eq!(group(&answer, "sent mail").status, "gone");
    let kernel = answer.log_groups.iter().filter(|group| group.service == "kernel");
    assert!(kernel.clone().count() > 0 && kernel.clone().all(|group| group.status == "new"));
    let shop = answer.log_groups.iter().filter(|group| group.service == "shop");
    assert!(shop.clone().all(|group| group.status == "same"), "{answer:#?}");
}

#[tokio::test]
async fn all_traffic_that_stops_is_gone_service_by_service() {
    let database = shop("findings_silence").await;
    database
        .run("ALTER TABLE otel_logs DELETE WHERE Timestamp >= '2026-01-31 10:00:00' SETTINGS mutations_sync = 2")
        .await;
    let answer = database.answer(&asked("10:00:00", "10:10:00", "09:50:00")).await;
    assert!(
        answer.log_groups.iter().all(|group| group.status == "gone"),
        "{answer:#?}"
    );
    assert!(
        answer.services[0].sentence.starts_with("shop went silent: "),
        "{:?}",
        answer.services
    );
}

#[tokio::test]
async fn ninety_seconds_into_an_incident_the_last_quiet_stretch_answers() {
    let mut database = shop("findings_unquiet").await;
    lines(
        &database,
        "shop",
        "ERROR",
        "refused connection after",
        "2026-01-31T10:07:30Z",
        150,
        300,
    )
    .await;
    database.roller().catch_up().await.unwrap();
    let window = |from: &str| from.parse::<Timestamp>().unwrap();
    for divergence in [Divergence::Udf, Divergence::Sql] {
        database.config.analysis.divergence = divergence;
        let answer = database.answer(&asked("10:08:00", "10:09:00", "10:07:00")).await;
        let baseline = &answer.baseline;
        assert_eq!(baseline.quiet, Some(false), "{answer:#?}");
        assert_eq!(
            baseline.asked.map(|asked| asked.from),
            Some(window("2026-01-31T10:07:00Z"))
        );
        assert_eq!(baseline.window.to, window("2026-01-31T10:06:00Z"));
        let first = &answer.log_groups[0];
        assert!(first.pattern.contains("refused connection"), "{answer:#?}");
        assert_eq!(
            (first.status.as_str(), first.baseline_count, first.current_count),
            ("new", 0, 120)
        );
        assert!(
            answer
                .warnings
                .iter()
                .any(|warning| warning.contains("is not quiet: since 10:06:00")
                    && warning.contains("the last quiet stretch, from 10:05:00 to 10:06:00")),
            "{:?}",
            answer.warnings
        );
    }
    let quiet = database.answer(&asked("10:05:00", "10:06:00", "10:04:00")).await;
    assert_eq!((quiet.baseline.quiet, quiet.baseline.asked), (Some(true), None));
    assert!(quiet.log_groups.iter().all(|group| group.status == "same"));
}
