//! What the telemetry shows and what people did, in the order of time.

use jiff::Timestamp;

use super::text::{clock, plain, table, unknown_as};
use crate::questions::root_cause::Answer;
use kulprit_incidents::{Event, Incident, Kind};

struct Line {
    at: Timestamp,
    who: String,
    what: String,
    note: String,
}

pub(super) fn timeline(incident: &Incident, history: &[Event], found: Option<&Answer>) -> String {
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
    lines.extend(found.into_iter().flat_map(moments));
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

/// What was seen of the root cause and of the services that it hurts; other services' moments only distract.
fn moments(answer: &Answer) -> impl Iterator<Item = Line> {
    let root = answer.root_cause.iter().map(|cause| &cause.service);
    let hurt = answer.blast_radius.affected.iter().map(|affected| &affected.service);
    let involved: Vec<&String> = root.chain(hurt).collect();
    let moments = answer.timeline.iter();
    moments
        .filter(move |moment| involved.contains(&&moment.service))
        .map(|moment| Line {
            at: moment.time,
            who: format!("_{}_", plain(&moment.service)),
            what: plain(&moment.text),
            note: String::new(),
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
        Kind::Comment if !event.to.is_empty() => to,
        Kind::Comment if !event.from.is_empty() => format!("no {from} any more"),
        Kind::Comment => "comment".to_owned(),
        Kind::Imported => "imported from a file".to_owned(),
        Kind::Deleted => "deleted the incident".to_owned(),
    }
}
