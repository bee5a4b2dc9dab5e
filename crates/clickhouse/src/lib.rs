//! Everything that speaks to ClickHouse: the client, the registry of SQL files with their headers, the renderer and the schema.
//!
//! It knows no query's meaning: a statement is a file's name, its rendered text and the values of its parameters.

mod client;
pub mod code;
mod layout;
mod memory;
pub mod schema;
mod sql;

pub use client::{Client, Endpoint, Insert, Transcript};
pub use layout::{LOG_LINES, Layout, Layouts, Problem};
pub use memory::{Memory, key_of};
pub use sql::{
    BatchPlace, Column, FILES, Family, Header, LogTable, Metrics, Options, Place, Placeholder, RequestMetric, Requests,
    Rules, Secret, Selector, Statement, TupleColumn, Unit, Value, grafana_text, inline_text, names, placeholders,
    quote_identifier, quote_literal, render_fitted, render_query, render_schema, table_place,
};

use kulprit_request::{Cause, Error, Result};
