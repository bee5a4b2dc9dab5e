//! How fast objectives burn their budgets.
//!
//! With g = 1 − target: burn rate = (bad ÷ total) ÷ g; remaining budget = 1 − bad ÷ (g · total) over the period; time to exhaustion = remaining × period ÷
//! burn rate of the last hour, which is exact when traffic is even. A pair of windows fires when both burn at least at its threshold.

use std::collections::BTreeMap;

use super::answer::{Burn, Status, span};
use super::question::SloRow;
use super::windows::{PAIRS, Severity};
use crate::config::{Objective, Slo};

/// Judges every service in `rows`, which stand for the objective, by it.
pub(super) fn judge(slo: &Slo, objective: &Objective, rows: &[SloRow]) -> (Vec<Status>, Vec<Burn>) {
    let mut by_service: BTreeMap<&str, Vec<&SloRow>> = BTreeMap::new();
    for row in rows {
        by_service.entry(&row.service).or_default().push(row);
    }
    let mut statuses = Vec::new();
    let mut burns = Vec::new();
    for (service, windows) in by_service {
        let (status, mut pairs) = judge_service(slo, objective, service, &windows);
        statuses.push(status);
        burns.append(&mut pairs);
    }
    (statuses, burns)
}

fn judge_service(slo: &Slo, objective: &Objective, service: &str, windows: &[&SloRow]) -> (Status, Vec<Burn>) {
    let period_seconds = objective.period_seconds().unwrap_or_default();
    let allowed = 1.0 - objective.target / 100.0;
    let window = |seconds: u32| windows.iter().find(|row| row.window_seconds == seconds);
    // The period's row comes last, also where a short window is as long.
    let period = windows.iter().rfind(|row| row.window_seconds == period_seconds);
    let burn_rate = |row: &SloRow| (row.total > 0.0).then(|| row.bad / row.total / allowed);
    let mut reasons = Vec::new();
    let mut severity = Severity::None;
    let mut burns = Vec::new();
    for pair in PAIRS.iter().filter(|pair| pair.long_seconds <= period_seconds) {
        let (Some(long), Some(short)) = (window(pair.long_seconds), window(pair.short_seconds)) else {
            continue;
        };
        let threshold = pair.threshold(period_seconds);
        let (long_burn_rate, short_burn_rate) = (burn_rate(long), burn_rate(short));
        let burns_fast = |rate: Option<f64>| rate.is_some_and(|rate| rate >= threshold);
        let coverage = share(long.observed_seconds, pair.long_seconds);
        let exceeds = burns_fast(long_burn_rate) && burns_fast(short_burn_rate);
        let name = format!("{} and {}", span(pair.long_seconds), span(pair.short_seconds));
        let is_firing = if !exceeds {
            false
        } else if long.total < f64::from(slo.minimum_requests) {
            reasons.push(format!(
                "{name} burn fast, but {:.0} requests are too few to judge (slo.minimum_requests)",
                long.total
            ));
            false
        } else if coverage < slo.minimum_coverage {
            reasons.push(format!(
                "{name} burn fast, but only {:.0} % of the window is known (slo.minimum_coverage)",
                coverage * 100.0
            ));
            false
        } else {
            reasons.push(format!(
                "{name} burn {:.1} and {:.1} times as fast as allowed (threshold {threshold:.1})",
                long_burn_rate.unwrap_or_default(),
                short_burn_rate.unwrap_or_default()
            ));
            true
        };
        if is_firing {
            severity = severity.min(pair.severity);
        }
        burns.push(Burn {
            service: service.to_owned(),
            objective: objective.name.clone(),
            severity: pair.severity,
            long_seconds: pair.long_seconds,
            short_seconds: pair.short_seconds,
            threshold,
            long_burn_rate,
            short_burn_rate,
            long_total: long.total,
            long_bad: long.bad,
            coverage,
            is_firing,
        });
    }
    let (total, bad) = period.map_or((0.0, 0.0), |row| (row.total, row.bad));
    let budget_remaining = (total > 0.0).then(|| 1.0 - bad / (allowed * total));
    let hour = burns.first().and_then(|burn| burn.long_burn_rate);
    let status = Status {
        service: service.to_owned(),
        objective: objective.name.clone(),
        kind: if objective.latency_ms.is_some() {
            "latency"
        } else {
            "availability"
        },
        target: objective.target,
        latency_ms: objective.latency_ms,
        period_seconds,
        total,
        bad,
        achieved: (total > 0.0).then(|| 100.0 * (1.0 - bad / total)),
        budget_remaining,
        seconds_to_exhaustion: exhaustion(budget_remaining, hour, period_seconds),
        severity,
        status: match budget_remaining {
            None => "unknown",
            _ if severity != Severity::None => "burning",
            Some(left) if left <= 0.0 => "exhausted",
            Some(_) => "ok",
        },
        coverage: period.map_or(0.0, |row| share(row.observed_seconds, period_seconds)),
        burn_rate: hour,
        reasons,
    };
    (status, burns)
}

/// Seconds until the budget is used up if it burns on as in the last hour.
fn exhaustion(remaining: Option<f64>, burn_rate: Option<f64>, period_seconds: u32) -> Option<f64> {
    let remaining = remaining?;
    if remaining <= 0.0 {
        return Some(0.0);
    }
    let burn_rate = burn_rate.filter(|rate| *rate > 0.0)?;
    Some(remaining * f64::from(period_seconds) / burn_rate)
}

fn share(part: u32, whole: u32) -> f64 {
    f64::from(part) / f64::from(whole.max(1))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const HOUR: u32 = 3_600;
    const PERIOD: u32 = 30 * 24 * HOUR;

    /// 99.9 % over 30 days at 1,000 requests a minute, with an even error ratio since `since` seconds ago and none before.
    fn burning(ratio: f64, since: u32, observed: u32) -> Status {
        let rows: Vec<SloRow> = super::super::windows::windows()
            .into_iter()
            .chain([PERIOD])
            .map(|window| SloRow {
                service: "api".to_owned(),
                window_seconds: window,
                total: f64::from(window.min(observed)) / 60.0 * 1_000.0,
                bad: f64::from(window.min(since)) / 60.0 * 1_000.0 * ratio,
                observed_seconds: window.min(observed),
            })
            .collect();
        let slo = Slo::default();
        judge(&slo, &slo.objectives[0], &rows).0.remove(0)
    }

    /// Table 5-4 of the Workbook: at 99.9 % over 30 days, a burn rate of 1, 2, 10 and 1000 uses the whole budget up in 30 days, 15 days, 3 days and 43 minutes.
    #[test]
    fn time_to_exhaustion_is_as_in_the_book() {
        for (ratio, want) in [(0.001, 30.0), (0.002, 15.0), (0.01, 3.0), (1.0, 43.2 / 1_440.0)] {
            let seconds = exhaustion(Some(1.0), Some(ratio / 0.001), PERIOD).unwrap();
            assert!((seconds / 86_400.0 - want).abs() < 1e-9, "{ratio}: {seconds}");
        }
        assert_eq!(exhaustion(Some(0.5), Some(0.0), PERIOD), None);
        assert_eq!(exhaustion(Some(-0.1), Some(0.0), PERIOD), Some(0.0));
    }

    /// Table 5-8: burning 14.4 times too fast for an hour uses up 2 % of the budget and pages, 6 times for six hours 5 %, once for three days 10 % and opens a ticket.
    #[test]
    fn budgets_and_severities_are_as_in_the_book() {
        for (ratio, since, used, severity) in [
            (0.014_41, HOUR, 0.02, Severity::Page),
            (0.006_01, 6 * HOUR, 0.05, Severity::Page),
            (0.003_01, 24 * HOUR, 0.1, Severity::Ticket),
            (0.001_01, 72 * HOUR, 0.1, Severity::Ticket),
            (0.000_99, 72 * HOUR, 0.1, Severity::None),
            // Half an hour of it has not used up enough.
            (0.014_41, HOUR / 2, 0.01, Severity::None),
        ] {
            let status = burning(ratio, since, PERIOD);
            assert!(
                (1.0 - status.budget_remaining.unwrap() - used).abs() < used * 0.02,
                "{status:?}"
            );
            assert_eq!(status.severity, severity, "{ratio} since {since} s: {status:?}");
        }
    }

    #[test]
    fn an_outage_that_is_over_does_not_page() {
        let mut rows = Vec::new();
        for window in super::super::windows::windows().into_iter().chain([PERIOD]) {
            rows.push(SloRow {
                service: "api".to_owned(),
                window_seconds: window,
                total: f64::from(window) * 10.0,
                // Ten bad minutes that ended ten minutes ago.
                bad: if window >= 1_800 { 6_000.0 } else { 0.0 },
                observed_seconds: window,
            });
        }
        let slo = Slo::default();
        let (statuses, burns) = judge(&slo, &slo.objectives[0], &rows);
        let first = &burns[0];
        assert!(first.long_burn_rate.unwrap() > first.threshold && first.short_burn_rate == Some(0.0));
        assert!(!first.is_firing);
        // The short window of six hours still holds it.
        assert_eq!(statuses[0].severity, Severity::Page);
    }

    #[test]
    fn little_traffic_and_little_coverage_raise_no_alert_and_say_so() {
        let young = burning(0.5, 20 * 60, 20 * 60);
        assert_eq!(young.severity, Severity::None);
        assert!(young.reasons[0].contains("slo.minimum_coverage"), "{young:?}");
        let rows: Vec<SloRow> = super::super::windows::windows()
            .into_iter()
            .chain([PERIOD])
            .map(|window| SloRow {
                service: "rare".to_owned(),
                window_seconds: window,
                total: 3.0,
                bad: 1.0,
                observed_seconds: window,
            })
            .collect();
        let slo = Slo::default();
        let rare = judge(&slo, &slo.objectives[0], &rows).0.remove(0);
        assert_eq!((rare.severity, rare.status), (Severity::None, "exhausted"));
        assert!(rare.reasons[0].contains("slo.minimum_requests"), "{rare:?}");
        assert_eq!(judge(&slo, &slo.objectives[0], &[]).0, vec![]);
    }
}
