//! Rows → answer. No I/O.

pub mod error_patterns;
pub mod grafana;
pub mod log_groups;
pub mod services;
pub mod slo;
pub mod trace_tree;
pub mod traces;
