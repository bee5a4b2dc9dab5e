//! The stored catalog: what people decide about a pattern, and that an id keeps its meaning.

use kulprit::questions::log_changes::Answer;
use kulprit::rollups::catalog::statements::{Choice, ListedPattern, ShownPattern, list, reloads, show};

use crate::FIXTURE;
use kulprit_testing::{Database, question};

const ASKED: [&str; 4] = [
    "2026-01-31T10:10:00Z",
    "2026-01-31T10:20:00Z",
    "2026-01-31T10:00:00Z",
    "2026-01-31T10:10:00Z",
];

async fn choose(database: &Database, choice: Choice) {
    database.client.execute(&choice.statement().unwrap()).await.unwrap();
    for statement in reloads().unwrap() {
        database.client.execute(&statement).await.unwrap();
    }
}

/// The ids of the answer's groups whose text holds `word`.
fn ids(answer: &Answer, word: &str) -> Vec<String> {
    let groups = answer.log_groups.iter().filter(|group| group.pattern.contains(word));
    groups.map(|group| group.pattern_id.to_string()).collect()
}

#[tokio::test]
async fn ignored_patterns_leave_rankings_but_not_totals() {
    let database = FIXTURE.database("patterns_ignored").await;
    database
        .log([
            ("2026-01-31T10:02:00Z", "shop", "order 7 accepted"),
            ("2026-01-31T10:12:00Z", "shop", "order 8 accepted"),
            ("2026-01-31T10:13:00Z", "shop", "connection refused by 10.0.0.1:5432"),
            ("2026-01-31T10:14:00Z", "shop", "connection refused by 10.0.0.2:5432"),
        ])
        .await;
    database.roller().catch_up().await.unwrap();
    let asked = question(ASKED[0], ASKED[1], ASKED[2], ASKED[3]);
    let before = database.answer(&asked).await;
    let refused = ids(&before, "refused");
    assert_eq!((refused.len(), ids(&before, "order").len()), (1, 1), "{before:?}");
    let ignored = |ignored| Choice {
        pattern_id: refused[0].parse().unwrap(),
        ignored: Some(ignored),
        name: None,
    };

    choose(&database, ignored(true)).await;
    let rolled = database.answer(&asked).await;
    // A line that is not rolled up yet sends its minute to the log table.
    database
        .log([("2026-01-31T10:15:00Z", "shop", "connection refused by 10.0.0.3:5432")])
        .await;
    let pending = database.answer(&asked).await;
    for (answer, current) in [(&rolled, 3), (&pending, 4)] {
        assert!(ids(answer, "refused").is_empty(), "{answer:?}");
        assert_eq!(ids(answer, "order").len(), 1);
        assert_eq!(
            (answer.totals.current_count, answer.totals.baseline_count),
            (current, 1)
        );
    }

    choose(&database, ignored(false)).await;
    assert_eq!(ids(&database.answer(&asked).await, "refused"), refused);
}

#[tokio::test]
async fn an_id_that_was_replaced_shows_the_pattern_that_took_over() {
    let database = FIXTURE.database("patterns_replaced").await;
    let opened = |minute: u8, name: &str| {
        (
            format!("2026-01-31T10:{minute:02}:00Z"),
            format!("session of {name} opened by the system daemon"),
        )
    };
    let log = async |rows: &[(String, String)]| {
        let rows: Vec<(&str, &str, &str)> = rows
            .iter()
            .map(|(time, message)| (time.as_str(), "login", message.as_str()))
            .collect();
        database.log(rows).await;
        database.roller().catch_up().await.unwrap();
    };
    log(&[opened(1, "alice")]).await;
    let first: Vec<ListedPattern> = database.client.rows(&list("", "", 9).unwrap()).await.unwrap();
    assert_eq!(first.len(), 1);
    let named = Choice {
        pattern_id: first[0].pattern_id,
        ignored: None,
        name: Some("logins".to_owned()),
    };
    choose(&database, named).await;
    let shown: Vec<ShownPattern> = database.client.rows(&show(first[0].pattern_id).unwrap()).await.unwrap();
    assert_eq!((shown[0].name.as_str(), shown[0].ignored), ("logins", 0));

    log(&[
        opened(2, "bob"),
        opened(3, "carol"),
        opened(4, "dave"),
        opened(5, "erin"),
    ])
    .await;
    let shown: Vec<ShownPattern> = database.client.rows(&show(first[0].pattern_id).unwrap()).await.unwrap();
    assert_eq!(shown.len(), 1, "{shown:?}");
    assert_eq!(shown[0].template, "session of <*> opened by the system daemon");
    assert_eq!((shown[0].service.as_str(), shown[0].shapes), ("login", 5));
    assert_eq!((shown[0].last_seen - shown[0].first_seen) / 1_000_000_000, 240);
}
