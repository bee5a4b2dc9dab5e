//! Brings a database file to the schema of this version: each migration once, in a transaction of its own.
//!
//! Not by the crate `rusqlite_migration`: it reads the file's version before its transaction begins, so that of two processes that open a
//! new file at the same time the second applies a migration again; and it knows no `application_id`.

use anyhow::{Context, Result, bail, ensure};
use rusqlite::{Connection, TransactionBehavior};

macro_rules! files {
    ($($name:literal),* $(,)?) => {
        /// Each file under `schema/sqlite/`, in the order in which they are applied. A file's number is the version after it.
        pub const FILES: &[(&str, &str)] =
            &[$(($name, include_str!(concat!("../../../schema/sqlite/", $name, ".sql")))),*];
    };
}

files![
    "001_incidents",
    "002_history",
    "003_snapshots",
    "004_search",
    "005_tokens",
    "006_durations",
    "007_duration_chunks",
    "008_taken_once",
    "009_search_by_time",
    "010_plain_statistics",
    "011_completed_snapshots",
    "012_alerts",
];

/// `KULP`, in the file's header: tells a store from another program's database.
const APPLICATION_ID: i32 = 0x4b55_4c50;

/// The version that this program writes.
pub fn newest() -> i32 {
    i32::try_from(FILES.len()).unwrap_or(i32::MAX)
}

/// Applies what is missing. Errors: the file belongs to a newer version or to another program.
pub fn apply(connection: &mut Connection) -> Result<()> {
    if check(connection)? == newest() {
        return Ok(());
    }
    for (target, (name, source)) in (1..).zip(FILES) {
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        // Read again under the lock: another process may have applied it meanwhile.
        if version(&transaction)? >= target {
            continue;
        }
        transaction
            .execute_batch(source)
            .with_context(|| format!("apply schema/sqlite/{name}"))?;
        transaction.pragma_update(None, "user_version", target)?;
        transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
        transaction.commit()?;
    }
    Ok(())
}

/// The version of a file. Errors as of [`apply`].
pub fn check(connection: &Connection) -> Result<i32> {
    let found = version(connection)?;
    let application: i32 = connection.pragma_query_value(None, "application_id", |row| row.get(0))?;
    ensure!(
        application == APPLICATION_ID || (application == 0 && found == 0 && is_empty(connection)?),
        "the file is another program's database: give another path"
    );
    if found > newest() {
        bail!(
            "the file is of version {found}, and this kulprit knows versions up to {}: run a newer kulprit",
            newest()
        );
    }
    Ok(found)
}

fn version(connection: &Connection) -> rusqlite::Result<i32> {
    connection.pragma_query_value(None, "user_version", |row| row.get(0))
}

/// Whether the file holds no schema at all. (`PRAGMA table_list` also names SQLite's own tables.)
fn is_empty(connection: &Connection) -> rusqlite::Result<bool> {
    let mut is_empty = true;
    connection.pragma_query(None, "table_list", |row| {
        let name: String = row.get("name")?;
        is_empty &= name.starts_with("sqlite_");
        Ok(())
    })?;
    Ok(is_empty)
}
