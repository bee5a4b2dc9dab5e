//! How the services did, and what became of their objectives.

use serde_json::Value;

use super::text::{excerpt, number, per_cent, plain, table};
use super::{list, warnings};

/// Services, and objectives, that are shown, the worst first.
const ROWS: usize = 20;

pub(super) fn services(answer: &Value) -> String {
    let rows: Vec<_> = list(answer, "services")
        .take(ROWS)
        .map(|service| {
            vec![
                excerpt(&service["service"], 80),
                excerpt(&service["status"], 20),
                number(&service["request_rate"], 2),
                per_cent(&service["error_ratio"]),
                per_cent(&service["baseline_error_ratio"]),
                number(&service["p95_ms"], 0),
                number(&service["baseline_p95_ms"], 0),
                reasons(service),
            ]
        })
        .collect();
    if rows.is_empty() {
        return format!("No service is known in the window.\n{}", warnings(answer));
    }
    let header = [
        "service",
        "status",
        "requests/s",
        "failed",
        "before",
        "p95 ms",
        "before",
        "why",
    ];
    table(&header, &rows) + &warnings(answer)
}

pub(super) fn objectives(answer: &Value) -> String {
    let rows: Vec<_> = list(answer, "slos")
        .take(ROWS)
        .map(|slo| {
            vec![
                excerpt(&slo["service"], 80),
                excerpt(&slo["objective"], 80),
                format!("{} %", number(&slo["target"], 2)),
                slo["achieved"]
                    .as_f64()
                    .map_or_else(|| "–".to_owned(), |achieved| format!("{achieved:.3} %")),
                per_cent(&slo["budget_remaining"]),
                number(&slo["burn_rate"], 1),
                excerpt(&slo["status"], 20),
                reasons(slo),
            ]
        })
        .collect();
    if rows.is_empty() {
        return format!("No objective is known for these services.\n{}", warnings(answer));
    }
    let header = [
        "service",
        "objective",
        "target",
        "achieved",
        "budget left",
        "burn rate",
        "status",
        "why",
    ];
    table(&header, &rows) + &warnings(answer)
}

/// Why it is judged so. What speaks of an objective stands with the objectives.
fn reasons(row: &Value) -> String {
    let reasons = list(row, "reasons").filter_map(Value::as_str);
    let reasons: Vec<_> = reasons
        .filter(|reason| !reason.starts_with("objective "))
        .map(plain)
        .collect();
    reasons.join("; ")
}
