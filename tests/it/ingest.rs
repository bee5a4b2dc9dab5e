//! `kulprit ingest` against the real engine: every line once, whatever happens to the file and to the program.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use kulprit_testing::{Database, Process, Signal};

use crate::FIXTURE;

fn append(path: &Path, text: &str) {
    let mut file = OpenOptions::new().create(true).append(true).open(path).unwrap();
    file.write_all(text.as_bytes()).unwrap();
}

fn lines(range: std::ops::Range<usize>) -> String {
    let line = |index: usize| format!("2026-11-23 08:30:{:02} line {index}\n", index % 60);
    range.map(line).collect()
}

fn command(database: &Database, arguments: &[&str]) -> Command {
    let at = database.client.endpoint();
    let mut command = FIXTURE.command(&["ingest"]);
    command
        .args(arguments)
        .args(["--url", &at.url, "--user", &at.user, "--password", &at.password])
        .args(["--database", &at.database]);
    command
}

pub fn ingest(database: &Database, arguments: &[&str]) -> Output {
    command(database, arguments).output().unwrap()
}

fn stored(output: &Output) -> u64 {
    let text = String::from_utf8_lossy(&output.stdout);
    let line = text.lines().find_map(|line| line.strip_prefix("rows stored"));
    line.unwrap_or_else(|| panic!("{text}")).trim().parse().unwrap()
}

/// The lines that are stored, and how many of them are different.
async fn count(database: &Database) -> (u64, u64) {
    let rows = database.lines("SELECT count(), uniqExact(Body) FROM otel_logs").await;
    let (all, distinct) = rows[0].split_once('\t').unwrap();
    (all.parse().unwrap(), distinct.parse().unwrap())
}

#[tokio::test]
async fn sixty_lines_and_then_sixty_one_are_sixty_one_rows() {
    let database = FIXTURE.database("ingest_grown").await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.log");
    let name = path.display().to_string();
    append(&path, &lines(0..60));
    assert_eq!(stored(&ingest(&database, &[&name])), 60);
    let again = ingest(&database, &[&name]);
    assert_eq!((stored(&again), again.status.code()), (0, Some(0)));
    assert!(
        String::from_utf8_lossy(&again.stdout).contains("nothing new"),
        "{again:?}"
    );
    append(&path, &lines(60..61));
    assert_eq!(stored(&ingest(&database, &[&name])), 1);
    assert_eq!(count(&database).await, (61, 61));
    // What the user wants twice, or has deleted, is stored once more.
    assert_eq!(stored(&ingest(&database, &[&name, "--again"])), 61);
    assert_eq!(count(&database).await, (122, 61));
    database.run("TRUNCATE TABLE otel_logs").await;
    assert_eq!(stored(&ingest(&database, &[&name])), 61);
    assert_eq!(count(&database).await, (61, 61));
}

/// ClickHouse writes a batch's token down before it has the rows: an engine killed in between leaves out the batch that comes again.
#[tokio::test]
async fn a_batch_whose_token_is_known_and_whose_rows_are_not_there_is_stored() {
    let database = FIXTURE.database("ingest_token").await;
    database.apply_schema().await;
    // Keeps the record of the batch that is on its way.
    database.run("SYSTEM STOP MERGES kulprit_file_positions").await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.log");
    let name = path.display().to_string();
    append(&path, &lines(0..60));
    append(&path, &lines(0..60).replace("2026-11-23", "2026-11-24"));
    assert_eq!(stored(&ingest(&database, &[&name])), 120);
    // The two days are two parts: one is lost, and nothing is known but that the batch was sent.
    let lost = "ALTER TABLE otel_logs DELETE WHERE toDate(Timestamp) = '2026-11-24' SETTINGS mutations_sync = 2";
    database.run(lost).await;
    let sent = "INSERT INTO kulprit_file_positions SELECT * REPLACE (now64(6) AS updated_at) FROM kulprit_file_positions WHERE sending != ''";
    database.run(sent).await;
    assert_eq!(count(&database).await, (60, 60));
    assert_eq!(stored(&ingest(&database, &[&name])), 120);
    let days = "SELECT toDate(Timestamp), count(), uniqExact(Body) FROM otel_logs GROUP BY 1 ORDER BY 1";
    assert_eq!(database.lines(days).await, ["2026-11-23\t60\t60", "2026-11-24\t60\t60"]);
}

#[tokio::test]
async fn standard_input_is_stored_before_it_ends_and_nothing_is_lost_on_ctrl_c() {
    let database = FIXTURE.database("ingest_stream").await;
    database.apply_schema().await;
    let mut child = command(&database, &["--follow", "-", "--service", "shop"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(lines(0..3).as_bytes()).unwrap();
    until(&database, 3).await;
    stdin.write_all(lines(3..5).as_bytes()).unwrap();
    stdin.write_all(b"2026-11-23 08:30:51 line 5, without an end").unwrap();
    kulprit_testing::kill(child.id(), Signal::SIGINT);
    let output = child.wait_with_output().unwrap();
    assert_eq!((stored(&output), output.status.code()), (6, Some(0)), "{output:?}");
    assert_eq!(count(&database).await, (6, 6));
}

async fn until(database: &Database, rows: u64) {
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        let (there, _) = count(database).await;
        if there >= rows {
            return;
        }
        if Instant::now() > deadline {
            let missing = "SELECT arrayStringConcat(arrayFilter(n -> NOT has(groupArray(Body), concat('line ', toString(n))), \
                           range({rows})), ' ') FROM otel_logs";
            let missing = database.lines(&missing.replace("{rows}", &rows.to_string())).await;
            panic!("{there} rows of {rows}, without {missing:?}");
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// Appends numbered lines for a while; how many there are then.
async fn write_on(path: &Path, from: usize, stretch: Duration) -> usize {
    let (begun, mut written) = (Instant::now(), from);
    while begun.elapsed() < stretch {
        append(path, &lines(written..written + 7));
        written += 7;
        tokio::time::sleep(Duration::from_millis(15)).await;
    }
    written
}

/// A writer appends; the file is renamed, copied and emptied; the program that follows it is killed twice and started again, and
/// the file is renamed while nobody looks. `KULPRIT_TEST_FOLLOW_SECONDS` makes it longer.
#[tokio::test]
async fn a_followed_file_that_is_rotated_and_emptied_is_stored_once_though_the_program_is_killed_twice() {
    let database = FIXTURE.database("ingest_killed").await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("app.log");
    let name = path.display().to_string();
    let seconds = std::env::var("KULPRIT_TEST_FOLLOW_SECONDS").map_or(8, |seconds| seconds.parse().unwrap());
    let stretch = Duration::from_secs(seconds) / 8;
    let follow = || Process::start(command(&database, &["--follow", &name]));
    append(&path, &lines(0..1));
    let mut follower = follow();
    until(&database, 1).await;
    let mut written = 1;
    for round in 0..2 {
        written = write_on(&path, written, stretch).await;
        std::fs::rename(&path, path.with_extension(format!("log.{}", 9 - round))).unwrap();
        written = write_on(&path, written, stretch).await;
        follower.send(Signal::SIGKILL);
        follower.wait();
        if round == 1 {
            std::fs::rename(&path, path.with_extension("log.3")).unwrap();
        }
        append(&path, &lines(written..written + 5));
        written += 5;
        follower = follow();
        written = write_on(&path, written, stretch).await;
        // What is emptied before anybody has seen it is lost for everybody.
        until(&database, written as u64).await;
        std::fs::copy(&path, path.with_extension(format!("log.{}", 7 - round))).unwrap();
        File::create(&path).unwrap();
        written = write_on(&path, written, stretch).await;
    }
    until(&database, written as u64).await;
    // Nothing comes twice a moment later either.
    tokio::time::sleep(Duration::from_secs(2)).await;
    let (code, said) = follower.end(Signal::SIGTERM);
    assert_eq!(code, 0, "{said}");
    assert_eq!(count(&database).await, (written as u64, written as u64), "{said}");
}
