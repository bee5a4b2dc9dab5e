//! What the analyses answered at the moment an incident was opened, as one document: their answers and the statements that gave them.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{Error, Result};
use kulprit_clickhouse::Statement;
use kulprit_incidents::{Draft, Snapshot};
use kulprit_request::window::Window;

/// The form of the document; a later form gets another name.
const FORMAT: &str = "kulprit-snapshot/1";

/// What every part is asked.
#[derive(Debug, Clone, PartialEq)]
pub struct Question {
    pub org: String,
    /// Empty means all of the org.
    pub services: Vec<String>,
    pub window: Window,
    pub baseline: Window,
}

/// What one analysis gave: its answer or why there is none, and the statements that it asked, whether or not they worked.
pub struct Taken {
    pub name: &'static str,
    pub answer: Result<Value>,
    pub statements: Vec<Statement>,
}

/// How a part came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Status {
    Ok,
    /// The analysis was asked and failed.
    Failed,
    /// There is nothing to answer it from.
    Absent,
}

impl Question {
    /// What is asked for an incident of `org`.
    pub fn of(org: &str, draft: &Draft) -> Self {
        Self {
            org: org.to_owned(),
            services: draft.services.clone(),
            window: draft.window,
            baseline: draft.baseline,
        }
    }
}

impl Taken {
    fn document(&self) -> Value {
        let (status, reason, answer) = match &self.answer {
            Ok(answer) => (Status::Ok, String::new(), answer.clone()),
            Err(error @ Error::NoDataSource(_)) => (Status::Absent, error.to_string(), Value::Null),
            Err(error) => (Status::Failed, error.to_string(), Value::Null),
        };
        let sql: Vec<_> = self.statements.iter().map(statement_document).collect();
        json!({ "name": self.name, "status": status, "reason": reason, "answer": answer, "sql": sql })
    }
}

fn statement_document(statement: &Statement) -> Value {
    let params: Vec<_> = statement
        .params
        .iter()
        .map(|(name, value)| json!({ "name": name, "value": value }))
        .collect();
    json!({ "name": statement.name, "text": statement.text, "params": params })
}

/// Freezes what was answered to `question` by a ClickHouse of that version, or of an unknown one for a reason.
pub fn freeze(question: &Question, now: Timestamp, clickhouse: Result<String>, parts: &[Taken]) -> Snapshot {
    let (clickhouse, clickhouse_reason) = match clickhouse {
        Ok(version) => (Some(version), String::new()),
        Err(error) => (None, error.to_string()),
    };
    Snapshot::of(&json!({
        "format": FORMAT,
        "taken_at": now,
        "versions": {
            "kulprit": env!("CARGO_PKG_VERSION"),
            "clickhouse": clickhouse,
            "clickhouse_reason": clickhouse_reason,
        },
        "org": question.org,
        "services": question.services,
        "window": question.window,
        "baseline": question.baseline,
        "parts": parts.iter().map(Taken::document).collect::<Vec<_>>(),
    }))
}
