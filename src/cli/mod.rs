pub mod engine;
pub mod ingest;
