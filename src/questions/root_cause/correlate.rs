//! One question from start to end: read, score, rank, judge, and find what shows it.

use std::collections::BTreeSet;

use super::answer::{Answer, Found, answer};
use super::ask::{Asker, Read};
use super::blast::blast;
use super::confidence::confidence;
use super::fusion::{Suspect, rank};
use super::measured::measured;
use super::naming::{USUAL, stands_out};
use super::propagation::{BEYOND_DOUBT, prefer_the_called, prefer_the_silent, rival};
use super::question::Correlate;
use super::scores::{Finding, Part};
use super::traffic::stopped;
use super::{blast, parts};
use crate::Result;
use crate::config::Config;
use crate::questions::topology::downstream;
use crate::sources;
use kulprit_clickhouse::Client;

/// Suspects to show, and where the first one stands out beyond doubt.
const SUSPECTS: usize = 10;
const BESIDE_THE_CERTAIN: usize = 3;

/// Ranks the services, says how sure the first one is and whom it hurts. A source that cannot be read is named in the answer's
/// warnings. Errors: ClickHouse is away.
pub async fn correlate(client: &Client, config: &Config, question: &Correlate) -> Result<Answer> {
    let gathered = sources::gather(client, config, &question.needs()).await?;
    gathered.need_any()?;
    let mut answer = found(&gathered.client, &gathered.config, question).await?;
    gathered.tell(&mut answer.sources, &mut answer.warnings);
    Ok(answer)
}

async fn found(client: &Client, config: &Config, question: &Correlate) -> Result<Answer> {
    let mut asker = Asker::new(client, config, question);
    let Read {
        logs,
        spans,
        latency,
        saturation,
        edges,
        mut changes,
        traffic,
        metrics,
    } = asker.read().await?;
    let mut patterns = parts::patterns(logs, spans, &edges);
    let mut latency = parts::latency(latency, &edges);
    let known: BTreeSet<String> = changes.iter().map(|change| change.service.clone()).collect();
    for measured in measured(metrics, &known) {
        measured.add_to(&mut patterns, &mut latency);
        changes.push(measured.change(known.is_empty()));
    }
    let scored = [
        (Part::Pattern, patterns),
        (Part::Latency, latency),
        (Part::Saturation, parts::saturation(saturation)),
    ];
    let stopped = stopped(&traffic, asker.scale());
    let mut ranked = rank(&scored);
    if let Some(service) = &question.service {
        let reached = downstream(&edges, service);
        ranked.retain(|suspect| reached.contains_key(suspect.service.as_str()));
        if ranked.is_empty() {
            asker.sources.warn(format!(
                "nothing is known of the service {service:?} in the window: leave it out to ask about all"
            ));
        }
    }
    if !prefer_the_silent(&mut ranked, &edges) {
        prefer_the_called(&mut ranked, &edges);
    }
    let confidence = confidence(&ranked, rival(&ranked, &edges), &scored);
    let is_certain = ranked.first().is_some_and(|first| first.score >= BEYOND_DOUBT);
    if is_certain {
        // What is within the usual is no suspect beside it.
        ranked.retain(|suspect| suspect.score >= USUAL);
        ranked.truncate(BESIDE_THE_CERTAIN);
    }
    ranked.retain(|suspect| suspect.score > 0.0);
    ranked.truncate(SUSPECTS);
    let examples = asker.examples(&log_events(&ranked)).await?;
    let hurt = blast::blast(&changes, &stopped, &edges, None);
    let confidence = confidence.filter(|confidence| {
        ranked
            .first()
            .is_some_and(|first| stands_out(first, confidence, &hurt, &edges, &examples))
    });
    let root = confidence.and(ranked.first()).map(|first| first.service.clone());
    let blast: blast::Blast = blast(&changes, &stopped, &edges, root.as_deref());
    let mut services: Vec<String> = blast.affected.iter().map(|affected| affected.service.clone()).collect();
    if services.is_empty() {
        services.extend(root);
    }
    let beside = asker.beside(&ranked, services).await?;
    Ok(answer(
        question,
        Found {
            ranked,
            confidence,
            blast,
            edges,
            changes,
            stopped,
            examples,
            traces: beside.traces,
            system: beside.system,
            cluster: beside.cluster,
            warnings: asker.sources.finish()?,
        },
    ))
}

fn log_events(ranked: &[Suspect]) -> Vec<(String, u64)> {
    let mut events = Vec::new();
    for suspect in ranked {
        let accusations = suspect.accusations.iter();
        let findings =
            accusations.flat_map(|accusation| std::iter::once(&accusation.finding).chain(&accusation.others));
        events.extend(findings.filter_map(|finding| match finding {
            Finding::Log { event, .. } => Some((suspect.service.clone(), *event)),
            _ => None,
        }));
    }
    events
}
