//! The analyses that an incident freezes; one file each. Each answers what its endpoint does.

mod correlate;
mod error_patterns;
mod health;
mod pattern_changes;
mod slo;

use serde::Serialize;
use serde_json::Value;

use super::server_version::{self, ServerVersion};
use super::taking::Part;
use crate::{Error, Result};
use kulprit_clickhouse::Client;

macro_rules! parts {
    ($($name:ident),* $(,)?) => {
        [$(Part {
            name: stringify!($name),
            ask: |analyzer, question| Box::pin($name::ask(analyzer, question)),
        }),*]
    };
}

/// All analyses that this version has, in the order in which they are read. A part is called like its file.
pub(super) const PARTS: [Part; 5] = parts![pattern_changes, correlate, health, slo, error_patterns];

/// The version of the ClickHouse behind the analyses.
pub(super) async fn server_version(client: &Client) -> Result<String> {
    let rows: Vec<ServerVersion> = client.rows(&server_version::statement()?).await?;
    Ok(rows.into_iter().next().map(|row| row.version).unwrap_or_default())
}

fn frozen(answer: &impl Serialize) -> Result<Value> {
    serde_json::to_value(answer).map_err(|error| Error::internal(error))
}
