//! Recorded incidents with a known culprit.

use std::path::Path;

use jiff::Timestamp;
use kulprit::questions::log_changes::{ServiceChanges, service_changes};
use kulprit_request::window::Window;
use serde::Deserialize;

use crate::rankings::{RANKINGS, counts, place};
use crate::store::Store;

#[derive(Deserialize)]
pub struct Incident {
    pub fault_type: String,
    pub root_cause_service: String,
    baseline_window: (Timestamp, Timestamp),
    fault_window: (Timestamp, Timestamp),
}

impl Incident {
    pub fn baseline(&self) -> Window {
        Window {
            from: self.baseline_window.0,
            to: self.baseline_window.1,
        }
    }

    pub fn fault(&self) -> Window {
        Window {
            from: self.fault_window.0,
            to: self.fault_window.1,
        }
    }

    /// Whether the fault is one that logs can tell of.
    fn is_logged(&self) -> bool {
        matches!(self.fault_type.as_str(), "exception" | "return")
    }
}

pub fn incidents(directory: &Path) -> anyhow::Result<Vec<Incident>> {
    Ok(serde_json::from_slice(&std::fs::read(
        directory.join("incidents.json"),
    )?)?)
}

/// Each quiet window of a day and the next one of that day.
pub fn quiet_pairs(incidents: &[Incident]) -> Vec<(Window, Window)> {
    let windows: Vec<Window> = incidents.iter().map(Incident::baseline).collect();
    let pairs = windows.windows(2).map(|pair| (pair[0], pair[1]));
    pairs
        .filter(|(one, next)| next.from.duration_since(one.to).as_hours() < 8)
        .collect()
}

/// Where the first group of the culprit stands.
pub async fn groups(store: &Store, incidents: &[Incident]) -> anyhow::Result<()> {
    let mut places = vec![Vec::new(); RANKINGS.len()];
    for incident in incidents.iter().filter(|incident| incident.is_logged()) {
        let groups = counts(store.ask(incident.fault(), incident.baseline(), vec![]).await?);
        for (place_of, (_, score)) in places.iter_mut().zip(RANKINGS) {
            place_of.push(place(&groups, score, |group| {
                group.service == incident.root_cause_service
            }));
        }
    }
    for ((name, _), places) in RANKINGS.iter().zip(places) {
        let within = |limit: usize| places.iter().filter(|place| **place <= limit).count();
        println!(
            "group of the culprit, {name:<12} first {:>2}, in three {:>2}, in ten {:>2} of {}  {places:?}",
            within(1),
            within(3),
            within(10),
            places.len()
        );
    }
    Ok(())
}

/// Where the culprit stands among the services, each held against its own earlier windows.
pub async fn services(store: &Store, incidents: &[Incident]) -> anyhow::Result<()> {
    let mut places = Vec::new();
    for incident in incidents.iter().filter(|incident| incident.is_logged()) {
        let question = ServiceChanges {
            current: incident.fault(),
            services: vec![],
        };
        let ranked = service_changes(&store.analyzer, &question).await?;
        let place = ranked
            .iter()
            .position(|service| service.service == incident.root_cause_service);
        places.push(place.map_or(ranked.len() + 1, |place| place + 1));
    }
    let within = |limit: usize| places.iter().filter(|place| **place <= limit).count();
    println!(
        "service of the culprit, kulprit        first {:>2}, in three {:>2} of {}  {places:?}",
        within(1),
        within(3),
        places.len()
    );
    Ok(())
}
