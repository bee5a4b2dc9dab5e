//! One question from start to end: read, score, rank, judge, and find what shows it.

use super::answer::{Answer, Found, answer};
use super::ask::{Asker, Read};
use super::blast::blast;
use super::confidence::confidence;
use super::fusion::{Suspect, rank};
use super::propagation::{prefer_the_called, rival};
use super::question::Correlate;
use super::scores::{Finding, Part};
use super::{blast, parts};
use crate::Result;
use crate::config::Config;
use crate::questions::topology::downstream;
use kulprit_clickhouse::Client;

/// Suspects to show.
const SUSPECTS: usize = 10;

/// Ranks the services, says how sure the first one is and whom it hurts. A source that cannot be read is named in the answer's
/// warnings. Errors: ClickHouse is away.
pub async fn correlate(client: &Client, config: &Config, question: &Correlate) -> Result<Answer> {
    let mut asker = Asker::new(client, config, question);
    let Read {
        logs,
        spans,
        latency,
        saturation,
        edges,
        changes,
    } = asker.read().await?;
    let scored = [
        (Part::Pattern, parts::patterns(logs, spans)),
        (Part::Latency, parts::latency(latency)),
        (Part::Saturation, parts::saturation(saturation)),
    ];
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
    prefer_the_called(&mut ranked, &edges);
    let confidence = confidence(&ranked, rival(&ranked, &edges), &scored);
    ranked.retain(|suspect| suspect.score > 0.0);
    ranked.truncate(SUSPECTS);
    let root = confidence.and(ranked.first()).map(|first| first.service.clone());
    let blast: blast::Blast = blast(&changes, &edges, root.as_deref());
    let examples = asker.examples(&log_events(&ranked)).await?;
    let mut services: Vec<String> = blast.affected.iter().map(|affected| affected.service.clone()).collect();
    if services.is_empty() {
        services.extend(root);
    }
    let traces = asker.traces_of(services).await?;
    Ok(answer(
        question,
        Found {
            ranked,
            confidence,
            blast,
            edges,
            changes,
            examples,
            traces,
            warnings: asker.sources.finish()?,
        },
    ))
}

fn log_events(ranked: &[Suspect]) -> Vec<(String, String, u64)> {
    let accusations = ranked
        .iter()
        .flat_map(|suspect| suspect.accusations.iter().map(move |accusation| (suspect, accusation)));
    accusations
        .filter_map(|(suspect, accusation)| match &accusation.finding {
            Finding::Log { site, shape, .. } => Some((suspect.service.clone(), site.clone(), *shape)),
            _ => None,
        })
        .collect()
}
