//! From chunks to acknowledged batches: retries while the server is away, a search when it refuses.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::mpsc;

use super::block::token;
use super::emit::{Chunk, Stretch};
use super::position::{FileRecord, RefusedStretch, Sending};
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
    /// The file that is being delivered, if its position is kept.
    record: Option<FileRecord>,
    /// Whether the record says more than what is kept of it.
    is_ahead: bool,
    /// The files whose position was kept.
    pub records: Vec<FileRecord>,
    pub report: Report,
}

impl<'a, S: Sink> Delivery<'a, S> {
    pub fn new(sink: &'a mut S, table: Table, retry_pauses: &'a [Duration]) -> Self {
        Self {
            sink,
            table,
            retry_pauses,
            tokens: HashMap::new(),
            record: None,
            is_ahead: false,
            records: Vec::new(),
            report: Report::default(),
        }
    }

    /// Takes chunks until the reader has no more; gives the row groups that must be read row by row to `again`.
    pub async fn drain(&mut self, chunks: &mut mpsc::Receiver<Chunk>) -> Result<Option<Refused>, Aborted> {
        while let Some(chunk) = chunks.recv().await {
            match chunk {
                Chunk::Opened(record) => self.record = Some(*record),
                Chunk::Rows(stretch) => self.stretch(*stretch).await?,
                Chunk::Reached(to) => {
                    if let Some(record) = &mut self.record {
                        // Of what may still go on nothing is stored, so there is nothing to keep.
                        self.is_ahead |= record.stored != to && to.open.is_empty() || record.sending.is_some();
                        record.stored = to;
                        record.sending = None;
                    }
                }
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
                        is_repeated: false,
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

    /// Ends a file: keeps how far it is stored.
    pub async fn end_file(&mut self) -> Result<(), Aborted> {
        if std::mem::take(&mut self.is_ahead) {
            self.keep().await?;
        }
        self.records.extend(self.record.take());
        Ok(())
    }

    async fn keep(&mut self) -> Result<(), Aborted> {
        let Some(record) = self.record.as_ref().filter(|record| !record.is_stream()) else {
            return Ok(());
        };
        let mut pauses = self.retry_pauses.iter();
        loop {
            match self.sink.keep(record).await {
                Ok(()) => return Ok(()),
                Err(SinkError::Refused { message } | SinkError::Denied { message }) => {
                    return Err(Aborted(format!(
                        "the position in {} cannot be kept: {message}",
                        record.path
                    )));
                }
                Err(SinkError::Away { message }) => self::pause(&mut pauses, &message).await?,
            }
        }
    }

    /// Stores a block; of refused rows, halves until the culprits stand alone.
    ///
    /// Before a batch is sent it is written down what will be stored then, and with which token: whoever goes on after a
    /// crash sends the same batch again, and the server stores it once.
    async fn stretch(&mut self, stretch: Stretch) -> Result<(), Aborted> {
        let Stretch { block, to, token } = stretch;
        let mut whole = block.batch(0..block.rows());
        let tracked = self.record.is_some() && to.is_some();
        // An earlier run may have sent it, whole or in parts.
        let is_repeated = token.is_some();
        if let (Some(record), Some(to)) = (&mut self.record, &to) {
            let own = || token_of_file(&record.id, record.stored.at, &whole.token);
            whole.token = token.unwrap_or_else(own);
            record.sending = Some(Sending {
                token: whole.token.clone(),
                to: to.clone(),
            });
            self.keep().await?;
        }
        let token = whole.token.clone();
        let mut next = Some(whole);
        let mut open: Vec<Range<usize>> = std::iter::once(0..block.rows()).collect();
        let (mut attempts, mut refusals, mut stored) = (0, 0, false);
        let mut refused = Vec::new();
        while let Some(range) = open.pop() {
            attempts += 1;
            let mut batch = next.take().unwrap_or_else(|| {
                let mut part = block.batch(range.clone());
                if tracked {
                    part.token = format!("{token}-{}-{}", range.start, range.end);
                }
                part
            });
            batch.is_repeated = is_repeated;
            let inserted = if tracked {
                self.send(batch).await?
            } else {
                self.insert(batch).await?
            };
            let Err(reason) = inserted else {
                self.report.rows_stored += range.len() as u64;
                stored = true;
                continue;
            };
            refusals += 1;
            let hopeless = !stored && refusals >= REFUSALS_WITHOUT_SUCCESS || attempts >= ATTEMPTS;
            if range.len() == 1 || hopeless {
                let position = block.position(range.start);
                let count = range.len() as u64;
                refused.extend(block.marks(range).map(RefusedStretch::from));
                self.report
                    .refuse_many(block.file(), position, count, "refused by the server", &reason);
            } else {
                let middle = range.start + range.len() / 2;
                open.push(middle..range.end);
                open.push(range.start..middle);
            }
        }
        if let (Some(record), Some(mut to)) = (&mut self.record, to) {
            to.refused.extend(refused);
            to.refused.sort_unstable();
            record.stored = to;
            record.sending = None;
            self.is_ahead = true;
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
        self.send(batch).await
    }

    async fn send(&mut self, mut batch: Batch) -> Result<Result<(), String>, Aborted> {
        let mut pauses = self.retry_pauses.iter();
        loop {
            match self.sink.insert(batch.clone()).await {
                Ok(()) => return Ok(Ok(())),
                Err(SinkError::Refused { message }) => return Ok(Err(message)),
                Err(SinkError::Denied { message }) => return Err(Aborted(message)),
                Err(SinkError::Away { message }) => self::pause(&mut pauses, &message).await?,
            }
            batch.is_repeated = true;
        }
    }
}

/// Waits for the server, or gives up.
async fn pause(pauses: &mut std::slice::Iter<'_, Duration>, message: &str) -> Result<(), Aborted> {
    let Some(pause) = pauses.next() else {
        let advice = "the same command, run again, stores the rest and nothing twice";
        return Err(Aborted(format!("the server is away: {message}; {advice}")));
    };
    tokio::time::sleep(*pause).await;
    Ok(())
}

/// The token of a file's batch: another file's equal lines are stored too.
fn token_of_file(id: &str, at: u64, token: &str) -> String {
    format!("{token}-{id}-{at}")
}
