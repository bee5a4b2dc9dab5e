//! The version of the ClickHouse that answers.

use clickhouse::Row;
use serde::Deserialize;

use crate::{Error, Result};
use kulprit_clickhouse::{Client, Options, Statement, Value};

#[derive(Debug, Clone, PartialEq, Eq, Row, Deserialize)]
struct ServerVersion {
    /// Such as `26.7.3.1`.
    version: String,
}

pub(in crate::incidents) async fn server_version(client: &Client) -> Result<String> {
    let statement = Statement::query("schema/version", &Options::default(), Vec::<(String, Value)>::new())?;
    let rows: Vec<ServerVersion> = client.rows(&statement).await?;
    let row = rows.into_iter().next();
    row.map(|row| row.version)
        .ok_or_else(|| Error::internal("clickhouse answered no row to the question for its version"))
}
