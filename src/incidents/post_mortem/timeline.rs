//! What the telemetry shows and what people did, in the order of time.

use jiff::Timestamp;
use serde_json::Value;

use super::list;
use super::text::{clock, plain, table, time, unknown_as};
use kulprit_incidents::{Event, Incident, Kind};

struct Line {
    at: Timestamp,
    who: String,
    what: String,
    note: String,
}

pub(super) fn timeline(incident: &Incident, history: &[Event], found: &Result<&Value, String>) -> String {
    let mark = |at, what: &str| Line {
        at,
        who: String::new(),
        what: what.to_owned(),
        note: String::new(),
    };
    let mut lines = vec![
        mark(incident.from, "the analysed window begins"),
        mark(incident.to, "the analysed window ends"),
    ];
    lines.extend(found.iter().flat_map(|answer| moments(answer)));
    lines.extend(history.iter().map(|event| Line {
        at: event.at,
        who: plain(&event.who),
        what: happened(event),
        note: plain(&event.note),
    }));
    // Stable: what happened within a millisecond keeps its order.
    lines.sort_by_key(|line| line.at);
    let rows: Vec<_> = lines
        .into_iter()
        .map(|line| vec![clock(line.at), line.who, line.what, line.note])
        .collect();
    table(&["time (UTC)", "who", "what", "note"], &rows)
}

/// What was seen of the root cause and of the services that it hurts; what else was a little odd is no part of the story.
fn moments(answer: &Value) -> impl Iterator<Item = Line> {
    let root = answer["root_cause"]["service"].as_str();
    let hurt = list(&answer["blast_radius"], "affected").filter_map(|affected| affected["service"].as_str());
    let involved: Vec<&str> = root.into_iter().chain(hurt).collect();
    list(answer, "timeline").filter_map(move |moment| {
        let service = moment["service"].as_str()?;
        let is_involved = involved.contains(&service);
        Some(Line {
            at: time(&moment["time"]).filter(|_| is_involved)?,
            who: format!("_{}_", plain(service)),
            what: plain(moment["text"].as_str()?),
            note: String::new(),
        })
    })
}

fn happened(event: &Event) -> String {
    let (from, to) = (plain(&event.from), plain(&event.to));
    match event.kind {
        Kind::Opened => "opened the incident".to_owned(),
        Kind::State => format!("{from} → **{to}**"),
        Kind::Severity => format!("severity {from} → **{to}**"),
        Kind::Assignee => format!(
            "assigned: {} → **{}**",
            unknown_as("nobody", &event.from),
            unknown_as("nobody", &event.to)
        ),
        Kind::Title => format!("title: {from} → {to}"),
        Kind::Labels => format!(
            "labels: {} → {}",
            unknown_as("none", &event.from),
            unknown_as("none", &event.to)
        ),
        Kind::Comment => "comment".to_owned(),
        Kind::Imported => "imported from a file".to_owned(),
        Kind::Deleted => "deleted the incident".to_owned(),
    }
}
