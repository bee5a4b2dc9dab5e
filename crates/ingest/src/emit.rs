//! From the readers to the sender: rows become blocks, blocks go through a channel of one.

use std::sync::Arc;

use bytes::Bytes;
use tokio::sync::mpsc;

use super::block::{Block, Limits};
use super::column::Value;
use super::position::{FileRecord, Mark, Position, RefusedStretch, Sending};
use super::report::Report;
use super::table::Table;

/// What a reader hands over.
#[derive(Debug)]
pub enum Chunk {
    /// A file has been opened whose position is kept; what follows is of this file.
    Opened(Box<FileRecord>),
    /// Rows that Kulprit has parsed.
    Rows(Box<Stretch>),
    /// A file has been read to here, and there are no further rows.
    Reached(Position),
    /// A Parquet file of one row group, copied as it stands.
    RowGroup {
        file: Arc<str>,
        body: Bytes,
        columns: Vec<String>,
        first_row: u64,
        rows: u64,
    },
}

/// A block, and how far its file is stored when the block is.
#[derive(Debug)]
pub struct Stretch {
    pub block: Block,
    pub to: Option<Position>,
    /// The token under which a run that was cut off may have sent the block already.
    pub token: Option<String>,
}

/// Why a reader ends before its file does.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// Nobody takes rows any more; the sender knows why.
    #[error("stopped")]
    Stopped,
    /// What is stored of the file is not what it begins with: it is another file.
    #[error("the file has changed")]
    Changed,
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

/// What is refused is read again by the next run, but no more places than this.
const REFUSED_KEPT: usize = 1_000;

/// Gathers one file's rows and what is to be reported of them.
pub struct Emitter<'t> {
    table: Table,
    file: Arc<str>,
    limits: Limits,
    block: Block,
    receiver: Receiver<'t>,
    report: Report,
    /// How far the file is stored already; none where that is not kept.
    stored: Option<Position>,
    /// A batch that an earlier run may have sent: it is made once more, and sent with the same token.
    sending: Option<Sending>,
    /// Where the row begins that comes next, if the reader says so.
    here: Option<Mark>,
    /// The beginning of the latest row.
    latest: Option<Mark>,
    /// What was refused.
    refused: Vec<RefusedStretch>,
    /// Whether the latest thing was refused.
    is_refusing: bool,
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
            stored: None,
            sending: None,
            here: None,
            latest: None,
            refused: Vec::new(),
            is_refusing: false,
        }
    }

    /// Goes on with a file where `record` says that it is stored; `retry` is whether what was refused is tried again.
    pub fn go_on(&mut self, record: FileRecord, retry: bool) -> Result<(), ReadError> {
        let mut stored = record.stored.clone();
        if !retry {
            self.refused = std::mem::take(&mut stored.refused);
        }
        self.stored = Some(stored);
        self.sending = record.sending.clone();
        self.send(Chunk::Opened(Box::new(record)))
    }

    /// The file is another one than was thought: what was made of it so far is forgotten.
    pub fn begin_again(&mut self) {
        self.block = Block::new(self.table, Arc::clone(&self.file));
        self.report = Report::default();
        (self.stored, self.sending, self.here, self.latest) = (None, None, None, None);
        self.refused.clear();
    }

    /// How far the file is stored already.
    pub fn stored(&self) -> Option<&Position> {
        self.stored.as_ref()
    }

    /// Where the batch ends that an earlier run may have sent.
    pub fn sending_to(&self) -> Option<&Position> {
        self.sending.as_ref().map(|sending| &sending.to)
    }

    /// The rows taken so far, stored or refused.
    pub fn rows_read(&self) -> u64 {
        self.report.rows_read
    }

    pub fn report(&mut self) -> &mut Report {
        &mut self.report
    }

    /// The rows that come next begin here.
    pub fn at(&mut self, mark: Mark) {
        self.here = Some(mark);
    }

    /// Whether what comes next is stored already.
    fn is_stored(&self) -> bool {
        match (&self.stored, self.here) {
            (Some(stored), Some(here)) => stored.holds(here.at),
            _ => false,
        }
    }

    /// Takes one row: one value per column of the table, and its time in nanoseconds since the epoch.
    pub fn row(&mut self, values: &[Value<'_>], position: u64, nanos: i64) -> Result<(), ReadError> {
        if self.is_stored() {
            return Ok(());
        }
        self.report.rows_read += 1;
        self.report.see_time(nanos);
        if let Receiver::Taker(taker) = &mut self.receiver {
            taker(values, position);
            return Ok(());
        }
        if let Some(here) = self.here {
            self.latest = self.here;
            self.is_refusing = false;
            // A record of many rows counts as stored when one of them is.
            self.refused.pop_if(|refused| *refused == here.into());
        }
        self.block
            .push(values, position, self.here.map_or(0, |mark| mark.at), nanos);
        if self.here.is_none() && self.block.is_full(self.limits) {
            return self.flush(None);
        }
        Ok(())
    }

    /// Counts a row that cannot be stored.
    pub fn refuse(&mut self, position: u64, kind: &'static str, detail: &str) {
        if let Some(here) = self.here {
            if self.is_stored() {
                return;
            }
            self.hold(here);
        }
        self.refuse_many(position, 1, kind, detail);
    }

    /// What begins at `mark` is not stored, and read again by the next run.
    pub fn hold(&mut self, mark: Mark) {
        if self.latest == Some(mark) {
            return;
        }
        let is_full = self.refused.len() >= REFUSED_KEPT;
        match self.refused.last_mut() {
            Some(refused) if self.is_refusing && refused.first <= mark => {
                refused.last_at = refused.last_at.max(mark.at);
            }
            _ if !is_full => self.refused.push(mark.into()),
            _ => {}
        }
        self.is_refusing = true;
    }

    /// Counts `count` rows that cannot be stored, for one reason.
    pub fn refuse_many(&mut self, position: u64, count: u64, kind: &'static str, detail: &str) {
        self.report.rows_read += count;
        self.report.refuse_many(&self.file, position, count, kind, detail);
    }

    /// Hands over a whole row group.
    pub fn row_group(&mut self, body: Bytes, columns: Vec<String>, first_row: u64, rows: u64) -> Result<(), ReadError> {
        self.flush(None)?;
        self.report.rows_read += rows;
        self.send(Chunk::RowGroup {
            file: Arc::clone(&self.file),
            body,
            columns,
            first_row,
            rows,
        })
    }

    /// Whether the reader, which has taken all before `at`, is to say how far it has come: it is at the end of what an earlier run may
    /// have sent, or the block is full.
    pub fn is_due(&self, at: u64) -> bool {
        match &self.sending {
            Some(sending) => sending.to.at <= at,
            None => self.block.is_full(self.limits),
        }
    }

    /// The reader says how far it has come: it was due, or the file is at its end.
    pub fn hand_over(&mut self, position: Position) -> Result<(), ReadError> {
        let to = self.complete(position);
        if self.block.rows() > 0 {
            return self.flush(Some(to));
        }
        self.sending = None;
        if self.stored.is_some() {
            self.send(Chunk::Reached(to))
        } else {
            Ok(())
        }
    }

    fn complete(&mut self, mut position: Position) -> Position {
        self.refused.sort_unstable();
        position.open.sort_unstable();
        position.refused.clone_from(&self.refused);
        if let Some(stored) = self.stored.as_ref().filter(|stored| stored.at == position.at) {
            // Nothing new has been read.
            if position.before.hash.is_empty() {
                position.before.clone_from(&stored.before);
            }
            position.last = position.last.or(stored.last);
        }
        position
    }

    /// Hands over what has gathered. Blocks while the batch before is still on its way.
    fn flush(&mut self, to: Option<Position>) -> Result<(), ReadError> {
        let token = self.sending.take().map(|sending| sending.token);
        if self.block.rows() == 0 {
            return Ok(());
        }
        let block = std::mem::replace(&mut self.block, Block::new(self.table, Arc::clone(&self.file)));
        self.send(Chunk::Rows(Box::new(Stretch { block, to, token })))
    }

    fn send(&self, chunk: Chunk) -> Result<(), ReadError> {
        match &self.receiver {
            Receiver::Sender(sender) => sender.blocking_send(chunk).map_err(|_| ReadError::Stopped),
            Receiver::Taker(_) => Ok(()),
        }
    }

    /// Sends the rest and gives the account of the file.
    pub fn finish(mut self, read: Result<(), ReadError>) -> Report {
        let flushed = self.flush(None);
        match read.and(flushed) {
            Err(error @ (ReadError::Failed(_) | ReadError::Changed)) => {
                self.report.failures.push(format!("{}: {error}", self.file));
            }
            Err(ReadError::Stopped) | Ok(()) => {}
        }
        self.report
    }
}
