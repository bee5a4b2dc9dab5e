//! Validated parameters of each query and the rows that it returns. No I/O.

pub mod correlate;
pub mod fields;
pub mod log_streams;
pub mod mapping;
pub mod pattern_changes;
pub mod patterns;
pub mod query_logs;
pub mod server_version;
pub mod time;
pub mod window;
