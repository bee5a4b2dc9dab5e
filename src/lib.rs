//! Kulprit.

pub mod cli;
pub mod engine;
