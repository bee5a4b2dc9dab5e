//! Named fields (of a JSON object or a CSV record) become a row of the table.

use std::borrow::Cow;

use super::column::{Pairs, Value};
use super::convert::Cell;
use super::keys;
use super::severity;
use super::table::Table;
use super::time::Clock;

/// What holds for every record of a file.
pub struct Records<'a> {
    pub table: Table,
    pub clock: &'a Clock,
    /// The service of rows that name none.
    pub service: &'a str,
    /// Leave out fields that the table has no place for, instead of refusing the row.
    pub ignore_unknown: bool,
}

/// Why a record is refused: the kind, and what exactly is wrong.
pub type Fault = (&'static str, String);

impl Records<'_> {
    /// Makes a row: one value per column, and the row's time.
    ///
    /// `fields` tells for each column which of `keys` and `cells` fills it ([`keys::assign`]). For logs the fields
    /// left over become attributes; where nothing is the message, `line` is.
    pub fn row<'c>(
        &self,
        fields: &[Option<usize>],
        keys: &[&'c str],
        cells: &[Cell<'c>],
        line: Option<&'c [u8]>,
    ) -> Result<(Vec<Value<'c>>, i64), Fault> {
        let mut values = Vec::with_capacity(fields.len());
        for ((name, ty), field) in self.table.columns().iter().zip(fields) {
            let value = match field.and_then(|field| cells.get(field)) {
                Some(cell) if self.numeric_level(name, cell).is_some() => Value::Default,
                Some(cell) => cell
                    .value(*ty, self.clock)
                    .map_err(|why| (kind_of(name, self.table), format!("{name}: {why}")))?,
                None => Value::Default,
            };
            values.push(value);
        }
        let left = self.left_over(fields, keys, cells)?;
        if self.table == Table::OtelLogs {
            self.finish_log(&mut values, fields, cells, left, line);
        }
        self.name_service(&mut values);
        for name in self.table.required_columns() {
            let missing = self.column(&values, name) == Some(&Value::Default);
            // An empty message is a message; a record without one has been given the whole line.
            if missing && *name != "Body" {
                return Err(("a required field is missing", format!("no {name}")));
            }
        }
        match self.column(&values, self.table.time_column()) {
            Some(Value::Time(nanos)) => {
                let nanos = *nanos;
                Ok((values, nanos))
            }
            _ => Err((
                "a required field is missing",
                format!("no {}", self.table.time_column()),
            )),
        }
    }

    /// The fields that no column takes, as texts.
    fn left_over<'c>(
        &self,
        fields: &[Option<usize>],
        keys: &[&'c str],
        cells: &[Cell<'c>],
    ) -> Result<Pairs<'c>, Fault> {
        let mut left = Vec::new();
        for (index, (key, cell)) in keys.iter().zip(cells).enumerate() {
            let taken = fields.contains(&Some(index)) || self.table.derived_columns().contains(key);
            if taken || matches!(cell, Cell::Null) {
                continue;
            }
            if self.table == Table::OtelLogs {
                left.push((Cow::Borrowed(key.as_bytes()), cell.text()));
            } else if !self.ignore_unknown {
                let known = keys::known(self.table);
                return Err((
                    "a field is unknown",
                    format!("{} has no column {key:?} (it has {known})", self.table),
                ));
            }
        }
        Ok(left)
    }

    fn finish_log<'c>(
        &self,
        values: &mut [Value<'c>],
        fields: &[Option<usize>],
        cells: &[Cell<'c>],
        left: Pairs<'c>,
        line: Option<&'c [u8]>,
    ) {
        let cell = |name| {
            Table::OtelLogs
                .column_index(name)
                .and_then(|index| cells.get(fields[index]?))
        };
        if let (None | Some(Cell::Null), Some(line)) = (cell("Body"), line) {
            self.set(values, "Body", Value::Text(Cow::Borrowed(line)));
        }
        let numeric = cell("SeverityText").and_then(|cell| self.numeric_level("SeverityText", cell));
        let named = match (numeric, self.column(values, "SeverityText")) {
            (Some(severity), _) => {
                self.set(
                    values,
                    "SeverityText",
                    Value::Text(Cow::Borrowed(severity.0.as_bytes())),
                );
                Some(severity)
            }
            (None, Some(Value::Text(text))) => severity::of_word(text.trim_ascii()),
            _ => None,
        };
        if let (Some((_, number)), Some(Value::Default)) = (named, self.column(values, "SeverityNumber")) {
            self.set(values, "SeverityNumber", Value::UInt(number.into()));
        }
        if !left.is_empty() {
            let index = Table::OtelLogs.column_index("LogAttributes").unwrap_or(0);
            match &mut values[index] {
                Value::Map(pairs) => pairs.extend(left),
                other => *other = Value::Map(left),
            }
        }
    }

    /// pino's and bunyan's levels are numbers.
    fn numeric_level(&self, column: &str, cell: &Cell<'_>) -> Option<severity::Severity> {
        match cell {
            Cell::Number(number) if column == "SeverityText" && self.table == Table::OtelLogs => {
                severity::of_number(number)
            }
            _ => None,
        }
    }

    /// A row without a service takes its resource's, else the file's.
    fn name_service(&self, values: &mut [Value<'_>]) {
        let empty = match self.column(values, "ServiceName") {
            Some(Value::Text(name)) => name.is_empty(),
            _ => true,
        };
        if !empty {
            return;
        }
        let resource = match self.column(values, "ResourceAttributes") {
            Some(Value::Map(pairs)) => pairs
                .iter()
                .find(|(key, _)| **key == *b"service.name")
                .map(|(_, name)| name.to_vec()),
            _ => None,
        };
        let name = resource.unwrap_or_else(|| self.service.as_bytes().to_vec());
        if !name.is_empty() {
            self.set(values, "ServiceName", Value::Text(Cow::Owned(name)));
        }
    }

    fn column<'v, 'c>(&self, values: &'v [Value<'c>], name: &str) -> Option<&'v Value<'c>> {
        self.table.column_index(name).and_then(|index| values.get(index))
    }

    fn set<'c>(&self, values: &mut [Value<'c>], name: &str, value: Value<'c>) {
        if let Some(place) = self.table.column_index(name).and_then(|index| values.get_mut(index)) {
            *place = value;
        }
    }
}

fn kind_of(column: &str, table: Table) -> &'static str {
    if column == table.time_column() {
        "the time cannot be read"
    } else {
        "a field has the wrong type"
    }
}
