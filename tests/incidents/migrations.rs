//! The schema: created once, brought up to date, and never downwards.

use kulprit::incidents::{Incidents, MIGRATIONS};
use rusqlite::Connection;
use tempfile::TempDir;

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
