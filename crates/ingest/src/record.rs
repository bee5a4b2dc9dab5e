//! Named fields (of a JSON object or a CSV record) become a row of the table.

use std::borrow::Cow;

use super::column::{Pairs, Value};
use super::convert::Cell;
use super::crash;
use super::keys::{self, FieldNames};
use super::origin::Origin;
use super::severity::{self, Severity};
use super::table::Table;
use super::time::Clock;
use super::{clean, trace};
use kulprit_patterns::level;

/// A time before this (nanoseconds since the epoch) is no time but a zero or an uptime.
const EARLIEST: i64 = 365 * 86_400 * 1_000_000_000;

/// What holds for every record of a file.
pub struct Records<'a> {
    pub table: Table,
    pub clock: &'a Clock,
    pub origin: &'a Origin,
    /// The user's service, for records that name none.
    pub service: Option<&'a str>,
    pub names: &'a FieldNames,
    /// Leave out fields that the table has no place for, instead of refusing the row.
    pub ignore_unknown: bool,
    pub layouts: keys::Layouts,
}

/// Why a record is refused: the kind, and what exactly is wrong.
pub type Fault = (&'static str, String);

/// What is wrong with a record.
#[derive(Debug)]
pub enum Unfit {
    Refused(Fault),
    /// It has no time, and none is known for it.
    NoTime,
}

impl From<Fault> for Unfit {
    fn from(fault: Fault) -> Self {
        Self::Refused(fault)
    }
}

/// A record's fields, those of opened objects after the objects themselves.
#[derive(Debug, Default)]
pub struct Fields<'c> {
    pub keys: Vec<Cow<'c, str>>,
    pub cells: Vec<Cell<'c>>,
    /// The field that a field is part of.
    pub parents: Vec<Option<usize>>,
}

impl<'c> Fields<'c> {
    pub fn push(&mut self, key: Cow<'c, str>, cell: Cell<'c>, parent: Option<usize>) -> usize {
        self.keys.push(key);
        self.cells.push(cell);
        self.parents.push(parent);
        self.keys.len() - 1
    }
}

/// What a record takes from around it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Around<'c> {
    /// The whole record, for one without a message.
    pub line: Option<&'c [u8]>,
    /// A time for a record without one, and what it is marked with.
    pub time: Option<(i64, Option<&'static str>)>,
    /// Further attributes of the record.
    pub attributes: &'c [(&'static str, &'c [u8])],
    /// The service that stands before the record.
    pub service: Option<&'c [u8]>,
}

impl Records<'_> {
    /// Makes a row: one value per column, and the row's time. For logs the fields left over become attributes.
    pub fn row<'c>(&self, fields: &'c Fields<'c>, around: Around<'c>) -> Result<(Vec<Value<'c>>, i64), Unfit> {
        if self.table == Table::OtelLogs {
            return self.log(fields, around);
        }
        let keys: Vec<&str> = fields.keys.iter().map(Cow::as_ref).collect();
        let assigned = keys::assign(self.table, &keys, |_, _| true);
        let mut values = Vec::with_capacity(assigned.len());
        for ((name, ty), field) in self.table.columns().iter().zip(&assigned) {
            let value = match field.and_then(|field| fields.cells.get(field)) {
                Some(cell) => cell
                    .value(*ty, self.clock)
                    .map_err(|why| (kind_of(name, self.table), format!("{name}: {why}")))?,
                None => Value::Default,
            };
            values.push(value);
        }
        self.left_over(&assigned, fields)?;
        self.name_service(&mut values, None);
        for name in self.table.required_columns() {
            if self.column(&values, name) == Some(&Value::Default) {
                return Err(("a required field is missing", format!("no {name}")).into());
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
            )
                .into()),
        }
    }

    fn log<'c>(&self, fields: &'c Fields<'c>, around: Around<'c>) -> Result<(Vec<Value<'c>>, i64), Unfit> {
        let candidates = self.layouts.candidates(self.table, &fields.keys, self.names);
        let mut assigned: Vec<Option<usize>> = vec![None; candidates.len()];
        let mut values = vec![Value::Default; candidates.len()];
        let (nanos, time_from) = self.time(fields, &candidates, &mut assigned, around)?;
        self.set(&mut values, "Timestamp", Value::Time(nanos));
        let level = self.level(fields, &candidates, &mut assigned);
        for (index, (name, ty)) in self.table.columns().iter().enumerate() {
            if ["Timestamp", "SeverityText"].contains(name) {
                continue;
            }
            let fits = |(rank, field): &&(usize, usize)| *rank <= 1 || suits(name, &fields.cells[*field]);
            let Some((_, field)) = candidates[index].iter().find(fits) else {
                continue;
            };
            let cell = &fields.cells[*field];
            values[index] = if *name == "Body" {
                body(cell)
            } else {
                cell.value(*ty, self.clock)
                    .map_err(|why| ("a field has the wrong type", format!("{name}: {why}")))?
            };
            assigned[index] = Some(*field);
        }
        self.finish(&mut values, &assigned, fields, around, level, time_from)?;
        Ok((values, nanos))
    }

    /// Whether a field could be the record's message, and one its time.
    pub fn tells(&self, fields: &Fields<'_>) -> bool {
        let candidates = self.layouts.candidates(self.table, &fields.keys, self.names);
        let told = |column: &str| {
            let fits = |(rank, field): &(usize, usize)| *rank <= 1 || suits(column, &fields.cells[*field]);
            let index = self.table.column_index(column);
            index.is_some_and(|index| candidates[index].iter().any(fits))
        };
        told("Timestamp") && told("Body")
    }

    /// The record's time: of the fields that could hold one, the likeliest that does.
    fn time(
        &self,
        fields: &Fields<'_>,
        candidates: &[Vec<(usize, usize)>],
        assigned: &mut [Option<usize>],
        around: Around<'_>,
    ) -> Result<(i64, Option<&'static str>), Unfit> {
        let column = self.table.column_index("Timestamp").unwrap_or_default();
        let mut fault = None;
        for (rank, field) in &candidates[column] {
            let cell = &fields.cells[*field];
            match cell.time(self.clock).filter(|nanos| *nanos >= EARLIEST) {
                Some(nanos) => {
                    assigned[column] = Some(*field);
                    return Ok((nanos, None));
                }
                None if matches!(cell, Cell::Null | Cell::Json(_) | Cell::Bool(_)) && *rank > 1 => {}
                None if matches!(cell, Cell::Null) => {}
                None => {
                    fault.get_or_insert_with(|| (*field, format!("Timestamp: {} is no time after 1970", cell.shown())));
                }
            }
        }
        // Any other field that is called a time and holds one.
        let timed = |key: &str| {
            let key = keys::plain(key);
            key.contains("time") || key.contains("date") || key.ends_with("ts") || key.ends_with("at")
        };
        for (field, (key, cell)) in fields.keys.iter().zip(&fields.cells).enumerate() {
            if timed(key)
                && let Some(nanos) = cell.time(self.clock).filter(|nanos| *nanos >= EARLIEST)
            {
                assigned[column] = Some(field);
                return Ok((nanos, None));
            }
        }
        if let Some((field, nanos)) = self.time_in_two(fields) {
            assigned[column] = Some(field);
            return Ok((nanos, None));
        }
        match (around.time, fault) {
            (Some((nanos, Some(from))), None) => Ok((nanos, Some(from))),
            (Some((nanos, None)), _) => Ok((nanos, None)),
            (_, Some((_, detail))) => Err(Unfit::Refused(("the time cannot be read", detail))),
            (None, None) => Err(Unfit::NoTime),
        }
    }

    /// A date in one field and a time of day in another, and which the latter is.
    fn time_in_two(&self, fields: &Fields<'_>) -> Option<(usize, i64)> {
        let text = |wanted: &str| {
            let called = |(_, (key, _)): &(usize, (&Cow<'_, str>, &Cell<'_>))| keys::plain(key).ends_with(wanted);
            let (field, (_, cell)) = fields.keys.iter().zip(&fields.cells).enumerate().find(called)?;
            match cell {
                Cell::Text(text) => Some((field, text)),
                _ => None,
            }
        };
        let ((_, date), (field, time)) = (text("date")?, text("time")?);
        let both = [date.trim_ascii(), b" ", time.trim_ascii()].concat();
        let nanos = self.clock.whole(&both).filter(|nanos| *nanos >= EARLIEST)?;
        Some((field, nanos))
    }

    /// The text and number of the record's severity.
    fn level<'c>(
        &self,
        fields: &'c Fields<'c>,
        candidates: &[Vec<(usize, usize)>],
        assigned: &mut [Option<usize>],
    ) -> Option<(Cow<'c, [u8]>, u8)> {
        let column = self.table.column_index("SeverityText")?;
        let cell = |field: usize| &fields.cells[field];
        for (_, field) in &candidates[column] {
            if let Some((text, number)) = severity_of(&fields.keys[*field], cell(*field)) {
                assigned[column] = Some(*field);
                let written = match cell(*field) {
                    // A word stays as it is written.
                    Cell::Text(word) if severity::of_word(word.trim_ascii()).is_some() => {
                        Cow::Borrowed(word.trim_ascii())
                    }
                    _ => Cow::Borrowed(text.as_bytes()),
                };
                return Some((written, number));
            }
        }
        if let Some((text, number)) = level_among_tags(fields) {
            return Some((Cow::Borrowed(text.as_bytes()), number));
        }
        // A level of the program's own.
        let (_, field) = candidates[column].iter().find(|(rank, _)| *rank < 8)?;
        let Cell::Text(word) = cell(*field) else { return None };
        assigned[column] = Some(*field);
        (!word.is_empty()).then(|| (Cow::Borrowed(&word[..]), 0))
    }

    fn finish<'c>(
        &self,
        values: &mut [Value<'c>],
        assigned: &[Option<usize>],
        fields: &'c Fields<'c>,
        around: Around<'c>,
        level: Option<(Cow<'c, [u8]>, u8)>,
        time_from: Option<&'static str>,
    ) -> Result<(), Unfit> {
        let assigned_cell = |name| {
            let index = self.table.column_index(name)?;
            fields.cells.get(assigned[index]?)
        };
        if let (None | Some(Cell::Null), Some(line)) = (assigned_cell("Body"), around.line) {
            self.set(values, "Body", Value::Text(Cow::Borrowed(line)));
        }
        let numbered = match self.column(values, "SeverityNumber") {
            Some(Value::UInt(number)) => u8::try_from(*number).ok(),
            _ => None,
        };
        let found = level.or_else(|| {
            let found = numbered
                .and_then(severity::of_otel)
                .or_else(|| self.default_level(fields))
                .or_else(|| match self.column(values, "Body") {
                    Some(Value::Text(text)) => {
                        let said = &text[self.clock.skip_time(text)..];
                        severity::of_message(said)
                            .or_else(|| crash::begins(said))
                            .or_else(|| severity::of_exception(said))
                    }
                    _ => None,
                });
            found.map(|(text, number)| (Cow::Borrowed(text.as_bytes()), number))
        });
        if let Some((text, number)) = found {
            self.set(values, "SeverityText", Value::Text(text));
            if numbered.is_none_or(|number| number == 0) && number > 0 {
                self.set(values, "SeverityNumber", Value::UInt(number.into()));
            }
        }
        for name in ["TraceId", "SpanId"] {
            if let Some(Value::Text(text)) = self.column(values, name) {
                let id = trace::id(name, text).to_vec();
                self.set(values, name, Value::Text(Cow::Owned(id)));
            }
        }
        let mut left = self.left_over(assigned, fields)?;
        let named = |(key, value): &(&'static str, &'c [u8])| (Cow::Borrowed(key.as_bytes()), Cow::Borrowed(*value));
        left.extend(around.attributes.iter().map(named));
        left.extend(time_from.map(|from| {
            let key = Cow::Borrowed(super::text::TIME_FROM.as_bytes());
            (key, Cow::Borrowed(from.as_bytes()))
        }));
        self.add(values, "LogAttributes", left);
        let file = self.origin.attributes.iter();
        let file = file.map(|(key, value)| (Cow::Borrowed(key.as_bytes()), Cow::Owned(value.clone().into_bytes())));
        let named = fields
            .keys
            .iter()
            .zip(&fields.cells)
            .filter_map(|(key, cell)| match cell {
                Cell::Text(text) => Some((Cow::Borrowed(resource_of(key)?.as_bytes()), Cow::Borrowed(&text[..]))),
                _ => None,
            });
        self.add(values, "ResourceAttributes", file.chain(named).collect());
        self.name_service(values, around.service);
        Ok(())
    }

    /// A compact log event without a level is informational by its own rules.
    fn default_level(&self, fields: &Fields<'_>) -> Option<Severity> {
        let has = |key: &str| fields.keys.iter().any(|known| known == key);
        (has("@t") && (has("@mt") || has("@m"))).then_some(("Information", 9))
    }

    /// The fields that no column takes, as texts.
    fn left_over<'c>(&self, assigned: &[Option<usize>], fields: &'c Fields<'c>) -> Result<Pairs<'c>, Fault> {
        let mut left = Vec::with_capacity(fields.keys.len());
        let opened = fields.parents.iter().any(Option::is_some);
        for (index, (key, cell)) in fields.keys.iter().zip(&fields.cells).enumerate() {
            let derived = self.table.derived_columns().contains(&key.as_ref());
            if assigned.contains(&Some(index))
                || derived
                || matches!(cell, Cell::Null)
                || fields.parents[index].is_some()
            {
                continue;
            }
            // An object all of whose fields are columns has nothing left.
            let mut parts = fields
                .parents
                .iter()
                .enumerate()
                .filter(|(_, parent)| **parent == Some(index))
                .peekable();
            if opened && parts.peek().is_some() && parts.all(|(part, _)| assigned.contains(&Some(part))) {
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

    /// A row without a service takes its resource's, else the user's, else the one before it or the file's.
    fn name_service(&self, values: &mut [Value<'_>], before: Option<&[u8]>) {
        let tidy = match self.column(values, "ServiceName") {
            // systemd's units are services.
            Some(Value::Text(name)) => name.strip_suffix(b".service").map(<[u8]>::to_vec),
            _ => None,
        };
        if let Some(name) = tidy {
            self.set(values, "ServiceName", Value::Text(Cow::Owned(name)));
        }
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
        let file = if self.table == Table::OtelLogs {
            self.origin.service.as_str()
        } else {
            ""
        };
        let name = resource
            .or_else(|| self.service.map(|name| name.as_bytes().to_vec()))
            .or_else(|| before.map(<[u8]>::to_vec))
            .unwrap_or_else(|| file.as_bytes().to_vec());
        if !name.is_empty() {
            self.set(values, "ServiceName", Value::Text(Cow::Owned(name)));
        }
    }

    fn add<'c>(&self, values: &mut [Value<'c>], name: &str, pairs: Pairs<'c>) {
        let Some(place) = self.table.column_index(name).and_then(|index| values.get_mut(index)) else {
            return;
        };
        match place {
            _ if pairs.is_empty() => {}
            Value::Map(known) => known.extend(pairs),
            other => *other = Value::Map(pairs),
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

/// OpenTelemetry's name for a field that tells where a record was written.
fn resource_of(key: &str) -> Option<&'static str> {
    Some(match key {
        "host" | "Host" | "HOST" | "hostname" | "Hostname" | "_HOSTNAME" | "host.name" | "Computer" => "host.name",
        "kubernetes.pod_name" | "kubernetes.pod.name" | "resource.labels.pod_name" | "labels.pod" => "k8s.pod.name",
        "kubernetes.namespace_name"
        | "kubernetes.namespace"
        | "resource.labels.namespace_name"
        | "labels.namespace" => "k8s.namespace.name",
        "kubernetes.container_name"
        | "kubernetes.container.name"
        | "resource.labels.container_name"
        | "labels.container" => "k8s.container.name",
        "kubernetes.host" | "kubernetes.node.name" => "k8s.node.name",
        _ => return None,
    })
}

/// Whether a field could fill a column that it has only the alias of.
fn suits(column: &str, cell: &Cell<'_>) -> bool {
    match column {
        "ResourceAttributes" | "LogAttributes" => matches!(cell, Cell::Json(text) if text.starts_with('{')),
        "Body" => match cell {
            Cell::Json(text) => byte_list(text).is_some(),
            Cell::Bool(_) => false,
            _ => true,
        },
        "SeverityNumber" | "TraceFlags" => matches!(cell, Cell::Number(_) | Cell::Text(_)) && cell.is_unsigned(),
        _ => matches!(cell, Cell::Text(_) | Cell::Number(_)),
    }
}

/// The message, readable: no colours; journald's lists of bytes or of texts as text.
fn body<'c>(cell: &'c Cell<'c>) -> Value<'c> {
    let text = match cell {
        Cell::Json(text) => byte_list(text).map_or_else(|| cell.text(), Cow::Owned),
        _ => cell.text(),
    };
    Value::Text(match text {
        Cow::Borrowed(text) => clean::without_escapes(text),
        Cow::Owned(text) => Cow::Owned(clean::without_escapes(&text).into_owned()),
    })
}

/// A list of byte numbers, or of texts, as text.
fn byte_list(text: &str) -> Option<Vec<u8>> {
    if !text.starts_with('[') {
        return None;
    }
    serde_json::from_str::<Vec<u8>>(text).ok().or_else(|| {
        serde_json::from_str::<Vec<String>>(text)
            .ok()
            .map(|lines| lines.join("\n").into_bytes())
    })
}

/// The level in a list of tags: `"tags": ["error", "server"]`.
fn level_among_tags(fields: &Fields<'_>) -> Option<Severity> {
    let (_, cell) = fields.keys.iter().zip(&fields.cells).find(|(key, _)| *key == "tags")?;
    let Cell::Json(text) = cell else { return None };
    let tags: Vec<Cow<'_, str>> = serde_json::from_str(text).ok()?;
    let named = tags.iter().filter(|tag| level::is_level(tag.as_bytes()));
    named.filter_map(|tag| severity::of_word(tag.as_bytes())).next()
}

fn severity_of(key: &str, cell: &Cell<'_>) -> Option<Severity> {
    let key = keys::plain(key);
    let number = match cell {
        Cell::Number(text) => text.parse::<i64>().ok(),
        Cell::Text(text) => std::str::from_utf8(text).ok()?.trim().parse::<i64>().ok(),
        _ => None,
    };
    match (number, cell) {
        (Some(number), _) if key == "levelno" => severity::of_python(number),
        (Some(number), _) if key == "severitylevel" => severity::of_insights(number),
        (Some(_), _) if key == "status" => None,
        (Some(number), _) => severity::of_number(number),
        (None, Cell::Text(text)) => severity::of_field(text),
        _ => None,
    }
}

fn kind_of(column: &str, table: Table) -> &'static str {
    if column == table.time_column() {
        "the time cannot be read"
    } else {
        "a field has the wrong type"
    }
}
