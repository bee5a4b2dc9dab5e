//! Incidents as a service: over HTTP, as a process that is killed, and behind every kind of identity. What the store promises by itself is
//! tested in its crate.
#![allow(clippy::unwrap_used)]

#[path = "../common/mod.rs"]
mod common;

mod access;
mod crash;
mod grafana;
mod hostile;
mod life;
mod matrix;
mod service;
mod snapshots;
mod writers;

/// The program under test. The bench of this service, which takes some of these files, finds it in another way.
fn program() -> &'static str {
    env!("CARGO_BIN_EXE_kulprit")
}
