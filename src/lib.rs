//! Kulprit: which log patterns changed between two windows, and the service to blame, computed inside ClickHouse.
//!
//! The data's way: HTTP or command line → [`questions`] (validated parameters → statements → rows → judgement → answer) → JSON or a
//! table. What is below a question stands in crates of its own: `kulprit_request` (what a caller may ask and the errors it may see) and
//! `kulprit_clickhouse` (the client, the SQL files, the schema).

pub mod auth;
pub mod cli;
pub mod config;
pub mod demo;
pub mod doctor;
pub mod grafana;
pub mod http;
pub mod incidents;
pub mod mcp;
pub mod questions;
pub mod report;
pub mod rollups;
pub mod scope;
pub mod setup;
pub mod sources;
pub mod text;

pub use kulprit_request::{Error, Result};
