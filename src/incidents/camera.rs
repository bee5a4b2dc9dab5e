//! Takes snapshots: asks all analyses at the same time, within bounds, and freezes what they say.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::parts::{PARTS, server_version};
use super::snapshot::{Question, Snapshot, Taken};
use crate::analysis::Analyzer;
use crate::clickhouse::Transcript;
use crate::{Error, Result};

/// Analyses that run at once in this process, however many incidents are opened: some ask several statements side by side.
static TURNS: Semaphore = Semaphore::const_new(6);

/// A future that may be sent between threads.
pub type Pending<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// One analysis that an incident freezes.
#[derive(Clone, Copy)]
pub struct Part {
    /// Its name in the snapshot, such as `pattern_changes`.
    pub name: &'static str,
    pub ask: for<'a> fn(&'a Analyzer, &'a Question) -> Pending<'a, Result<Value>>,
}

/// The analyses, and whom they ask.
pub struct Camera {
    analyzer: Arc<Analyzer>,
    parts: &'static [Part],
    /// For how long a part may wait for its turn and its answer.
    patience: Duration,
}

impl Camera {
    /// With all analyses that this version has.
    pub fn new(analyzer: Arc<Analyzer>) -> Self {
        let limit = Duration::from_secs(analyzer.config().server.query_timeout_seconds);
        Self::with(analyzer, &PARTS, limit)
    }

    pub fn with(analyzer: Arc<Analyzer>, parts: &'static [Part], patience: Duration) -> Self {
        Self {
            analyzer,
            parts,
            patience,
        }
    }

    /// Asks all parts and freezes what they say. It never fails: a part that fails is part of the picture.
    pub async fn take(&self, question: &Question, now: Timestamp) -> Snapshot {
        let version = within(self.patience, server_version(self.analyzer.client()));
        let (parts, version) = tokio::join!(self.ask(question), version);
        Snapshot::freeze(question, now, version, &parts)
    }

    /// What each part says, in their order.
    async fn ask(&self, question: &Question) -> Vec<Taken> {
        let mut running = JoinSet::new();
        let mut transcripts: Vec<Transcript> = Vec::new();
        for (place, part) in self.parts.iter().copied().enumerate() {
            let (analyzer, transcript) = self.analyzer.transcribed();
            transcripts.push(transcript);
            let (question, patience) = (question.clone(), self.patience);
            running.spawn(async move {
                let answer = within(patience, async {
                    let _turn = TURNS.acquire().await;
                    (part.ask)(&analyzer, &question).await
                });
                (place, answer.await)
            });
        }
        let mut answers: Vec<Option<Result<Value>>> = self.parts.iter().map(|_| None).collect();
        while let Some(done) = running.join_next().await {
            if let Ok((place, answer)) = done {
                answers[place] = Some(answer);
            }
        }
        let taken = self.parts.iter().zip(answers).zip(transcripts);
        taken
            .map(|((part, answer), transcript)| Taken {
                name: part.name,
                answer: answer.unwrap_or_else(|| Err(Error::Refused("the analysis broke off".to_owned()))),
                statements: transcript.statements(),
            })
            .collect()
    }
}

async fn within<T>(patience: Duration, work: impl Future<Output = Result<T>>) -> Result<T> {
    tokio::time::timeout(patience, work)
        .await
        .unwrap_or(Err(Error::Timeout(patience)))
}
