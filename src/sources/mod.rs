//! Where requests, lines and spans come from: which metrics count requests, which tables hold them, and what one question reads of them.

pub mod request_metrics;
pub mod sampling;
pub mod working_set;
