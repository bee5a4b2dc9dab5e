//! From the readers to the sender: rows become blocks, blocks go through a channel of one.

use std::sync::Arc;

use bytes::Bytes;
use tokio::sync::mpsc;

use super::block::{Block, Limits};
use super::column::Value;
use super::report::Report;
use super::table::Table;

/// What a reader hands over.
#[derive(Debug)]
pub enum Chunk {
    /// Rows that Kulprit has parsed.
    Rows(Block),
    /// A Parquet file of one row group, copied as it stands.
    RowGroup {
        file: Arc<str>,
        body: Bytes,
        columns: Vec<String>,
        first_row: u64,
        rows: u64,
    },
}

/// Why a reader ends before its file does.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// Nobody takes rows any more; the sender knows why.
    #[error("stopped")]
    Stopped,
    /// The rest of the file cannot be read.
    #[error("{0}")]
    Failed(String),
}

impl From<std::io::Error> for ReadError {
    fn from(error: std::io::Error) -> Self {
        Self::Failed(error.to_string())
    }
}

/// Takes each row and its position.
pub type Taker<'t> = &'t mut dyn FnMut(&[Value<'_>], u64);

/// Where the rows go.
enum Receiver<'t> {
    Sender(mpsc::Sender<Chunk>),
    Taker(Taker<'t>),
}

/// Gathers one file's rows and what is to be reported of them.
pub struct Emitter<'t> {
    table: Table,
    file: Arc<str>,
    limits: Limits,
    block: Block,
    receiver: Receiver<'t>,
    report: Report,
}

impl<'t> Emitter<'t> {
    /// Gives each log row to `taker`, and keeps none.
    pub fn calling(file: Arc<str>, limits: Limits, taker: Taker<'t>) -> Self {
        Self::to(Table::OtelLogs, file, limits, Receiver::Taker(taker))
    }

    pub fn new(table: Table, file: Arc<str>, limits: Limits, sender: mpsc::Sender<Chunk>) -> Self {
        Self::to(table, file, limits, Receiver::Sender(sender))
    }

    fn to(table: Table, file: Arc<str>, limits: Limits, receiver: Receiver<'t>) -> Self {
        let block = Block::new(table, Arc::clone(&file));
        Self {
            table,
            file,
            limits,
            block,
            receiver,
            report: Report::default(),
        }
    }

    /// The rows taken so far, stored or refused.
    pub fn rows_read(&self) -> u64 {
        self.report.rows_read
    }

    pub fn report(&mut self) -> &mut Report {
        &mut self.report
    }

    /// Takes one row: one value per column of the table, and its time in nanoseconds since the epoch.
    pub fn row(&mut self, values: &[Value<'_>], position: u64, nanos: i64) -> Result<(), ReadError> {
        self.report.rows_read += 1;
        self.report.see_time(nanos);
        if let Receiver::Taker(taker) = &mut self.receiver {
            taker(values, position);
            return Ok(());
        }
        self.block.push(values, position, nanos);
        if self.block.is_full(self.limits) {
            self.flush()
        } else {
            Ok(())
        }
    }

    /// Counts a row that cannot be stored.
    pub fn refuse(&mut self, position: u64, kind: &'static str, detail: &str) {
        self.refuse_many(position, 1, kind, detail);
    }

    /// Counts `count` rows that cannot be stored, for one reason.
    pub fn refuse_many(&mut self, position: u64, count: u64, kind: &'static str, detail: &str) {
        self.report.rows_read += count;
        self.report.refuse_many(&self.file, position, count, kind, detail);
    }

    /// Hands over a whole row group.
    pub fn row_group(&mut self, body: Bytes, columns: Vec<String>, first_row: u64, rows: u64) -> Result<(), ReadError> {
        self.flush()?;
        self.report.rows_read += rows;
        self.send(Chunk::RowGroup {
            file: Arc::clone(&self.file),
            body,
            columns,
            first_row,
            rows,
        })
    }

    /// Hands over what has gathered. Blocks while the batch before is still on its way.
    pub fn flush(&mut self) -> Result<(), ReadError> {
        if self.block.rows() == 0 {
            return Ok(());
        }
        let block = std::mem::replace(&mut self.block, Block::new(self.table, Arc::clone(&self.file)));
        self.send(Chunk::Rows(block))
    }

    fn send(&self, chunk: Chunk) -> Result<(), ReadError> {
        match &self.receiver {
            Receiver::Sender(sender) => sender.blocking_send(chunk).map_err(|_| ReadError::Stopped),
            Receiver::Taker(_) => Ok(()),
        }
    }

    /// Sends the rest and gives the account of the file.
    pub fn finish(mut self, read: Result<(), ReadError>) -> Report {
        let flushed = self.flush();
        if let Err(ReadError::Failed(reason)) = read.and(flushed) {
            self.report.failures.push(format!("{}: {reason}", self.file));
        }
        self.report
    }
}
