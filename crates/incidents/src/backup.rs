//! Copies of the whole store by SQLite's online backup: other processes go on reading and writing meanwhile.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use rusqlite::backup::Backup;
use rusqlite::{Connection, OpenFlags};

use super::store::Store;
use super::{Incidents, migrations, sql};

/// Pages that are copied at once, and the pause afterwards in which others can write.
const PAGES: i32 = 1_024;
const PAUSE: Duration = Duration::from_millis(2);

impl Incidents {
    /// Writes a copy to `file`, which must not be there yet.
    pub async fn backup(&self, file: &Path) -> Result<()> {
        ensure!(!file.exists(), "{} is there already: give another name", file.display());
        let file = file.to_owned();
        let copied = self.store.read(move |connection| Ok(copy_to(connection, &file)));
        copied.await?
    }
}

fn copy_to(source: &Connection, file: &Path) -> Result<()> {
    // Under its final name a copy is always whole.
    let mut part = file.as_os_str().to_owned();
    part.push(".part");
    let part = PathBuf::from(part);
    let copied = (|| {
        drop(super::store::create_private(&part));
        let mut target = Connection::open(&part)?;
        Backup::new(source, &mut target)?.run_to_completion(PAGES, PAUSE, None)?;
        // A file of its own, without a log beside it.
        target.pragma_update(None, "journal_mode", "DELETE")?;
        target.close().map_err(|(_, error)| error)?;
        std::fs::File::open(&part)?.sync_all()?;
        std::fs::rename(&part, file)?;
        anyhow::Ok(())
    })();
    if copied.is_err() {
        let _ = std::fs::remove_file(&part);
    }
    copied.with_context(|| format!("write {}", file.display()))
}

/// Replaces the store at `path` by the backup `file`. Blocks. Errors: the file is no backup or damaged; the store holds incidents and
/// `replace` is false.
pub fn restore(path: &Path, file: &Path, replace: bool) -> Result<()> {
    let reading = || format!("read the backup {}", file.display());
    let source = Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_ONLY).with_context(reading)?;
    ensure!(
        migrations::check(&source).with_context(reading)? > 0,
        "{} is no backup of incidents",
        file.display()
    );
    let verdict: String = source
        .pragma_query_value(None, "integrity_check", |row| row.get(0))
        .with_context(reading)?;
    ensure!(verdict == "ok", "{} is damaged: {verdict}", file.display());
    // Creates the file for its owner only, and refuses another program's file.
    drop(Store::open(path)?);
    let mut target = super::store::connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    let count: i64 = target.query_row(&sql::text("incident_count")?, [], |row| row.get(0))?;
    if count > 0 && !replace {
        bail!(
            "{} holds {count} incidents: give --replace to put the backup in their place",
            path.display()
        );
    }
    Backup::new(&source, &mut target)?
        .run_to_completion(PAGES, PAUSE, None)
        .with_context(|| format!("write {}", path.display()))?;
    migrations::apply(&mut target)
}
