//! What the readers hand over, decoded again from the batches as a server would read them.
#![allow(clippy::unwrap_used)]

mod csv;
mod delivery;
mod formats;
mod json;
mod parquet;
mod plain;
mod recording;
