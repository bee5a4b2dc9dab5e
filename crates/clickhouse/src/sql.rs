//! The registry of SQL files and their renderer. It knows files, headers, parameters and dialects, and no query's meaning.
//!
//! A query's identity is its path under `sql/` without the ending. Its text is a minijinja template in which only the
//! structure varies (a table's name, a part that is left out); every value is a ClickHouse parameter `{name:Type}`.

mod dialect;
mod files;
mod header;
mod metrics;
mod parameter;
mod render;
mod requests;

pub use dialect::{grafana_text, inline_text};
pub use files::{FILES, names};
pub use header::{Column, Header, Placeholder, placeholders};
pub use metrics::{Family, Metrics, RequestMetric, Unit};
pub use parameter::{Secret, Value};
pub use render::{
    BatchPlace, LogTable, Options, Place, TupleColumn, quote_identifier, quote_literal, render_fitted, render_query,
    render_schema, table_place,
};
pub use requests::{Requests, Rules, Selector};

use std::sync::Arc;

use crate::{Error, Layouts, Result};

/// One statement, ready to be sent: rendered text and the values of its parameters.
#[derive(Debug, Clone, PartialEq)]
pub struct Statement {
    /// The query's identity, as in logs and `log_comment`.
    pub name: &'static str,
    pub text: String,
    pub params: Vec<(String, Value)>,
    /// What the text was rendered from, so that it can be fitted to the tables that are there; none for a text of its own.
    pub options: Option<Arc<Options>>,
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
            options: Some(Arc::new(options.clone())),
        })
    }

    /// A statement that is sent as it is.
    pub fn verbatim(name: &'static str, text: impl Into<String>) -> Self {
        Self {
            name,
            text: text.into(),
            params: vec![],
            options: None,
        }
    }

    /// Whether it reads lines, spans or metrics, whose tables may be laid out in one way or another.
    pub(crate) fn reads_telemetry(&self) -> bool {
        let Some(options) = &self.options else {
            return false;
        };
        let header = Header::parse(&self.text).map(|header| header.reads).unwrap_or_default();
        header
            .iter()
            .any(|table| table.starts_with("otel_") || *table == options.logs.table)
    }

    /// The same for tables of these layouts, and by what the configuration says of requests.
    pub fn fitted(&self, layouts: &Layouts, rules: &Rules) -> Result<Self> {
        let Some(options) = &self.options else {
            return Ok(self.clone());
        };
        let text = render_fitted(self.name, options, layouts, rules)
            .map_err(|error| Error::internal(format_args!("{error:#}")))?;
        Ok(Self { text, ..self.clone() })
    }
}
