//! Log patterns: [`level`] tells how grave a line is, [`shape`] masks what varies within one message, [`catalog`] compares shapes and merges them into patterns.
//!
//! Pure functions: nothing here reads a file, a clock or a setting of the process.

pub mod catalog;
pub mod level;
pub mod shape;
