//! Takes a snapshot: asks all analyses at the same time, within bounds, and keeps what each of them says.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::document::{Outcome, Question, snapshot};
use super::parts::{ANALYSES, Analysis, server_version};
use crate::questions::Analyzer;
use crate::questions::degrade::may_pass;
use crate::{Error, Result};
use kulprit_clickhouse::Transcript;
use kulprit_incidents::Snapshot;

/// Analyses that run at once in this process, however many incidents are opened: some ask several statements side by side.
static PERMITS: Semaphore = Semaphore::const_new(6);

/// Asks all analyses that this version has. It never fails: an analysis that fails, or takes longer than a query may, is kept as such.
pub async fn take_snapshot(analyzer: Arc<Analyzer>, question: &Question, now: Timestamp) -> Snapshot {
    let timeout = Duration::from_secs(analyzer.config().server.query_timeout_seconds);
    ask_and_freeze(&analyzer, &ANALYSES, timeout, question, now).await
}

/// `timeout` is for how long an analysis may wait for its permit and its answer.
async fn ask_and_freeze(
    analyzer: &Analyzer,
    analyses: &'static [Analysis],
    timeout: Duration,
    question: &Question,
    now: Timestamp,
) -> Snapshot {
    let version = within(timeout, server_version(analyzer.client()));
    let (outcomes, version) = tokio::join!(ask(analyzer, analyses.iter(), timeout, question), version);
    snapshot(question, now, version, outcomes)
}

/// What each analysis says, in their order.
pub(super) async fn ask(
    analyzer: &Analyzer,
    analyses: impl Iterator<Item = &'static Analysis> + Clone,
    timeout: Duration,
    question: &Question,
) -> Vec<Outcome> {
    let mut running = JoinSet::new();
    let mut transcripts: Vec<Transcript> = Vec::new();
    for (place, analysis) in analyses.clone().copied().enumerate() {
        let (analyzer, transcript) = analyzer.transcribed();
        transcripts.push(transcript);
        let question = question.clone();
        running.spawn(async move {
            let answer = within(timeout, async {
                let _permit = PERMITS.acquire().await;
                (analysis.ask)(&analyzer, &question).await
            });
            (place, answer.await)
        });
    }
    let mut answers: Vec<Option<Result<Value>>> = analyses.clone().map(|_| None).collect();
    while let Some(done) = running.join_next().await {
        match done {
            Ok((place, answer)) => answers[place] = Some(answer),
            Err(error) => tracing::error!(%error, "an analysis of a snapshot panicked"),
        }
    }
    let outcomes = analyses.zip(answers).zip(transcripts);
    outcomes
        .map(|((analysis, answer), transcript)| Outcome {
            name: analysis.name,
            answer: answer.unwrap_or_else(|| Err(Error::internal("the analysis panicked"))),
            statements: transcript.statements(),
            gap: transcript.errors().into_iter().find(may_pass),
        })
        .collect()
}

async fn within<T>(timeout: Duration, work: impl Future<Output = Result<T>>) -> Result<T> {
    tokio::time::timeout(timeout, work)
        .await
        .unwrap_or(Err(Error::Timeout(timeout)))
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

    /// What is frozen of these analyses; no ClickHouse is there.
    async fn frozen(analyses: &'static [Analysis], timeout: Duration) -> Value {
        let endpoint = Endpoint {
            url: "http://127.0.0.1:1".to_owned(),
            user: String::new(),
            password: String::new(),
            database: "default".to_owned(),
        };
        let client = Client::new(endpoint, Duration::from_secs(5));
        let analyzer = Analyzer::new(client, Config::default());
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
        let snapshot = ask_and_freeze(&analyzer, analyses, timeout, &question, Timestamp::UNIX_EPOCH);
        snapshot.await.value().unwrap()
    }

    #[tokio::test]
    async fn an_analysis_that_fails_hangs_or_panics_leaves_the_others_alone() {
        static ODD: [Analysis; 4] = [
            Analysis {
                name: "fine",
                ask: |_, question| Box::pin(async { Ok(json!(question.org)) }),
            },
            Analysis {
                name: "away",
                ask: |analyzer, _| Box::pin(async { Ok(json!(server_version(analyzer.client()).await?)) }),
            },
            Analysis {
                name: "hangs",
                ask: |analyzer, _| {
                    Box::pin(async {
                        let _ = server_version(analyzer.client()).await;
                        std::future::pending().await
                    })
                },
            },
            Analysis {
                name: "breaks",
                ask: |_, _| Box::pin(async { panic!("a defect") }),
            },
        ];
        let snapshot = frozen(&ODD, Duration::from_secs(1)).await;
        let parts = snapshot["parts"].as_array().unwrap();
        for (part, (status, reason, asked)) in parts.iter().zip([
            ("ok", "", 0),
            ("pending", "cannot be reached", 1),
            ("pending", "took longer than 1 s", 1),
            ("failed", "see its log", 0),
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
        static SLOW: [Analysis; 5] = [Analysis {
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
        let all = (0..8).map(|_| frozen(&SLOW, Duration::from_secs(60)));
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
