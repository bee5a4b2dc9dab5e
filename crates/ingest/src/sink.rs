//! What a batch is, and what takes it.

use std::future::Future;

use bytes::Bytes;

use super::position::FileRecord;
use super::table::Table;

/// One batch as ClickHouse takes it: `body` is the body of `INSERT INTO <table> (<columns>) FORMAT <format>`.
#[derive(Debug, Clone)]
pub struct Batch {
    pub table: Table,
    /// Only the columns that hold something: the table's defaults fill the others.
    pub columns: Vec<String>,
    /// `Native` (rows that Kulprit parsed) or `Parquet` (a row group copied as it stands).
    pub format: &'static str,
    pub body: Bytes,
    pub rows: u64,
    /// For `insert_deduplication_token`: the same content at the same position of a file gives the same token,
    /// whatever the file is called, so that a repeated run stores nothing twice.
    pub token: String,
    /// Whether it may have been sent before. ClickHouse leaves a token out that it knows, and it writes a token down before the rows: killed in
    /// between, it acknowledges a batch that comes again and has none of it. So whoever takes the batch must look for the rows.
    pub is_repeated: bool,
}

/// Why a batch did not go in.
#[derive(Debug, Clone, thiserror::Error)]
pub enum SinkError {
    /// The server says that the data is bad; other rows may well go in.
    #[error("{message}")]
    Refused { message: String },
    /// The connection is lost or the server is overloaded: the same batch may go in later.
    #[error("{message}")]
    Away { message: String },
    /// No batch can go in: the table or a column is missing, or a privilege.
    #[error("{message}")]
    Denied { message: String },
}

/// Takes batches, one at a time. `Ok` means that the server has acknowledged the batch.
pub trait Sink {
    /// Hands over one batch; called again with the same batch (and token), marked as repeated, after [`SinkError::Away`].
    fn insert(&mut self, batch: Batch) -> impl Future<Output = Result<(), SinkError>> + Send;

    /// Keeps how far a file is stored; it is acknowledged before the batch that it tells of is sent.
    fn keep(&mut self, record: &FileRecord) -> impl Future<Output = Result<(), SinkError>> + Send;
}
