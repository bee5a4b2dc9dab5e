//! What the readers hand over, decoded again from the batches as a server would read them.
#![allow(clippy::unwrap_used)]

mod csv;
mod dates;
mod delivery;
mod files;
mod follow;
mod formats;
mod json;
mod messages;
mod parquet;
mod plain;
mod positions;
mod recording;
mod shapes;
