//! A sink that keeps what it is given, and the reverse of the `Native` encoding.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use indicatif::ProgressBar;
use kulprit_ingest::{Batch, FileRecord, Input, Options, Report, Sink, SinkError, Table, ingest};

/// A decoded value; times and whole numbers are `Int`.
#[derive(Debug, Clone, PartialEq)]
pub enum Field {
    Int(i128),
    Float(f64),
    Text(Vec<u8>),
    Map(Vec<(String, Vec<u8>)>),
    List(Vec<Field>),
}

pub type Row = BTreeMap<String, Field>;

type Answer = Box<dyn FnMut(&Batch) -> Result<(), SinkError> + Send>;

/// Keeps the batches that its answer accepts.
pub struct RecordingSink {
    pub batches: Vec<Batch>,
    pub offered: usize,
    /// The latest record of each file.
    pub kept: Vec<FileRecord>,
    answer: Answer,
}

impl RecordingSink {
    pub fn new() -> Self {
        Self::answering(|_| Ok(()))
    }

    pub fn answering(answer: impl FnMut(&Batch) -> Result<(), SinkError> + Send + 'static) -> Self {
        Self {
            batches: Vec::new(),
            offered: 0,
            kept: Vec::new(),
            answer: Box::new(answer),
        }
    }

    /// The rows of all batches that Kulprit encoded itself.
    pub fn rows(&self) -> Vec<Row> {
        self.batches
            .iter()
            .filter(|batch| batch.format == "Native")
            .flat_map(decode)
            .collect()
    }

    pub fn bodies(&self) -> Vec<String> {
        self.rows().iter().map(|row| text(row, "Body")).collect()
    }
}

impl Sink for RecordingSink {
    async fn insert(&mut self, batch: Batch) -> Result<(), SinkError> {
        self.offered += 1;
        (self.answer)(&batch)?;
        self.batches.push(batch);
        Ok(())
    }

    async fn keep(&mut self, record: &FileRecord) -> Result<(), SinkError> {
        self.kept.retain(|kept: &FileRecord| kept.id != record.id);
        self.kept.push(record.clone());
        Ok(())
    }
}

/// A directory with one file in it, written at a fixed time.
pub struct Fixture {
    _directory: tempfile::TempDir,
    pub path: PathBuf,
}

impl Fixture {
    pub fn new(name: &str, content: &[u8]) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join(name);
        std::fs::write(&path, content).unwrap();
        let written: jiff::Timestamp = "2026-12-01T00:00:00Z".parse().unwrap();
        std::fs::File::options()
            .append(true)
            .open(&path)
            .unwrap()
            .set_modified(written.into())
            .unwrap();
        Self {
            _directory: directory,
            path,
        }
    }
}

/// Runs one ingest to its end.
pub fn run(paths: &[&Path], options: &Options, sink: &mut RecordingSink) -> Report {
    let inputs: Vec<_> = paths.iter().map(|path| Input::File(path.to_path_buf())).collect();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let report = runtime.block_on(ingest(&inputs, options, None, sink, &ProgressBar::hidden()));
    assert_eq!(
        report.rows_read,
        report.rows_stored + report.rows_refused + report.rows_unsent,
        "{report:?}"
    );
    assert_eq!(
        report.rows_stored,
        sink.batches.iter().map(|batch| batch.rows).sum::<u64>()
    );
    report
}

/// Ingests one file of this name and content into `table`.
pub fn ingest_text(name: &str, content: &[u8], options: &Options) -> (Report, RecordingSink) {
    let fixture = Fixture::new(name, content);
    let mut sink = RecordingSink::new();
    let report = run(&[&fixture.path], options, &mut sink);
    (report, sink)
}

pub fn logs() -> Options {
    Options {
        retry_pauses: Vec::new(),
        ..Options::new(Table::OtelLogs)
    }
}

/// A text column of a row; empty where the column was not sent.
pub fn text(row: &Row, column: &str) -> String {
    match row.get(column) {
        Some(Field::Text(bytes)) => String::from_utf8_lossy(bytes).into_owned(),
        None => String::new(),
        other => panic!("{column} is {other:?}"),
    }
}

pub fn time(row: &Row, column: &str) -> String {
    let Some(Field::Int(nanos)) = row.get(column) else {
        panic!("no {column} in {row:?}")
    };
    jiff::Timestamp::from_nanosecond(*nanos).unwrap().to_string()
}

pub fn attribute(row: &Row, key: &str) -> Option<String> {
    let Some(Field::Map(pairs)) = row.get("LogAttributes") else {
        return None;
    };
    pairs
        .iter()
        .find(|(name, _)| name == key)
        .map(|(_, value)| String::from_utf8_lossy(value).into_owned())
}

/// The rows of a batch in ClickHouse's `Native` format.
pub fn decode(batch: &Batch) -> Vec<Row> {
    let mut bytes = &batch.body[..];
    let columns = number(&mut bytes);
    let count = number(&mut bytes) as usize;
    assert_eq!((columns as usize, count as u64), (batch.columns.len(), batch.rows));
    let mut rows = vec![Row::new(); count];
    for expected in &batch.columns {
        let name = String::from_utf8(string(&mut bytes)).unwrap();
        assert_eq!(&name, expected);
        let ty = String::from_utf8(string(&mut bytes)).unwrap();
        for (row, field) in rows.iter_mut().zip(column(&ty, count, &mut bytes)) {
            row.insert(name.clone(), field);
        }
    }
    assert!(bytes.is_empty(), "{} bytes left over", bytes.len());
    rows
}

fn column(ty: &str, count: usize, bytes: &mut &[u8]) -> Vec<Field> {
    if ty == "Map(String, String)" {
        let ends = ends(count, bytes);
        let total = ends.last().copied().unwrap_or(0);
        let keys: Vec<_> = (0..total).map(|_| String::from_utf8(string(bytes)).unwrap()).collect();
        let pairs: Vec<_> = keys.into_iter().map(|key| (key, string(bytes))).collect();
        return cut(&ends, &pairs).into_iter().map(Field::Map).collect();
    }
    if let Some(item) = ty.strip_prefix("Array(").and_then(|rest| rest.strip_suffix(')')) {
        let ends = ends(count, bytes);
        let items = column(item, ends.last().copied().unwrap_or(0), bytes);
        return cut(&ends, &items).into_iter().map(Field::List).collect();
    }
    (0..count)
        .map(|_| match ty {
            "String" => Field::Text(string(bytes)),
            "DateTime64(9)" => Field::Int(i64::from_le_bytes(take(bytes)).into()),
            "UInt64" => Field::Int(u64::from_le_bytes(take(bytes)).into()),
            "UInt32" => Field::Int(u32::from_le_bytes(take(bytes)).into()),
            "Int32" => Field::Int(i32::from_le_bytes(take(bytes)).into()),
            "UInt8" | "Bool" => Field::Int(take::<1>(bytes)[0].into()),
            "Float64" => Field::Float(f64::from_le_bytes(take(bytes))),
            other => panic!("type {other}"),
        })
        .collect()
}

fn ends(count: usize, bytes: &mut &[u8]) -> Vec<usize> {
    (0..count).map(|_| u64::from_le_bytes(take(bytes)) as usize).collect()
}

fn cut<T: Clone>(ends: &[usize], items: &[T]) -> Vec<Vec<T>> {
    let mut start = 0;
    ends.iter()
        .map(|end| items[std::mem::replace(&mut start, *end)..*end].to_vec())
        .collect()
}

fn take<const N: usize>(bytes: &mut &[u8]) -> [u8; N] {
    let (head, rest) = bytes.split_at(N);
    *bytes = rest;
    head.try_into().unwrap()
}

fn number(bytes: &mut &[u8]) -> u64 {
    let (mut value, mut shift) = (0, 0);
    loop {
        let [byte] = take(bytes);
        value |= u64::from(byte & 0x7f) << shift;
        shift += 7;
        if byte < 0x80 {
            return value;
        }
    }
}

fn string(bytes: &mut &[u8]) -> Vec<u8> {
    let length = number(bytes) as usize;
    let (head, rest) = bytes.split_at(length);
    *bytes = rest;
    head.to_vec()
}
