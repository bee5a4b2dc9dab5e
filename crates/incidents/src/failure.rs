//! SQLite's errors as errors of a request: a full disk, a file without access and a busy file each have a status of their own.

use rusqlite::ErrorCode;

use crate::Error;

/// Why work on a connection failed: an error of the request, or one of SQLite, which becomes an [`Error`] when the work ends.
#[derive(Debug)]
pub enum Failure {
    Refused(Error),
    Sqlite(rusqlite::Error),
}

/// The outcome of work on a connection.
pub type Stored<T> = std::result::Result<T, Failure>;

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Refused(error)
    }
}

impl From<rusqlite::Error> for Failure {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        let error = match failure {
            Failure::Refused(error) => return error,
            Failure::Sqlite(error) => error,
        };
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::StoreFull(
                "no room is left for the incident store: free some disk space; nothing was changed".to_owned(),
            ),
            Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => Self::StoreAway(
                "the incident store is read-only: give kulprit write access to the file and its directory; nothing was changed"
                    .to_owned(),
            ),
            Some(ErrorCode::CannotOpen | ErrorCode::SystemIoFailure | ErrorCode::FileLockingProtocolFailed) => {
                Self::StoreAway(format!(
                    "the incident store's file cannot be used ({error}): see to its disk; nothing was changed"
                ))
            }
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => busy(),
            _ => Self::Store(error.to_string()),
        }
    }
}

/// The store was busy for longer than a request waits.
pub fn busy() -> Error {
    Error::StoreAway("the incident store is busy: try again in a few seconds".to_owned())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use rusqlite::{Connection, OpenFlags};
    use tempfile::TempDir;

    use super::*;
    use crate::Incidents;

    /// What inserting a megabyte ends in.
    fn insert(connection: &Connection) -> Error {
        connection
            .execute("INSERT INTO snapshots VALUES (1, '', hex(zeroblob(500000)))", [])
            .map_err(Failure::from)
            .unwrap_err()
            .into()
    }

    #[test]
    fn a_full_disk_and_a_read_only_file_are_told_apart() {
        let directory = TempDir::new().unwrap();
        let path = directory.path().join("incidents.db");
        Incidents::open(&path).unwrap();
        let full = Connection::open(&path).unwrap();
        full.pragma_update(None, "foreign_keys", false).unwrap();
        full.pragma_update(None, "max_page_count", 60).unwrap();
        assert_eq!(insert(&full).status(), 507);
        let read_only = Connection::open_with_flags(&path, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
        assert_eq!(insert(&read_only).status(), 503);
        let holder = Connection::open(&path).unwrap();
        holder.execute_batch("BEGIN IMMEDIATE").unwrap();
        let waiting = Connection::open(&path).unwrap();
        waiting.busy_timeout(std::time::Duration::ZERO).unwrap();
        assert_eq!(insert(&waiting).status(), 503);
    }
}
