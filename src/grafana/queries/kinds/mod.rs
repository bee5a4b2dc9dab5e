//! One file a kind of query, with its columns; [`incidents`] and [`changes`] also make annotations, whose fields Grafana knows by name:
//! `time`, `timeEnd`, `title`, `text` and `tags`.

mod changes;
mod error_patterns;
mod incidents;
mod objectives;
mod services;
mod suspects;

use super::Refusal;
use super::asker::Asker;
use super::frame::Frame;
use super::query::{Kind, Query};

/// The frame that answers a query.
pub async fn frame(asker: &Asker, query: &Query) -> Result<Frame, Refusal> {
    let frame = whole(asker, query).await?;
    Ok(match query.measure.filter(|_| query.is_series()) {
        Some(measure) => frame.with_measure(measure),
        None => frame,
    })
}

async fn whole(asker: &Asker, query: &Query) -> Result<Frame, Refusal> {
    match query.kind {
        Kind::Changes => changes::frame(asker, query).await,
        Kind::Onsets => changes::onsets(asker, query).await,
        Kind::Services => services::frame(asker, query).await,
        Kind::Objectives => objectives::frame(asker, query).await,
        Kind::ErrorPatterns => error_patterns::frame(asker, query).await,
        Kind::Suspects => suspects::frame(asker, query).await,
        Kind::Incidents => incidents::frame(asker, query).await,
    }
}

/// The parameters that most routes share.
fn window(query: &Query) -> Vec<(&'static str, String)> {
    let mut parameters = vec![("from", query.from.to_string()), ("to", query.to.to_string())];
    parameters.extend(services_of(query));
    parameters
}

fn services_of(query: &Query) -> impl Iterator<Item = (&'static str, String)> {
    query.services.iter().map(|service| ("service", service.clone()))
}

/// A word of an enumeration, as JSON spells it.
fn word(value: impl serde::Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => word,
        _ => String::new(),
    }
}

/// Texts in one cell.
fn joined(texts: &[String]) -> String {
    texts.join("; ")
}
