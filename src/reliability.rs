//! The reliability view: how each service does, how fast it burns its budget, what fails, and one request in detail.

pub mod health;
pub mod metric_names;
pub mod parts;
pub mod requests;
pub mod traces;
