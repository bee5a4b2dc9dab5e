//! Values that travel beside the text of a statement.

use serde::Serialize;

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
