//! The incident store and its API: as a library, as a process, and behind every kind of identity.
#![allow(clippy::unwrap_used)]

#[path = "../common/mod.rs"]
mod common;

mod access;
mod crash;
mod grafana;
mod hostile;
mod life;
mod list;
mod matrix;
mod migrations;
mod service;
mod snapshots;
mod sql_files;
mod stats;
mod store;
mod support;
mod transfer;
mod writers;

/// The program under test. The bench of this service, which takes some of these files, finds it in another way.
fn program() -> &'static str {
    env!("CARGO_BIN_EXE_kulprit")
}
