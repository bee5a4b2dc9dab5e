//! Rows → answer. No I/O.

pub mod log_groups;
mod onset;
mod sentence;
pub mod services;
