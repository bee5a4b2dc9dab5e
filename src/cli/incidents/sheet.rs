//! One incident on a terminal: what it is, what happened, what was found.

use super::show::{clock, header, seconds};
use crate::cli::table::aligned;
use crate::incidents::Frozen;
use kulprit_incidents::{Detail, Event, Kind};

/// Patterns that are shown; `export` shows more.
const PATTERNS: usize = 10;

pub(super) fn sheet(detail: &Detail, history: &[Event], frozen: &Frozen) -> String {
    let mut out = format!("{}\n\n{}\n", detail.incident.title, summary(detail));
    let mut rows = vec![header(&["time (UTC)", "who", "what", "note"])];
    rows.extend(history.iter().map(|event| {
        let what = match event.kind {
            Kind::Comment if event.from != event.to => format!("{} → {}", event.from, event.to),
            Kind::Opened | Kind::Comment | Kind::Imported | Kind::Deleted => event.kind.name().to_owned(),
            kind => format!("{}: {} → {}", kind.name(), event.from, event.to),
        };
        vec![clock(event.at), event.who.clone(), what, event.note.replace('\n', " ")]
    }));
    out.push_str(&aligned(&rows, &[]));
    out.push_str(&findings(frozen));
    out.push_str(&patterns(frozen));
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
        ("alert", incident.dedup_key.clone()),
        ("after", incident.follows.clone()),
        ("duplicate of", incident.duplicate_of.clone()),
        ("digest", detail.digest.clone()),
    ];
    aligned(&rows.map(|(name, value)| vec![name.to_owned(), value]), &[])
}

fn findings(frozen: &Frozen) -> String {
    let mut out = String::new();
    if let Ok(found) = &frozen.correlate {
        if let Some(cause) = &found.root_cause {
            out.push_str(&format!("\n{}\n", cause.sentence));
        }
        let blast = &found.blast_radius;
        let affected: Vec<_> = blast.affected.iter().map(|one| one.service.as_str()).collect();
        out.push_str(&format!(
            "blast radius: {} ({})\n",
            blast.class.word(),
            affected.join(", ")
        ));
    }
    for service in frozen.health.iter().flat_map(|health| &health.services) {
        out.push_str(&format!(
            "{} is {}: {}\n",
            service.service,
            service.status.word(),
            service.reasons.first().map_or("nothing to report", String::as_str)
        ));
    }
    out
}

fn patterns(frozen: &Frozen) -> String {
    let groups = frozen.pattern_changes.iter().flat_map(|changes| &changes.log_groups);
    let lines: String = groups
        .take(PATTERNS)
        .map(|group| {
            format!(
                "  {} {} → {} {}: {}\n",
                group.status, group.baseline_count, group.current_count, group.service, group.pattern
            )
        })
        .collect();
    if lines.is_empty() {
        return lines;
    }
    format!("\nlog patterns that changed most\n{lines}")
}
