//! The tests of the product with the real engine: one for all, and a database for each test.
#![allow(clippy::unwrap_used)]

mod backfill;
mod collector;
mod contract;
mod correlate;
mod demo;
mod demo_otlp;
mod differences;
mod divergence;
mod docs;
mod doctor;
mod engine;
#[cfg(target_os = "linux")]
mod engine_reach;
mod engine_safety;
mod failures;
mod functions;
mod grants;
mod honesty;
mod http_api;
mod http_reliability;
mod http_serve;
mod http_validation;
mod incidents;
mod ingest;
mod layouts;
mod left_out;
mod levels;
mod log_findings;
mod mcp;
mod median;
mod openapi;
mod outages;
mod own_tables;
mod parts;
mod patterns;
mod pruning;
mod read_only;
mod read_only_commands;
mod report;
mod requests;
mod rollup;
mod rooms;
mod sources;
mod stack;
mod unread_log;

use kulprit_testing::Fixture;

static FIXTURE: Fixture = Fixture::new(env!("CARGO_BIN_EXE_kulprit"), env!("CARGO_TARGET_TMPDIR"));

/// The program under test. The bench of incidents, which takes some of their files, finds it in another way.
fn program() -> &'static std::path::Path {
    FIXTURE.program()
}
