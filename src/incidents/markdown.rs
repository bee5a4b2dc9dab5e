//! One incident as the skeleton of a post-mortem: what is known is filled in, what only people know is asked for.

use jiff::{Timestamp, tz::TimeZone};
use serde_json::Value;

use super::model::{Event, Incident, Kind};
use super::transfer::Exported;

/// Patterns in the table: the rest is in the JSON export.
const PATTERNS: usize = 20;

/// The post-mortem of an incident, as Markdown.
pub fn post_mortem(file: &Exported) -> String {
    let incident = &file.incident;
    let mut out = format!("# Post-mortem: {}\n\n", plain(&incident.title));
    out.push_str(&summary(incident));
    section(
        &mut out,
        "What happened",
        "_In two or three sentences: what broke, who noticed it and how._",
    );
    section(&mut out, "Impact", "_Who was hurt, how badly, for how long._");
    out.push_str("\n## Timeline\n\n");
    out.push_str(&timeline(incident, &file.history));
    for part in file.snapshot["parts"].as_array().into_iter().flatten() {
        out.push_str(&analysis(part));
    }
    section(&mut out, "Root cause", "_What made it possible, and what set it off._");
    section(
        &mut out,
        "What went well, and what did not",
        "_Detection, response, tools._",
    );
    out.push_str("\n## Action items\n\n| what | who | by when |\n|---|---|---|\n| | | |\n");
    out.push_str(&provenance(file));
    out
}

fn summary(incident: &Incident) -> String {
    let or_dash = |text: &str| if text.is_empty() { "–".to_owned() } else { plain(text) };
    let span = |from, to| format!("{} to {}", clock(from), clock(to));
    let rows = [
        ("Incident", incident.id.clone()),
        ("Severity", incident.severity.name().to_owned()),
        ("State", incident.state.name().to_owned()),
        ("Services", or_dash(&incident.service)),
        ("Labels", or_dash(&incident.label)),
        ("Assignee", or_dash(&incident.assignee)),
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
    let mut out = "| | |\n|---|---|\n".to_owned();
    for (name, value) in rows {
        out.push_str(&format!("| {name} | {value} |\n"));
    }
    out
}

fn section(out: &mut String, title: &str, hint: &str) {
    out.push_str(&format!("\n## {title}\n\n{hint}\n"));
}

fn timeline(incident: &Incident, history: &[Event]) -> String {
    let mut out = "| time (UTC) | who | what | note |\n|---|---|---|---|\n".to_owned();
    let mut line = |at: Timestamp, who: &str, what: &str, note: &str| {
        out.push_str(&format!(
            "| {} | {} | {what} | {} |\n",
            clock(at),
            plain(who),
            plain(note)
        ));
    };
    let begins = (incident.from, "the analysed window begins");
    let ends = (incident.to, "the analysed window ends");
    let mut marks = vec![begins, ends];
    for event in history {
        while let Some((at, what)) = marks.first().copied().filter(|(at, _)| *at <= event.at) {
            line(at, "", what, "");
            marks.remove(0);
        }
        line(event.at, &event.who, &happened(event), &event.note);
    }
    for (at, what) in marks {
        line(at, "", what, "");
    }
    out
}

fn happened(event: &Event) -> String {
    let or_nobody = |text: &str| {
        if text.is_empty() {
            "nobody".to_owned()
        } else {
            plain(text)
        }
    };
    let or_none = |text: &str| {
        if text.is_empty() {
            "none".to_owned()
        } else {
            plain(text)
        }
    };
    match event.kind {
        Kind::Opened => "opened the incident".to_owned(),
        Kind::State => format!("{} → **{}**", plain(&event.from), plain(&event.to)),
        Kind::Severity => format!("severity {} → **{}**", plain(&event.from), plain(&event.to)),
        Kind::Assignee => format!("assigned: {} → **{}**", or_nobody(&event.from), or_nobody(&event.to)),
        Kind::Title => format!("title: {} → {}", plain(&event.from), plain(&event.to)),
        Kind::Labels => format!("labels: {} → {}", or_none(&event.from), or_none(&event.to)),
        Kind::Comment => "comment".to_owned(),
        Kind::Imported => "imported from a file".to_owned(),
        Kind::Deleted => "deleted the incident".to_owned(),
    }
}

/// One part of the snapshot: a table for the pattern changes, the answer as JSON for what this version has no table for.
fn analysis(part: &Value) -> String {
    let text = |value: &Value| plain(value.as_str().unwrap_or_default());
    let name = part["name"].as_str().unwrap_or_default();
    let title = match name {
        "pattern_changes" => "Log patterns that changed".to_owned(),
        other => plain(&other.replace('_', " ")),
    };
    let mut out = format!("\n## {title}\n\n");
    match part["status"].as_str() {
        Some("ok") if name == "pattern_changes" => out.push_str(&patterns(&part["answer"])),
        Some("ok") => out.push_str(&indented(
            &serde_json::to_string_pretty(&part["answer"]).unwrap_or_default(),
        )),
        Some("absent") => out.push_str(&format!("Nothing to answer this from: {}\n", text(&part["reason"]))),
        _ => out.push_str(&format!("This analysis failed: {}\n", text(&part["reason"]))),
    }
    out
}

fn patterns(answer: &Value) -> String {
    let groups: Vec<_> = answer["log_groups"].as_array().into_iter().flatten().collect();
    if groups.is_empty() {
        return "No pattern changed.\n".to_owned();
    }
    let text = |value: &Value| plain(value.as_str().unwrap_or_default());
    let mut out = "| # | status | service | lines now | lines before | KL (nats) | q | pattern |\n|--:|---|---|--:|--:|--:|--:|---|\n".to_owned();
    for (index, group) in groups.iter().take(PATTERNS).enumerate() {
        out.push_str(&format!(
            "| {} | {} | {} | {} | {} | {:+.4} | {:.2} | {} |\n",
            index + 1,
            text(&group["status"]),
            text(&group["service"]),
            group["current_count"],
            group["baseline_count"],
            group["kl_contribution"].as_f64().unwrap_or_default(),
            group["q_value"].as_f64().unwrap_or_default(),
            text(&group["pattern"]),
        ));
    }
    let totals = &answer["totals"];
    out.push_str(&format!(
        "\n{} lines in the window, {} in the baseline, {} patterns; KL divergence {:.4} nats, Jensen-Shannon {:.4} nats.\n",
        totals["current_count"],
        totals["baseline_count"],
        totals["patterns"],
        totals["kl_divergence"].as_f64().unwrap_or_default(),
        totals["jensen_shannon"].as_f64().unwrap_or_default(),
    ));
    out.push_str("\nLines of the first patterns:\n\n");
    for group in groups.iter().take(5) {
        if let Some(line) = group["representative_logs"][0].as_str() {
            out.push_str(&format!("{}\n", indented(&one_line(line))));
        }
    }
    out
}

/// Where the numbers come from, so that a reader can check them.
fn provenance(file: &Exported) -> String {
    let versions = &file.snapshot["versions"];
    let text = |value: &Value| value.as_str().map_or_else(|| "unknown".to_owned(), plain);
    let mut out = format!(
        "\n## Where the numbers come from\n\nFrozen {} by Kulprit {} from ClickHouse {}; digest of the snapshot `{}`.\n",
        text(&file.snapshot["taken_at"]),
        text(&versions["kulprit"]),
        text(&versions["clickhouse"]),
        file.digest,
    );
    for part in file.snapshot["parts"].as_array().into_iter().flatten() {
        for statement in part["sql"].as_array().into_iter().flatten() {
            out.push_str(&format!(
                "\n{} asked {}:\n\n",
                text(&part["name"]),
                text(&statement["name"])
            ));
            out.push_str(&indented(statement["text"].as_str().unwrap_or_default()));
            let params: Vec<_> = statement["params"]
                .as_array()
                .into_iter()
                .flatten()
                .map(|param| format!("{} = {}", param["name"].as_str().unwrap_or_default(), param["value"]))
                .collect();
            out.push_str(&format!("\nwith\n\n{}", indented(&params.join("\n"))));
        }
    }
    out
}

/// Text that Markdown shows as it is, on one line: log lines hold everything that Markdown and HTML give a meaning to.
fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in one_line(text).chars() {
        match letter {
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '~' | '#' | '&' => {
                out.push('\\');
                out.push(letter);
            }
            other => out.push(other),
        }
    }
    out
}

fn one_line(text: &str) -> String {
    text.split(char::is_whitespace)
        .filter(|word| !word.is_empty())
        .map(|word| word.replace(char::is_control, ""))
        .collect::<Vec<_>>()
        .join(" ")
}

/// A code block: four blanks need no fence that the text could close.
fn indented(text: &str) -> String {
    text.lines().map(|line| format!("    {line}\n")).collect()
}

fn clock(at: Timestamp) -> String {
    at.to_zoned(TimeZone::UTC).strftime("%Y-%m-%d %H:%M:%S").to_string()
}

fn duration(seconds: Option<f64>) -> String {
    let Some(seconds) = seconds else {
        return "–".to_owned();
    };
    let whole = seconds.round() as i64;
    match (whole / 3_600, whole / 60 % 60, whole % 60) {
        (0, 0, seconds) => format!("{seconds} s"),
        (0, minutes, seconds) => format!("{minutes} min {seconds} s"),
        (hours, minutes, _) => format!("{hours} h {minutes} min"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_log_line_holds_stays_text() {
        assert_eq!(plain("a|b\n<script>*x*`"), "a\\|b \\<script\\>\\*x\\*\\`");
        assert_eq!(indented("```\n# x"), "    ```\n    # x\n");
    }

    #[test]
    fn durations_are_read_at_a_glance() {
        assert_eq!(duration(None), "–");
        assert_eq!(duration(Some(59.4)), "59 s");
        assert_eq!(duration(Some(61.0)), "1 min 1 s");
        assert_eq!(duration(Some(7_260.0)), "2 h 1 min");
    }
}
