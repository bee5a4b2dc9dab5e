//! Validated parameters of each query and the rows that it returns. No I/O.

pub mod log_streams;
pub mod pattern_changes;
pub mod server_version;
pub mod time;
pub mod window;
