//! Asks how the services do: the rollup where it can, the spans where it must, metrics where there are no spans.

use std::collections::BTreeSet;

use super::degrade::optional;
use super::metric_names::EXPONENTIAL_TABLES;
use super::requests;
use crate::Result;
use crate::clickhouse::Client;
use crate::query::services::{SeenService, ServiceRow, Services, Source};
use crate::query::slo::Slo;
use crate::query::time::whole_minute;
use crate::schema;
use crate::shape::services::{Counted, Health, add_objectives, health};

/// The health of each service in scope, those without requests among them.
pub async fn services(client: &Client, slo: &Slo, asked: &Services) -> Result<Health> {
    let mut warnings = Vec::new();
    let mut counted = Counted::default();
    if asked.source != Source::Metrics {
        counted.spans = from_spans(client, asked, &mut warnings).await?;
    }
    let seen = optional(
        client.rows::<SeenService>(&asked.seen()?).await,
        "the list of services in logs and spans",
        &mut warnings,
    )?;
    counted.seen = names(seen.unwrap_or_default());
    if asked.source != Source::Spans {
        counted.metrics = from_metrics(client, asked, &mut counted.seen, &counted.spans, &mut warnings).await?;
    }
    // A service that was named is answered for, even with nothing to say.
    counted.seen.extend(asked.services.iter().cloned());
    if !asked.services.is_empty() {
        counted.seen.retain(|service| asked.services.contains(service));
    }
    let mut health = health(asked, counted, warnings);
    let at = whole_minute(asked.current.to);
    add_objectives(&mut health, super::slo::status(client, slo, at, &asked.services).await?);
    Ok(health)
}

async fn from_spans(client: &Client, asked: &Services, warnings: &mut Vec<String>) -> Result<Vec<ServiceRow>> {
    let is_rolled = requests::covers(client, [asked.current, asked.baseline]).await;
    // Without the rollup's tables the spans themselves answer.
    let statement = if is_rolled.unwrap_or(false) {
        asked.from_rollup()?
    } else {
        asked.from_spans()?
    };
    Ok(optional(client.rows(&statement).await, "spans (otel_traces)", warnings)?.unwrap_or_default())
}

/// Asks the metrics for the services that the spans say nothing about, or for all where metrics were asked for.
async fn from_metrics(
    client: &Client,
    asked: &Services,
    seen: &mut BTreeSet<String>,
    spans: &[ServiceRow],
    warnings: &mut Vec<String>,
) -> Result<Vec<ServiceRow>> {
    const WHAT: &str = "metrics (otel_metrics_sum, otel_metrics_histogram)";
    let exponential = exponential_tables(client).await?;
    let metered = client.rows::<SeenService>(&asked.metered(&exponential)?).await;
    let Some(metered) = optional(metered, WHAT, warnings)? else {
        return Ok(vec![]);
    };
    let metered = names(metered);
    seen.extend(metered.iter().cloned());
    let known: BTreeSet<&String> = spans.iter().map(|row| &row.service).collect();
    let wanted: Vec<String> = metered
        .into_iter()
        .filter(|service| asked.source == Source::Metrics || !known.contains(service))
        .filter(|service| asked.services.is_empty() || asked.services.contains(service))
        .collect();
    if wanted.is_empty() {
        return Ok(vec![]);
    }
    let scoped = Services {
        services: wanted,
        ..asked.clone()
    };
    let rows = client.rows(&scoped.from_metrics(&exponential)?).await;
    Ok(optional(rows, WHAT, warnings)?.unwrap_or_default())
}

/// The tables of exponential histograms that are there and may be read.
pub(super) async fn exponential_tables(client: &Client) -> Result<Vec<String>> {
    let mut tables = EXPONENTIAL_TABLES.map(str::to_owned).to_vec();
    let absent = schema::absent(client, tables.clone()).await?;
    tables.retain(|table| !absent.contains(table));
    Ok(tables)
}

fn names(seen: Vec<SeenService>) -> BTreeSet<String> {
    seen.into_iter().map(|seen| seen.service).collect()
}

/// Whether `service` left anything in either window.
pub async fn is_seen(client: &Client, asked: &Services, service: &str) -> Result<bool> {
    let mut warnings = Vec::new();
    let seen = optional(
        client.rows::<SeenService>(&asked.seen()?).await,
        "services",
        &mut warnings,
    )?;
    // Where nobody can tell, a service is not denied.
    Ok(seen.is_none_or(|seen| seen.iter().any(|seen| seen.service == service)))
}
