//! What is counted ahead of any question, so that answers cost milliseconds: log lines, requests of spans, requests of metrics, and the
//! pattern catalog. No answer needs a rollup to be exact.

pub mod catalog;
pub mod logs;
pub mod metered;
pub mod requests;
