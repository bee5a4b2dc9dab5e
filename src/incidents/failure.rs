//! SQLite's errors as answers: no room and no access are told apart from everything else.

use rusqlite::ErrorCode;

use crate::Error;

impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Self {
        let code = error.sqlite_error_code();
        match code {
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

/// Somebody else holds the store for longer than a request should wait.
pub fn busy() -> Error {
    Error::StoreAway("the incident store is busy: try again in a few seconds".to_owned())
}
