//! Answers degrade by parts: a source that is missing names itself, and the rest answers.

use crate::{Error, Result};

/// What `outcome` holds; where its source is not there, a warning and nothing.
pub fn optional<T>(outcome: Result<T>, what: &str, warnings: &mut Vec<String>) -> Result<Option<T>> {
    match outcome {
        Ok(value) => Ok(Some(value)),
        Err(Error::NoDataSource(reason)) => {
            eprintln!("kulprit: {what}: {reason}");
            warnings.push(format!("{what} cannot be read: `kulprit doctor` says what to do"));
            Ok(None)
        }
        // The table is there and has not the columns of the OpenTelemetry exporter.
        Err(Error::Refused(reason)) if reason.contains("UNKNOWN_IDENTIFIER") => {
            eprintln!("kulprit: {what}: {reason}");
            warnings.push(format!(
                "{what} cannot be read: the table has other columns than OpenTelemetry's exporter makes"
            ));
            Ok(None)
        }
        Err(other) => Err(other),
    }
}
