//! One incident as the skeleton of a post-mortem: what is known is filled in, what only people know is asked for. A file for each group of
//! sections. Snapshots are read as they come, for another version may have taken them: what is not there is left out.

mod findings;
mod health;
mod patterns;
mod provenance;
mod text;
mod timeline;

use serde_json::Value;

use kulprit_incidents::Exported;
use kulprit_incidents::Incident;
use text::{clock, duration, plain, section, table, unknown_as};

/// The post-mortem of an incident, as Markdown.
pub fn post_mortem(file: &Exported) -> String {
    let incident = &file.incident;
    let found = answer(&file.snapshot, "correlate");
    let mut out = format!("# Post-mortem: {}\n\n", plain(&incident.title));
    out.push_str(&summary(incident));
    section(&mut out, "What happened", &findings::in_short(&found));
    hint(
        &mut out,
        "In two or three sentences: what broke, who noticed it and how.",
    );
    section(&mut out, "Impact", &findings::blast_radius(&found));
    hint(&mut out, "Who was hurt, how badly, for how long.");
    section(
        &mut out,
        "Timeline",
        &timeline::timeline(incident, &file.history, &found),
    );
    section(&mut out, "Root cause", &findings::root_cause(&found));
    hint(&mut out, "What made it possible, and what set it off.");
    let part = |name, show: fn(&Value) -> String| answer(&file.snapshot, name).map_or_else(|reason| reason, show);
    section(&mut out, "Health of the services", &part("health", health::services));
    section(&mut out, "Objectives", &part("slo", health::objectives));
    section(
        &mut out,
        "Log patterns that changed",
        &part("pattern_changes", patterns::changes),
    );
    section(
        &mut out,
        "What failed, by route and status",
        &part("error_patterns", patterns::errors),
    );
    section(&mut out, "Traces to look at", &findings::traces(&found));
    section(&mut out, "What went well, and what did not", "");
    hint(&mut out, "Detection, response, tools.");
    let items = table(&["what", "who", "by when"], &[vec![String::new(); 3]]);
    section(&mut out, "Action items", &items);
    section(&mut out, "Where the numbers come from", &provenance::provenance(file));
    out
}

fn hint(out: &mut String, text: &str) {
    out.push_str(&format!("\n_{text}_\n"));
}

fn summary(incident: &Incident) -> String {
    let span = |from, to| format!("{} to {} (UTC)", clock(from), clock(to));
    let rows = [
        ("Incident", incident.id.clone()),
        ("Severity", incident.severity.name().to_owned()),
        ("State", incident.state.name().to_owned()),
        ("Services", unknown_as("all", &incident.service)),
        ("Labels", unknown_as("–", &incident.label)),
        ("Assignee", unknown_as("–", &incident.assignee)),
        (
            "Opened",
            format!("{} by {}", clock(incident.opened_at), plain(&incident.opened_by)),
        ),
        ("Time to acknowledge", duration(incident.time_to_acknowledge_s)),
        ("Time to mitigate", duration(incident.time_to_mitigate_s)),
        ("Time to resolve", duration(incident.time_to_resolve_s)),
        ("Analysed window", span(incident.from, incident.to)),
        ("Held against", span(incident.baseline_from, incident.baseline_to)),
    ];
    table(&["", ""], &rows.map(|(name, value)| vec![name.to_owned(), value]))
}

/// What a part of the snapshot answered, or a sentence that says why it did not.
fn answer<'a>(snapshot: &'a Value, name: &str) -> Result<&'a Value, String> {
    let parts = snapshot["parts"].as_array().into_iter().flatten();
    let Some(part) = parts.into_iter().find(|part| part["name"] == name) else {
        return Err("Not frozen by the version that opened the incident.\n".to_owned());
    };
    let reason = plain(part["reason"].as_str().unwrap_or_default());
    match part["status"].as_str() {
        Some("ok") => Ok(&part["answer"]),
        Some("absent") => Err(format!("Nothing to answer this from: {reason}\n")),
        _ => Err(format!("This analysis failed: {reason}\n")),
    }
}

/// The elements of a list in an answer.
fn list<'a>(answer: &'a Value, name: &str) -> impl Iterator<Item = &'a Value> + use<'a> {
    answer[name].as_array().into_iter().flatten()
}

/// What a reader should know about an answer.
fn warnings(answer: &Value) -> String {
    list(answer, "warnings")
        .filter_map(Value::as_str)
        .map(|warning| format!("\nNote: {}.\n", plain(warning)))
        .collect()
}
