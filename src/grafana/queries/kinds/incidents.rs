//! `incidents`: those that were open at some time of the window, as a table that is also the form of annotations.

use std::collections::BTreeMap;

use jiff::Timestamp;
use kulprit_incidents::{Incident, Page};

use super::super::Refusal;
use super::super::asker::Asker;
use super::super::frame::{Field, Frame};
use super::super::query::Query;
use super::word;

/// The newest that are looked through, which is a page of the list.
const NEWEST: usize = 500;

pub async fn frame(asker: &Asker, query: &Query) -> Result<Frame, Refusal> {
    let mut parameters = vec![
        ("to", query.to.to_string()),
        ("sort", "-opened_at".to_owned()),
        ("limit", NEWEST.to_string()),
    ];
    if !query.services.is_empty() {
        parameters.push(("service", query.services.join(",")));
    }
    let page: Page = asker.get("/api/v1/incidents", &parameters).await?;
    let is_in_window = |incident: &Incident| ended(incident).is_none_or(|ended| ended >= query.from);
    let incidents = query.first(page.incidents.into_iter().filter(is_in_window).collect());
    let frame = match query.is_series() {
        true => Frame::moment("incidents", query.to, open(&incidents)),
        false => Frame::table("incidents", columns(&incidents, query.to)),
    };
    let cut = page
        .next_cursor
        .map(|_| format!("only the newest {NEWEST} incidents were looked through"));
    Ok(frame.noting(cut.into_iter().collect()))
}

fn ended(incident: &Incident) -> Option<Timestamp> {
    incident.resolved_at.or(incident.closed_at)
}

fn columns(incidents: &[Incident], to: Timestamp) -> Vec<Field> {
    let tags = |incident: &Incident| {
        let (severity, state) = (word(incident.severity), word(incident.state));
        let words = [severity, state].into_iter().chain(incident.services.iter().cloned());
        words
            .chain(incident.labels.iter().cloned())
            .collect::<Vec<_>>()
            .join(",")
    };
    let text = |incident: &Incident| {
        let who = match incident.assignee.as_str() {
            "" => "nobody".to_owned(),
            name => name.to_owned(),
        };
        format!(
            "{}, {}; {} works on it",
            word(incident.severity),
            word(incident.state),
            who
        )
    };
    vec![
        Field::time("time", incidents.iter().map(|incident| incident.from)),
        Field::time(
            "timeEnd",
            incidents
                .iter()
                .map(|incident| ended(incident).unwrap_or(to).max(incident.from)),
        ),
        Field::text("title", incidents.iter().map(|incident| &incident.title)),
        Field::text("text", incidents.iter().map(text)),
        Field::text("tags", incidents.iter().map(tags)),
        Field::text("id", incidents.iter().map(|incident| &incident.id)),
        Field::text("severity", incidents.iter().map(|incident| word(incident.severity))),
        Field::text("state", incidents.iter().map(|incident| word(incident.state))),
        Field::text("service", incidents.iter().map(|incident| &incident.service)),
        Field::text("assignee", incidents.iter().map(|incident| &incident.assignee)),
        Field::time("opened_at", incidents.iter().map(|incident| incident.opened_at)),
        Field::time("resolved_at", incidents.iter().map(|incident| incident.resolved_at)),
        Field::number(
            "time_to_resolve_s",
            "s",
            incidents.iter().map(|incident| incident.time_to_resolve_s),
        ),
    ]
}

/// How many are open now, by severity.
fn open(incidents: &[Incident]) -> Vec<Field> {
    let mut counts: BTreeMap<String, f64> = BTreeMap::new();
    for incident in incidents.iter().filter(|incident| ended(incident).is_none()) {
        *counts.entry(word(incident.severity)).or_default() += 1.0;
    }
    let fields = counts
        .into_iter()
        .map(|(severity, count)| Field::number("open_incidents", "short", [count]).labelled([("severity", severity)]));
    fields.collect()
}
