//! Rows → answer. No I/O.

pub mod changed_services;
pub mod correlate;
pub mod error_patterns;
pub mod grafana;
pub mod log_groups;
mod onset;
mod sentence;
pub mod services;
pub mod slo;
pub mod topology;
pub mod trace_tree;
pub mod traces;
