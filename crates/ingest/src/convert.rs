//! A field of a file, as a value of a column's type.

use std::borrow::Cow;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::column::{Pairs, Value};
use super::table::ColumnType;
use super::time::{Clock, epoch_number};

/// A field as a text format gives it.
#[derive(Debug, Clone)]
pub enum Cell<'a> {
    Null,
    Bool(bool),
    /// A JSON number, as it is written: no digit is lost.
    Number(&'a str),
    Text(Cow<'a, [u8]>),
    /// A JSON array or object, as it is written.
    Json(&'a str),
}

/// A JSON object's keys and values in their order, twins included.
pub struct Object<'a>(pub Vec<(String, &'a RawValue)>);

impl<'de> Deserialize<'de> for Object<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Pairs;
        impl<'de> Visitor<'de> for Pairs {
            type Value = Object<'de>;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a JSON object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut pairs = Vec::new();
                while let Some(pair) = map.next_entry()? {
                    pairs.push(pair);
                }
                Ok(Object(pairs))
            }
        }
        deserializer.deserialize_map(Pairs)
    }
}

impl<'a> Cell<'a> {
    /// A JSON value.
    pub fn from_json(raw: &'a RawValue) -> Result<Self, serde_json::Error> {
        let text = raw.get();
        Ok(match text.as_bytes().first() {
            Some(b'n') => Self::Null,
            Some(b't') => Self::Bool(true),
            Some(b'f') => Self::Bool(false),
            Some(b'"') => Self::Text(Cow::Owned(serde_json::from_str::<String>(text)?.into_bytes())),
            Some(b'{' | b'[') => Self::Json(text),
            _ => Self::Number(text),
        })
    }

    /// The field as text; JSON as it is written.
    pub fn text(&self) -> Cow<'a, [u8]> {
        match self {
            Self::Null => Cow::Borrowed(b""),
            Self::Bool(truth) => Cow::Borrowed(if *truth { b"true" } else { b"false" }),
            Self::Number(text) | Self::Json(text) => Cow::Borrowed(text.as_bytes()),
            Self::Text(text) => text.clone(),
        }
    }

    fn as_str(&self) -> Option<Cow<'a, str>> {
        match self {
            Self::Number(text) | Self::Json(text) => Some(Cow::Borrowed(text)),
            Self::Text(text) => std::str::from_utf8(text)
                .ok()
                .map(|text| Cow::Owned(text.trim().to_owned())),
            _ => None,
        }
    }

    /// The field as a value of `ty`.
    ///
    /// # Errors
    /// Says what is needed instead.
    pub fn value(&self, ty: ColumnType, clock: &Clock) -> Result<Value<'a>, String> {
        if matches!(self, Self::Null) {
            return Ok(Value::Default);
        }
        if let Some(element) = ty.element() {
            return self.list(element, clock);
        }
        let found = match ty {
            ColumnType::Text => Some(Value::Text(self.text())),
            ColumnType::Map => return self.map().map(Value::Map),
            ColumnType::Time => self.time(clock).map(Value::Time),
            ColumnType::Bool => self.truth().map(Value::Bool),
            ColumnType::Float64 => self.as_str().and_then(|text| text.parse().ok()).map(Value::Float),
            ColumnType::Int32 => self
                .as_str()
                .and_then(|text| text.parse::<i32>().ok())
                .map(|n| Value::Int(n.into())),
            ColumnType::UInt8 => self.unsigned(u8::MAX.into()),
            ColumnType::UInt32 => self.unsigned(u32::MAX.into()),
            _ => self.unsigned(u64::MAX),
        };
        found.ok_or_else(|| format!("{} is no {}", self.shown(), wanted(ty)))
    }

    /// The field as a time, in nanoseconds since the epoch.
    pub fn time(&self, clock: &Clock) -> Option<i64> {
        match self {
            Self::Number(number) => epoch_number(number),
            Self::Text(text) => clock.whole(text),
            _ => None,
        }
    }

    /// Whether the field is a whole number from 0 on.
    pub fn is_unsigned(&self) -> bool {
        self.unsigned(u64::MAX).is_some()
    }

    fn unsigned(&self, most: u64) -> Option<Value<'a>> {
        self.as_str()?
            .parse::<u64>()
            .ok()
            .filter(|number| *number <= most)
            .map(Value::UInt)
    }

    fn truth(&self) -> Option<bool> {
        match self {
            Self::Bool(truth) => Some(*truth),
            _ => match self.as_str()?.to_ascii_lowercase().as_str() {
                "true" | "1" => Some(true),
                "false" | "0" => Some(false),
                _ => None,
            },
        }
    }

    fn list(&self, element: ColumnType, clock: &Clock) -> Result<Value<'a>, String> {
        let text = self.as_str().ok_or_else(|| format!("{} is no list", self.shown()))?;
        let items: Vec<&RawValue> =
            serde_json::from_str(&text).map_err(|_| format!("{} is no JSON array", self.shown()))?;
        let values = items.into_iter().map(|raw| {
            let cell = Cell::from_json(raw).map_err(|error| error.to_string())?;
            cell.value(element, clock).map(owned)
        });
        values.collect::<Result<_, _>>().map(Value::List)
    }

    /// A JSON object as a map of texts; what is nested stays JSON.
    fn map(&self) -> Result<Pairs<'a>, String> {
        let text = self.as_str().unwrap_or_default();
        if text.is_empty() {
            return Ok(Vec::new());
        }
        let Object(pairs) = serde_json::from_str(&text).map_err(|_| format!("{} is no JSON object", self.shown()))?;
        let pairs = pairs.into_iter().map(|(key, raw)| {
            let cell = Cell::from_json(raw).map_err(|error| error.to_string())?;
            Ok((Cow::Owned(key.into_bytes()), Cow::Owned(cell.text().into_owned())))
        });
        pairs.collect()
    }

    pub fn shown(&self) -> String {
        let text = self.text();
        let mut shown: String = String::from_utf8_lossy(&text).chars().take(80).collect();
        if shown.len() < text.len() {
            shown.push('…');
        }
        format!("{shown:?}")
    }
}

fn owned<'a>(value: Value<'_>) -> Value<'a> {
    match value {
        Value::Default => Value::Default,
        Value::Time(number) => Value::Time(number),
        Value::Int(number) => Value::Int(number),
        Value::UInt(number) => Value::UInt(number),
        Value::Float(number) => Value::Float(number),
        Value::Bool(truth) => Value::Bool(truth),
        Value::Text(text) => Value::Text(Cow::Owned(text.into_owned())),
        Value::Map(pairs) => Value::Map(
            pairs
                .into_iter()
                .map(|(key, value)| (Cow::Owned(key.into_owned()), Cow::Owned(value.into_owned())))
                .collect(),
        ),
        Value::List(values) => Value::List(values.into_iter().map(owned).collect()),
    }
}

fn wanted(ty: ColumnType) -> &'static str {
    match ty {
        ColumnType::Time => "time between 1970 and 2106 (RFC 3339 or epoch number)",
        ColumnType::Bool => "truth value (true or false)",
        ColumnType::Float64 => "number",
        ColumnType::Int32 => "whole number of 32 bits",
        ColumnType::UInt8 => "whole number from 0 to 255",
        ColumnType::UInt32 => "whole number from 0 to 4294967295",
        _ => "whole number from 0 on",
    }
}
