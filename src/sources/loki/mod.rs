//! Log lines in a Loki. What to read is planned from counts, which it tells cheaply and exactly; then pages are read side by side into the
//! session's table `otel_logs`. Beyond the budget some lines of each stretch of a service stand for all, so that totals stay exact.

mod ask;
mod logql;
mod pages;
mod plan;

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex, PoisonError};
use std::time::{Duration, Instant};

use clickhouse::Row;
use kulprit_clickhouse::Client;
use kulprit_request::Window;
use serde::Deserialize;

use super::place::{Asked, Place};
use crate::config;
use crate::{Error, Result};

pub use ask::{Read, read};
pub use logql::{literally, quoted};

/// Labels that usually name the service, the best first.
const USUAL_LABELS: [&str; 5] = ["service_name", "service", "app", "job", "container"];
/// How long it is remembered which of them a server has.
const REMEMBERED: Duration = Duration::from_secs(300);

/// A name in a list.
#[derive(Debug, Row, Deserialize)]
pub struct Named {
    pub name: String,
}

/// The server of `config`, if it names one.
pub fn place(config: &config::Loki) -> Option<Place> {
    let place = || {
        Place::new(
            "loki",
            &config.url,
            &config.auth,
            config.timeout_seconds,
            config.parallel,
        )
    };
    (!config.url.is_empty()).then(place)
}

/// Whose lines are read, and when they were written.
#[derive(Debug, Clone)]
pub struct Wanted<'a> {
    /// The most important stretch first.
    pub windows: &'a [Window],
    /// Only lines of this trace.
    pub trace: Option<&'a str>,
    /// None means all.
    pub services: &'a [String],
}

/// The label with the name of the service: as configured, else the first usual one that there is.
pub async fn service_label(client: &Client, place: &Place, config: &config::Loki) -> Result<String> {
    static KNOWN: LazyLock<Mutex<HashMap<String, (Instant, String)>>> = LazyLock::new(Mutex::default);
    if !config.service_label.is_empty() {
        return Ok(config.service_label.clone());
    }
    let known = |label: Option<String>| {
        let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(label) = label {
            known.insert(config.url.clone(), (Instant::now(), label));
        }
        known
            .get(&config.url)
            .filter(|(since, _)| since.elapsed() < REMEMBERED)
            .map(|(_, label)| label.clone())
    };
    if let Some(label) = known(None) {
        return Ok(label);
    }
    let there = labels(client, place).await?;
    let label = USUAL_LABELS
        .into_iter()
        .find(|usual| there.iter().any(|label| label == usual));
    let label = label.ok_or_else(|| {
        Error::no_data_source(format!(
            "loki has none of the labels {}: name the one with the service in sources.loki.service_label",
            USUAL_LABELS.join(", ")
        ))
    })?;
    known(Some(label.to_owned()));
    Ok(label.to_owned())
}

/// The labels of its streams in the last hours.
pub async fn labels(client: &Client, place: &Place) -> Result<Vec<String>> {
    let asked = Asked::new("/loki/api/v1/labels", &[]);
    let names: Vec<Named> = place.rows(client, "sources/names", &asked, vec![]).await?;
    Ok(names.into_iter().map(|named| named.name).collect())
}
