//! Asks how the services do: the rollup where it can, the spans where it must, metrics where there are no spans.

use std::collections::BTreeSet;

use jiff::SignedDuration;
use kulprit_clickhouse::Client;
use kulprit_request::time::whole_minute;
use kulprit_request::{Window, if_there};

use super::answer::{Counted, CountedFrom, Health, add_objectives, health};
use super::question::{SeenService, ServiceRow, Services, Source};
use crate::Result;
use crate::config::Config;
use crate::questions::degrade::Sources;
use crate::questions::slo;
use crate::rollups::{logs, requests};
use crate::sources;
use crate::sources::request_metrics::further_tables;

/// The health of each service in scope, those without requests among them. What can be asked at the same time is.
pub async fn services(client: &Client, config: &Config, asked: &Services) -> Result<Health> {
    let mut needs = asked.needs();
    needs.objectives = slo::judged(&config.slo, whole_minute(asked.current.to));
    let gathered = sources::gather(client, config, &needs).await?;
    gathered.need_any()?;
    let mut health = of_tables(&gathered.client, &gathered.config, asked).await?;
    gathered.tell(&mut health.sources, &mut health.warnings);
    Ok(health)
}

async fn of_tables(client: &Client, config: &Config, asked: &Services) -> Result<Health> {
    let at = whole_minute(asked.current.to);
    // Boxed, since four of them side by side are too much for the stack of a thread.
    let (spans, seen, metered, objectives) = tokio::join!(
        Box::pin(from_spans(client, asked)),
        Box::pin(seen(client, config, asked)),
        Box::pin(metered(client, asked)),
        Box::pin(slo::status(client, config, at, &asked.services)),
    );
    let mut sources = Sources::default();
    let spans = sources.read(spans, "spans (otel_traces)")?.unwrap_or_default();
    let seen = sources.read(seen, "the list of services in logs and spans")?;
    let mut seen = names(seen.unwrap_or_default());
    let (mut metrics, mut further) = (Vec::new(), Vec::new());
    if let Some(metered) = sources.read(metered, METRICS)? {
        let services = names(metered.services);
        seen.extend(services.iter().cloned());
        let wanted = wanted(asked, services, &spans);
        further = metered.further;
        metrics = from_metrics(client, wanted, &further, asked, &mut sources).await?;
    }
    // A service that was named is answered for, even with nothing to say.
    seen.extend(asked.services.iter().cloned());
    if !asked.services.is_empty() {
        seen.retain(|service| asked.services.contains(service));
    }
    let objectives = sources.read(objectives, "objectives")?;
    let mut counted = Counted {
        spans,
        metrics,
        seen,
        ..Counted::default()
    };
    counted.earlier = earlier(client, asked, &counted, &further, &mut sources).await?;
    let mut health = health(asked, counted, sources.finish()?);
    if let Some(objectives) = objectives {
        add_objectives(&mut health, objectives);
    }
    Ok(health)
}

/// What metrics alone say of each service in two windows.
pub async fn by_metrics(client: &Client, current: Window, baseline: Window) -> Result<Vec<ServiceRow>> {
    let asked = Services {
        current,
        baseline,
        services: vec![],
        source: Source::Metrics,
    };
    let metered = metered(client, &asked).await?;
    if metered.services.is_empty() {
        return Ok(vec![]);
    }
    let mut rows: Vec<ServiceRow> = client.rows(&asked.from_metrics(client, &metered.further)?).await?;
    rows.retain(|row| row.time == 0);
    Ok(rows)
}

const DAY: SignedDuration = SignedDuration::from_hours(24);
const METRICS: &str = "metrics (otel_metrics_sum, otel_metrics_histogram)";

/// Services with a metric of requests, and the tables of exponential histograms and summaries.
#[derive(Default)]
struct Metered {
    services: Vec<SeenService>,
    further: Vec<String>,
}

async fn from_spans(client: &Client, asked: &Services) -> Result<Vec<ServiceRow>> {
    if asked.source == Source::Metrics {
        return Ok(vec![]);
    }
    let is_rolled = requests::covers(client, [asked.current, asked.baseline]).await;
    // Without the rollup's tables the spans themselves answer.
    let statement = if is_rolled.unwrap_or(false) {
        asked.from_rollup()?
    } else {
        asked.from_spans()?
    };
    client.rows(&statement).await
}

async fn metered(client: &Client, asked: &Services) -> Result<Metered> {
    if asked.source == Source::Spans {
        return Ok(Metered::default());
    }
    let further = further_tables(client).await?;
    let services = client.rows(&asked.metered(client, &further)?).await?;
    Ok(Metered { services, further })
}

/// The services that the spans say nothing about, or all where metrics were asked for.
fn wanted(asked: &Services, metered: BTreeSet<String>, spans: &[ServiceRow]) -> Vec<String> {
    let known: BTreeSet<&String> = spans.iter().map(|row| &row.service).collect();
    metered
        .into_iter()
        .filter(|service| asked.source == Source::Metrics || !known.contains(service))
        .filter(|service| asked.services.is_empty() || asked.services.contains(service))
        .collect()
}

async fn from_metrics(
    client: &Client,
    services: Vec<String>,
    further: &[String],
    asked: &Services,
    sources: &mut Sources,
) -> Result<Vec<ServiceRow>> {
    if services.is_empty() {
        return Ok(vec![]);
    }
    let scoped = Services {
        services,
        ..asked.clone()
    };
    let rows = client.rows(&scoped.from_metrics(client, further)?).await;
    Ok(sources.read(rows, METRICS)?.unwrap_or_default())
}

/// The day before the window, in stretches, of the services with too few requests in it.
async fn earlier(
    client: &Client,
    asked: &Services,
    counted: &Counted,
    further: &[String],
    sources: &mut Sources,
) -> Result<Vec<ServiceRow>> {
    let to = whole_minute(asked.current.from);
    let current = Window { from: to - DAY, to };
    let mut earlier = Vec::new();
    for (source, services) in counted.sparse() {
        if services.is_empty() {
            continue;
        }
        let before = Services {
            current,
            // Nothing is held against it.
            baseline: Window { from: to, to },
            services: services.clone(),
            source: asked.source,
        };
        let rows = match source {
            CountedFrom::Spans => from_spans(client, &before).await,
            CountedFrom::Metrics => client.rows(&before.from_metrics(client, further)?).await,
        };
        let rows = sources.read(rows, "the day before, for services with few requests,")?;
        earlier.extend(
            rows.unwrap_or_default()
                .into_iter()
                .filter(|row| row.period == "series"),
        );
    }
    Ok(earlier)
}

/// The services that left anything in either window: by the rollups, and by the log table where that of lines does not count it.
async fn seen(client: &Client, config: &Config, asked: &Services) -> Result<Vec<SeenService>> {
    let mut seen: Vec<SeenService> = client.rows(&asked.seen()?).await?;
    let whole = asked.extent();
    let mut uncounted = match logs::covered_from(client).await? {
        Some(covered_from) => logs::uncounted(client, &config.logs, &[whole])
            .await?
            .window(covered_from, whole),
        None => whole,
    };
    uncounted.from = uncounted.from.max(whole.from);
    uncounted.to = uncounted.to.min(whole.to);
    if uncounted.from < uncounted.to {
        let logged = client.rows(&asked.logged(&config.logs, uncounted)?).await;
        // Whether there are log lines at all is no question of health.
        let logged: Vec<SeenService> = if_there(logged)?.unwrap_or_default();
        seen.extend(logged);
    }
    Ok(seen)
}

fn names(seen: Vec<SeenService>) -> BTreeSet<String> {
    seen.into_iter().map(|seen| seen.service).collect()
}

/// Whether `service` left anything in either window.
pub async fn is_seen(client: &Client, config: &Config, asked: &Services, service: &str) -> Result<bool> {
    let seen = seen(client, config, asked).await;
    let seen = Sources::default().read(seen, "services")?;
    // Where nobody can tell, a service is not denied.
    Ok(seen.is_none_or(|seen| seen.iter().any(|seen| seen.service == service)))
}
