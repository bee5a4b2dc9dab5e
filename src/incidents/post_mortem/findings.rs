//! The answer about the root cause: what it is, whom it hurts, and the requests that show it.

use serde_json::Value;

use super::text::{clock, excerpt, indented, number, one_line, per_cent, plain, table, time};
use super::{list, warnings};

/// Suspects, and traces, that are shown; all of them stand in the JSON export.
const SUSPECTS: usize = 5;
const TRACES: usize = 10;

type Found<'a> = Result<&'a Value, String>;

/// One sentence for who reads no further.
pub(super) fn in_short(found: &Found<'_>) -> String {
    match found {
        Ok(answer) => sentence(answer),
        Err(_) => String::new(),
    }
}

fn sentence(answer: &Value) -> String {
    let sentence = answer["root_cause"]["sentence"].as_str().map(plain);
    sentence.map_or_else(
        || "No service stands out as the root cause.\n".to_owned(),
        |sentence| format!("{sentence}\n"),
    )
}

pub(super) fn root_cause(found: &Found<'_>) -> String {
    let answer = match found {
        Ok(answer) => answer,
        Err(reason) => return reason.clone(),
    };
    let mut out = sentence(answer);
    let cause = &answer["root_cause"];
    if cause.is_object() {
        let parts = cause["parts"].as_object().into_iter().flatten();
        let parts: Vec<_> = parts
            .map(|(name, part)| format!("{} {}", plain(&name.replace('_', " ")), number(part, 2)))
            .collect();
        out.push_str(&format!(
            "\nConfidence {} of 100, from: {} (each 0 to 1).\n",
            number(&cause["confidence"], 0),
            parts.join(", ")
        ));
    }
    let mut rows = Vec::new();
    for (place, suspect) in (1..).zip(list(answer, "suspects").take(SUSPECTS)) {
        for (line, evidence) in list(suspect, "evidence").enumerate() {
            let first = |text: String| if line == 0 { text } else { String::new() };
            rows.push(vec![
                first(place.to_string()),
                first(excerpt(&suspect["service"], 80)),
                number(&evidence["surprise"], 2),
                time(&evidence["since"]).map_or_else(|| "–".to_owned(), clock),
                excerpt(&evidence["text"], 200),
            ]);
        }
    }
    if !rows.is_empty() {
        out.push_str(
            "\nSuspects, the likeliest first, a service that is called before its callers; surprise is in orders of magnitude beyond the usual:\n\n",
        );
        out.push_str(&table(
            &["#", "service", "surprise", "since (UTC)", "what speaks against it"],
            &rows,
        ));
    }
    out + &logged(answer) + &warnings(answer)
}

/// What the root cause logged.
fn logged(answer: &Value) -> String {
    let root = &answer["root_cause"]["service"];
    let suspects = list(answer, "suspects").filter(|suspect| suspect["service"] == *root);
    let examples = suspects
        .flat_map(|suspect| list(suspect, "evidence"))
        .filter_map(|evidence| evidence["example"].as_str());
    let lines: String = examples.map(|example| indented(&one_line(example))).collect();
    if lines.is_empty() {
        return lines;
    }
    format!("\nWhat it logged:\n\n{lines}")
}

pub(super) fn blast_radius(found: &Found<'_>) -> String {
    let answer = match found {
        Ok(answer) => answer,
        Err(reason) => return reason.clone(),
    };
    let blast = &answer["blast_radius"];
    let mut out = format!(
        "Blast radius: **{}**. {} of the requests and {} of the root traces are hurt beyond what is usual.\n",
        plain(blast["class"].as_str().unwrap_or("unknown")),
        per_cent(&blast["requests_share"]),
        per_cent(&blast["traces_share"])
    );
    let rows: Vec<_> = list(blast, "affected")
        .map(|affected| {
            vec![
                excerpt(&affected["service"], 80),
                number(&affected["requests"], 0),
                number(&affected["errors"], 0),
                per_cent(&affected["error_share"]),
                per_cent(&affected["error_share_before"]),
                per_cent(&affected["slow_share"]),
                per_cent(&affected["slow_share_before"]),
                number(&affected["hops"], 0),
            ]
        })
        .collect();
    if !rows.is_empty() {
        let header = [
            "hurt",
            "requests",
            "failed",
            "failed now",
            "before",
            "slow now",
            "before",
            "calls away",
        ];
        out.push_str(&format!("\n{}", table(&header, &rows)));
    }
    out
}

pub(super) fn traces(found: &Found<'_>) -> String {
    let answer = match found {
        Ok(answer) => answer,
        Err(reason) => return reason.clone(),
    };
    let rows: Vec<_> = list(answer, "traces")
        .take(TRACES)
        .map(|trace| {
            vec![
                time(&trace["started"]).map_or_else(|| "–".to_owned(), clock),
                excerpt(&trace["trace_id"], 64),
                excerpt(&trace["service"], 80),
                excerpt(&trace["endpoint"], 80),
                number(&trace["duration_ms"], 0),
                if trace["error"] == true { "yes" } else { "no" }.to_owned(),
            ]
        })
        .collect();
    if rows.is_empty() {
        return "No trace of a request that was hurt is known.\n".to_owned();
    }
    table(
        &["started (UTC)", "trace", "service", "endpoint", "ms", "failed"],
        &rows,
    )
}
