//! The schema: created once, brought up to date, and never downwards.

use kulprit_incidents::{Incidents, MIGRATIONS, Severity, StatsRequest};
use rusqlite::Connection;
use serde_json::json;
use tempfile::TempDir;

use super::fixture::{ORG, filter};

fn version(path: &std::path::Path) -> usize {
    let connection = Connection::open(path).unwrap();
    connection
        .pragma_query_value(None, "user_version", |row| row.get(0))
        .unwrap()
}

#[test]
fn a_store_is_created_once_and_opened_by_many() {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("deep").join("incidents.db");
    let opened: Vec<_> = (0..6)
        .map(|_| {
            let path = path.clone();
            std::thread::spawn(move || Incidents::open(&path).map(drop))
        })
        .collect();
    for one in opened {
        one.join().unwrap().unwrap();
    }
    assert_eq!(version(&path), MIGRATIONS.len());
    let mode: String = Connection::open(&path)
        .unwrap()
        .pragma_query_value(None, "journal_mode", |row| row.get(0))
        .unwrap();
    assert_eq!(mode, "wal");
}

#[test]
fn a_store_of_any_older_version_is_brought_up_to_date() {
    for before in 0..MIGRATIONS.len() {
        let directory = TempDir::new().unwrap();
        let path = directory.path().join("incidents.db");
        let old = Connection::open(&path).unwrap();
        for (_, source) in &MIGRATIONS[..before] {
            old.execute_batch(source).unwrap();
        }
        if before > 0 {
            old.pragma_update(None, "user_version", before).unwrap();
            old.pragma_update(None, "application_id", 0x4b55_4c50).unwrap();
        }
        drop(old);
        Incidents::open(&path).unwrap();
        assert_eq!(version(&path), MIGRATIONS.len(), "from {before}");
    }
}

/// A file of the version before this one, with an incident in it that took an hour.
fn former(path: &std::path::Path) {
    let old = Connection::open(path).unwrap();
    let before = MIGRATIONS.len() - 1;
    for (_, source) in &MIGRATIONS[..before] {
        old.execute_batch(source).unwrap();
    }
    old.execute_batch(
        "INSERT INTO incidents (seq, org, id, title, severity, state, window_from, window_to, baseline_from, baseline_to,
                                opened_at, opened_by, updated_at, resolved_at, version, place)
         VALUES (1, 'shop', 'abc', 'disk full', 'high', 'resolved', 1, 2, 0, 1, 1769853600000, 'ann', 1769857200000, 1769857200000, 1,
                 1769853600000 * 1048576);
         INSERT INTO incident_services VALUES (1, 0, 'checkout');
         INSERT INTO incident_words SELECT place, title, '', '' FROM incidents;",
    )
    .unwrap();
    old.pragma_update(None, "user_version", before).unwrap();
    old.pragma_update(None, "application_id", 0x4b55_4c50).unwrap();
}

#[tokio::test]
async fn a_store_of_the_former_version_keeps_its_incidents_and_loses_the_tables_that_nothing_reads() {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("incidents.db");
    former(&path);
    let incidents = Incidents::open(&path).unwrap();
    let found = incidents.list(ORG, filter(json!({"q": "disk"}))).await.unwrap();
    assert_eq!(found.incidents.len(), 1);
    let opened = StatsRequest::default().validate(jiff::Timestamp::now()).unwrap();
    let stats = incidents.stats(ORG, opened).await.unwrap();
    assert_eq!(
        (
            stats[0].service.as_str(),
            stats[0].severity,
            stats[0].time_to_resolve_p50_s
        ),
        ("checkout", Severity::High, Some(3_600.0))
    );
    let left: i64 = Connection::open(&path)
        .unwrap()
        .query_row(
            "SELECT count(*) FROM sqlite_master WHERE sql LIKE '%duration%'",
            [],
            |row| row.get(0),
        )
        .unwrap();
    assert_eq!(left, 0);
}

#[test]
fn a_newer_version_and_another_programs_file_stop_the_start_and_stay_as_they_are() {
    let directory = TempDir::new().unwrap();
    let newer = directory.path().join("newer.db");
    Incidents::open(&newer).unwrap();
    let connection = Connection::open(&newer).unwrap();
    connection.pragma_update(None, "user_version", 99).unwrap();
    drop(connection);
    let foreign = directory.path().join("foreign.db");
    Connection::open(&foreign)
        .unwrap()
        .execute_batch("CREATE TABLE t (x)")
        .unwrap();
    let text = directory.path().join("text.db");
    std::fs::write(&text, "no database at all, only some words\n".repeat(200)).unwrap();
    for (path, says) in [
        (&newer, "newer"),
        (&foreign, "another program"),
        (&text, "not a database"),
    ] {
        let message = format!("{:#}", Incidents::open(path).err().unwrap());
        assert!(message.contains(says), "{message}");
    }
    assert_eq!(version(&newer), 99);
    assert_eq!(version(&foreign), 0);
}
