//! The document that a snapshot is made of: what the analyses answered at the moment an incident was opened, and the statements that gave
//! these answers.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::questions::degrade::may_pass;
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
pub struct Outcome {
    pub name: &'static str,
    pub answer: Result<Value>,
    pub statements: Vec<Statement>,
    /// Why the answer is not whole, though it may be later.
    pub gap: Option<Error>,
}

/// The versions of the programs that gave the answers.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Versions {
    pub kulprit: String,
    pub clickhouse: Option<String>,
    /// Why ClickHouse's version is not known; empty when it is.
    pub clickhouse_reason: String,
}

/// The document.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Document {
    format: String,
    taken_at: Timestamp,
    pub versions: Versions,
    org: String,
    services: Vec<String>,
    window: Window,
    baseline: Window,
    pub parts: Vec<Part>,
}

/// One analysis in the document.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Part {
    pub name: String,
    pub status: Status,
    /// Why there is no answer; empty when there is one.
    #[serde(default)]
    pub reason: String,
    /// As the analysis' endpoint answers; null when there is none.
    #[serde(default)]
    pub answer: Value,
    #[serde(default)]
    pub sql: Vec<AskedStatement>,
    /// When it was asked, where that was after the snapshot.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub taken_at: Option<Timestamp>,
}

/// How a part came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    Ok,
    /// The analysis was asked and failed.
    Failed,
    /// There is nothing to answer it from.
    Absent,
    /// It was asked and gave no answer, or only a part of one, for a reason that may pass: it is asked again in the background.
    Pending,
}

/// A statement as it was sent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AskedStatement {
    pub name: String,
    pub text: String,
    pub params: Vec<Parameter>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Parameter {
    pub name: String,
    pub value: Value,
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

impl Document {
    /// Reads what [`snapshot`] wrote. Errors: another version wrote it, in another form.
    pub fn read(document: &Value) -> Result<Self> {
        Self::deserialize(document).map_err(|error| Error::Store(format!("a snapshot cannot be read: {error}")))
    }

    pub fn snapshot(&self) -> Snapshot {
        Snapshot::of(&json!(self))
    }
}

impl From<Outcome> for Part {
    fn from(outcome: Outcome) -> Self {
        let (status, reason, answer) = match (outcome.answer, outcome.gap) {
            (Ok(answer), None) => (Status::Ok, String::new(), answer),
            (Ok(answer), Some(gap)) => (Status::Pending, gap.public_message(), answer),
            (Err(error), _) => {
                // The document is shown to whoever may read the incident; ClickHouse's own words are for the operator.
                tracing::warn!(part = outcome.name, %error, "an analysis of a snapshot gave no answer");
                let status = match error {
                    Error::NoDataSource(_) => Status::Absent,
                    _ if may_pass(&error) => Status::Pending,
                    _ => Status::Failed,
                };
                (status, error.public_message(), Value::Null)
            }
        };
        Self {
            name: outcome.name.to_owned(),
            status,
            reason,
            answer,
            sql: outcome.statements.into_iter().map(AskedStatement::from).collect(),
            taken_at: None,
        }
    }
}

impl From<Statement> for AskedStatement {
    fn from(statement: Statement) -> Self {
        let params = statement.params.into_iter();
        Self {
            name: statement.name.to_owned(),
            text: statement.text,
            params: params
                .map(|(name, value)| Parameter {
                    name,
                    value: json!(value),
                })
                .collect(),
        }
    }
}

/// The snapshot of what was answered to `question` by a ClickHouse of that version, or of an unknown one for a reason.
pub fn snapshot(question: &Question, now: Timestamp, clickhouse: Result<String>, outcomes: Vec<Outcome>) -> Snapshot {
    let (clickhouse, clickhouse_reason) = match clickhouse {
        Ok(version) => (Some(version), String::new()),
        Err(error) => {
            tracing::warn!(%error, "a snapshot is taken without the version of clickhouse");
            (None, error.public_message())
        }
    };
    let document = Document {
        format: FORMAT.to_owned(),
        taken_at: now,
        versions: Versions {
            kulprit: env!("CARGO_PKG_VERSION").to_owned(),
            clickhouse,
            clickhouse_reason,
        },
        org: question.org.clone(),
        services: question.services.clone(),
        window: question.window,
        baseline: question.baseline,
        parts: outcomes.into_iter().map(Part::from).collect(),
    };
    document.snapshot()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use kulprit_request::Cause;

    use super::*;

    /// ClickHouse's exceptions name tables, users and grants.
    const EXCEPTION: &str = "secret_user: Not enough privileges. To execute this query, it's necessary to have the grant SELECT on shop.otel_logs";

    #[test]
    fn a_part_that_failed_holds_nothing_of_what_clickhouse_said() {
        let window = Window {
            from: Timestamp::UNIX_EPOCH,
            to: Timestamp::UNIX_EPOCH + jiff::SignedDuration::from_mins(1),
        };
        let question = Question {
            org: "shop".to_owned(),
            services: vec![],
            window,
            baseline: window,
        };
        let outcome = |name, error| Outcome {
            name,
            answer: Err(error),
            statements: vec![],
            gap: None,
        };
        let exception = || Cause::exception(Some(497), EXCEPTION);
        let outcomes = vec![
            outcome("refused", Error::Refused(exception())),
            outcome("absent", Error::NoDataSource(exception())),
            outcome(
                "away",
                Error::Away(Cause::from("http://secret_user@10.0.0.1:8123/: connection refused")),
            ),
            outcome("broken", Error::internal("row 3 of otel_logs")),
        ];
        let frozen = snapshot(
            &question,
            Timestamp::UNIX_EPOCH,
            Err(Error::Refused(exception())),
            outcomes,
        );
        for hidden in ["secret_user", "privileges", "otel_logs", "10.0.0.1"] {
            assert!(!frozen.document.contains(hidden), "{hidden}: {}", frozen.document);
        }
        let document = frozen.value().unwrap();
        let statuses: Vec<_> = document["parts"]
            .as_array()
            .unwrap()
            .iter()
            .map(|part| &part["status"])
            .collect();
        assert_eq!(statuses, ["failed", "absent", "pending", "failed"]);
        for part in document["parts"].as_array().unwrap() {
            assert!(
                part["reason"].as_str().unwrap().contains("kulprit"),
                "it says where to look: {part}"
            );
        }
    }

    #[test]
    fn an_answer_with_a_gap_that_may_pass_is_kept_and_asked_again() {
        let part = Part::from(Outcome {
            name: "correlate",
            answer: Ok(json!({"suspects": []})),
            statements: vec![],
            gap: Some(Error::Timeout(std::time::Duration::from_secs(30))),
        });
        assert_eq!(part.status, Status::Pending);
        assert!(part.reason.contains("took longer than 30 s") && part.answer.is_object());
    }
}
