//! Each way of using Kulprit works with the grants that docs/GRANTS.md names for it, and the doctor knows the same ones.
//!
//! The engine's users live in files, so an engine is started with the documented grants in its `users.d`, and told to treat
//! views as a shipped server does.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use kulprit::Error;
use kulprit::doctor::{Verdict, examine};
use kulprit::questions::Analyzer;
use kulprit::questions::differences::{self, Requests};
use kulprit::questions::error_groups::ErrorPatterns;
use kulprit::questions::health::{Services, Source};
use kulprit::questions::root_cause::Correlate;
use kulprit::questions::root_cause::correlate;
use kulprit::questions::{error_groups, health, topology, traces};
use kulprit::rollups;
use kulprit::scope::{LogStreams, Metric};
use kulprit_clickhouse::Client;
use kulprit_clickhouse::{LogTable, Options, render_query};
use kulprit_engine::Engine;
use kulprit_request::window::Window;

use crate::FIXTURE;
use kulprit_testing::{Database, question, statement};

const DATABASE: &str = "observability";

/// The documented grants of each user, without the user's name.
fn documented() -> BTreeMap<String, Vec<String>> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("docs/GRANTS.md");
    let text = std::fs::read_to_string(path).unwrap();
    let mut grants: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for line in text.lines().filter(|line| line.starts_with("GRANT ")) {
        let (grant, user) = line.trim_end_matches(';').split_once(" TO ").unwrap();
        grants.entry(user.to_owned()).or_default().push(grant.to_owned());
    }
    grants
}

/// Users with these grants and the password `secret`, each with the settings of a user of a server.
fn write_users(data_dir: &Path, grants: &BTreeMap<String, Vec<String>>) {
    let mut users = String::new();
    for (user, grants) in grants {
        let profile = if user.starts_with("kulprit_reader") {
            "reader"
        } else {
            "kulprit"
        };
        write!(users, "<{user}><password>secret</password><networks><ip>127.0.0.1</ip></networks><profile>{profile}</profile><quota>default</quota><grants>").unwrap();
        for grant in grants {
            write!(users, "<query>{grant}</query>").unwrap();
        }
        write!(users, "</grants></{user}>").unwrap();
    }
    let place = |directory: &str, text: String| {
        let directory = data_dir.join("config").join(directory);
        std::fs::create_dir_all(&directory).unwrap();
        std::fs::write(directory.join("test.xml"), format!("<clickhouse>{text}</clickhouse>")).unwrap();
    };
    place("users.d", format!("<users>{users}</users>"));
    place(
        "config.d",
        "<ignore_empty_sql_security_in_create_view_query>false</ignore_empty_sql_security_in_create_view_query>\
         <access_control_improvements><select_from_system_db_requires_grant>true</select_from_system_db_requires_grant>\
         </access_control_improvements>"
            .to_owned(),
    );
}

fn login(engine: &Engine, user: &str, database: &str) -> Client {
    let login = kulprit_engine::Endpoint {
        url: engine.endpoint().url.clone(),
        user: user.to_owned(),
        password: "secret".to_owned(),
    };
    kulprit_testing::engine::client(&login, database)
}

/// Verdicts of the doctor's privilege checks, in order: logs, rollup, keep, schema.
async fn may(database: &Database) -> [bool; 4] {
    let checks = examine(&database.config, &database.client).await;
    [
        "may read logs",
        "may read rollup",
        "may keep rollup",
        "may apply schema",
    ]
    .map(|name| {
        let check = checks.iter().find(|check| check.check == name);
        check.is_some_and(|check| check.verdict == Verdict::Ok)
    })
}

#[tokio::test]
async fn each_mode_works_with_its_documented_grants() {
    let data_dir = FIXTURE.fresh_dir("it-grants");
    write_users(&data_dir, &documented());
    let engine = FIXTURE.start_engine(data_dir).await;
    let admin = Database::on(&engine, DATABASE).await;
    let as_user = |user: &str| admin.for_user(login(&engine, user, DATABASE));
    let (owner, collector) = (as_user("kulprit_owner"), as_user("collector"));
    let (keeper, answers, reader) = (
        as_user("kulprit_keeper"),
        as_user("kulprit_answers"),
        as_user("kulprit_reader"),
    );
    let asked = question(
        "2026-01-31T10:05:00Z",
        "2026-01-31T10:10:00Z",
        "2026-01-31T10:00:00Z",
        "2026-01-31T10:05:00Z",
    );

    owner.apply_schema().await;
    collector
        .log([
            ("2026-01-31T10:01:00Z", "cart", "added item 17 to cart 4711"),
            ("2026-01-31T10:06:00Z", "cart", "added item 18 to cart 4712"),
        ])
        .await;
    assert_eq!(admin.pending().await, 1, "the part is noticed");
    assert!(
        answers.roller().catch_up().await.is_err(),
        "who may only read does not roll"
    );
    keeper.roller().catch_up().await.unwrap();
    assert_eq!(admin.pending().await, 0);
    // What `kulprit ingest` does: insert, then roll.
    keeper
        .log([("2026-01-31T10:07:00Z", "payment", "connection refused by 10.0.0.7:5432")])
        .await;
    keeper.roller().catch_up().await.unwrap();
    assert_eq!(admin.pending().await, 0);
    let plan = rollups::logs::remaining(&keeper.client, &keeper.config.logs, None)
        .await
        .unwrap();
    rollups::logs::backfill(&keeper.client, &keeper.config.logs, &plan, |_| {})
        .await
        .unwrap();
    for (user, patterns) in [(&keeper, "udf"), (&answers, "udf"), (&reader, "sql")] {
        let answer = user.answer(&asked).await;
        let name = &user.client.endpoint().user;
        assert_eq!(answer.patterns, patterns, "{name}: {:?}", answer.warnings);
        assert_eq!(
            (answer.totals.current_count, answer.totals.baseline_count),
            (2, 1),
            "{name}"
        );
    }
    assert!(
        collector.try_answer(&asked).await.is_err(),
        "who may only insert gets no answer"
    );

    for (user, expected) in [
        (&reader, [true, false, false, false]),
        (&answers, [true, true, false, false]),
        (&keeper, [true, true, true, false]),
        (&owner, [true, false, false, true]),
        (&collector, [false; 4]),
        (&admin, [true; 4]),
    ] {
        assert_eq!(may(user).await, expected, "{}", user.client.endpoint().user);
    }
    engine.stop().await.unwrap();
}

const LINE: &str =
    "INSERT INTO otel_logs (Timestamp, ServiceName, Body) VALUES ('2026-01-31 10:06:00', 'cart', 'added item 18')";

/// Asks for everything that is answered from spans, metrics and logs together. Errors: a source may not be read.
async fn use_reliability(user: &Database, admin: &Database) -> anyhow::Result<()> {
    for row in [
        "otel_traces (Timestamp, TraceId, SpanId, SpanKind, ServiceName) VALUES ('2026-01-31 10:06:00', 'a', 'b', 'Server', 'cart')",
        "otel_logs (Timestamp, TraceId, ServiceName, SeverityText, Body) VALUES ('2026-01-31 10:06:00', 'a', 'cart', 'ERROR', 'lost item 18')",
        "otel_metrics_sum (ServiceName, MetricName, TimeUnix, Value, AggregationTemporality, IsMonotonic) VALUES ('till', 'http_requests_total', '2026-01-31 10:06:00', 7, 1, true)",
    ] {
        admin.client.execute(&statement(&format!("INSERT INTO {row}"))).await?;
    }
    let day = |text: &str| text.parse().unwrap();
    let current = Window {
        from: day("2026-01-31T10:05:00Z"),
        to: day("2026-01-31T10:10:00Z"),
    };
    let baseline = Window {
        from: day("2026-01-31T10:00:00Z"),
        to: current.from,
    };
    let asked = Services {
        current,
        baseline,
        services: vec![],
        source: Source::Auto,
    };
    let (client, config) = (&user.client, &user.config);
    let health = health::services(client, config, &asked).await?;
    let failing = ErrorPatterns {
        window: current,
        services: vec![],
        limit: 10,
    };
    let patterns = error_groups::find(client, config, &failing).await?;
    let topology = topology::find(client, config, &[], &[], current, baseline).await?;
    let trace = traces::one(client, config, "a", &[]).await?;
    let failing = Requests {
        window: current,
        services: vec![],
    };
    let analyzer = Analyzer::new(client.clone(), config.clone());
    let failing = differences::of_requests(&analyzer, &failing, 10).await?;
    let question = Correlate::about(current, None);
    let cause = correlate(client, config, &question).await?;
    let warnings = [
        health.warnings,
        patterns.warnings,
        topology.warnings,
        trace.warnings,
        cause.warnings,
        failing.warnings,
    ]
    .concat();
    let unread = warnings
        .iter()
        .find(|warning| warning.contains("cannot be") || warning.contains("(no data source)"));
    anyhow::ensure!(unread.is_none(), "{unread:?}");
    let counted = |service: &str| {
        health
            .services
            .iter()
            .any(|row| row.service == service && row.current.requests > 0.0)
    };
    anyhow::ensure!(counted("cart") && counted("till") && patterns.total == 1 && trace.logs.len() == 1);
    Ok(())
}

/// Does what a mode is for as `user`, in a database that the owner of everything has prepared for it.
async fn use_mode(mode: &str, user: &Database, admin: &Database) -> anyhow::Result<()> {
    let line = statement(LINE);
    let asked = question(
        "2026-01-31T10:05:00Z",
        "2026-01-31T10:10:00Z",
        "2026-01-31T10:00:00Z",
        "2026-01-31T10:05:00Z",
    );
    admin.create_log_table().await;
    admin.client.execute(&line).await?;
    if mode == "kulprit_owner" {
        kulprit::setup::apply(&user.config, &user.client).await?;
        // The view writes, and the dictionaries read, as the owner.
        admin.client.execute(&line).await?;
        admin
            .client
            .execute(&statement(
                "INSERT INTO otel_traces (Timestamp, TraceId) VALUES (now(), 'a')",
            ))
            .await?;
        anyhow::ensure!(admin.try_answer(&asked).await?.patterns == "udf");
        return Ok(());
    }
    let answer = if mode == "kulprit_reader" {
        user.try_answer(&asked).await?
    } else {
        kulprit::setup::apply(&admin.config, &admin.client).await?;
        if mode == "kulprit_keeper" {
            user.client
                .execute(&statement(&LINE.replace("added item 18", "a new shape")))
                .await?;
            let plan = rollups::logs::remaining(&user.client, &user.config.logs, None).await?;
            rollups::logs::backfill(&user.client, &user.config.logs, &plan, |_| {}).await?;
            user.roller().catch_up().await?;
            let delete = "DELETE FROM otel_logs WHERE Body LIKE 'a new shape%'";
            admin.client.execute(&statement(delete)).await?;
            user.roller().catch_up().await?;
            let kept = admin
                .lines("SELECT count() FROM kulprit_shapes WHERE text LIKE 'a new%'")
                .await;
            anyhow::ensure!(kept == ["0"], "messages of deleted lines stay: {kept:?}");
            let plan = kulprit::rollups::requests::remaining(&user.client).await?;
            kulprit::rollups::requests::backfill(&user.client, &plan, |_| {}).await?;
            let plan = kulprit::rollups::metered::remaining(&user.client).await?;
            kulprit::rollups::metered::backfill(&user.client, &plan, |_| {}).await?;
        }
        if mode == "kulprit_reliability" {
            return use_reliability(user, admin).await;
        }
        let metric = Metric {
            org: "1".to_owned(),
            dashboard: "d".to_owned(),
            panel_title: "p".to_owned(),
            metric_name: "m".to_owned(),
        };
        let _: Vec<LogStreams> = user.client.rows(&metric.statement()?).await?;
        let uncounted = rollups::logs::uncounted(&user.client, &user.config.logs, &asked.looked_at()).await?;
        anyhow::ensure!(
            uncounted != rollups::logs::Uncounted::Everything,
            "each answer reads the log table"
        );
        user.try_answer(&asked).await?
    };
    let analyzer = Analyzer::new(user.client.clone(), user.config.clone());
    let mut with_differences = answer.clone();
    differences::add_to(&mut with_differences, &analyzer, &asked).await?;
    let patterns = if mode == "kulprit_reader" { "sql" } else { "udf" };
    anyhow::ensure!(answer.patterns == patterns, "{:?}", answer.warnings);
    Ok(())
}

#[tokio::test]
async fn no_documented_grant_is_superfluous() {
    let modes = documented().into_iter().filter(|(user, _)| user != "collector");
    let mut lacking: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut trials = Vec::new();
    for (mode, grants) in modes {
        for left_out in (0..grants.len()).map(Some).chain([None]) {
            let name = format!("{mode}_{}", left_out.unwrap_or(grants.len()));
            let kept = grants
                .iter()
                .enumerate()
                .filter(|(index, _)| Some(*index) != left_out)
                .map(|(_, grant)| grant.replace("observability.", &format!("{name}.")));
            lacking.insert(name.clone(), kept.collect());
            trials.push((mode.clone(), name, left_out.map(|index| grants[index].clone())));
        }
    }
    let data_dir = FIXTURE.fresh_dir("it-grants-needed");
    write_users(&data_dir, &lacking);
    let engine = FIXTURE.start_engine(data_dir).await;
    for (mode, name, left_out) in trials {
        let admin = Database::on(&engine, &name).await;
        let user = admin.for_user(login(&engine, &name, &name));
        let done = use_mode(&mode, &user, &admin).await;
        // A machine that is too slow says nothing about grants.
        let slow = done.as_ref().err().and_then(|error| error.downcast_ref::<Error>());
        assert!(
            !matches!(slow, Some(Error::Timeout(_) | Error::Away(_))),
            "{mode}: {done:?}"
        );
        match left_out {
            None => assert!(done.is_ok(), "{mode} with all its grants: {done:?}"),
            Some(grant) => assert!(done.is_err(), "{mode} does not need {grant}"),
        }
    }
    engine.stop().await.unwrap();
}

#[test]
fn the_doctor_asks_for_the_documented_grants() {
    let documented = documented();
    for (user, query) in [
        ("kulprit_reader", "doctor/may_answer_from_logs"),
        ("kulprit_answers", "doctor/may_answer_from_rollup"),
        ("kulprit_reliability", "doctor/may_answer_reliability"),
        ("kulprit_keeper", "doctor/may_keep_rollup"),
        ("kulprit_owner", "doctor/may_apply_schema"),
    ] {
        let options = Options {
            logs: LogTable::default(),
            ..Options::default()
        };
        let text = render_query(query, &options).unwrap();
        let asked: BTreeSet<String> = text
            .lines()
            .filter_map(|line| line.strip_prefix("    "))
            .map(|line| line.trim_end_matches(',').replace('`', ""))
            .collect();
        let written: BTreeSet<String> = documented[user]
            .iter()
            // Only `kulprit ingest` inserts log lines, and not everybody has spans and metrics.
            .filter(|grant| {
                user != "kulprit_keeper"
                    || ![
                        "GRANT INSERT ON observability.otel_logs",
                        "GRANT SELECT ON observability.otel_traces",
                        "GRANT SELECT ON observability.otel_metrics_*",
                    ]
                    .contains(&grant.as_str())
            })
            .map(|grant| grant.trim_start_matches("GRANT ").replace("observability.", ""))
            .collect();
        assert_eq!(asked, written, "{query}");
    }
}
