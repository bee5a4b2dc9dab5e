//! How the services did, and what became of their objectives.

use super::text::{excerpt, number, per_cent, plain, table};
use super::warnings;
use crate::questions::health::{Health, ServiceHealth};
use crate::questions::slo::{SloAnswer, Status};

/// Services, and objectives, that are shown, the worst first.
const ROWS: usize = 20;

pub(super) fn services(answer: &Health) -> String {
    if answer.services.is_empty() {
        return format!("No service is known in the window.\n{}", warnings(&answer.warnings));
    }
    let row = |service: &ServiceHealth| {
        vec![
            excerpt(&service.service, 80),
            service.status.word().to_owned(),
            number(service.current.request_rate, 2),
            per_cent(service.current.error_ratio),
            per_cent(service.baseline_error_ratio),
            number(service.current.p95_ms, 0),
            number(service.baseline_p95_ms, 0),
            reasons(&service.reasons),
        ]
    };
    let rows: Vec<_> = answer.services.iter().take(ROWS).map(row).collect();
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
    table(&header, &rows) + &warnings(&answer.warnings)
}

pub(super) fn objectives(answer: &SloAnswer) -> String {
    if answer.slos.is_empty() {
        return format!(
            "No objective is known for these services.\n{}",
            warnings(&answer.warnings)
        );
    }
    let row = |slo: &Status| {
        vec![
            excerpt(&slo.service, 80),
            excerpt(&slo.objective, 80),
            format!("{} %", number(slo.target, 2)),
            slo.achieved
                .map_or_else(|| "–".to_owned(), |achieved| format!("{achieved:.3} %")),
            per_cent(slo.budget_remaining),
            number(slo.burn_rate, 1),
            slo.status.word().to_owned(),
            reasons(&slo.reasons),
        ]
    };
    let rows: Vec<_> = answer.slos.iter().take(ROWS).map(row).collect();
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
    table(&header, &rows) + &warnings(&answer.warnings)
}

/// Why it is judged so. What is about an objective stands with the objectives.
fn reasons(reasons: &[String]) -> String {
    let reasons = reasons.iter().filter(|reason| !reason.starts_with("objective "));
    reasons.map(|reason| plain(reason)).collect::<Vec<_>>().join("; ")
}
