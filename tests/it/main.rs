//! Tests against the real engine: one engine for the whole binary, one database for each test.
#![allow(clippy::unwrap_used)]

mod backfill;
mod contract;
mod correlate;
mod divergence;
mod doctor;
mod functions;
mod grants;
mod honesty;
mod median;
mod patterns;
mod read_only;
mod requests;
mod rollup;
mod support;
