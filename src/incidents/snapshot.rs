//! What the analyses answer at the moment an incident is opened, frozen with the statements that gave it. The set of analyses is
//! open: whoever has one more implements [`Part`] and registers it.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::canonical;
use super::draft::Draft;
use crate::query::window::Window;
use crate::sql::Statement;
use crate::{Error, Result};

/// The form of the document; a later form gets another name.
pub const FORMAT: &str = "kulprit-snapshot/1";

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
    pub answer: Result<Value>,
    pub statements: Vec<Statement>,
}

/// A future that may be sent between threads.
pub type Pending<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// One analysis that an incident freezes.
pub trait Part: Send + Sync {
    /// Its name in the snapshot, such as `pattern_changes`.
    fn name(&self) -> &'static str;
    /// Asks the analysis.
    fn take<'a>(&'a self, question: &'a Question) -> Pending<'a, Taken>;
}

/// Where the version of ClickHouse comes from.
pub trait Server: Send + Sync {
    /// The version of the ClickHouse that answers.
    fn version(&self) -> Pending<'_, Result<String>>;
}

/// Takes snapshots: the registered parts, and the server that they ask.
#[derive(Clone)]
pub struct Camera {
    server: Arc<dyn Server>,
    parts: Vec<Arc<dyn Part>>,
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
}

/// A canonical document and its digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    pub digest: String,
    pub document: String,
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

impl Camera {
    pub fn new(server: Arc<dyn Server>, parts: Vec<Arc<dyn Part>>) -> Self {
        Self { server, parts }
    }

    /// Asks all parts at once and freezes what they say. It never fails: a part that fails is part of the picture.
    pub async fn take(&self, question: &Question, now: Timestamp) -> Snapshot {
        let (parts, version) = tokio::join!(self.ask(question), self.server.version());
        let (clickhouse, clickhouse_reason) = match version {
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
            "parts": parts,
        }))
    }

    /// The documents of all parts, in the order in which they are registered.
    async fn ask(&self, question: &Question) -> Vec<Value> {
        let mut running = JoinSet::new();
        for (place, part) in self.parts.iter().cloned().enumerate() {
            let question = question.clone();
            running.spawn(async move { (place, part.take(&question).await) });
        }
        let mut taken: Vec<Option<Taken>> = self.parts.iter().map(|_| None).collect();
        while let Some(done) = running.join_next().await {
            if let Ok((place, result)) = done {
                taken[place] = Some(result);
            }
        }
        let taken = self.parts.iter().zip(taken);
        taken.map(|(part, taken)| part_document(part.name(), taken)).collect()
    }
}

fn part_document(name: &str, taken: Option<Taken>) -> Value {
    let taken = taken.unwrap_or_else(|| Taken {
        answer: Err(Error::Refused("the analysis broke off".to_owned())),
        statements: vec![],
    });
    let (status, reason, answer) = match taken.answer {
        Ok(answer) => (Status::Ok, String::new(), answer),
        Err(error @ Error::NoDataSource(_)) => (Status::Absent, error.to_string(), Value::Null),
        Err(error) => (Status::Failed, error.to_string(), Value::Null),
    };
    let sql: Vec<_> = taken.statements.iter().map(statement_document).collect();
    json!({ "name": name, "status": status, "reason": reason, "answer": answer, "sql": sql })
}

fn statement_document(statement: &Statement) -> Value {
    let params: Vec<_> = statement
        .params
        .iter()
        .map(|(name, value)| json!({ "name": name, "value": value }))
        .collect();
    json!({ "name": statement.name, "text": statement.text, "params": params })
}

impl Snapshot {
    /// Brings a document to its canonical form.
    pub fn of(document: &Value) -> Self {
        let document = canonical::text(document);
        Self {
            digest: canonical::digest(&document),
            document,
        }
    }

    /// The document for readers.
    pub fn value(&self) -> Result<Value> {
        serde_json::from_str(&self.document)
            .map_err(|error| Error::Store(format!("a snapshot cannot be read: {error}")))
    }

    /// The templates of its patterns, for the search.
    pub(super) fn words(&self) -> String {
        let Ok(document) = self.value() else {
            return String::new();
        };
        let groups = document["parts"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|part| part["answer"]["log_groups"].as_array())
            .flatten();
        let patterns: Vec<_> = groups.filter_map(|group| group["pattern"].as_str()).collect();
        patterns.join("\n")
    }
}
