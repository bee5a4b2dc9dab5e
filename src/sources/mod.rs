//! Where requests, lines and spans come from: which metrics count requests, and which tables hold them.

pub mod request_metrics;
