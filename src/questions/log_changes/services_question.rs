//! Which services' logs are unlike their own past.

use clickhouse::Row;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::Result;
use crate::sources::Needs;
use kulprit_clickhouse::{LogTable, Options, Statement, Value};
use kulprit_request::Window;
use kulprit_request::time;

/// How far back a service's past goes.
const PAST: SignedDuration = SignedDuration::from_hours(3);

/// What is asked: a window, held against the three hours before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceChanges {
    pub current: Window,
    /// None means all.
    pub services: Vec<String>,
}

/// One service in one window; the columns are explained in the SQL file's header.
#[derive(Debug, Clone, PartialEq, Row, Serialize, Deserialize)]
pub struct ServiceWindow {
    pub service: String,
    pub window_back: i64,
    pub score: f64,
    pub pattern_total: u64,
    pub event: String,
    pub requests: u64,
    pub request_total: u64,
    pub past_requests: i64,
    pub past_request_total: i64,
}

impl ServiceChanges {
    fn history_from(&self) -> Timestamp {
        self.current.from.checked_sub(PAST).unwrap_or(Timestamp::UNIX_EPOCH)
    }

    /// What it reads of sources that are read in place.
    pub fn needs(&self) -> Needs {
        let past = Window {
            from: self.history_from(),
            to: self.current.from,
        };
        Needs {
            lines: vec![self.current, past],
            services: self.services.clone(),
            ..Needs::default()
        }
    }

    pub fn statement(&self, logs: &LogTable) -> Result<Statement> {
        let options = Options {
            logs: logs.clone(),
            divergence: "sql",
            scoped: !self.services.is_empty(),
            ..Options::default()
        };
        let history = self.history_from();
        let mut params: Vec<(&'static str, Value)> = vec![
            ("current_from", time::parameter(self.current.from).into()),
            ("current_to", time::parameter(self.current.to).into()),
            ("history_from", time::parameter(history).into()),
        ];
        if !self.services.is_empty() {
            params.push(("services", self.services.clone().into()));
        }
        Statement::query("log_changes/service_changes", &options, params)
    }
}
