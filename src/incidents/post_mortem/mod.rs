//! One incident as the skeleton of a post-mortem: what is known is filled in, what only people know is asked for. A file for each group of
//! sections.

mod findings;
mod health;
mod patterns;
mod provenance;
mod text;
mod timeline;

use super::{Frozen, Missing};
use crate::config::Config;
use kulprit_incidents::Exported;
use kulprit_incidents::Incident;
use text::{clock, duration, plain, section, table, unknown_as};

/// The post-mortem of an incident, as Markdown. The configuration says where its traces are shown.
pub fn post_mortem(file: &Exported, config: &Config) -> String {
    let incident = &file.incident;
    let frozen = Frozen::read(&file.snapshot);
    let found = frozen.correlate.as_ref();
    let mut out = format!("# Post-mortem: {}\n\n", plain(&incident.title));
    out.push_str(&summary(incident));
    let in_short = found.map_or_else(|_| String::new(), findings::in_short);
    section(&mut out, "What happened", &in_short);
    hint(
        &mut out,
        "In two or three sentences: what broke, who noticed it and how.",
    );
    section(&mut out, "Impact", &shown(&frozen.correlate, findings::blast_radius));
    hint(&mut out, "Who was hurt, how badly, for how long.");
    section(
        &mut out,
        "Timeline",
        &timeline::timeline(incident, &file.history, found.ok()),
    );
    section(&mut out, "Root cause", &shown(&frozen.correlate, findings::root_cause));
    hint(&mut out, "What made it possible, and what set it off.");
    section(
        &mut out,
        "Health of the services",
        &shown(&frozen.health, health::services),
    );
    section(&mut out, "Objectives", &shown(&frozen.slo, health::objectives));
    section(
        &mut out,
        "Log patterns that changed",
        &shown(&frozen.pattern_changes, patterns::changes),
    );
    section(
        &mut out,
        "What failed, by route and status",
        &shown(&frozen.error_patterns, patterns::errors),
    );
    section(
        &mut out,
        "Traces to look at",
        &shown(&frozen.correlate, |answer| findings::traces(answer, config)),
    );
    section(&mut out, "What went well, and what did not", "");
    hint(&mut out, "Detection, response, tools.");
    let items = table(&["what", "who", "by when"], &[vec![String::new(); 3]]);
    section(&mut out, "Action items", &items);
    section(
        &mut out,
        "Where the numbers come from",
        &provenance::provenance(file, &frozen),
    );
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
        ("Alert", unknown_as("–", &incident.dedup_key)),
        ("After the incident", unknown_as("–", &incident.follows)),
        ("Duplicate of", unknown_as("–", &incident.duplicate_of)),
        ("Assignee", unknown_as("–", &incident.assignee)),
        (
            "Opened",
            format!("{} by {}", clock(incident.opened_at), plain(&incident.opened_by)),
        ),
        ("Time to acknowledge", duration(incident.time_to_acknowledge_s)),
        ("Time to mitigate", duration(incident.time_to_mitigate_s)),
        ("Time to resolve", duration(incident.time_to_resolve_s)),
        ("Analysed window", span(incident.from, incident.to)),
        ("Baseline", span(incident.baseline_from, incident.baseline_to)),
    ];
    table(&["", ""], &rows.map(|(name, value)| vec![name.to_owned(), value]))
}

/// What an analysis found, or the sentence that says why that is not known.
fn shown<T>(answer: &Result<T, Missing>, show: impl Fn(&T) -> String) -> String {
    match answer {
        Ok(answer) => show(answer),
        Err(missing) => format!("{}\n", plain(&missing.to_string())),
    }
}

/// What a reader should know about an answer.
fn warnings(warnings: &[String]) -> String {
    warnings
        .iter()
        .map(|warning| format!("\nNote: {}.\n", plain(warning)))
        .collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    /// An exported incident with these parts in its snapshot.
    fn exported(parts: Value) -> Exported {
        let at = "2026-01-31T10:00:00Z";
        let event = |version: u32, kind: &str, from: &str, to: &str| {
            json!({
                "version": version, "at": at, "who": "ann", "via": "token", "kind": kind, "from": from, "to": to, "note": "",
            })
        };
        let file = json!({
            "format": "kulprit-incident/1",
            "incident": {
                "id": "abc", "org": "shop", "title": "checkout | fails", "severity": "high", "state": "resolved", "assignee": "",
                "service": "checkout", "label": "", "from": at, "to": "2026-01-31T10:10:00Z",
                "baseline_from": "2026-01-31T09:50:00Z", "baseline_to": at, "opened_at": at, "opened_by": "ann", "updated_at": at,
                "acknowledged_at": at, "mitigated_at": null, "resolved_at": at, "closed_at": null,
                "time_to_acknowledge_s": 0.0, "time_to_mitigate_s": null, "time_to_resolve_s": 0.0,
                "version": 3, "services": ["checkout"], "labels": [],
            },
            "history": [
                event(1, "opened", "", "open"),
                event(2, "state", "open", "acknowledged"),
                event(3, "state", "acknowledged", "resolved"),
            ],
            "digest": "sha256:0123",
            "snapshot": { "format": "kulprit-snapshot/1", "parts": parts },
        });
        Exported::read(file.to_string().as_bytes()).unwrap()
    }

    /// Its post-mortem, where nothing is configured.
    fn told(parts: Value) -> String {
        post_mortem(&exported(parts), &Config::default())
    }

    /// Of one new pattern.
    fn pattern_changes() -> Value {
        let window = json!({ "from": "2026-01-31T10:00:00Z", "to": "2026-01-31T10:10:00Z" });
        json!({
            "log_groups": [{
                "representative_logs": ["disk 7 is full"], "relative_change": 3, "kl_contribution": 0.1, "pattern_id": "17",
                "pattern": "disk <*> is full", "service": "checkout", "current_count": 12, "baseline_count": 0, "current_rate": 1.2,
                "baseline_rate": 0, "rate_change": 24, "status": "new", "since": "2026-01-31T10:03:00Z", "sentence": "", "g2": 9,
                "dispersion": 1, "p_value": 0.001, "q_value": 0.002,
            }],
            "scope": { "org": "shop", "services": [], "attributes": [], "matched_by": "metric_name" },
            "window": window, "baseline": window,
            "totals": {
                "current_count": 12, "baseline_count": 0, "patterns": 1, "other_current_count": 0, "other_baseline_count": 0,
                "kl_divergence": 0.1, "jensen_shannon": 0.2, "current_rate": 1.2, "baseline_rate": 0, "rate_change": 24,
                "rate_p_value": 0.001,
            },
            "patterns": "udf",
            "warnings": [],
        })
    }

    fn assert_tells(text: &str, told: &[&str]) {
        for told in told {
            assert!(text.contains(told), "{told}\n{text}");
        }
    }

    #[test]
    fn the_post_mortem_tells_the_story() {
        let text = told(json!([
            { "name": "pattern_changes", "status": "ok", "reason": "", "answer": pattern_changes(), "sql": [] },
            { "name": "correlate", "status": "failed", "reason": "the query took longer than 30 s", "answer": null, "sql": [] },
            { "name": "slo", "status": "absent", "reason": "there are no spans", "answer": null, "sql": [] },
        ]));
        assert_tells(
            &text,
            &[
                "# Post-mortem: checkout \\| fails",
                "| Severity | high |",
                "open → **acknowledged**",
                "acknowledged → **resolved**",
                "| 1 | new | checkout | 12 | 0 | 0.1000 | 0.00 | 2026-01-31 10:03:00 | disk \\<\\*\\> is full |",
                "    disk 7 is full",
                "## Root cause\n\nThis analysis failed: the query took longer than 30 s",
                "## Objectives\n\nNothing to answer this from: there are no spans",
                "## Health of the services\n\nNot frozen by the version that opened the incident.",
                "## Action items",
                "sha256:0123",
            ],
        );
    }

    #[test]
    fn a_part_of_another_version_is_said_to_be_one_and_the_others_are_shown() {
        let mut answer = pattern_changes();
        // Later versions may add what this one does not know.
        answer["log_groups"][0]["mood"] = json!("grim");
        let text = told(json!([
            { "name": "correlate", "status": "ok", "answer": { "root_cause": 7, "timeline": "x" } },
            5,
            { "name": "horoscope" },
            { "name": "health", "status": "guessed", "answer": {} },
            { "name": "error_patterns", "status": "ok", "answer": null },
            { "name": "pattern_changes", "status": "ok", "answer": answer },
        ]));
        assert_tells(
            &text,
            &[
                "## Root cause\n\nFrozen by another version of Kulprit",
                "## What failed, by route and status\n\nFrozen by another version of Kulprit",
                "## Health of the services\n\nNot frozen by the version",
                "disk \\<\\*\\> is full",
                "Frozen at an unknown time (UTC) by Kulprit unknown from ClickHouse unknown",
            ],
        );
    }

    #[test]
    fn a_trace_to_look_at_is_a_link_into_grafana() {
        let answer = json!({
            "suspects": [], "root_cause": null, "timeline": [], "warnings": [],
            "blast_radius": {
                "class": "none", "requests_share": 0, "traces_share": 0, "affected": [], "edges": [], "unjudged": [],
            },
            "traces": [{
                "trace_id": "7f3a", "service": "cart", "endpoint": "GET /", "started": "2026-01-31T10:01:00Z",
                "duration_ms": 12.0, "error": true, "requests": 1,
            }],
            "window": { "from": "2026-01-31T10:00:00Z", "to": "2026-01-31T10:10:00Z" },
            "history_from": "2026-01-31T07:00:00Z",
        });
        let parts = json!([{ "name": "correlate", "status": "ok", "reason": "", "answer": answer, "sql": [] }]);
        assert_tells(&told(parts.clone()), &["| 7f3a |"]);
        let mut config = Config::default();
        config.grafana.url = "https://grafana.example".to_owned();
        config.grafana.tempo_uid = "tempo-1".to_owned();
        let linked = post_mortem(&exported(parts), &config);
        assert_tells(&linked, &["[7f3a](https://grafana.example/explore?"]);
    }
}
