//! The incident store as a library: what it promises whoever calls it. Needs no server and no ClickHouse.
#![allow(clippy::unwrap_used)]

mod fixture;
mod list;
mod migrations;
mod sql_files;
mod stats;
mod store;
mod transfer;
