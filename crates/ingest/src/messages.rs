//! The messages of a file for a reader that is no database.

use std::borrow::Cow;
use std::sync::Arc;

use indicatif::ProgressBar;

use super::block::Limits;
use super::column::Value;
use super::emit::Emitter;
use super::lines::End;
use super::table::Table;
use super::{Input, Options, Report, read};

/// An attribute's name and its value.
pub type Pair<'a> = (Cow<'a, [u8]>, Cow<'a, [u8]>);

/// A message as `kulprit ingest` would store it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileMessage<'m> {
    /// The number of its first line (of its record, where lines are not counted), from 1.
    pub line: u64,
    pub body: &'m [u8],
    /// Its severity, where one was found.
    pub severity: &'m [u8],
    /// Its attributes, as `LogAttributes` has them.
    pub attributes: &'m [Pair<'m>],
    /// OpenTelemetry's number of its severity, 0 if it has none.
    pub severity_number: u8,
    /// Nanoseconds since the epoch.
    pub time: i64,
}

/// Reads the messages of `input` as `kulprit ingest` does, and gives each to `each`. Lines of a file without any time
/// are messages of their own.
pub fn messages(input: &Input, options: &Options, each: impl FnMut(FileMessage<'_>)) -> Report {
    let mut each = each;
    let column = |name| Table::OtelLogs.column_index(name).unwrap_or_default();
    let (body, severity, attributes) = (column("Body"), column("SeverityText"), column("LogAttributes"));
    let mut take = |values: &[Value<'_>], line: u64| {
        let text = |column: usize| match &values[column] {
            Value::Text(text) => &text[..],
            _ => b"",
        };
        let attributes = match &values[attributes] {
            Value::Map(pairs) => &pairs[..],
            _ => &[],
        };
        each(FileMessage {
            line,
            body: text(body),
            severity: text(severity),
            severity_number: match values[column("SeverityNumber")] {
                Value::UInt(number) => u8::try_from(number).unwrap_or(0),
                _ => 0,
            },
            time: match values[column("Timestamp")] {
                Value::Time(nanos) => nanos,
                _ => 0,
            },
            attributes,
        });
    };
    let options = Options {
        untimed_at_file_time: true,
        table: Table::OtelLogs,
        ..options.clone()
    };
    let mut emitter = Emitter::calling(Arc::from(input.name()), Limits::default(), &mut take);
    let reading = read::Reading {
        input,
        options: &options,
        progress: &ProgressBar::hidden(),
        held: None,
        stream: None,
        learnt: None,
        known: None,
        retry: true,
        end: End::Whole,
        join_untimed: false,
    };
    let outcome = read::file(&reading, &mut emitter);
    emitter.finish(outcome)
}
