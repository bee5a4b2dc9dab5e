//! Asks what fails.

use crate::clickhouse::Client;
use crate::query::error_patterns::{ErrorPatternRow, ErrorPatterns};
use crate::shape::error_patterns::{ErrorGroups, groups};
use crate::sql::LogTable;
use crate::{Error, Result};

/// Error lines by service, route, status and pattern. Falls back to plain SQL over the log table where the catalog, the function or the spans are missing.
pub async fn find(client: &Client, logs: &LogTable, asked: &ErrorPatterns) -> Result<ErrorGroups> {
    let mut warnings = Vec::new();
    let rows: Vec<ErrorPatternRow> = match client.rows(&asked.statement(logs)?).await {
        Err(Error::NoDataSource(reason) | Error::Refused(reason)) => {
            let rows = client.rows(&asked.raw_statement(logs)?).await?;
            eprintln!("kulprit: error patterns: {reason}");
            warnings.push(
                "patterns are masked by plain SQL, and routes come from log attributes only, since spans or Kulprit's tables or functions cannot be used: `kulprit doctor` says what to do".to_owned(),
            );
            rows
        }
        other => other?,
    };
    Ok(groups(rows, asked.window, warnings))
}
