//! Asks what fails.

use super::answer::{ErrorGroups, groups};
use super::question::{ErrorPatternRow, ErrorPatterns};
use crate::Result;
use crate::config::Config;
use crate::questions::degrade::wants_twin;
use crate::sources::{self, Kind};
use kulprit_clickhouse::Client;

/// Error lines by service, route, status and pattern. Falls back to plain SQL over the log table where the catalog, the function or the spans are missing.
pub async fn find(client: &Client, config: &Config, asked: &ErrorPatterns) -> Result<ErrorGroups> {
    let gathered = sources::gather(client, config, &asked.needs()).await?;
    gathered.need(Kind::LogLines)?;
    let (client, logs) = (&gathered.client, &gathered.config.logs);
    let mut warnings = Vec::new();
    let rows: Vec<ErrorPatternRow> = match client.rows(&asked.statement(logs)?).await {
        Err(error) if wants_twin(&error) => {
            let rows = client.rows(&asked.raw_statement(logs)?).await?;
            tracing::warn!(%error, "error patterns come from plain SQL");
            warnings.push(
                "patterns are masked by plain SQL, and routes come from log attributes only, since spans or Kulprit's tables or functions cannot be used: `kulprit doctor` says what to do".to_owned(),
            );
            rows
        }
        other => other?,
    };
    let mut answer = groups(rows, asked.window, warnings);
    gathered.tell(&mut answer.sources, &mut answer.warnings);
    Ok(answer)
}
