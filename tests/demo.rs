//! `kulprit demo --once` by the real program, into the real engine.

#![allow(clippy::unwrap_used)]

use std::path::Path;
use std::process::{Command, Output};

use tempfile::TempDir;

/// A small shop, so that a debug build is through in seconds.
fn demo(data: &Path, more: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_kulprit"))
        .args([
            "demo",
            "--once",
            "--at",
            "2026-02-03T14:25:36Z",
            "--minutes",
            "30",
            "--rate",
            "10",
        ])
        .arg("--data")
        .arg(data)
        .args(more)
        .env_remove("CLICKHOUSE_URL")
        .env_remove("CLICKHOUSE_DATABASE")
        .env_remove("KULPRIT_CONFIG")
        .output()
        .unwrap()
}

fn answer(data: &Path) -> String {
    let output = demo(data, &[]);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn the_incident_stands_on_top_and_a_second_run_tells_the_same() {
    let data = TempDir::new().unwrap();
    let first = answer(data.path());
    let rows: Vec<Vec<&str>> = first
        .lines()
        .map(|line| line.split_whitespace().collect())
        .filter(|cells: &Vec<&str>| cells.first().is_some_and(|cell| cell.parse::<u32>().is_ok()))
        .collect();
    assert_eq!(rows.len(), 10, "{first}");
    assert!(
        rows[..3].iter().any(|cells| cells[1..3] == ["new", "payment"]),
        "{first}"
    );
    assert!(first.contains("The culprit is payment"), "{first}");
    assert!(first.contains("curl -s http://127.0.0.1:8080/query_logs"), "{first}");
    assert!(first.contains("\"end_time\":\"2026-02-03T14:25:00Z\""), "{first}");

    // Had the second run added to the first, the counts would have doubled.
    assert_eq!(answer(data.path()), first);
}

#[test]
fn a_database_of_the_users_is_never_dropped() {
    let data = TempDir::new().unwrap();
    let output = demo(data.path(), &["--database", "default"]);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{errors}");
    assert!(errors.contains("kulprit_demo"), "{errors}");
    assert_eq!(data.path().read_dir().unwrap().count(), 0, "no engine was started");
}
