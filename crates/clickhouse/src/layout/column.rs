//! How a column that statements read is made of what a table has.

use serde::Serialize;

use super::Stored;
use super::canon::{Holds, LOGS};
use crate::LogTable;

/// Where a value stands: a column, or one key of a map or a JSON column, `resources['service.name']`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Source {
    pub column: String,
    pub key: Option<String>,
}

impl Source {
    pub fn column(name: &str) -> Self {
        Self {
            column: name.to_owned(),
            key: None,
        }
    }

    /// The sources that a key of the configuration names; none for an empty text. Several columns of attributes stand with commas between.
    pub fn list(text: &str) -> Vec<Self> {
        let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
        parts.map(Self::parse).collect()
    }

    fn parse(text: &str) -> Self {
        let of_key = text
            .strip_suffix("']")
            .and_then(|rest| rest.split_once("['"))
            .filter(|(column, _)| !column.is_empty());
        match of_key {
            Some((column, key)) => Self {
                column: unquoted(column),
                key: Some(key.to_owned()),
            },
            None => Self::column(&unquoted(text)),
        }
    }

    fn words(&self) -> String {
        match &self.key {
            Some(key) => format!("{}['{key}']", self.column),
            None => self.column.clone(),
        }
    }
}

fn unquoted(name: &str) -> String {
    let inner = name.strip_prefix('`').and_then(|rest| rest.strip_suffix('`'));
    inner.unwrap_or(name).to_owned()
}

/// A column that statements read, and where it is to come from.
#[derive(Debug, Clone)]
pub struct Wanted {
    pub name: &'static str,
    pub holds: Holds,
    pub is_needed: bool,
    pub sources: Vec<Source>,
    /// The key of `[logs]` that names it.
    pub key: Option<&'static str>,
}

/// How a column is made: its name, and each of its parts. No part: an empty value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Made {
    pub name: String,
    pub parts: Vec<Part>,
    /// What it is where there is no part.
    pub empty: Empty,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Part {
    pub source: Source,
    pub how: How,
}

/// How a stored value becomes one that statements can read. `sql/sources/_part.sql` has the SQL of each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum How {
    AsItIs,
    Seconds,
    NullableTime,
    UnixSeconds,
    UnixMilliseconds,
    UnixMicroseconds,
    UnixNanoseconds,
    Text,
    NullableText,
    Uuid,
    JsonText,
    JsonKey,
    JsonMap,
    JsonMaps,
    TextMap,
    ValueMap,
    PairMap,
    Number,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Empty {
    Text,
    Map,
    Maps,
    Texts,
    Times,
    Zero,
}

/// What is wrong with a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// What was found, with the column's name.
    pub found: String,
    /// The key of `[logs]` that names the column.
    pub key: Option<&'static str>,
    pub is_needed: bool,
    /// Whether the column is not there at all.
    pub is_absent: bool,
}

/// The column that tells the time, as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimeColumn {
    pub source: String,
    pub kind: String,
    pub how: How,
}

/// How each wanted column is made (nothing where all can be read as they are), the time's column, and what is wrong.
pub fn fit(wanted: &[Wanted], columns: &[Stored], unit: &str) -> (Vec<Made>, Option<TimeColumn>, Vec<Problem>) {
    let mut made = Vec::new();
    let mut problems = Vec::new();
    let mut time = None;
    for column in wanted {
        let mut parts = Vec::new();
        for source in &column.sources {
            let Some(stored) = columns.iter().find(|stored| stored.name == source.column) else {
                problems.push(column.absent(source));
                continue;
            };
            match how(column.holds, source, &stored.kind, unit) {
                Ok(how) => {
                    if column.holds == Holds::Time && column.name != "StartTimeUnix" && source.key.is_none() {
                        time = Some(TimeColumn {
                            source: source.column.clone(),
                            kind: stored.kind.clone(),
                            how,
                        });
                    }
                    parts.push(Part {
                        source: source.clone(),
                        how,
                    });
                }
                Err(reason) => problems.push(column.unreadable(source, &stored.kind, reason)),
            }
        }
        let is_lacking = parts.is_empty() && !column.sources.is_empty() && column.is_needed;
        if !is_lacking {
            made.push(Made {
                name: column.name.to_owned(),
                parts,
                empty: empty(column.holds),
            });
        }
    }
    // A column that is absent and of use to few has no place in a table that is read as it is.
    if made.iter().all(Made::is_as_it_is) {
        made.clear();
    }
    (made, time, problems)
}

/// How the columns of log lines are made where nobody has looked at the table: as the configuration names them.
pub fn assumed_lines(logs: &LogTable) -> (Vec<Made>, TimeColumn) {
    let how_timed = number_time(&logs.timestamp_unit).unwrap_or(How::AsItIs);
    let configured = LOGS
        .iter()
        .map(|column| column.of_lines(logs))
        .filter(|column| column.key.is_some());
    let mut made: Vec<Made> = configured
        .map(|column| Made {
            parts: column
                .sources
                .iter()
                .map(|source| Part {
                    source: source.clone(),
                    how: if column.holds == Holds::Time {
                        how_timed
                    } else {
                        How::AsItIs
                    },
                })
                .collect(),
            name: column.name.to_owned(),
            empty: empty(column.holds),
        })
        .collect();
    if made.iter().all(Made::is_as_it_is) {
        made.clear();
    } else {
        // What the configuration does not name may be there or not.
        let others = LOGS.iter().map(|column| column.of_lines(logs));
        made.extend(others.filter(|column| column.key.is_none()).map(|column| Made {
            name: column.name.to_owned(),
            parts: vec![],
            empty: empty(column.holds),
        }));
    }
    let time = TimeColumn {
        source: logs.timestamp.clone(),
        kind: "DateTime64(9)".to_owned(),
        how: how_timed,
    };
    (made, time)
}

impl Made {
    /// Whether the table has this very column.
    fn is_as_it_is(&self) -> bool {
        matches!(
            self.parts.as_slice(),
            [Part { source: Source { column, key: None }, how: How::AsItIs }] if *column == self.name
        )
    }
}

impl Wanted {
    fn absent(&self, source: &Source) -> Problem {
        Problem {
            found: format!("no column {}", self.called(source)),
            key: self.key,
            is_needed: self.is_needed,
            is_absent: true,
        }
    }

    fn unreadable(&self, source: &Source, kind: &str, reason: &str) -> Problem {
        Problem {
            found: format!("{} is {kind}, {reason}", self.called(source)),
            key: self.key,
            is_needed: self.is_needed,
            is_absent: false,
        }
    }

    fn called(&self, source: &Source) -> String {
        match self.key {
            Some(key) => format!("{} (logs.{key})", source.words()),
            None => source.words(),
        }
    }
}

fn empty(holds: Holds) -> Empty {
    match holds {
        Holds::Text => Empty::Text,
        Holds::Attributes => Empty::Map,
        Holds::AttributeLists => Empty::Maps,
        Holds::Texts => Empty::Texts,
        Holds::Times => Empty::Times,
        Holds::Time | Holds::Number | Holds::AsItIs => Empty::Zero,
    }
}

/// How a stored type becomes what statements read. Errors: why it cannot.
fn how(holds: Holds, source: &Source, kind: &str, unit: &str) -> Result<How, &'static str> {
    let (inner, is_nullable) = bare(kind);
    if source.key.is_some() {
        return of_key(holds, inner);
    }
    match holds {
        Holds::Time if inner.starts_with("DateTime") && is_nullable => Ok(How::NullableTime),
        Holds::Time if inner.starts_with("DateTime64") => Ok(How::AsItIs),
        Holds::Time if inner.starts_with("DateTime") => Ok(How::Seconds),
        Holds::Time if is_whole_number(inner) && !is_nullable => {
            number_time(unit).ok_or("a number: say in logs.timestamp_unit what it counts since 1970: s, ms, us or ns")
        }
        Holds::Time => Err("not a DateTime, a DateTime64 or a whole number"),
        Holds::Text if inner == "String" && !is_nullable => Ok(How::AsItIs),
        Holds::Text if inner == "JSON" || inner.starts_with("JSON(") => Ok(How::JsonText),
        Holds::Text if inner == "UUID" => Ok(How::Uuid),
        Holds::Text if is_plain_value(inner) && is_nullable => Ok(How::NullableText),
        Holds::Text if is_plain_value(inner) => Ok(How::Text),
        Holds::Text => Err("not a text"),
        Holds::Attributes if is_nullable => Err("attributes that may be NULL cannot be read"),
        Holds::Attributes => attributes(inner),
        Holds::AttributeLists => match inner.strip_prefix("Array(").and_then(|rest| rest.strip_suffix(')')) {
            Some(item) if attributes(item) == Ok(How::AsItIs) => Ok(How::AsItIs),
            Some(item) if attributes(item) == Ok(How::JsonMap) => Ok(How::JsonMaps),
            _ => Err("not a list of Map(String, String) or JSON"),
        },
        Holds::Number if inner == "UInt8" && !is_nullable => Ok(How::AsItIs),
        Holds::Number if is_plain_value(inner) => Ok(How::Number),
        Holds::Number => Err("not a number"),
        Holds::Texts | Holds::Times | Holds::AsItIs => Ok(How::AsItIs),
    }
}

fn of_key(holds: Holds, inner: &str) -> Result<How, &'static str> {
    if holds != Holds::Text {
        return Err("only a text can be one key of a column");
    }
    match attributes(inner) {
        Ok(How::AsItIs) => Ok(How::AsItIs),
        Ok(How::JsonMap) => Ok(How::JsonKey),
        Ok(How::ValueMap) => Ok(How::Text),
        _ => Err("not a Map or JSON, so it has no keys"),
    }
}

fn attributes(kind: &str) -> Result<How, &'static str> {
    if kind == "JSON" || kind.starts_with("JSON(") {
        return Ok(How::JsonMap);
    }
    if kind == "String" {
        return Ok(How::TextMap);
    }
    if kind.starts_with("Array(Tuple(") {
        return Ok(How::PairMap);
    }
    let Some(of_map) = kind.strip_prefix("Map(") else {
        return Err("not a Map, JSON, or a text that is JSON");
    };
    let plain = ["String, String)", "LowCardinality(String), String)"];
    let is_plain = plain.contains(&of_map)
        || of_map == "LowCardinality(String), LowCardinality(String))"
        || of_map == "String, LowCardinality(String))";
    Ok(if is_plain { How::AsItIs } else { How::ValueMap })
}

/// The type without what stands around it, and whether it may be NULL.
fn bare(kind: &str) -> (&str, bool) {
    let within = |outer: &str, kind: &'_ str| -> Option<usize> {
        (kind.starts_with(outer) && kind.ends_with(')')).then_some(outer.len())
    };
    let mut inner = kind;
    let mut is_nullable = false;
    loop {
        if let Some(start) = within("LowCardinality(", inner) {
            inner = &inner[start..inner.len() - 1];
        } else if let Some(start) = within("Nullable(", inner) {
            is_nullable = true;
            inner = &inner[start..inner.len() - 1];
        } else {
            return (inner, is_nullable);
        }
    }
}

fn is_whole_number(kind: &str) -> bool {
    matches!(kind, "UInt32" | "UInt64" | "Int32" | "Int64")
}

fn is_plain_value(kind: &str) -> bool {
    let starts = [
        "String",
        "FixedString(",
        "Enum",
        "UInt",
        "Int",
        "Float",
        "Bool",
        "IPv",
        "Date",
        "Decimal",
    ];
    starts.iter().any(|start| kind.starts_with(start))
}

fn number_time(unit: &str) -> Option<How> {
    Some(match unit {
        "s" => How::UnixSeconds,
        "ms" => How::UnixMilliseconds,
        "us" => How::UnixMicroseconds,
        "ns" => How::UnixNanoseconds,
        _ => return None,
    })
}
