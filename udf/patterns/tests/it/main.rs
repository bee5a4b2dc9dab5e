//! One test binary, so that the crate is linked once.
#![allow(clippy::unwrap_used)]

mod catalog;
mod shape;
