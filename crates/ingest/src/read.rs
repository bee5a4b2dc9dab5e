//! One file, from its bytes to rows: opened, recognised, and read as what it is.

use std::io;

use indicatif::ProgressBar;

use super::detect::{self, Kind};
use super::emit::{Emitter, ReadError};
use super::input::Input;
use super::lines::{Lines, without_newline};
use super::open::{Opened, open};
use super::origin::Origin;
use super::record::Records;
use super::table::Table;
use super::text::{Json, LogLines};
use super::time::{Clock, Context};
use super::{Options, clean, container, csv, journal, json, parquet};

/// Lines of a file's beginning that are looked at to learn where its times stand.
const SAMPLE_LINES: usize = 2_000;
/// Longer lines tell nothing more about their time.
const SAMPLE_BYTES: usize = 1 << 10;

/// Reads a file and hands its rows to `emitter`.
pub fn file(
    input: &Input,
    options: &Options,
    progress: &ProgressBar,
    emitter: &mut Emitter<'_>,
) -> Result<(), ReadError> {
    file_as(input, options, progress, emitter, true)
}

/// The same; `join_untimed` is whether lines without a time may be joined in a file that has none.
pub fn file_as(
    input: &Input,
    options: &Options,
    progress: &ProgressBar,
    emitter: &mut Emitter<'_>,
    join_untimed: bool,
) -> Result<(), ReadError> {
    let parquet_wanted = options.format.or_else(|| input.format_by_name()) == Some(super::Format::Parquet);
    if parquet_wanted && input.path().is_some() {
        return parquet_file(input, options, progress, emitter);
    }
    let opened = open(input, progress.clone())?;
    let kind = match detect::kind(input, options.format, options.table, &opened.head, opened.whole) {
        Ok(kind) => kind,
        Err(what) if matches!(input, Input::Found(_)) => {
            emitter
                .report()
                .notes
                .push(format!("left out {}: {what}", input.name()));
            return Ok(());
        }
        Err(what) => return Err(ReadError::Failed(what)),
    };
    let mut clock = clock(input, options);
    let origin = Origin::of(input.path());
    if kind == Kind::Parquet {
        return parquet_file(input, options, progress, emitter);
    }
    let text = matches!(kind, Kind::Plain) || matches!(kind, Kind::JsonLines { strict: false });
    let logs = options.table == Table::OtelLogs;
    if kind == Kind::Plain && !logs {
        return Err(ReadError::Failed(format!(
            "plain lines go into otel_logs only, not {} (--format)",
            options.table
        )));
    }
    let prefixed = kind == Kind::Plain && is_prefixed(&opened.head);
    if text && logs {
        learn(&mut clock, input, &opened, prefixed)?;
    }
    let records = Records {
        table: options.table,
        clock: &clock,
        origin: &origin,
        service: options.service.as_deref(),
        names: &options.fields,
        ignore_unknown: options.ignore_unknown,
    };
    let source = opened.into_reader();
    let outcome = match kind {
        Kind::Csv => csv::read(source, &records, emitter),
        Kind::JsonDocument => json::read_document(source, &records, emitter),
        Kind::JournalExport => journal::read(source, &records, emitter),
        Kind::JsonLines { .. } if !logs => json::read_lines(source, &records, emitter),
        _ => {
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
                join_untimed,
            };
            reader.read(source, emitter)
        }
    };
    emitter.report().notes.extend(clock.assumptions());
    outcome
}

fn parquet_file(
    input: &Input,
    options: &Options,
    progress: &ProgressBar,
    emitter: &mut Emitter<'_>,
) -> Result<(), ReadError> {
    let Some(path) = input.path() else {
        return Err(ReadError::Failed(
            "Parquet has its index at the end: give a file".to_owned(),
        ));
    };
    let clock = clock(input, options);
    let target = parquet::Target {
        table: options.table,
        clock: &clock,
        ignore_unknown: options.ignore_unknown,
    };
    let outcome = parquet::read(path, &target, progress, emitter);
    emitter.report().notes.extend(clock.assumptions());
    outcome
}

/// The clock for a file's times.
pub fn clock(input: &Input, options: &Options) -> Clock {
    let context = Context {
        timezone: options.timezone.clone(),
        written: input.written(),
        date: options.date,
    };
    Clock::new(context, options.timestamp_format.clone())
}

/// Shows the file's beginning to the clock, and all of it where only that settles what its dates mean.
fn learn(clock: &mut Clock, input: &Input, opened: &Opened, prefixed: bool) -> io::Result<()> {
    let sample: Vec<Vec<u8>> = opened
        .head
        .split(|byte| *byte == b'\n' || *byte == b'\r')
        .filter(|line| !line.is_empty())
        .take(SAMPLE_LINES)
        .map(|line| bare(line, prefixed))
        .collect();
    let open_questions = clock.first_lines(sample.iter().map(Vec::as_slice));
    let more = !opened.whole || sample.len() == SAMPLE_LINES;
    if !open_questions || !more || input.path().is_none() {
        return Ok(());
    }
    let source = open(input, ProgressBar::hidden())?.into_reader();
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
