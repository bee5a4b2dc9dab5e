//! The reliability view: how each service does, how fast it burns its budget, what fails, and one request in detail.

pub mod burn_windows;
pub mod degrade;
pub mod error_patterns;
pub mod health;
pub mod metric_names;
pub mod requests;
pub mod slo;
pub mod traces;
