//! A command that reads leaves ClickHouse as it was, whatever its user may do and whatever is missing.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Output, Stdio};

use clap::CommandFactory;
use kulprit_engine::Engine;
use kulprit_testing::Database;

use crate::FIXTURE;

/// A reading command, its arguments, and what it must say where there is nothing but a log table: on stdout when it answers, on stderr when
/// there is nothing to answer from.
struct Reading {
    command: &'static str,
    arguments: &'static [&'static str],
    answers: bool,
    says: &'static str,
}

const fn answers(command: &'static str, arguments: &'static [&'static str], says: &'static str) -> Reading {
    Reading {
        command,
        arguments,
        answers: true,
        says,
    }
}

const fn refuses(command: &'static str, arguments: &'static [&'static str], says: &'static str) -> Reading {
    Reading {
        answers: false,
        ..answers(command, arguments, says)
    }
}

const WINDOW: &[&str] = &["--from", "2026-01-31T10:05:00Z", "--to", "2026-01-31T10:10:00Z"];
const BY_SERVICE: &[&str] = &[
    "--from",
    "2026-01-31T10:05:00Z",
    "--to",
    "2026-01-31T10:10:00Z",
    "--by",
    "service",
];
const DIFFERENCES: &[&str] = &[
    "--from",
    "2026-01-31T10:05:00Z",
    "--to",
    "2026-01-31T10:10:00Z",
    "--differences",
];
const INCIDENT: &[&str] = &[
    "--title",
    "carts are lost",
    "--severity",
    "low",
    "--from",
    "2026-01-31T10:05:00Z",
    "--to",
    "2026-01-31T10:10:00Z",
];

const READING: &[Reading] = &[
    answers("analyze", WINDOW, "connection refused by <*>"),
    answers("analyze", BY_SERVICE, "cart"),
    answers("analyze", DIFFERENCES, "No attribute sets the lines apart"),
    answers("correlate", WINDOW, "Blast radius"),
    answers("doctor", &[], "kulprit schema apply"),
    // It writes to the incident store, and reads ClickHouse.
    answers("incidents open", INCIDENT, ""),
    answers("incidents list", &[], "carts are lost"),
    answers("incidents stats", &[], ""),
    refuses("incidents show", &["none"], "none"),
    refuses("incidents export", &["none"], "none"),
    // Nobody speaks to it.
    answers("mcp", &[], ""),
    answers("patterns", &["-"], "pattern_id"),
    refuses("patterns list", &[], "kulprit rollup backfill"),
    refuses("patterns show", &["1"], "kulprit rollup backfill"),
    answers("rollup status", &[], "kulprit schema apply"),
    answers("schema print", &[], "kulprit_log_minutes"),
    // What it counts stands in spans and metrics.
    refuses("services", WINDOW, "kulprit schema apply"),
    refuses("slo", &[], "kulprit schema apply"),
    answers("sql list", &[], "log_changes/pattern_changes"),
    answers("sql show", &["log_changes/pattern_changes"], "SELECT"),
    answers("sql run", &["rollups/logs/newest_line"], "4"),
    refuses("sql run", &["demo/create_database"], "kulprit sql show"),
    refuses("sql run", &["scope/put_mapping"], "kulprit sql show"),
    answers("token list", &[], ""),
    answers("udf config", &[], "kulprit_shape"),
];

/// What may create tables, or has nothing to do with ClickHouse's tables.
const NOT_READING: &[&str] = &[
    "demo",
    "engine",
    "incidents ack",
    "incidents backup",
    "incidents close",
    "incidents delete",
    "incidents import",
    "incidents mitigate",
    "incidents note",
    "incidents reopen",
    "incidents resolve",
    "incidents restore",
    "incidents set",
    "ingest",
    "patterns ignore",
    "patterns name",
    "patterns unignore",
    "rollup backfill",
    "schema apply",
    "schema drop",
    "serve",
    "token create",
    "token revoke",
    "udf install",
];

#[test]
fn every_command_is_known_to_read_or_not() {
    let mut commands = BTreeSet::new();
    for command in kulprit::cli::Cli::command().get_subcommands() {
        let name = command.get_name();
        commands.extend(
            command
                .get_subcommands()
                .map(|below| format!("{name} {}", below.get_name())),
        );
        if !command.has_subcommands() || command.get_positionals().next().is_some() {
            commands.insert(name.to_owned());
        }
    }
    let listed: BTreeSet<String> = READING
        .iter()
        .map(|reading| reading.command)
        .chain(NOT_READING.iter().copied())
        .map(str::to_owned)
        .collect();
    assert_eq!(commands, listed);
}

/// How a command is told where its ClickHouse is.
enum Via<'a> {
    /// As the user who may only read.
    Reader,
    /// As the embedded engine's own user, who may create.
    Engine(&'a Path),
}

fn run(reading: &Reading, engine: &Engine, via: &Via, database: &str, home: &Path) -> Output {
    let mut command = FIXTURE.command(&[]);
    command
        .args(reading.command.split(' '))
        .args(reading.arguments)
        .args(["--database", database])
        .env("HOME", home)
        .stdin(Stdio::null());
    match via {
        Via::Reader => {
            let login = engine.reader();
            command
                .args([
                    "--url",
                    &login.url,
                    "--user",
                    &login.user,
                    "--password",
                    &login.password,
                ])
                .env("KULPRIT_DATA", home);
        }
        Via::Engine(data) => {
            command.args(["--data".as_ref(), data.as_os_str()]);
        }
    }
    command.output().unwrap()
}

/// All tables, views, dictionaries and functions that somebody made, and what the tables hold.
async fn contents(database: &Database) -> Vec<String> {
    let mut found = database
        .lines(
            "SELECT * FROM (SELECT 'table' AS kind, database || '.' || name AS name FROM system.tables WHERE lower(database) NOT IN ('system', 'information_schema') \
             UNION ALL SELECT 'dictionary', database || '.' || name FROM system.dictionaries \
             UNION ALL SELECT 'function', name FROM system.functions WHERE origin != 'System' \
             UNION ALL SELECT 'database', name FROM system.databases) ORDER BY ALL",
        )
        .await;
    found.extend(
        database
            .lines(
                "SELECT database, table, name, rows, hash_of_all_files FROM system.parts \
                 WHERE active AND lower(database) != 'system' ORDER BY ALL",
            )
            .await,
    );
    found
}

const LINES: &[(&str, &str, &str)] = &[
    ("2026-01-31T10:01:00Z", "cart", "added item 17 to cart 4711"),
    ("2026-01-31T10:06:00Z", "cart", "added item 18 to cart 4712"),
    ("2026-01-31T10:07:00Z", "payment", "connection refused by 10.0.0.7:5432"),
    ("2026-01-31T10:08:00Z", "payment", "connection refused by 10.0.0.8:5432"),
];

#[tokio::test]
async fn reading_commands_create_nothing_and_say_what_is_missing() {
    let data = FIXTURE.fresh_dir("read-only-engine");
    let engine = FIXTURE.start_engine(data.clone()).await;
    let database = Database::on(&engine, "logs_alone").await;
    database.create_log_table().await;
    database.log(LINES.iter().copied()).await;
    database.run("SYSTEM STOP MERGES").await;
    let before = contents(&database).await;
    for via in [Via::Reader, Via::Engine(&data)] {
        let home = tempfile::tempdir().unwrap();
        for reading in READING {
            let output = run(reading, &engine, &via, "logs_alone", home.path());
            let (stdout, stderr) = (
                String::from_utf8_lossy(&output.stdout),
                String::from_utf8_lossy(&output.stderr),
            );
            let context = format!("{} {:?}: {stdout}{stderr}", reading.command, reading.arguments);
            assert_eq!(output.status.success(), reading.answers, "{context}");
            let said = if reading.answers { &stdout } else { &stderr };
            assert!(said.contains(reading.says), "{context}");
            assert!(!stderr.contains("other columns"), "{context}");
            assert_eq!(contents(&database).await, before, "{context}");
        }
    }
    engine.stop().await.unwrap();
}

#[tokio::test]
async fn reading_commands_change_no_row_of_kulprits_tables() {
    let data = FIXTURE.fresh_dir("read-only-tables");
    let engine = FIXTURE.start_engine(data.clone()).await;
    let database = Database::on(&engine, "all_tables").await;
    database.apply_schema().await;
    database.run("SYSTEM STOP MERGES").await;
    // Lines that nobody has rolled up, and a shape that has no pattern yet.
    database.log(LINES.iter().copied()).await;
    database
        .run(
            "INSERT INTO kulprit_shapes (service, shape_id, text, sample_min, sample_max, first_seen, last_seen) \
             VALUES ('cart', 7, 'lost item <*>', 'lost item 1', 'lost item 1', '2026-01-31 10:00:00', '2026-01-31 10:00:00')",
        )
        .await;
    let before = contents(&database).await;
    let home = tempfile::tempdir().unwrap();
    for reading in READING {
        let output = run(reading, &engine, &Via::Engine(&data), "all_tables", home.path());
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(!said.contains("other columns"), "{}: {said}", reading.command);
        assert_eq!(contents(&database).await, before, "{}: {said}", reading.command);
    }
    engine.stop().await.unwrap();
}
