//! What fails: error lines by route, status and pattern.

use clickhouse::Row;
use jiff::Timestamp;
use kulprit_request::Asked;
use serde::Deserialize;

use crate::Result;
use crate::sources::Needs;
use kulprit_clickhouse::{LogTable, Options, Statement, Value};
use kulprit_request::Window;
use kulprit_request::time;

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ErrorPatterns {
    pub window: Window,
    /// None means all.
    pub services: Vec<String>,
    pub limit: u32,
}

/// A group of error lines; the columns are explained in the SQL file's header.
#[derive(Debug, Clone, PartialEq, Eq, Row, Deserialize)]
pub struct ErrorPatternRow {
    pub service: String,
    pub route: String,
    pub status: String,
    pub pattern_id: u64,
    pub pattern: String,
    pub sample: String,
    pub lines: u64,
    pub traced: u64,
    pub traces: u64,
    pub trace_ids: Vec<String>,
    pub first_seen: i64,
    pub last_seen: i64,
    pub service_lines: u64,
    pub total_lines: u64,
    pub total_traced: u64,
    pub total_groups: u64,
    pub further_first_seen: i64,
    pub further_last_seen: i64,
}

impl ErrorPatterns {
    /// Reads window, services and limit.
    pub fn new(asked: &Asked, now: Timestamp) -> Result<Self> {
        Ok(Self {
            window: asked.recent_window(now)?,
            services: asked.services()?,
            limit: asked.number("limit", 20, 1..=1_000)?,
        })
    }

    /// What it reads of sources that are read in place.
    pub fn needs(&self) -> Needs {
        Needs {
            lines: vec![self.window],
            // They know the routes.
            spans: vec![self.window],
            services: self.services.clone(),
            ..Needs::default()
        }
    }

    /// By the pattern catalog and the spans.
    pub fn statement(&self, logs: &LogTable) -> Result<Statement> {
        Statement::query("error_groups/error_patterns", &self.options(logs), self.params())
    }

    /// From the log table alone.
    pub fn raw_statement(&self, logs: &LogTable) -> Result<Statement> {
        Statement::query("error_groups/error_patterns_raw", &self.options(logs), self.params())
    }

    fn options(&self, logs: &LogTable) -> Options {
        Options {
            logs: logs.clone(),
            scoped: !self.services.is_empty(),
            ..Options::default()
        }
    }

    fn params(&self) -> Vec<(&'static str, Value)> {
        let mut params = vec![
            ("from", time::parameter(self.window.from).into()),
            ("to", time::parameter(self.window.to).into()),
            ("limit", self.limit.into()),
        ];
        if !self.services.is_empty() {
            params.push(("services", self.services.clone().into()));
        }
        params
    }
}
