//! Rows → answer. No I/O.

pub mod correlate;
pub mod log_groups;
