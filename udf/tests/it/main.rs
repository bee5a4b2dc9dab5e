//! One test binary, so that the crate is linked once.
#![allow(clippy::unwrap_used)]

#[path = "../cases/mod.rs"]
mod cases;
mod changes;
mod chunks;
mod config;
mod pipe;
mod versions;
mod wire;
