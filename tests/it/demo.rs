//! `kulprit demo --once` by the real program, into the real engine.

use std::path::Path;
use std::process::{Command, Output};

use kulprit_testing::http::Http;
use kulprit_testing::{Process, Signal};
use tempfile::TempDir;

use crate::FIXTURE;

/// A small shop, so that a debug build is through in seconds.
fn command(data: &Path) -> Command {
    let mut command = FIXTURE.command(&[
        "demo",
        "--at",
        "2026-02-03T14:25:36Z",
        "--minutes",
        "30",
        "--rate",
        "10",
    ]);
    command.arg("--data").arg(data);
    command
}

fn demo(data: &Path, more: &[&str]) -> Output {
    command(data).arg("--once").args(more).output().unwrap()
}

/// The text between the first `from` and the next `to`.
fn between<'a>(text: &'a str, from: &str, to: &str) -> &'a str {
    let (_, rest) = text.split_once(from).unwrap();
    rest.split_once(to).unwrap().0
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
        .filter(|cells: &Vec<&str>| matches!(cells.get(1), Some(&("new" | "gone" | "up" | "down" | "same"))))
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
fn the_call_that_it_prints_gives_the_answer_that_it_prints() {
    let data = TempDir::new().unwrap();
    let mut serving = command(data.path());
    serving.args(["--port", "0"]);
    let mut demo = Process::start(serving);
    let shown = demo.read_until("listening on ");
    let json = [("content-type", "application/json")];
    let asked = between(&shown, "-d '", "'");
    let response = Http::default()
        .send("POST", between(&shown, "curl -s ", " "), &json, Some(asked))
        .unwrap();
    assert_eq!(response.status, 200, "{}", response.text);
    let answer = response.json();
    let best = &answer["log_groups"][0];
    let first_row = shown.lines().find(|line| line.starts_with(" 1 ")).unwrap();
    for cell in [&best["service"], &best["current_count"], &best["baseline_count"]] {
        let cell = cell.as_str().map_or_else(|| cell.to_string(), str::to_owned);
        assert!(first_row.contains(&cell), "{first_row}\n{best}");
    }

    let (code, said) = demo.end(Signal::SIGTERM);
    assert_eq!(code, 0, "{said}");
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
