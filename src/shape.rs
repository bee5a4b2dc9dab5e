//! Rows → answer. No I/O.

pub mod log_groups;
pub mod services;
