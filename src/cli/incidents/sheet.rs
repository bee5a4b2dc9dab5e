//! One incident on a terminal: what it is, what happened, what was found.

use serde_json::Value;

use super::show::{clock, header, seconds};
use crate::cli::table::aligned;
use kulprit_incidents::{Detail, Event, Kind};

/// Patterns that are shown; `export` shows more.
const PATTERNS: usize = 10;

pub(super) fn sheet(detail: &Detail, history: &[Event]) -> String {
    let mut out = format!("{}\n\n{}\n", detail.incident.title, summary(detail));
    let mut rows = vec![header(&["time (UTC)", "who", "what", "note"])];
    rows.extend(history.iter().map(|event| {
        let what = match event.kind {
            Kind::Opened | Kind::Comment | Kind::Imported | Kind::Deleted => event.kind.name().to_owned(),
            kind => format!("{}: {} → {}", kind.name(), event.from, event.to),
        };
        vec![clock(event.at), event.who.clone(), what, event.note.replace('\n', " ")]
    }));
    out.push_str(&aligned(&rows, &[]));
    out.push_str(&findings(&detail.snapshot));
    out.push_str(&patterns(&detail.snapshot));
    out
}

fn summary(detail: &Detail) -> String {
    let incident = &detail.incident;
    let span = |from, to| format!("{} to {}", clock(from), clock(to));
    let rows = [
        ("id", incident.id.clone()),
        ("state", incident.state.name().to_owned()),
        ("severity", incident.severity.name().to_owned()),
        ("services", incident.service.clone()),
        ("labels", incident.label.clone()),
        ("assignee", incident.assignee.clone()),
        ("window", span(incident.from, incident.to)),
        ("baseline", span(incident.baseline_from, incident.baseline_to)),
        ("acknowledged after", seconds(incident.time_to_acknowledge_s)),
        ("mitigated after", seconds(incident.time_to_mitigate_s)),
        ("resolved after", seconds(incident.time_to_resolve_s)),
        ("digest", detail.digest.clone()),
    ];
    aligned(&rows.map(|(name, value)| vec![name.to_owned(), value]), &[])
}

/// The answer of one part of the snapshot; null when there is none.
fn answer<'a>(snapshot: &'a Value, name: &str) -> &'a Value {
    let parts = snapshot["parts"].as_array().into_iter().flatten();
    parts
        .into_iter()
        .find(|part| part["name"] == name)
        .map_or(&Value::Null, |part| &part["answer"])
}

fn findings(snapshot: &Value) -> String {
    let mut out = String::new();
    let found = answer(snapshot, "correlate");
    if let Some(sentence) = found["root_cause"]["sentence"].as_str() {
        out.push_str(&format!("\n{sentence}\n"));
    }
    if let Some(class) = found["blast_radius"]["class"].as_str() {
        let affected = found["blast_radius"]["affected"].as_array().into_iter().flatten();
        let affected: Vec<_> = affected.filter_map(|one| one["service"].as_str()).collect();
        out.push_str(&format!("blast radius: {class} ({})\n", affected.join(", ")));
    }
    let services = answer(snapshot, "health")["services"].as_array().into_iter().flatten();
    for service in services {
        let reasons = service["reasons"].as_array().into_iter().flatten();
        let reasons: Vec<_> = reasons.filter_map(Value::as_str).collect();
        let text = |name: &str| service[name].as_str().unwrap_or_default();
        out.push_str(&format!(
            "{} is {}: {}\n",
            text("service"),
            text("status"),
            reasons.first().unwrap_or(&"nothing to report")
        ));
    }
    out
}

fn patterns(snapshot: &Value) -> String {
    let groups = answer(snapshot, "pattern_changes")["log_groups"]
        .as_array()
        .into_iter()
        .flatten();
    let lines: String = groups
        .take(PATTERNS)
        .map(|group| {
            let text = |name: &str| group[name].as_str().unwrap_or_default();
            format!(
                "  {} {} → {} {}: {}\n",
                text("status"),
                group["baseline_count"],
                group["current_count"],
                text("service"),
                text("pattern")
            )
        })
        .collect();
    if lines.is_empty() {
        return lines;
    }
    format!("\nlog patterns that changed most\n{lines}")
}
