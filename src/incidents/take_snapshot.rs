//! Takes snapshots: asks all analyses at the same time, within bounds, and freezes what they say.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::parts::{PARTS, server_version};
use super::snapshot::{Question, Taken, freeze};
use crate::questions::Analyzer;
use crate::{Error, Result};
use kulprit_clickhouse::Transcript;
use kulprit_incidents::Snapshot;

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
        freeze(question, now, version, &parts)
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
                answer: answer.unwrap_or_else(|| Err(Error::internal("the analysis broke off"))),
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

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use serde_json::json;

    use super::*;
    use crate::config::Config;
    use kulprit_clickhouse::{Client, Endpoint};
    use kulprit_request::window::Window;

    fn camera(parts: &'static [Part], patience: Duration) -> Camera {
        let endpoint = Endpoint {
            url: "http://127.0.0.1:1".to_owned(),
            user: String::new(),
            password: String::new(),
            database: "default".to_owned(),
        };
        let client = Client::new(endpoint, Duration::from_secs(5));
        Camera::with(Arc::new(Analyzer::new(client, Config::default())), parts, patience)
    }

    async fn taken(camera: Camera) -> Value {
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
        camera.take(&question, Timestamp::UNIX_EPOCH).await.value().unwrap()
    }

    #[tokio::test]
    async fn a_part_that_fails_hangs_or_breaks_off_leaves_the_others_alone() {
        static ODD: [Part; 4] = [
            Part {
                name: "fine",
                ask: |_, question| Box::pin(async { Ok(json!(question.org)) }),
            },
            Part {
                name: "away",
                ask: |analyzer, _| Box::pin(async { Ok(json!(server_version(analyzer.client()).await?)) }),
            },
            Part {
                name: "hangs",
                ask: |analyzer, _| {
                    Box::pin(async {
                        let _ = server_version(analyzer.client()).await;
                        std::future::pending().await
                    })
                },
            },
            Part {
                name: "breaks",
                ask: |_, _| Box::pin(async { panic!("a defect") }),
            },
        ];
        let snapshot = taken(camera(&ODD, Duration::from_secs(1))).await;
        let parts = snapshot["parts"].as_array().unwrap();
        for (part, (status, reason, asked)) in parts.iter().zip([
            ("ok", "", 0),
            ("failed", "cannot be reached", 1),
            ("failed", "took longer than 1 s", 1),
            ("failed", "broke off", 0),
        ]) {
            assert_eq!(part["status"], status, "{part}");
            assert!(part["reason"].as_str().unwrap().contains(reason), "{part}");
            assert_eq!(part["sql"].as_array().unwrap().len(), asked, "{part}");
        }
        assert_eq!(parts[0]["answer"], "shop");
        assert_eq!(snapshot["versions"]["clickhouse"], json!(null));
        let reason = snapshot["versions"]["clickhouse_reason"].as_str().unwrap();
        assert!(reason.contains("cannot be reached"), "{reason}");
    }

    #[tokio::test]
    async fn many_snapshots_ask_side_by_side_but_not_all_at_once() {
        static RUNNING: AtomicUsize = AtomicUsize::new(0);
        static MOST: AtomicUsize = AtomicUsize::new(0);
        static SLOW: [Part; 5] = [Part {
            name: "slow",
            ask: |_, _| {
                Box::pin(async {
                    let running = RUNNING.fetch_add(1, Ordering::SeqCst) + 1;
                    MOST.fetch_max(running, Ordering::SeqCst);
                    tokio::time::sleep(Duration::from_millis(5)).await;
                    RUNNING.fetch_sub(1, Ordering::SeqCst);
                    Ok(Value::Null)
                })
            },
        }; 5];
        let all = (0..8).map(|_| taken(camera(&SLOW, Duration::from_secs(60))));
        for snapshot in futures_util::future::join_all(all).await {
            assert!(
                snapshot["parts"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .all(|part| part["status"] == "ok")
            );
        }
        let most = MOST.load(Ordering::SeqCst);
        assert!(most > 1 && most <= 6, "{most}");
    }
}
