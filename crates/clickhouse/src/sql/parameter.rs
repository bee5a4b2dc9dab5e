//! Values that travel beside the text of a statement.

use std::fmt;

use serde::{Serialize, Serializer};

/// A parameter's value. The type it becomes stands in the statement's placeholder.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Value {
    Bool(bool),
    Int(i64),
    UInt(u64),
    Float(f64),
    /// Also times, as `YYYY-MM-DD hh:mm:ss.nnnnnnnnn` in UTC.
    Text(String),
    Texts(Vec<String>),
    UInts(Vec<u64>),
    Floats(Vec<f64>),
    /// Pairs, such as the starts and ends of windows, for `Array(Tuple(…, …))`.
    Pairs(Vec<(String, String)>),
    /// What is sent within the text, where ClickHouse itself hides it from its logs, and shown nowhere.
    Secret(Secret),
}

/// A text that is printed as nothing but a placeholder.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(pub String);

/// What is shown in the place of a secret.
pub(crate) const HIDDEN: &str = "[HIDDEN]";

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(HIDDEN)
    }
}

impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(HIDDEN)
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Self::Text(value.to_owned())
    }
}

impl From<String> for Value {
    fn from(value: String) -> Self {
        Self::Text(value)
    }
}

impl From<u64> for Value {
    fn from(value: u64) -> Self {
        Self::UInt(value)
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Self::Int(value)
    }
}

impl From<Vec<u64>> for Value {
    fn from(values: Vec<u64>) -> Self {
        Self::UInts(values)
    }
}

impl From<u32> for Value {
    fn from(value: u32) -> Self {
        Self::UInt(value.into())
    }
}

impl From<Vec<(String, String)>> for Value {
    fn from(pairs: Vec<(String, String)>) -> Self {
        Self::Pairs(pairs)
    }
}

impl From<Vec<String>> for Value {
    fn from(value: Vec<String>) -> Self {
        Self::Texts(value)
    }
}
