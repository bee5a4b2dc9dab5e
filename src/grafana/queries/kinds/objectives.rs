//! `objectives`: budgets and burn rates at the end of the window.

use super::super::Refusal;
use super::super::asker::Asker;
use super::super::frame::{Field, Frame};
use super::super::query::Query;
use super::{joined, services_of, word};
use crate::questions::slo::{Burn, SloAnswer, Status};

pub async fn frame(asker: &Asker, query: &Query) -> Result<Frame, Refusal> {
    let mut parameters = vec![("at", query.to.to_string())];
    parameters.extend(services_of(query));
    let answer: SloAnswer = asker.get("/api/v1/slo", &parameters).await?;
    let objectives = query.first(answer.slos);
    let frame = match query.is_series() {
        true => {
            let mut numbers = budgets(&objectives);
            numbers.extend(query.first(answer.burn_rates).iter().map(firing));
            Frame::moment("objectives", answer.at, numbers)
        }
        false => Frame::table("objectives", columns(&objectives)),
    };
    Ok(frame.noting(answer.warnings))
}

fn columns(objectives: &[Status]) -> Vec<Field> {
    let number = |name, unit, of: fn(&Status) -> Option<f64>| Field::number(name, unit, objectives.iter().map(of));
    vec![
        Field::text("service", objectives.iter().map(|status| &status.service)),
        Field::text("objective", objectives.iter().map(|status| &status.objective)),
        Field::text("status", objectives.iter().map(|status| status.status.word())),
        Field::text("severity", objectives.iter().map(|status| word(status.severity))),
        number("target", "percent", |status| Some(status.target)),
        number("achieved", "percent", |status| status.achieved),
        number("budget_remaining", "percentunit", |status| status.budget_remaining),
        number("burn_rate", "", |status| status.burn_rate),
        number("seconds_to_exhaustion", "s", |status| status.seconds_to_exhaustion),
        number("requests", "short", |status| Some(status.total)),
        number("bad_requests", "short", |status| Some(status.bad)),
        Field::text("reasons", objectives.iter().map(|status| joined(&status.reasons))),
    ]
}

/// What is left of each budget, and how fast it burns.
fn budgets(objectives: &[Status]) -> Vec<Field> {
    let of = |status: &Status| {
        let labels = || {
            [
                ("service", status.service.clone()),
                ("objective", status.objective.clone()),
            ]
        };
        [
            Field::number("budget_remaining", "percentunit", [status.budget_remaining]).labelled(labels()),
            Field::number("burn_rate", "", [status.burn_rate]).labelled(labels()),
        ]
    };
    objectives.iter().flat_map(of).collect()
}

/// 1 where both windows of a pair burn too fast, else 0: what an alert rule asks.
fn firing(burn: &Burn) -> Field {
    Field::number("firing", "", [if burn.is_firing { 1.0 } else { 0.0 }]).labelled([
        ("service", burn.service.clone()),
        ("objective", burn.objective.clone()),
        ("severity", word(burn.severity)),
        ("window", crate::questions::slo::span(burn.long_seconds)),
    ])
}
