//! CSV with a header.

use std::borrow::Cow;
use std::cell::Cell as Shared;
use std::io::{self, BufRead, Read};
use std::rc::Rc;

use csv::{ByteRecord, ReaderBuilder};

use super::convert::Cell;
use super::emit::{Emitter, ReadError};
use super::keys;
use super::record::{Around, Fields, Records, Unfit};
use super::table::Table;
use super::tally::Tally;

/// A record of more bytes than this has a quote that is never closed.
const LONGEST_RECORD: u64 = 8 << 20;

/// Reads records; one that does not fit is refused and the next one read.
pub fn read(mut source: impl BufRead, records: &Records<'_>, emitter: &mut Emitter<'_>) -> Result<(), ReadError> {
    let head = source.fill_buf()?;
    let announced = announced(head);
    let delimiter = announced.map_or_else(|| delimiter(head), |(delimiter, _)| delimiter);
    source.consume(announced.map_or(0, |(_, length)| length));
    let spent = Rc::new(Shared::new(0));
    let guarded = Guarded {
        source,
        spent: Rc::clone(&spent),
    };
    let mut reader = ReaderBuilder::new()
        .flexible(true)
        .delimiter(delimiter)
        .from_reader(guarded);
    let header = reader.byte_headers().map_err(failed)?.clone();
    let keys: Vec<String> = header
        .iter()
        .map(|key| String::from_utf8_lossy(key).trim().to_owned())
        .collect();
    let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
    if !keys.is_empty() {
        check_header(records, &keys)?;
    }
    let mut tally = Tally::new(header.as_slice());
    let mut record = ByteRecord::new();
    loop {
        spent.set(0);
        let line = reader.position().line();
        match reader.read_byte_record(&mut record) {
            Ok(true) => {}
            Ok(false) => return tally.finish(emitter),
            Err(error) => {
                tally.finish(emitter)?;
                return Err(ReadError::Failed(format!("line {line}: {error}")));
            }
        }
        let line = record.position().map_or(line, csv::Position::line);
        tally.begin(line, emitter);
        read_record(&record, &keys, line, records, emitter)?;
        tally.end(record.as_slice(), emitter)?;
    }
}

/// The sign between the fields of a header: of those that exports use, the one that stands in it most often.
pub fn delimiter(head: &[u8]) -> u8 {
    let line = head.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let mut counts = [(b'|', 0), (b'\t', 0), (b';', 0), (b',', 0)];
    let mut quoted = false;
    for byte in line {
        quoted ^= *byte == b'"';
        for (sign, count) in &mut counts {
            *count += usize::from(!quoted && byte == sign);
        }
    }
    counts
        .into_iter()
        .max_by_key(|(_, count)| *count)
        .map_or(b',', |(sign, _)| sign)
}

/// What a first line `sep=;`, as spreadsheets write it, says of the sign, and its length.
fn announced(head: &[u8]) -> Option<(u8, usize)> {
    let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    let end = memchr::memchr(b'\n', text)?;
    match text[..end].trim_ascii_end() {
        [b's', b'e', b'p', b'=', sign] => Some((*sign, head.len() - text.len() + end + 1)),
        _ => None,
    }
}

fn read_record(
    record: &ByteRecord,
    keys: &[&str],
    line: u64,
    records: &Records<'_>,
    emitter: &mut Emitter<'_>,
) -> Result<(), ReadError> {
    if record.len() != keys.len() {
        let detail = format!("{} fields, the header has {}", record.len(), keys.len());
        emitter.refuse(line, "another number of fields than the header", &detail);
        return Ok(());
    }
    let mut fields = Fields::default();
    for (key, field) in keys.iter().zip(record) {
        let cell = if field.is_empty() {
            Cell::Null
        } else {
            Cell::Text(Cow::Borrowed(field))
        };
        fields.push(Cow::Borrowed(key), cell, None);
    }
    match records.row(&fields, Around::default()) {
        Ok((values, nanos)) => emitter.row(&values, line, nanos)?,
        Err(Unfit::Refused((kind, detail))) => emitter.refuse(line, kind, &detail),
        Err(Unfit::NoTime) => emitter.refuse(line, "a required field is missing", "no Timestamp"),
    }
    Ok(())
}

/// A header that lacks a column, or has one too many, is wrong for every record: say so once.
fn check_header(records: &Records<'_>, keys: &[&str]) -> Result<(), ReadError> {
    let table = records.table;
    let candidates = keys::candidates(table, keys, records.names);
    let fields: Vec<Option<usize>> = candidates
        .iter()
        .map(|found| found.first().map(|(_, field)| *field))
        .collect();
    // Any other field that is called a time may hold one.
    let timed = |name: &str| name == "Timestamp" && keys.iter().any(|key| keys::plain(key).contains("time"));
    let filled = |name: &str| table.column_index(name).is_some_and(|index| fields[index].is_some()) || timed(name);
    if let Some(missing) = table.required_columns().iter().find(|name| !filled(name)) {
        return Err(ReadError::Failed(format!(
            "the header {keys:?} has no column for {missing} (name it with --field)"
        )));
    }
    let spare = |index: usize, key: &&&str| !fields.contains(&Some(index)) && !table.derived_columns().contains(*key);
    let unknown: Vec<_> = keys
        .iter()
        .enumerate()
        .filter(|(index, key)| spare(*index, key))
        .map(|(_, key)| *key)
        .collect();
    if table != Table::OtelLogs && !unknown.is_empty() && !records.ignore_unknown {
        return Err(ReadError::Failed(unknown_columns(table, &unknown)));
    }
    Ok(())
}

/// The message about columns that a table does not have.
pub fn unknown_columns(table: Table, unknown: &[&str]) -> String {
    let known = keys::known(table);
    format!(
        "{table} has no column {} (it has {known}); --ignore-unknown leaves them out",
        unknown.join(", ")
    )
}

fn failed(error: csv::Error) -> ReadError {
    ReadError::Failed(error.to_string())
}

/// Stops a record that swallows the rest of the file.
struct Guarded<R> {
    source: R,
    spent: Rc<Shared<u64>>,
}

impl<R: Read> Read for Guarded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.spent.get() > LONGEST_RECORD {
            let reason = format!("the record is longer than {LONGEST_RECORD} bytes: is a quote never closed?");
            return Err(io::Error::other(reason));
        }
        let count = self.source.read(buffer)?;
        self.spent.set(self.spent.get() + count as u64);
        Ok(count)
    }
}
