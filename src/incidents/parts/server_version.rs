//! The version of the server that answers.

use clickhouse::Row;
use serde::Deserialize;

use crate::Result;
use kulprit_clickhouse::{Options, Statement, Value};

#[derive(Debug, Clone, PartialEq, Eq, Row, Deserialize)]
pub struct ServerVersion {
    /// Such as `26.7.3.1`.
    pub version: String,
}

/// The statement that asks for it.
pub fn statement() -> Result<Statement> {
    Statement::query("schema/version", &Options::default(), Vec::<(String, Value)>::new())
}
