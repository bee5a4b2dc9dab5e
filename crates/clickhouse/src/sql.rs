//! The registry of SQL files and their renderer. It knows files, headers, parameters and dialects, and no query's meaning.
//!
//! A query's identity is its path under `sql/` without the ending. Its text is a minijinja template in which only the
//! structure varies (a table's name, a part that is left out); every value is a ClickHouse parameter `{name:Type}`.

mod dialect;
mod files;
mod header;
mod parameter;
mod render;

pub use dialect::{grafana_text, inline_text};
pub use files::{FILES, names};
pub use header::{Column, Header, Placeholder, placeholders};
pub use parameter::Value;
pub use render::{LogTable, Options, TupleColumn, quote_identifier, quote_literal, render_query, render_schema};

use crate::{Error, Result};

/// One statement, ready to be sent: rendered text and the values of its parameters.
#[derive(Debug, Clone, PartialEq)]
pub struct Statement {
    /// The query's identity, as in logs and `log_comment`.
    pub name: &'static str,
    pub text: String,
    pub params: Vec<(String, Value)>,
}

impl Statement {
    /// Renders the query `name` and puts the values of its parameters beside it.
    pub fn query<N: Into<String>>(
        name: &'static str,
        options: &Options,
        params: impl IntoIterator<Item = (N, Value)>,
    ) -> Result<Self> {
        let text = render_query(name, options).map_err(|error| Error::internal(format_args!("{error:#}")))?;
        Ok(Self {
            name,
            text,
            params: params.into_iter().map(|(name, value)| (name.into(), value)).collect(),
        })
    }
}
