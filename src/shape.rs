//! Rows → answer. No I/O.

pub mod grafana;
pub mod log_groups;
pub mod services;
pub mod trace_tree;
pub mod traces;
