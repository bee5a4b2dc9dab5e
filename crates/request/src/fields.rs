//! The body of a request as named fields, each checked by itself so that an error can say which one is wrong.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::Value;

use crate::{Error, Result};

/// The longest text that a field may hold, in characters.
pub const LONGEST_TEXT: usize = 1_000;
/// The most services that a request may name.
pub const MOST_SERVICES: usize = 100;

/// A JSON object in the order in which it was sent, repeats included.
#[derive(Debug, Clone, PartialEq)]
pub struct Fields(Vec<(String, Value)>);

impl Fields {
    /// Reads a JSON object. A byte order mark before it is passed over, as RFC 8259 allows.
    pub fn parse(body: &[u8]) -> Result<Self> {
        let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
        if body.iter().all(u8::is_ascii_whitespace) {
            return Err(Error::Unreadable("the body is empty: send a JSON object".to_owned()));
        }
        serde_json::from_slice(body).map_err(|error| {
            Error::Unreadable(if error.is_data() {
                format!("the body must be a JSON object: {error}")
            } else {
                format!("the body is not JSON: {error}")
            })
        })
    }

    /// A field that must be there, as text that is not blank.
    pub fn text(&self, name: &str) -> Result<String> {
        let value = self
            .get(name)?
            .ok_or_else(|| Error::field(name, "is missing: give a string"))?;
        not_blank(name, value)
    }

    /// A field that may be left out or null, as text that is not blank.
    pub fn optional_text(&self, name: &str) -> Result<Option<String>> {
        self.given(name)?.map(|value| not_blank(name, value)).transpose()
    }

    /// A field that may be left out, null or empty, as text.
    pub fn text_or_empty(&self, name: &str) -> Result<String> {
        Ok(self
            .given(name)?
            .map(|value| text(name, value))
            .transpose()?
            .unwrap_or_default())
    }

    /// A field that may be left out or null, as text of up to `most` characters, blank or not.
    pub fn optional_long_text(&self, name: &str, most: usize) -> Result<Option<String>> {
        match self.given(name)? {
            None => Ok(None),
            Some(Value::String(text)) if text.chars().count() <= most => Ok(Some(text.clone())),
            Some(Value::String(_)) => Err(Error::field(name, format!("is longer than {most} characters"))),
            Some(other) => Err(Error::field(name, format!("must be a string, not {}", kind(other)))),
        }
    }

    /// A field that may be left out or null, as a list of at most `most` texts, in the order in which they were sent.
    pub fn optional_texts(&self, name: &str, most: usize) -> Result<Option<Vec<String>>> {
        let items = match self.given(name)? {
            None => return Ok(None),
            Some(Value::Array(items)) => items,
            Some(other) => {
                return Err(Error::field(
                    name,
                    format!("must be an array of strings, not {}", kind(other)),
                ));
            }
        };
        if items.len() > most {
            return Err(Error::field(
                name,
                format!("has {} entries: give at most {most}", items.len()),
            ));
        }
        let texts = items
            .iter()
            .enumerate()
            .map(|(at, item)| text(&format!("{name}[{at}]"), item));
        texts.collect::<Result<_>>().map(Some)
    }

    /// Errors for a field that is not `known`: where something is written, a field that is passed over would be a change that is not made.
    pub fn only(&self, known: &[&str]) -> Result<()> {
        match self.0.iter().find(|(name, _)| !known.contains(&name.as_str())) {
            None => Ok(()),
            Some((name, _)) => Err(Error::field(
                shown(name),
                format!("is not known here: the fields are {}", known.join(", ")),
            )),
        }
    }

    /// A field that may be left out or null, as a whole number in `range`.
    pub fn optional_number(&self, name: &str, range: std::ops::RangeInclusive<u32>) -> Result<Option<u32>> {
        let Some(value) = self.given(name)? else {
            return Ok(None);
        };
        let bounds = format!("from {} to {}", range.start(), range.end());
        if !value.is_number() {
            return Err(Error::field(
                name,
                format!("must be a whole number {bounds}, not {}", kind(value)),
            ));
        }
        value
            .as_u64()
            .and_then(|number| u32::try_from(number).ok())
            .filter(|number| range.contains(number))
            .map(Some)
            .ok_or_else(|| Error::field(name, format!("must be a whole number {bounds}, not {value}")))
    }

    /// `services`, which may be left out or null: names in alphabetical order without repeats.
    pub fn services(&self) -> Result<Vec<String>> {
        const NAME: &str = "services";
        let items = match self.given(NAME)? {
            None => return Ok(vec![]),
            Some(Value::Array(items)) => items,
            Some(other) => {
                return Err(Error::field(
                    NAME,
                    format!("must be an array of strings, not {}", kind(other)),
                ));
            }
        };
        if items.len() > MOST_SERVICES {
            return Err(Error::field(
                NAME,
                format!("has {} entries: give at most {MOST_SERVICES}", items.len()),
            ));
        }
        let mut services = items
            .iter()
            .enumerate()
            .map(|(at, item)| not_blank(&format!("{NAME}[{at}]"), item))
            .collect::<Result<Vec<_>>>()?;
        services.sort();
        services.dedup();
        Ok(services)
    }

    /// A field that may be left out or null, as pairs of text, at most `most` of them.
    pub fn pairs(&self, name: &str, most: usize) -> Result<Vec<(String, String)>> {
        let entries = match self.given(name)? {
            None => return Ok(vec![]),
            Some(Value::Object(entries)) => entries,
            Some(other) => {
                return Err(Error::field(
                    name,
                    format!("must be an object of strings, not {}", kind(other)),
                ));
            }
        };
        if entries.len() > most {
            return Err(Error::field(
                name,
                format!("has {} entries: give at most {most}", entries.len()),
            ));
        }
        entries
            .iter()
            .map(|(key, value)| {
                let named = format!("{name}.{}", shown(key));
                within_length(&named, key)?;
                Ok((key.clone(), text(&named, value)?))
            })
            .collect()
    }

    fn given(&self, name: &str) -> Result<Option<&Value>> {
        Ok(self.get(name)?.filter(|value| !value.is_null()))
    }

    /// Which of two values is meant, nobody can tell: a field that is given twice is refused.
    fn get(&self, name: &str) -> Result<Option<&Value>> {
        let mut found = self.0.iter().filter(|(known, _)| known == name);
        let first = found.next();
        if found.next().is_some() {
            return Err(Error::field(name, "is given twice: give it once"));
        }
        Ok(first.map(|(_, value)| value))
    }
}

fn not_blank(name: &str, value: &Value) -> Result<String> {
    let text = text(name, value)?;
    if text.trim().is_empty() {
        return Err(Error::field(name, "is empty: give a string that is not blank"));
    }
    Ok(text)
}

fn text(name: &str, value: &Value) -> Result<String> {
    let Value::String(text) = value else {
        return Err(Error::field(name, format!("must be a string, not {}", kind(value))));
    };
    within_length(name, text)?;
    Ok(text.clone())
}

fn within_length(name: &str, text: &str) -> Result<()> {
    let length = text.chars().count();
    if length > LONGEST_TEXT {
        return Err(Error::field(
            name,
            format!("is {length} characters long: give at most {LONGEST_TEXT}"),
        ));
    }
    Ok(())
}

fn shown(text: &str) -> String {
    text.chars().take(60).collect()
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

impl<'de> Deserialize<'de> for Fields {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        struct Entries;

        impl<'de> Visitor<'de> for Entries {
            type Value = Fields;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> std::result::Result<Fields, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                Ok(Fields(entries))
            }
        }

        deserializer.deserialize_map(Entries)
    }
}
