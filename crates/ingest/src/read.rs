//! One file, from its bytes to rows: opened, recognised, and read as what it is.

use std::fs::File;
use std::io::{self, BufRead};
use std::path::PathBuf;
use std::sync::Mutex;

use indicatif::ProgressBar;
use jiff::Timestamp;

use super::detect::{self, Kind};
use super::emit::{Emitter, ReadError};
use super::input::Input;
use super::known::{self, Identity, Known};
use super::lines::{End, Lines, without_newline};
use super::open::{Opened, open};
use super::origin::Origin;
use super::position::{FileRecord, Mark, Position};
use super::record::Records;
use super::table::Table;
use super::text::{Json, LogLines, Start};
use super::time::{Clock, Context};
use super::{Options, clean, container, csv, journal, json, keys, parquet};

/// Lines of a file's beginning that are looked at to learn where its times stand.
const SAMPLE_LINES: usize = 2_000;
/// Longer lines tell nothing more about their time.
const SAMPLE_BYTES: usize = 1 << 10;

/// What is to be read, and how.
pub struct Reading<'a> {
    pub input: &'a Input,
    pub options: &'a Options,
    pub progress: &'a ProgressBar,
    /// The file, where it is open already.
    pub held: Option<&'a File>,
    /// What has come of a stream, where it is followed.
    pub stream: Option<&'a Stream>,
    /// What was learnt of the file's times is kept here from one reading to the next.
    pub learnt: Option<&'a Learnt>,
    /// The files that were read before; without it everything is read.
    pub known: Option<&'a Known>,
    /// Whether what an earlier run refused is tried again.
    pub retry: bool,
    pub end: End,
    /// Whether lines without a time may be joined in a file that has none.
    pub join_untimed: bool,
}

/// A clock that has been shown enough of its file.
pub type Learnt = Mutex<Option<Clock>>;

/// A stream that is followed: its beginning, and what of it is not stored yet.
#[derive(Debug, Clone, Default)]
pub struct Stream {
    pub head: Vec<u8>,
    /// Where `rest` begins.
    pub at: u64,
    pub rest: Vec<u8>,
    pub record: FileRecord,
}

/// Reads a file and hands its rows to `emitter`.
pub fn file(reading: &Reading<'_>, emitter: &mut Emitter<'_>) -> Result<(), ReadError> {
    let Reading { input, options, .. } = *reading;
    let parquet_wanted = options.format.or_else(|| input.format_by_name()) == Some(super::Format::Parquet);
    if parquet_wanted && input.path().is_some() {
        return parquet_file(reading, emitter);
    }
    let opened = match reading.stream {
        Some(stream) => Opened::of_stream(stream.head.clone()),
        None => open(input, reading.held, reading.progress.clone())?,
    };
    let kind = match detect::kind(input, options.format, options.table, &opened.head, opened.whole) {
        Ok(kind) => kind,
        Err(what) if matches!(input, Input::Found(_)) => {
            emitter
                .report()
                .notes
                .push(format!("left out {}: {what}", input.name()));
            emitter.report().files_left_out += 1;
            return Ok(());
        }
        Err(what) => return Err(ReadError::Failed(what)),
    };
    if kind == Kind::Parquet {
        return parquet_file(reading, emitter);
    }
    let logs = options.table == Table::OtelLogs;
    if kind == Kind::Plain && !logs {
        return Err(ReadError::Failed(format!(
            "plain lines go into otel_logs only, not {} (--format)",
            options.table
        )));
    }
    if reading.stream.is_some() && !kind.is_lines() {
        return Err(ReadError::Failed(
            "it does not come in lines of text or JSON, so that it can only be read as a whole: leave out --follow"
                .to_owned(),
        ));
    }
    let record = claim(reading, &opened, kind)?;
    let id = record.as_ref().map(|record| record.id.clone());
    match text_file(reading, opened, kind, record, emitter) {
        Err(ReadError::Changed) => {
            if let (Some(known), Some(id)) = (reading.known, id) {
                known.disown(&id);
            }
            emitter.begin_again();
            let opened = open(input, reading.held, ProgressBar::hidden())?;
            let record = claim(reading, &opened, kind)?;
            text_file(reading, opened, kind, record, emitter)
        }
        outcome => outcome,
    }
}

/// What is known of the file, if positions are kept and it is one that stays.
fn claim(reading: &Reading<'_>, opened: &Opened, kind: Kind) -> io::Result<Option<FileRecord>> {
    if let Some(stream) = reading.stream {
        return Ok(Some(stream.record.clone()));
    }
    let (Some(known), Some(path)) = (reading.known, reading.input.path()) else {
        return Ok(None);
    };
    let data = match reading.held {
        Some(file) => file.metadata()?,
        None => path.metadata()?,
    };
    if !data.is_file() {
        return Ok(None);
    }
    let path: PathBuf = std::path::absolute(path)?;
    let (device, inode) = known::numbers(&data);
    let file = Identity {
        path: &path,
        device,
        inode,
        head: &opened.head,
        // Elsewhere positions count records.
        bytes: if kind.is_lines() { opened.bytes() } else { None },
        is_lines: kind.is_lines(),
    };
    Ok(Some(
        known.claim(file, |position| !kind.is_lines() || opened.fits(position)),
    ))
}

fn text_file(
    reading: &Reading<'_>,
    opened: Opened,
    kind: Kind,
    record: Option<FileRecord>,
    emitter: &mut Emitter<'_>,
) -> Result<(), ReadError> {
    let Reading { input, options, .. } = *reading;
    let stored = record.as_ref().map(|record| record.stored.clone()).unwrap_or_default();
    let origin = Origin::of(input.path());
    let text = matches!(kind, Kind::Plain) || matches!(kind, Kind::JsonLines { strict: false });
    let logs = options.table == Table::OtelLogs;
    let prefixed = kind == Kind::Plain && is_prefixed(&opened.head);
    let learnt = reading.learnt.and_then(|learnt| learnt.lock().ok()?.take());
    let learnt = learnt.filter(|_| stored.at > 0);
    let knows = learnt.is_some();
    let mut clock = learnt.unwrap_or_else(|| clock(reading));
    clock.set_written(written(reading));
    if text && logs && !knows {
        learn(&mut clock, reading, &opened, prefixed)?;
    }
    let is_learnt = !opened.whole;
    let records = Records {
        table: options.table,
        clock: &clock,
        origin: &origin,
        service: options.service.as_deref(),
        names: &options.fields,
        ignore_unknown: options.ignore_unknown,
        layouts: keys::Layouts::default(),
    };
    if let Some(record) = record {
        emitter.go_on(record, reading.retry)?;
    }
    let start = start(
        clock.runs_on() && !knows && reading.stream.is_none(),
        &stored,
        reading.retry,
    );
    let outcome = match kind {
        Kind::Csv => csv::read(opened.into_reader(), &records, emitter),
        Kind::JsonDocument => json::read_document(opened.into_reader(), &records, emitter),
        Kind::JournalExport => journal::read(opened.into_reader(), &records, emitter),
        Kind::JsonLines { .. } if !logs => {
            let source = opened.into_reader_at(start.mark.at, &stored)?;
            json::read_lines(source, start.mark, reading.end, &records, emitter)
        }
        _ => {
            let source: Box<dyn BufRead + '_> = match reading.stream {
                Some(stream) => Box::new(stream.from(start.mark.at)),
                None => opened.into_reader_at(start.mark.at, &stored)?,
            };
            let reader = LogLines {
                records: &records,
                json: match kind {
                    Kind::JsonLines { strict: true } => Json::Strict,
                    Kind::JsonLines { strict: false } => Json::Lines,
                    _ if options.format.is_some() => Json::Never,
                    _ => Json::Timed,
                },
                prefixed,
                untimed: options.untimed_at_file_time,
                keep_original: options.keep_original,
                join_untimed: reading.join_untimed,
                end: reading.end,
            };
            reader.read(source, start, emitter)
        }
    };
    let nothing_new = emitter.rows_read() == 0 && stored.at > 0 && reading.end == End::Whole;
    let report = emitter.report();
    if nothing_new {
        report.notes.push(format!(
            "{}: nothing new since it was stored ({} {}); --again stores it once more",
            input.name(),
            stored.lines,
            if kind.is_lines() { "lines" } else { "records" },
        ));
    } else {
        report.notes.extend(clock.assumptions());
    }
    if let Some(learnt) = reading.learnt.filter(|_| is_learnt)
        && let Ok(mut learnt) = learnt.lock()
    {
        *learnt = Some(clock);
    }
    outcome
}

impl Stream {
    fn from(&self, at: u64) -> &[u8] {
        let from = usize::try_from(at.saturating_sub(self.at)).unwrap_or(usize::MAX);
        &self.rest[from.min(self.rest.len())..]
    }
}

/// Where reading begins; `from_start` is whether what a time means depends on all lines before it.
fn start(from_start: bool, stored: &Position, retry: bool) -> Start {
    let mut next = stored.clone();
    if !retry {
        next.refused.clear();
    }
    let mark = next.resume_at();
    if from_start || mark.at == 0 {
        return Start {
            mark: Mark { at: 0, line: 1 },
            last: None,
        };
    }
    Start {
        mark,
        last: stored.last,
    }
}

fn parquet_file(reading: &Reading<'_>, emitter: &mut Emitter<'_>) -> Result<(), ReadError> {
    let Reading { input, options, .. } = *reading;
    let Some(path) = input.path() else {
        return Err(ReadError::Failed(
            "Parquet has its index at the end: give a file".to_owned(),
        ));
    };
    let clock = clock(reading);
    let target = parquet::Target {
        table: options.table,
        clock: &clock,
        ignore_unknown: options.ignore_unknown,
    };
    let outcome = parquet::read(path, &target, reading.progress, emitter);
    emitter.report().notes.extend(clock.assumptions());
    outcome
}

/// The clock for a file's times.
pub fn clock(reading: &Reading<'_>) -> Clock {
    clock_of(reading.options, written(reading))
}

pub fn clock_of(options: &Options, written: Timestamp) -> Clock {
    let context = Context {
        timezone: options.timezone.clone(),
        written,
        date: options.date,
    };
    Clock::new(context, options.timestamp_format.clone())
}

/// When the file was last written.
fn written(reading: &Reading<'_>) -> Timestamp {
    let held = reading
        .held
        .and_then(|file| file.metadata().and_then(|data| data.modified()).ok());
    held.and_then(|time| Timestamp::try_from(time).ok())
        .unwrap_or_else(|| reading.input.written())
}

/// Shows the file's beginning to the clock, and all of it where only that settles what its dates mean.
fn learn(clock: &mut Clock, reading: &Reading<'_>, opened: &Opened, prefixed: bool) -> io::Result<()> {
    let sample: Vec<Vec<u8>> = opened
        .head
        .split(|byte| *byte == b'\n' || *byte == b'\r')
        .filter(|line| !line.is_empty())
        .take(SAMPLE_LINES)
        .map(|line| bare(line, prefixed))
        .collect();
    let open_questions = clock.first_lines(sample.iter().map(Vec::as_slice));
    let more = !opened.whole || sample.len() == SAMPLE_LINES;
    // What a pipe has given is gone.
    let again = reading.held.is_some() || reading.input.path().is_some_and(std::path::Path::is_file);
    if !open_questions || !more || !again {
        return Ok(());
    }
    let source = open(reading.input, reading.held, ProgressBar::hidden())?.into_reader();
    let mut lines = Lines::new(source, super::text::MESSAGE_BYTES);
    let mut piece = Vec::new();
    let mut survey = clock.new_survey();
    // Trouble further on is met again, and reported, when the file is read.
    while let Ok(Some(flags)) = lines.next(&mut piece) {
        if flags.starts {
            clock.survey_line(&bare(without_newline(&piece), prefixed), &mut survey);
        }
    }
    clock.settle(&survey);
    Ok(())
}

/// The beginning of a line as it is read: without colours and the name before a bar.
fn bare(line: &[u8], prefixed: bool) -> Vec<u8> {
    let zeros = line.iter().take_while(|byte| **byte == 0).count();
    let line = &line[zeros..];
    let clean = clean::line(&line[..line.len().min(SAMPLE_BYTES)]);
    let at = if prefixed {
        container::prefix(&clean).map_or(0, |(_, at)| at)
    } else {
        0
    };
    clean[at..].to_vec()
}

/// Whether most lines begin with a service's name and a bar.
fn is_prefixed(head: &[u8]) -> bool {
    let lines = head
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty())
        .take(100);
    let (all, prefixed) = lines.fold((0, 0), |(all, prefixed), line| {
        (
            all + 1,
            prefixed + usize::from(container::prefix(&clean::line(line)).is_some()),
        )
    });
    prefixed * 2 > all
}
