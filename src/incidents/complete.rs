//! Asks the missing parts of snapshots again: under load, or while ClickHouse is away, an incident is opened all the same.

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::document::{Document, Part, Question, Status};
use super::parts::{ANALYSES, server_version};
use super::take_snapshot::ask;
use crate::Result;
use crate::config::Retention;
use crate::questions::Analyzer;
use kulprit_incidents::{Incidents, Unfinished};
use kulprit_request::window::Window;

/// Between two looks at the store.
const LOOK: Duration = Duration::from_secs(1);
/// Between two tries of one snapshot: doubled each time.
const FIRST_PAUSE: SignedDuration = SignedDuration::from_secs(2);
const LONGEST_PAUSE: SignedDuration = SignedDuration::from_mins(10);
/// For how long after the opening they are asked.
const PATIENCE: SignedDuration = SignedDuration::from_hours(24);
/// Nobody waits for these answers: they may take so many times as long as others.
const SLOWER: u32 = 4;

/// Asks what is due, one snapshot after the other, so that it takes little from those who wait for an answer. Returns never.
pub async fn keep_completing(analyzer: Arc<Analyzer>, incidents: Incidents) {
    loop {
        match incidents.unfinished(Timestamp::now()).await {
            Ok(unfinished) => {
                for one in unfinished {
                    let Err(error) = complete(&analyzer, &incidents, &one).await else {
                        continue;
                    };
                    tracing::warn!(%error, id = one.detail.incident.id, "a snapshot cannot be completed");
                    let next = Timestamp::now() + pause(one.tries);
                    let _ = incidents.complete(&one.detail.incident, None, Some(next)).await;
                }
            }
            Err(error) => tracing::warn!(%error, "the snapshots with missing parts cannot be read"),
        }
        tokio::time::sleep(LOOK).await;
    }
}

async fn complete(analyzer: &Analyzer, incidents: &Incidents, unfinished: &Unfinished) -> Result<()> {
    let incident = &unfinished.detail.incident;
    let mut document = Document::read(&unfinished.detail.snapshot)?;
    let question = Question {
        org: incident.org.clone(),
        services: incident.services.clone(),
        window: Window {
            from: incident.from,
            to: incident.to,
        },
        baseline: Window {
            from: incident.baseline_from,
            to: incident.baseline_to,
        },
    };
    let now = Timestamp::now();
    let is_over = now.duration_since(incident.opened_at) > PATIENCE
        || !is_kept(&analyzer.config().retention, question.baseline.from, now);
    let has_changed = match is_over {
        true => give_up(&mut document.parts),
        false => ask_again(analyzer, &question, &mut document).await,
    };
    let is_whole = document.parts.iter().all(|part| part.status != Status::Pending);
    let next = (!is_whole).then(|| Timestamp::now() + pause(unfinished.tries));
    let answered = has_changed.then(|| document.snapshot());
    incidents.complete(incident, answered, next).await?;
    if is_whole {
        tracing::info!(
            id = incident.id,
            tries = unfinished.tries + 1,
            "a snapshot has all its parts"
        );
    }
    Ok(())
}

/// Whether any part has an answer that it had not.
async fn ask_again(analyzer: &Analyzer, question: &Question, document: &mut Document) -> bool {
    let timeout = Duration::from_secs(analyzer.config().server.query_timeout_seconds) * SLOWER;
    let analyzer = analyzer.with_timeout(timeout);
    let is_pending = |name: &str| {
        let mut parts = document.parts.iter();
        parts.any(|part| part.name == name && part.status == Status::Pending)
    };
    let pending: Vec<_> = ANALYSES.iter().filter(|analysis| is_pending(analysis.name)).collect();
    let outcomes = ask(&analyzer, pending.into_iter(), timeout, question).await;
    if document.versions.clickhouse.is_none()
        && let Ok(version) = server_version(analyzer.client()).await
    {
        document.versions.clickhouse = Some(version);
        document.versions.clickhouse_reason.clear();
    }
    let mut has_changed = false;
    for outcome in outcomes {
        let mut part = Part::from(outcome);
        let Some(before) = document.parts.iter_mut().find(|before| before.name == part.name) else {
            continue;
        };
        // A part of an answer is better than none, and no better than another part of it.
        if part.status != Status::Pending || (before.answer.is_null() && !part.answer.is_null()) {
            part.taken_at = Some(Timestamp::now());
            *before = part;
            has_changed = true;
        }
    }
    has_changed
}

fn give_up(parts: &mut [Part]) -> bool {
    for part in parts.iter_mut().filter(|part| part.status == Status::Pending) {
        part.status = match part.answer.is_null() {
            true => Status::Failed,
            false => Status::Ok,
        };
    }
    true
}

/// Whether the tables still hold what was logged at `from`, by what the configuration says: an answer from what is left would be wrong.
fn is_kept(retention: &Retention, from: Timestamp, now: Timestamp) -> bool {
    let days = [retention.logs_days, retention.traces_days, retention.metrics_days];
    let shortest = days.into_iter().filter(|days| *days > 0).min();
    shortest.is_none_or(|days| now.duration_since(from) < SignedDuration::from_hours(24 * i64::from(days)))
}

fn pause(tries: u32) -> SignedDuration {
    FIRST_PAUSE
        .checked_mul(1 << tries.min(16))
        .map_or(LONGEST_PAUSE, |pause| pause.min(LONGEST_PAUSE))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_up_to_ten_minutes() {
        assert_eq!(pause(0), SignedDuration::from_secs(2));
        assert_eq!(pause(3), SignedDuration::from_secs(16));
        assert_eq!(pause(u32::MAX), LONGEST_PAUSE);
    }

    #[test]
    fn what_the_tables_have_dropped_is_not_asked_for() {
        let retention = |logs_days, traces_days| Retention {
            logs_days,
            traces_days,
            metrics_days: 0,
        };
        let now = Timestamp::UNIX_EPOCH + SignedDuration::from_hours(24 * 5);
        assert!(is_kept(&retention(0, 0), Timestamp::UNIX_EPOCH, now));
        assert!(is_kept(&retention(7, 0), Timestamp::UNIX_EPOCH, now));
        assert!(!is_kept(&retention(7, 3), Timestamp::UNIX_EPOCH, now));
    }
}
