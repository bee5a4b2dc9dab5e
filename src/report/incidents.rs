//! The incidents, as the page lists them.

use serde::Serialize;

use super::numbers::{Instant, Stretch, date, stretch};
use super::place::Place;
use kulprit_incidents::{Incident, Page};
use kulprit_request::Window;

#[derive(Debug, Serialize)]
pub struct View {
    rows: Vec<Row>,
    has_more: bool,
}

#[derive(Debug, Serialize)]
struct Row {
    title: String,
    link: Option<String>,
    post_mortem: Option<String>,
    severity: &'static str,
    state: &'static str,
    services: Vec<String>,
    window: Stretch,
    /// The page for the incident's window.
    page: Option<String>,
    opened: Instant,
    assignee: String,
    /// Whether its window touches the page's.
    is_now: bool,
}

pub fn view(page: &Page, window: Window, place: &Place) -> View {
    View {
        rows: page
            .incidents
            .iter()
            .map(|incident| row(incident, window, place))
            .collect(),
        has_more: page.next_cursor.is_some(),
    }
}

fn row(incident: &Incident, window: Window, place: &Place) -> Row {
    let own = Window {
        from: incident.from,
        to: incident.to,
    };
    let api = |rest| place.api("api/v1/incidents", &[&incident.id], rest);
    Row {
        title: incident.title.clone(),
        link: api(""),
        post_mortem: api("/export?format=markdown"),
        severity: incident.severity.name(),
        state: incident.state.name(),
        services: incident.services.clone(),
        window: stretch(&own),
        page: place.page(own, &incident.services),
        opened: date(incident.opened_at),
        assignee: incident.assignee.clone(),
        is_now: own.from < window.to && window.from < own.to,
    }
}
