//! The database file and the connections to it: one that writes, a few that read. Calls run on tokio's blocking threads; waiting for a
//! connection blocks no thread.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, Result as AnyResult};
use rusqlite::{Connection, ErrorCode, OpenFlags, Transaction, TransactionBehavior};
use tokio::sync::Semaphore;

use crate::failure::{Stored, busy};
use crate::migrations;
use crate::{Error, Result};

/// How many may read at once. More would only share the same cores.
const READERS: usize = 4;
/// How long SQLite waits for a lock that another process holds.
const LOCK_TIMEOUT: Duration = Duration::from_secs(5);
/// Between two tries where SQLite does not wait by itself.
const LOCK_PAUSE: Duration = Duration::from_millis(10);
/// How long a request waits for a connection.
const TURN_TIMEOUT: Duration = Duration::from_secs(20);
/// Pages that a connection keeps, in KiB: with one writer and four readers 40 MiB at most.
const CACHE_KIB: i32 = 8 * 1024;

/// An open incident store. Cloning shares it.
#[derive(Clone)]
pub struct Store {
    path: PathBuf,
    writers: Pool,
    readers: Pool,
}

/// Idle connections and as many permits.
#[derive(Clone)]
struct Pool {
    idle: Arc<Mutex<Vec<Connection>>>,
    permits: Arc<Semaphore>,
}

/// A connection on loan; it goes back even when its user panics.
struct Loan {
    connection: Option<Connection>,
    idle: Arc<Mutex<Vec<Connection>>>,
}

impl Store {
    /// Opens the file, creating it (readable by its owner only) and bringing its schema up to date. Blocks.
    pub fn open(path: &Path) -> AnyResult<Self> {
        let doing = || format!("open the incident store {}", path.display());
        if let Some(directory) = path.parent().filter(|directory| !directory.as_os_str().is_empty()) {
            std::fs::create_dir_all(directory).with_context(doing)?;
        }
        create_private(path).with_context(doing)?;
        let mut writer = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE).with_context(doing)?;
        migrations::apply(&mut writer).with_context(doing)?;
        let readers = (0..READERS)
            .map(|_| {
                let reader = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
                reader.pragma_update(None, "query_only", true)?;
                Ok(reader)
            })
            .collect::<AnyResult<Vec<_>>>()
            .with_context(doing)?;
        Ok(Self {
            path: path.to_owned(),
            writers: Pool::new(vec![writer]),
            readers: Pool::new(readers),
        })
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Runs `work` on one consistent state of the database.
    pub async fn read<T, F>(&self, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Stored<T> + Send + 'static,
    {
        self.readers
            .run(move |connection| {
                let transaction = connection.transaction()?;
                work(&transaction)
            })
            .await
    }

    /// Runs `work` in a transaction: all of it is on the disk when this returns `Ok`, none of it otherwise.
    pub async fn write<T, F>(&self, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&Transaction<'_>) -> Stored<T> + Send + 'static,
    {
        self.writers
            .run(move |connection| {
                let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
                let done = work(&transaction)?;
                transaction.commit()?;
                Ok(done)
            })
            .await
    }
}

impl Pool {
    fn new(connections: Vec<Connection>) -> Self {
        Self {
            permits: Arc::new(Semaphore::new(connections.len())),
            idle: Arc::new(Mutex::new(connections)),
        }
    }

    async fn run<T, F>(&self, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut Connection) -> Stored<T> + Send + 'static,
    {
        let permit = tokio::time::timeout(TURN_TIMEOUT, self.permits.clone().acquire_owned()).await;
        let permit = permit.map_err(|_| busy())?.map_err(|_| busy())?;
        let idle = self.idle.clone();
        let done = tokio::task::spawn_blocking(move || {
            let mut loan = Loan::take(idle)?;
            let done = loan.with(work);
            drop(loan);
            drop(permit);
            done.map_err(Error::from)
        });
        done.await.map_err(|error| Error::Store(error.to_string()))?
    }
}

impl Loan {
    fn take(idle: Arc<Mutex<Vec<Connection>>>) -> Result<Self> {
        let connection = idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        Ok(Self {
            connection: Some(connection.ok_or_else(busy)?),
            idle,
        })
    }

    fn with<T>(&mut self, work: impl FnOnce(&mut Connection) -> Stored<T>) -> Stored<T> {
        work(self.connection.as_mut().ok_or_else(busy)?)
    }
}

impl Drop for Loan {
    fn drop(&mut self) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.extend(self.connection.take());
    }
}

/// Incidents quote logs, and logs hold secrets: the file is its owner's only.
pub(super) fn create_private(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::OpenOptionsExt as _;
    let created = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path);
    match created {
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        other => other.map(drop),
    }
}

/// One connection with the settings that all of them share.
pub(super) fn connect(path: &Path, access: OpenFlags) -> AnyResult<Connection> {
    let connection = Connection::open_with_flags(path, access | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.busy_timeout(LOCK_TIMEOUT)?;
    connection.set_prepared_statement_cache_capacity(64);
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "cache_size", -CACHE_KIB)?;
    // An acknowledged write outlives a power cut, not only a killed process.
    connection.pragma_update(None, "synchronous", "FULL")?;
    write_ahead(&connection)?;
    Ok(connection)
}

/// Switches the file to write-ahead logging, once for all connections.
fn write_ahead(connection: &Connection) -> rusqlite::Result<()> {
    let deadline = Instant::now() + LOCK_TIMEOUT;
    loop {
        let switched = connection.pragma_update(None, "journal_mode", "WAL");
        match switched.as_ref().err().and_then(rusqlite::Error::sqlite_error_code) {
            // A file that may not be written keeps the mode that it has.
            Some(ErrorCode::ReadOnly) => return Ok(()),
            // Others switch it too: SQLite does not wait for them by itself, since both may hold a lock that the other wants.
            Some(ErrorCode::DatabaseBusy) if Instant::now() < deadline => std::thread::sleep(LOCK_PAUSE),
            _ => return switched,
        }
    }
}
