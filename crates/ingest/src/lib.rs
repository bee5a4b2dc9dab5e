//! Files become batches of rows: every row of every file is stored, or reported with the reason why not.
//!
//! One thread reads and parses, one batch is on its way, and at most one more is waiting between the two; so memory
//! stays bounded whatever the files' size. The only thing known of ClickHouse here is the form of a batch
//! ([`Batch`]); who sends it implements [`Sink`].

mod block;
mod clean;
mod column;
mod container;
mod convert;
mod crash;
mod csv;
mod deliver;
mod detect;
mod emit;
mod envelope;
mod follow;
mod input;
mod journal;
mod json;
mod keys;
mod known;
mod leftover;
mod lines;
mod message;
mod messages;
mod open;
mod origin;
mod parquet;
mod position;
mod read;
mod record;
mod report;
mod severity;
mod sink;
mod stream;
mod summary;
mod syslog;
mod table;
mod tally;
mod text;
mod time;
mod trace;

use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use indicatif::ProgressBar;
use jiff::tz::TimeZone;
use tokio::sync::mpsc;
use tokio::task::spawn_blocking;

pub use block::Limits;
pub use follow::{Following, follow};
pub use input::{Format, Input};
pub use keys::FieldNames;
pub use known::Known;
pub use messages::{FileMessage, messages};
pub use position::{FileRecord, Mark, Position, Print, RefusedStretch, Sending};
pub use report::{Refusal, Report};
pub use sink::{Batch, Sink, SinkError};
pub use summary::summary;
pub use table::{ColumnSpec, ColumnType, Table, UnknownTable};
pub use text::NO_TIME;
pub use time::check_format;

use deliver::{Aborted, Delivery, Refused};
use emit::{Chunk, Emitter, ReadError};
use lines::End;

/// How to read, and where to.
#[derive(Debug, Clone)]
pub struct Options {
    pub table: Table,
    /// Overrides the format that a file's ending or content tells.
    pub format: Option<Format>,
    /// The service of plain lines, and of records that name none.
    pub service: Option<String>,
    /// The zone of times that name none.
    pub timezone: TimeZone,
    /// strftime-like; checked with [`check_format`].
    pub timestamp_format: Option<String>,
    /// The day of the first line, where lines have a time of day alone; without it, the file's last write decides.
    pub date: Option<jiff::civil::Date>,
    /// The user's names for the fields of records.
    pub fields: FieldNames,
    /// Store the lines of a file without any time at the file's last write, instead of refusing them.
    pub untimed_at_file_time: bool,
    /// Leave out fields and columns that the table does not have.
    pub ignore_unknown: bool,
    /// Keep plain messages with their times as an attribute.
    pub keep_original: bool,
    pub limits: Limits,
    /// The pauses between attempts while the server is away; after the last one the run stops.
    pub retry_pauses: Vec<Duration>,
}

impl Options {
    /// Reads into `table`, with times in UTC and half a minute of retries.
    pub fn new(table: Table) -> Self {
        Self {
            table,
            format: None,
            service: None,
            timezone: TimeZone::UTC,
            timestamp_format: None,
            date: None,
            fields: FieldNames::default(),
            untimed_at_file_time: false,
            ignore_unknown: false,
            keep_original: false,
            limits: Limits::default(),
            retry_pauses: [250, 500, 1_000, 2_000, 4_000, 8_000, 8_000, 8_000]
                .map(Duration::from_millis)
                .to_vec(),
        }
    }
}

/// Reads the files in their order and hands their rows to `sink`, moving `progress` by the bytes read.
///
/// `known` says which files were read before and how far they are stored; what is stored is left out.
/// Never fails as a whole: [`Report::failures`] tells what could not be read or why the run stopped, and
/// [`Report::complete`] whether everything is stored.
pub async fn ingest<S: Sink>(
    inputs: &[Input],
    options: &Options,
    known: Option<&Known>,
    sink: &mut S,
    progress: &ProgressBar,
) -> Report {
    let mut total = Report::default();
    let mut delivery = Delivery::new(sink, options.table, &options.retry_pauses);
    let options = Arc::new(options.clone());
    for input in inputs {
        let reading = Owned {
            known: known.cloned(),
            progress: progress.clone(),
            ..Owned::new(input.clone(), Arc::clone(&options))
        };
        let (report, stop) = one_file(Arc::new(reading), &mut delivery).await;
        total.absorb(report);
        if let Some(Aborted(reason)) = stop {
            total.failures.push(format!("stopped: {reason}"));
            break;
        }
    }
    total.absorb(delivery.report);
    total.bytes = progress.position();
    total.rows_unsent = total.rows_read.saturating_sub(total.rows_stored + total.rows_refused);
    total
}

/// What a thread of its own reads.
struct Owned {
    input: Arc<Input>,
    options: Arc<Options>,
    known: Option<Known>,
    progress: ProgressBar,
    held: Option<Arc<File>>,
    stream: Option<read::Stream>,
    learnt: Option<Arc<read::Learnt>>,
    retry: bool,
    end: End,
}

impl Owned {
    /// A file that is read to its end.
    fn new(input: Input, options: Arc<Options>) -> Self {
        Self {
            input: Arc::new(input),
            options,
            known: None,
            progress: ProgressBar::hidden(),
            held: None,
            stream: None,
            learnt: None,
            retry: true,
            end: End::Whole,
        }
    }

    fn read(&self, emitter: &mut Emitter<'_>) -> Result<(), ReadError> {
        let reading = read::Reading {
            input: &self.input,
            options: &self.options,
            progress: &self.progress,
            held: self.held.as_deref(),
            stream: self.stream.as_ref(),
            learnt: self.learnt.as_deref(),
            known: self.known.as_ref(),
            retry: self.retry,
            end: self.end,
            join_untimed: true,
        };
        read::file(&reading, emitter)
    }
}

/// Reads and delivers one file. The report covers what was read; what was stored is in the delivery's.
async fn one_file<S: Sink>(reading: Arc<Owned>, delivery: &mut Delivery<'_, S>) -> (Report, Option<Aborted>) {
    let name: Arc<str> = reading.input.name().into();
    let (input, options) = (Arc::clone(&reading.input), Arc::clone(&reading.options));
    let known = reading.known.clone();
    let (reader, mut chunks) = start(Arc::clone(&name), &options, move |emitter| reading.read(emitter));
    let mut stop = loop {
        match delivery.drain(&mut chunks).await {
            Ok(None) => break None,
            Err(stop) => break Some(stop),
            Ok(Some(refused)) => {
                if let Err(stop) = row_by_row(refused, &input, &options, delivery).await {
                    break Some(stop);
                }
            }
        }
    };
    drop(chunks);
    // After a stop the last thing that is kept is the batch that may have arrived.
    if stop.is_none() {
        stop = delivery.end_file().await.err();
    }
    if let Some(known) = known {
        delivery.records.drain(..).for_each(|record| known.update(&record));
    }
    (
        reader.await.unwrap_or_else(|error| lost(&name, &error.to_string())),
        stop,
    )
}

/// Reads a refused row group again, row by row: its good rows go in, its bad ones are named.
async fn row_by_row<S: Sink>(
    refused: Refused,
    input: &Arc<Input>,
    options: &Arc<Options>,
    delivery: &mut Delivery<'_, S>,
) -> Result<(), Aborted> {
    let (from, origin) = (Arc::clone(options), Arc::clone(input));
    let Refused { file, body, first_row } = refused;
    let (reader, mut chunks) = start(Arc::clone(&file), options, move |emitter| {
        let clock = read::clock_of(&from, origin.written());
        let target = parquet::Target {
            table: from.table,
            clock: &clock,
            ignore_unknown: from.ignore_unknown,
        };
        parquet::read_copy(body, &target, first_row, emitter)
    });
    let outcome = delivery.drain(&mut chunks).await;
    drop(chunks);
    let mut report = reader.await.unwrap_or_else(|error| lost(&file, &error.to_string()));
    // The rows have been counted as read when their row group was.
    report.rows_read = 0;
    delivery.report.absorb(report);
    outcome.map(drop)
}

type Running = (tokio::task::JoinHandle<Report>, mpsc::Receiver<Chunk>);

/// Starts a reader on a thread of its own.
fn start(
    file: Arc<str>,
    options: &Options,
    read: impl FnOnce(&mut Emitter<'_>) -> Result<(), ReadError> + Send + 'static,
) -> Running {
    let (sender, chunks) = mpsc::channel(1);
    let (table, limits) = (options.table, options.limits);
    let reader = spawn_blocking(move || {
        let mut emitter = Emitter::new(table, file, limits, sender);
        // The Parquet crate panics on some malformed files; they must not take the other files with them.
        let outcome = catch_unwind(AssertUnwindSafe(|| read(&mut emitter)));
        let outcome = outcome.unwrap_or_else(|_| Err(ReadError::Failed("the file is malformed".to_owned())));
        emitter.finish(outcome)
    });
    (reader, chunks)
}

fn lost(file: &str, reason: &str) -> Report {
    Report {
        failures: vec![format!("{file}: {reason}")],
        ..Report::default()
    }
}
