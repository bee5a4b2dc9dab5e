//! Parsed rows, gathered until they make a batch.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use sha2::{Digest, Sha256};

use super::column::{Column, Value, put_number};
use super::position::{Mark, hex};
use super::sink::Batch;
use super::table::Table;

/// Days that one batch may touch. The OpenTelemetry tables are partitioned by day, and ClickHouse refuses an INSERT
/// into more than 100 partitions (`max_partitions_per_insert_block`): a year of dpkg.log must still go in.
const DAYS_PER_BATCH: usize = 90;
const NANOS_PER_DAY: i64 = 86_400_000_000_000;

/// How large a batch may grow. Three are in memory at once (growing, waiting, on its way), the
/// last one also encoded; buffers that double as they grow make that about eight times `bytes`.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    pub rows: usize,
    pub bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            rows: 50_000,
            bytes: 4 << 20,
        }
    }
}

/// Rows of one file for one table. The file's content alone decides where a block ends, so that a second run cuts
/// the same blocks and their tokens match.
#[derive(Debug)]
pub struct Block {
    table: Table,
    file: Arc<str>,
    columns: Vec<Column>,
    /// Each row's line or row number in the file.
    positions: Vec<u64>,
    /// The place in the file where each row's text begins.
    places: Vec<u64>,
    bytes: usize,
    days: BTreeSet<i64>,
}

impl Block {
    pub fn new(table: Table, file: Arc<str>) -> Self {
        let columns = table.columns().iter().map(|(_, ty)| Column::new(*ty)).collect();
        Self {
            table,
            file,
            columns,
            positions: Vec::new(),
            places: Vec::new(),
            bytes: 0,
            days: BTreeSet::new(),
        }
    }

    /// Adds a row: one value per column of the table, in its order.
    pub fn push(&mut self, values: &[Value<'_>], position: u64, place: u64, nanos: i64) {
        for (column, value) in self.columns.iter_mut().zip(values) {
            column.push(value);
        }
        self.bytes += values.iter().map(size).sum::<usize>();
        self.positions.push(position);
        self.places.push(place);
        self.days.insert(nanos.div_euclid(NANOS_PER_DAY));
    }

    pub fn is_full(&self, limits: Limits) -> bool {
        self.rows() >= limits.rows || self.bytes >= limits.bytes || self.days.len() >= DAYS_PER_BATCH
    }

    pub fn rows(&self) -> usize {
        self.positions.len()
    }

    pub fn file(&self) -> &str {
        &self.file
    }

    /// The line or row in the file of the block's `row`.
    pub fn position(&self, row: usize) -> u64 {
        self.positions.get(row).copied().unwrap_or(0)
    }

    /// Where the block's rows of `range` begin in the file.
    pub fn marks(&self, range: Range<usize>) -> impl Iterator<Item = Mark> {
        let rows = self.positions[range.clone()].iter().zip(&self.places[range]);
        rows.map(|(line, at)| Mark { at: *at, line: *line })
    }

    /// The rows of `range` as a batch in ClickHouse's `Native` format.
    pub fn batch(&self, range: Range<usize>) -> Batch {
        let used: Vec<_> = self
            .table
            .columns()
            .iter()
            .zip(&self.columns)
            .filter(|(_, column)| column.is_used())
            .collect();
        let mut body = Vec::with_capacity(self.bytes * range.len() / self.rows().max(1) + 1024);
        put_number(used.len() as u64, &mut body);
        put_number(range.len() as u64, &mut body);
        for ((name, _), column) in &used {
            column.encode(name, range.clone(), &mut body);
        }
        let token = token(self.table, self.position(range.start), &body);
        Batch {
            table: self.table,
            columns: used.iter().map(|((name, _), _)| (*name).to_owned()).collect(),
            format: "Native",
            rows: range.len() as u64,
            body: Bytes::from(body),
            token,
            is_repeated: false,
        }
    }
}

/// The deduplication token: target, place in the file and content, not the file's name (which log rotation changes).
pub fn token(table: Table, position: u64, body: &[u8]) -> String {
    let mut hash = Sha256::new();
    hash.update(table.name());
    hash.update(position.to_le_bytes());
    hash.update(body);
    format!("kulprit-{}", hex(&hash.finalize()))
}

/// About the bytes that a value takes up in the batch.
fn size(value: &Value<'_>) -> usize {
    match value {
        Value::Default | Value::Bool(_) => 1,
        Value::Time(_) | Value::Int(_) | Value::UInt(_) | Value::Float(_) => 8,
        Value::Text(text) => text.len() + 1,
        Value::Map(pairs) => {
            8 + pairs
                .iter()
                .map(|(key, value)| key.len() + value.len() + 2)
                .sum::<usize>()
        }
        Value::List(values) => 8 + values.iter().map(size).sum::<usize>(),
    }
}
