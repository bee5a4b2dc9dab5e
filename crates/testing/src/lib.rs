//! What tests and benches share: one engine for all tests of a process and a database for each, running programs that end
//! with their test, an HTTP client. Never part of a release.
//!
//! Everything here panics where it cannot go on: the test that called it has failed.
#![allow(clippy::unwrap_used, reason = "a fixture that cannot be set up fails its test")]

mod api;
mod database;
pub mod engine;
mod exact;
mod fixture;
pub mod http;
pub mod otlp;
mod process;
mod service;

pub use api::Api;
pub use database::{Database, statement};
pub use exact::question;
pub use fixture::Fixture;
pub use nix::sys::signal::Signal;
pub use process::{Process, is_alive, kill, wait_until};
pub use service::Service;
