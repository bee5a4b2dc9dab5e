//! The stored pattern catalog.

use clickhouse::Row;
use serde::{Deserialize, Serialize};

use crate::Result;
use kulprit_clickhouse::{Options, Statement, Value};

/// A distinct shape and how many lines it has in the rollup.
#[derive(Debug, Clone, PartialEq, Eq, Row, Deserialize)]
pub struct FoundShape {
    pub shape_id: u64,
    /// Bytes, since log text need not be UTF-8.
    #[serde(with = "serde_bytes")]
    pub text: Vec<u8>,
    pub lines: u64,
}

/// Which pattern a shape belongs to.
#[derive(Debug, Clone, PartialEq, Eq, Row, Serialize, Deserialize)]
pub struct Assignment {
    pub shape_id: u64,
    pub pattern_id: u64,
}

/// A pattern as it is stored.
#[derive(Debug, Clone, PartialEq, Eq, Row, Serialize, Deserialize)]
pub struct StoredPattern {
    pub pattern_id: u64,
    pub template: String,
    pub name: String,
    pub ignored: u8,
    /// 0 while the pattern is in use.
    pub replaced_by: u64,
}

/// A pattern in use, for people.
#[derive(Debug, Clone, PartialEq, Eq, Row, Deserialize)]
pub struct ListedPattern {
    pub pattern_id: u64,
    pub template: String,
    pub name: String,
    pub ignored: u8,
    pub shapes: u64,
    pub services: Vec<String>,
    pub lines: u64,
    /// Nanoseconds since 1970.
    pub first_seen: i64,
    pub last_seen: i64,
}

/// One service's part of a pattern.
#[derive(Debug, Clone, PartialEq, Eq, Row, Deserialize)]
pub struct ShownPattern {
    pub pattern_id: u64,
    pub template: String,
    pub name: String,
    pub ignored: u8,
    pub service: String,
    pub shapes: u64,
    pub first_seen: i64,
    pub last_seen: i64,
    pub samples: Vec<String>,
}

/// What somebody decides about a pattern; what is `None` stays as it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    pub pattern_id: u64,
    pub ignored: Option<bool>,
    pub name: Option<String>,
}

/// All shapes, or those without a pattern.
pub fn shapes(all: bool) -> Result<Statement> {
    Statement::query(
        "rollups/catalog/unmapped_shapes",
        &Options::default(),
        [("all", Value::Bool(all))],
    )
}

pub fn assignments() -> Result<Statement> {
    Statement::query("rollups/catalog/assignments", &Options::default(), NONE)
}

pub fn stored() -> Result<Statement> {
    Statement::query("rollups/catalog/stored", &Options::default(), NONE)
}

/// What makes a new catalog count at once.
pub fn reloads() -> Result<[Statement; 2]> {
    Ok([
        Statement::query("rollups/catalog/reload_shapes", &Options::default(), NONE)?,
        Statement::query("rollups/catalog/reload_patterns", &Options::default(), NONE)?,
    ])
}

/// The busiest patterns, of one service and with a text in them where these are not empty.
pub fn list(service: &str, like: &str, limit: u32) -> Result<Statement> {
    let params = [
        ("service", service.into()),
        ("like", like.into()),
        ("limit", limit.into()),
    ];
    Statement::query("rollups/catalog/list", &Options::default(), params)
}

pub fn show(pattern_id: u64) -> Result<Statement> {
    Statement::query(
        "rollups/catalog/show",
        &Options::default(),
        [("pattern_id", pattern_id.into())],
    )
}

impl Choice {
    pub fn statement(&self) -> Result<Statement> {
        let params = [
            ("pattern_id", self.pattern_id.into()),
            ("ignored", self.ignored.map_or(2_u32, u32::from).into()),
            ("name", self.name.as_deref().unwrap_or_default().into()),
            ("renamed", Value::Bool(self.name.is_some())),
        ];
        Statement::query("rollups/catalog/choose", &Options::default(), params)
    }
}

const NONE: [(&str, Value); 0] = [];
