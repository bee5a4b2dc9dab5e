//! How the tables that telemetry is read from are laid out, so that statements need not know. A statement says `FROM {{ source("logs") }}`
//! and reads the OpenTelemetry exporter's columns; where a table has others, or of other types, the source is a subquery that makes them.

mod canon;
mod column;
mod keys;
mod read;

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

pub use column::Problem;
pub use read::LayoutCache;

use crate::LogTable;
use canon::{Canon, LOGS, TABLES};
use column::Made;
use keys::Key;

/// The table of log lines, whatever it is called.
pub const LOG_LINES: &str = "logs";

/// The layout of each table, by the name that statements call it by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Layouts(BTreeMap<String, Layout>);

/// One table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Layout {
    /// `table` or `database.table`.
    pub table: String,
    /// What statements call it, where that is what it is called.
    pub(crate) alias: Option<String>,
    /// How each column is made; none where the table can be read as it is.
    pub(crate) made: Vec<Made>,
    /// What its rows are sorted or parted by, as far as that follows the time.
    pub(crate) keys: Vec<Key>,
    /// What the table lacks or has in a type that cannot be read.
    #[serde(skip)]
    pub problems: Vec<Problem>,
    /// What its rows are sorted by, as ClickHouse prints it; empty where that is not known.
    #[serde(skip)]
    pub sorting_key: String,
}

/// A column as `system.columns` tells of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    pub name: String,
    pub kind: String,
    /// What it is computed from where a row does not say otherwise.
    pub computed: String,
}

/// What `system.tables` tells of a table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sorted {
    pub sorting_key: String,
    pub partition_key: String,
    pub engine: String,
    pub time_zone: String,
}

impl Layouts {
    /// The layouts that tables have where nobody has looked: those of Kulprit's own schema, and what the configuration says.
    pub fn assumed(logs: &LogTable) -> Self {
        let spans_and_metrics = TABLES
            .iter()
            .map(|(table, _)| ((*table).to_owned(), Layout::assumed(table)));
        let lines = (LOG_LINES.to_owned(), Layout::assumed_lines(logs));
        Self(spans_and_metrics.chain([lines]).collect())
    }

    pub fn get(&self, table: &str) -> Option<&Layout> {
        self.0.get(table)
    }

    /// The layout of the table of log lines.
    pub fn lines(&self) -> Option<&Layout> {
        self.get(LOG_LINES)
    }

    /// The same but for tables of the OpenTelemetry exporter's layout that stand in the place of those that are there.
    pub(crate) fn with_assumed(&self, tables: &BTreeSet<&'static str>) -> Self {
        let mut layouts = self.clone();
        let logs = LogTable::default();
        for table in tables {
            match *table == logs.table {
                true => layouts.set(LOG_LINES, Layout::assumed_lines(&logs)),
                false => layouts.set(table, Layout::assumed(table)),
            }
        }
        layouts
    }

    pub(crate) fn set(&mut self, table: &str, layout: Layout) {
        self.0.insert(table.to_owned(), layout);
    }
}

impl Layout {
    fn plain(table: &str) -> Self {
        Self {
            table: table.to_owned(),
            alias: None,
            made: vec![],
            keys: vec![],
            problems: vec![],
            sorting_key: String::new(),
        }
    }

    fn assumed(table: &str) -> Self {
        Self {
            alias: Some(table.to_owned()),
            ..Self::plain(table)
        }
    }

    fn assumed_lines(logs: &LogTable) -> Self {
        let (mut made, timestamp) = column::assumed_lines(logs);
        let keys = keys::assumed(&timestamp, logs);
        if !made.is_empty() {
            made.extend(keys.iter().map(Key::passed_on));
        }
        Self {
            keys,
            made,
            ..Self::plain(&logs.table)
        }
    }

    /// The layout of a table of spans or points, as its columns are.
    pub(crate) fn of_table(table: &str, columns: &[Stored], sorted: &Sorted) -> Self {
        let Some((_, canon)) = TABLES.iter().find(|(known, _)| *known == table) else {
            return Self::plain(table);
        };
        let wanted: Vec<_> = canon.iter().copied().flatten().map(Canon::by_its_name).collect();
        Self {
            alias: Some(table.to_owned()),
            ..Self::fitted(table, &wanted, columns, sorted, &LogTable::default())
        }
    }

    /// The layout of the table of log lines, as its columns and the configuration are.
    pub(crate) fn of_lines(logs: &LogTable, columns: &[Stored], sorted: &Sorted) -> Self {
        let wanted: Vec<_> = LOGS.iter().map(|column| column.of_lines(logs)).collect();
        Self::fitted(&logs.table, &wanted, columns, sorted, logs)
    }

    fn fitted(table: &str, wanted: &[column::Wanted], columns: &[Stored], sorted: &Sorted, logs: &LogTable) -> Self {
        let (mut made, time, problems) = column::fit(wanted, columns, &logs.timestamp_unit);
        let keys = time.map_or_else(Vec::new, |time| {
            keys::find(&time, columns, sorted, logs, made.is_empty())
        });
        if !made.is_empty() {
            made.extend(keys.iter().map(Key::passed_on));
        }
        Self {
            made,
            keys,
            problems,
            sorting_key: sorted.sorting_key.clone(),
            ..Self::plain(table)
        }
    }
}
