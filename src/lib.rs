//! Kulprit: which log patterns changed between two windows, and the service to blame, computed inside ClickHouse.
//!
//! The data's way: HTTP or command line → [`query`] (validated parameters) → [`sql`] (a rendered file) → [`clickhouse`]
//! → rows → [`shape`] → JSON or a table.

pub mod analysis;
pub mod auth;
pub mod cli;
pub mod clickhouse;
pub mod config;
pub mod demo;
pub mod doctor;
pub mod engine;
pub mod error;
pub mod http;
pub mod incidents;
pub mod ingest;
pub mod patterns;
pub mod query;
pub mod reliability;
pub mod rollup;
pub mod schema;
pub mod scope;
pub mod shape;
pub mod sql;
pub mod table;

pub use error::Error;

/// The outcome of anything a request asks for.
pub type Result<T, E = Error> = std::result::Result<T, E>;
