//! One test binary, so that the crate is linked once.
#![allow(clippy::unwrap_used)]

#[path = "../../../tests/cases/mod.rs"]
mod cases;
mod changes;
mod scores;
