//! Asks how objectives do.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};

use super::answer::SloAnswer;
use super::judge::judge;
use super::question::SloRow;
use crate::Result;
use crate::config::{Config, Slo};
use crate::rollups::{requests, selected};
use crate::sources::{self, Kind, Needs, sampling};
use kulprit_clickhouse::Client;
use kulprit_request::Window;
use kulprit_request::time::MINUTE;

/// Spans whose parents the rollup has not looked at that are read for an answer, at most.
const MOST_UNSETTLED: u64 = 2_000_000;

/// Every objective of `services` (none: of all) at a whole minute.
pub async fn status(client: &Client, config: &Config, at: Timestamp, services: &[String]) -> Result<SloAnswer> {
    let needs = Needs {
        objectives: judged(&config.slo, at),
        ..Needs::default()
    };
    let gathered = sources::gather(client, config, &needs).await?;
    gathered.need(Kind::Metrics)?;
    let mut answer = of_tables(&gathered.client, &config.slo, at, services).await?;
    gathered.tell(&mut answer.sources, &mut answer.warnings);
    Ok(answer)
}

/// When objectives are judged, and the longest of their periods; none where there are none.
pub fn judged(slo: &Slo, at: Timestamp) -> Option<(Timestamp, u32)> {
    let periods = slo.objectives.iter().filter_map(|objective| objective.period_seconds());
    Some((at, periods.max()?))
}

async fn of_tables(client: &Client, slo: &Slo, at: Timestamp, services: &[String]) -> Result<SloAnswer> {
    let mut answer = SloAnswer {
        at,
        slos: vec![],
        burn_rates: vec![],
        warnings: vec![],
        sources: None,
    };
    let minute = Window {
        from: at - MINUTE,
        to: at,
    };
    let longest = slo
        .objectives
        .iter()
        .filter_map(|objective| objective.period_seconds())
        .max();
    let period_from = at - SignedDuration::from_secs(longest.unwrap_or_default().into());
    let (covered, sampled, counts_otherwise, unsettled) = tokio::join!(
        requests::covered_from(client),
        sampling::warnings(client, minute, services),
        requests::counts_by_other_rules(client),
        requests::unsettled(client, period_from, at),
    );
    // Without spans there is nothing to say of them.
    answer.warnings.extend(sampled.unwrap_or_default());
    if client.stands_in("kulprit_request_minutes") {
        answer.warnings.push(
            "objectives count what metrics tell: of spans that are read in place too many would have to be read"
                .to_owned(),
        );
    }
    match covered.ok().flatten() {
        _ if client.stands_in("kulprit_request_minutes") => {}
        None => answer.warnings.push(
            "the rollup of requests is not in place, so nothing is known about objectives: run `kulprit schema apply`".to_owned(),
        ),
        Some(covered) if covered > period_from => answer.warnings.push(format!(
            "the rollup of requests begins at {covered}: older spans are not counted until `kulprit serve` or `kulprit rollup backfill` has filled them in"
        )),
        Some(_) => {}
    }
    if counts_otherwise.unwrap_or(false) {
        answer.warnings.push(
            "the rollup counts requests by the rules of another configuration or version: `kulprit schema apply` with this one, then `kulprit rollup backfill`".to_owned(),
        );
    }
    for (id, _) in selected::selectors(client, slo) {
        if let Ok(None) = selected::rolled_to(client, &id).await {
            answer.warnings.push(
                "objectives that select requests count none yet: `kulprit serve` or `kulprit rollup backfill` fills them in".to_owned(),
            );
            break;
        }
    }
    let unsettled = unsettled.unwrap_or(0);
    if unsettled > MOST_UNSETTLED {
        answer.warnings.push(format!(
            "the parents of {unsettled} spans have not been looked at yet, so that what a sidecar and its application served counts twice: \
             `kulprit serve` or `kulprit rollup backfill` mends that"
        ));
    }
    let reads_spans = (1..=MOST_UNSETTLED).contains(&unsettled);
    for (index, objective) in slo.objectives.iter().enumerate() {
        let asked = objective.statement(client, at, services, reads_spans)?;
        let mut rows: Vec<SloRow> = client.rows(&asked).await?;
        rows.retain(|row| slo.objective(&objective.name, &row.service) == Some(index));
        let (mut statuses, mut burns) = judge(slo, objective, &rows);
        answer.slos.append(&mut statuses);
        answer.burn_rates.append(&mut burns);
    }
    let known: BTreeSet<&String> = answer.slos.iter().map(|status| &status.service).collect();
    for service in services.iter().filter(|service| !known.contains(service)) {
        answer
            .warnings
            .push(format!("service {service:?} has had no requests within the period"));
    }
    answer.slos.sort_by(|left, right| {
        let left_budget = left.budget_remaining.unwrap_or(f64::INFINITY);
        let right_budget = right.budget_remaining.unwrap_or(f64::INFINITY);
        (left.severity.cmp(&right.severity))
            .then(left_budget.total_cmp(&right_budget))
            .then_with(|| (&left.service, &left.objective).cmp(&(&right.service, &right.objective)))
    });
    Ok(answer)
}
