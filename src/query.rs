//! Validated parameters of each query and the rows that it returns. No I/O.

pub mod baseline;
pub mod correlate;
pub mod error_patterns;
pub mod fields;
pub mod log_streams;
pub mod mapping;
pub mod pattern_changes;
pub mod patterns;
pub mod query_logs;
pub mod query_string;
pub mod server_version;
pub mod service_changes;
pub mod services;
pub mod slo;
pub mod time;
pub mod topology;
pub mod traces;
pub mod window;
