//! The doctor finds what is wrong, tells it apart, and says what to do.

use std::time::Duration;

use kulprit::config::Config;
use kulprit::doctor::{Check, Verdict, examine};
use kulprit_clickhouse::{Client, Endpoint};

use crate::FIXTURE;
use kulprit_testing::Database;

async fn checks(database: &Database) -> Vec<Check> {
    examine(&database.config, &database.client).await
}

fn find<'a>(checks: &'a [Check], name: &str) -> &'a Check {
    checks
        .iter()
        .find(|check| check.check == name)
        .unwrap_or_else(|| panic!("no check {name} in {checks:?}"))
}

fn problems(checks: &[Check]) -> Vec<&str> {
    checks
        .iter()
        .filter(|check| check.verdict == Verdict::Problem)
        .map(|check| check.check)
        .collect()
}

#[tokio::test]
async fn a_sound_database_has_no_problem() {
    let database = FIXTURE.database("doctor_sound").await;
    let now = jiff::Timestamp::now().to_string();
    database.log([(&now, "cart", "added item 17 to cart 4711")]).await;
    database.roller().catch_up().await.unwrap();
    let checks = checks(&database).await;
    let disk = ["disk"];
    for check in checks.iter().filter(|check| !disk.contains(&check.check)) {
        assert_eq!(check.verdict, Verdict::Ok, "{check:?}");
    }
    let order: Vec<&str> = checks.iter().map(|check| check.check).collect();
    assert_eq!(order[..3], ["reachability", "version", "database"]);
    for name in ["changes", "dictionaries", "rollup", "pending", "freshness", "clock"] {
        find(&checks, name);
    }
}

#[tokio::test]
async fn what_keeps_clickhouse_away_is_told_apart() {
    let at = FIXTURE.engine().await.endpoint().clone();
    let reach = async |url: &str, password: &str, database: &str| {
        let endpoint = Endpoint {
            url: url.to_owned(),
            user: at.user.clone(),
            password: password.to_owned(),
            database: database.to_owned(),
        };
        examine(&Config::default(), &Client::new(endpoint, Duration::from_secs(5))).await
    };
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let closed = format!("http://{}", nobody.local_addr().unwrap());
    drop(nobody);
    for (url, password, said) in [
        ("http://kulprit.invalid:8123", at.password.as_str(), "leads nowhere"),
        (&closed, &at.password, "does not answer at port"),
        (&at.url, "wrong", "wrong password"),
        ("not an address", &at.password, "is no address"),
    ] {
        let checks = reach(url, password, "default").await;
        assert_eq!(checks.len(), 1, "{url}: nothing else can be looked at: {checks:?}");
        assert_eq!(checks[0].verdict, Verdict::Problem);
        assert!(checks[0].found.contains(said), "{url}: {checks:?}");
        assert!(checks[0].advice.is_some());
    }
    let checks = reach(&at.url, &at.password, "no_such_database").await;
    assert_eq!(problems(&checks), ["database"]);
    find(&checks, "clock");
}

#[tokio::test]
async fn what_is_missing_or_different_is_named() {
    let database = FIXTURE.empty_database("doctor_bare").await;
    let bare = checks(&database).await;
    assert_eq!(problems(&bare), ["log table"]);
    assert!(find(&bare, "tables").found.contains("kulprit_log_minutes"), "{bare:?}");

    database.apply_schema().await;
    database
        .run("CREATE MATERIALIZED VIEW kulprit_log_arrivals ENGINE = Memory AS SELECT Timestamp FROM otel_logs")
        .await;
    let hampered = checks(&database).await;
    assert_eq!(
        problems(&hampered),
        ["changes"],
        "the view of an earlier version may fail inserts"
    );
    database.apply_schema().await;
    assert_eq!(problems(&checks(&database).await), Vec::<&str>::new());

    database.run("ALTER TABLE kulprit_shapes DROP COLUMN first_seen").await;
    let other = checks(&database).await;
    assert_eq!(problems(&other), ["columns"]);
    assert!(find(&other, "columns").found.contains("first_seen"), "{other:?}");

    // What the dictionary's source reads is gone: only a look-up that reaches it shows that.
    database.run("DROP TABLE kulprit_shapes").await;
    let blind = checks(&database).await;
    assert!(problems(&blind).contains(&"dictionaries"), "{blind:?}");
}

#[tokio::test]
async fn old_lines_ask_for_a_backfill_and_waiting_ones_for_a_roller() {
    let database = FIXTURE.empty_database("doctor_rollup").await;
    database.create_log_table().await;
    database.log([("2026-01-31T10:00:00Z", "cart", "old")]).await;
    database.apply_schema().await;
    database.log([("2026-01-31T10:05:00Z", "cart", "new")]).await;
    // Nobody has rolled for long.
    database.run("TRUNCATE TABLE kulprit_rollup_agreements").await;
    let checks = checks(&database).await;
    assert_eq!(problems(&checks), Vec::<&str>::new());
    for (name, advice) in [
        ("rollup", "rollup backfill"),
        ("pending", "kulprit serve"),
        ("freshness", "collector"),
    ] {
        let check = find(&checks, name);
        assert_eq!(check.verdict, Verdict::Warning, "{check:?}");
        assert!(check.advice.as_deref().unwrap().contains(advice), "{check:?}");
    }
}

#[tokio::test]
async fn a_reader_gets_warnings_and_no_problem() {
    let database = FIXTURE.database("doctor_reader").await.for_reader();
    let checks = checks(&database).await;
    assert_eq!(problems(&checks), Vec::<&str>::new());
    let keep = find(&checks, "may keep rollup");
    assert_eq!(keep.verdict, Verdict::Warning);
    assert!(
        keep.advice.as_deref().unwrap().contains("INSERT, dictGet ON kulprit_*"),
        "{keep:?}"
    );
}

#[tokio::test]
async fn the_command_says_it_all_by_its_exit_code_and_as_json() {
    let database = FIXTURE.database("doctor_command").await;
    let run = |url: &str, format: &str| {
        let endpoint = database.client.endpoint();
        let output = FIXTURE
            .command(&["doctor", "--format", format, "--url", url])
            .args(["--user", &endpoint.user, "--password", &endpoint.password])
            .args(["--database", &endpoint.database])
            .output()
            .unwrap();
        (output.status.code(), String::from_utf8(output.stdout).unwrap())
    };
    let (code, text) = run(&database.client.endpoint().url, "json");
    let report: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!((code, &report["problems"]), (Some(0), &serde_json::json!(0)), "{text}");
    assert_eq!(report["checks"][0]["check"], "reachability");
    assert_eq!(report["checks"][0]["verdict"], "ok");

    let (code, text) = run("http://kulprit.invalid:8123", "table");
    assert_eq!(code, Some(1));
    assert!(
        text.starts_with("problem  reachability  the name kulprit.invalid"),
        "{text}"
    );
    assert!(text.contains("-> check the host"), "{text}");
}
