//! From chunks to acknowledged batches: retries while the server is away, a search when it refuses.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::mpsc;

use super::block::{Block, token};
use super::emit::Chunk;
use super::report::Report;
use super::sink::{Batch, Sink, SinkError};
use super::table::Table;

/// After so many refusals in a block without one success the trouble is not with single rows.
const REFUSALS_WITHOUT_SUCCESS: usize = 40;
/// And no block is worth more attempts than this.
const ATTEMPTS: usize = 1_000;

/// A row group that the server refused as a whole, to be read row by row.
pub struct Refused {
    pub file: Arc<str>,
    pub body: Bytes,
    pub first_row: u64,
}

/// No further batch can go in.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Aborted(pub String);

/// Sends batches, one at a time, and keeps account.
pub struct Delivery<'a, S> {
    sink: &'a mut S,
    table: Table,
    /// How long to wait before each further attempt while the server is away.
    retry_pauses: &'a [Duration],
    /// How often each token has come up in this run.
    tokens: HashMap<String, u64>,
    pub report: Report,
}

impl<'a, S: Sink> Delivery<'a, S> {
    pub fn new(sink: &'a mut S, table: Table, retry_pauses: &'a [Duration]) -> Self {
        Self {
            sink,
            table,
            retry_pauses,
            tokens: HashMap::new(),
            report: Report::default(),
        }
    }

    /// Takes chunks until the reader has no more; gives the row groups that must be read row by row to `again`.
    pub async fn drain(&mut self, chunks: &mut mpsc::Receiver<Chunk>) -> Result<Option<Refused>, Aborted> {
        while let Some(chunk) = chunks.recv().await {
            match chunk {
                Chunk::Rows(block) => self.rows(&block).await?,
                Chunk::RowGroup {
                    file,
                    body,
                    columns,
                    first_row,
                    rows,
                } => {
                    let token = token(self.table, first_row, &body);
                    let batch = Batch {
                        table: self.table,
                        columns,
                        format: "Parquet",
                        body: body.clone(),
                        rows,
                        token,
                    };
                    match self.insert(batch).await? {
                        Ok(()) => self.report.rows_stored += rows,
                        Err(_) => return Ok(Some(Refused { file, body, first_row })),
                    }
                }
            }
        }
        Ok(None)
    }

    /// Stores a block; of refused rows, halves until the culprits stand alone.
    async fn rows(&mut self, block: &Block) -> Result<(), Aborted> {
        let mut open: Vec<Range<usize>> = std::iter::once(0..block.rows()).collect();
        let (mut attempts, mut refusals, mut stored) = (0, 0, false);
        while let Some(range) = open.pop() {
            attempts += 1;
            let Err(reason) = self.insert(block.batch(range.clone())).await? else {
                self.report.rows_stored += range.len() as u64;
                stored = true;
                continue;
            };
            refusals += 1;
            let hopeless = !stored && refusals >= REFUSALS_WITHOUT_SUCCESS || attempts >= ATTEMPTS;
            if range.len() == 1 || hopeless {
                let position = block.position(range.start);
                self.report.refuse_many(
                    block.file(),
                    position,
                    range.len() as u64,
                    "refused by the server",
                    &reason,
                );
            } else {
                let middle = range.start + range.len() / 2;
                open.push(middle..range.end);
                open.push(range.start..middle);
            }
        }
        Ok(())
    }

    /// Hands over one batch, again and again while the server is away. The inner error is the server's refusal.
    async fn insert(&mut self, mut batch: Batch) -> Result<Result<(), String>, Aborted> {
        // Two files with the same content in one run are two things to store, in the second run as in the first.
        let times = self.tokens.entry(batch.token.clone()).or_default();
        *times += 1;
        if *times > 1 {
            batch.token = format!("{}-{times}", batch.token);
        }
        let mut pauses = self.retry_pauses.iter();
        loop {
            match self.sink.insert(batch.clone()).await {
                Ok(()) => return Ok(Ok(())),
                Err(SinkError::Refused { message }) => return Ok(Err(message)),
                Err(SinkError::Denied { message }) => return Err(Aborted(message)),
                Err(SinkError::Away { message }) => match pauses.next() {
                    Some(pause) => tokio::time::sleep(*pause).await,
                    None => {
                        let advice = "the same command, run again, stores the rest and nothing twice";
                        return Err(Aborted(format!("the server is away: {message}; {advice}")));
                    }
                },
            }
        }
    }
}
