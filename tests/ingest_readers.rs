//! What the readers hand over, decoded again from the batches as a server would read them.
#![allow(clippy::unwrap_used)]

#[path = "ingest_readers/csv.rs"]
mod csv;
#[path = "ingest_readers/delivery.rs"]
mod delivery;
#[path = "ingest_readers/json.rs"]
mod json;
#[path = "ingest_readers/parquet.rs"]
mod parquet;
#[path = "ingest_readers/plain.rs"]
mod plain;
#[path = "ingest_readers/recording.rs"]
mod recording;
