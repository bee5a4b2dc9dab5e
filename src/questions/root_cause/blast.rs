//! Whom an incident hurts: services whose requests fail or are slow more often than before, by a test, and who calls them.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::rows::ServiceChange;
use super::scores::share;
use super::traffic::Stopped;
use crate::questions::topology::{EdgeRow, upstream};

/// The chance of calling any healthy service hurt, over all services judged together (Bonferroni).
const SIGNIFICANCE: f64 = 0.01;
/// Requests that a service needs in the window and in the history to be judged.
const FEWEST_REQUESTS: u64 = 20;
/// The least rise of the share of failed requests that counts: one in a hundred.
const ERROR_RISE: f64 = 0.01;
/// The least rise of the share of slow requests that counts: one in twenty is slow by definition, one in ten is twice as many.
const SLOW_RISE: f64 = 0.05;
/// Root traces hurt from which an objective of 99.9 % would page (a burn rate of 14.4 on a budget of 0.1 %, SRE Workbook, table 5-8).
const MAJOR: f64 = 0.0144;
/// The same for an objective of 99 %.
const CRITICAL: f64 = 0.144;

/// How far an incident reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Class {
    /// No service is hurt.
    None,
    /// Fewer than 1.44 % of the root traces are hurt.
    Minor,
    /// From 1.44 % on: an objective of 99.9 % pages.
    Major,
    /// From 14.4 % on: an objective of 99 % pages.
    Critical,
}

impl Class {
    pub fn word(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Minor => "minor",
            Self::Major => "major",
            Self::Critical => "critical",
        }
    }
}

/// What hurts a service's requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum HurtBy {
    Errors,
    Latency,
    Both,
    /// Its requests stopped.
    Traffic,
}

impl HurtBy {
    pub fn word(self) -> &'static str {
        match self {
            Self::Errors => "errors",
            Self::Latency => "latency",
            Self::Both => "both",
            Self::Traffic => "traffic",
        }
    }
}

/// A service that is hurt.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Affected {
    pub service: String,
    pub by: HurtBy,
    pub requests: u64,
    pub errors: u64,
    /// Shares of the requests, now and before.
    pub error_share: f64,
    pub error_share_before: f64,
    /// Slow: beyond the 0.95 quantile that the endpoint had before.
    pub slow_share: f64,
    pub slow_share_before: f64,
    /// The smaller p value of the two tests (G², one degree of freedom), times the number of services judged.
    pub p_value: f64,
    pub traces: u64,
    pub traces_failed: u64,
    /// Calls away from the root cause, against the direction of calls; none when it does not call it.
    pub hops: Option<u32>,
}

/// What the changes of all services amount to.
#[derive(Debug, Clone, PartialEq)]
pub struct Blast {
    pub class: Class,
    pub affected: Vec<Affected>,
    /// Services with too few requests in the window or before it.
    pub unjudged: Vec<String>,
    /// Requests hurt beyond what was usual, over all services, as a share of all requests.
    pub requests_share: f64,
    /// The rise of the share of root traces whose root request failed or was slow.
    pub traces_share: f64,
}

/// Judges every service. `stopped` are those whose requests did; `root` is the suspected cause, from which hops are counted.
pub fn blast(changes: &[ServiceChange], stopped: &[Stopped], edges: &[EdgeRow], root: Option<&str>) -> Blast {
    let (judged, unjudged): (Vec<_>, Vec<_>) = changes
        .iter()
        .filter(|change| change.current_requests + change.baseline_requests > 0)
        .partition(|change| change.current_requests.min(change.baseline_requests) >= FEWEST_REQUESTS);
    let distances = root.map(|root| upstream(edges, root)).unwrap_or_default();
    let mut affected: Vec<Affected> = judged
        .iter()
        .filter_map(|change| judge(change, judged.len(), distances.get(change.service.as_str()).copied()))
        .collect();
    let has_stopped = |service: &str| stopped.iter().any(|stopped| stopped.service == service);
    affected.retain(|affected| !has_stopped(&affected.service));
    affected.extend(stopped.iter().map(|stopped| {
        let hops = distances.get(stopped.service.as_str()).copied();
        silence(
            stopped,
            changes.iter().find(|change| change.service == stopped.service),
            hops,
        )
    }));
    affected.sort_by(|a, b| {
        a.hops
            .unwrap_or(u32::MAX)
            .cmp(&b.hops.unwrap_or(u32::MAX))
            .then_with(|| a.service.cmp(&b.service))
    });
    let hurt: BTreeSet<&str> = affected.iter().map(|affected| affected.service.as_str()).collect();
    let traces_share = if hurt.is_empty() {
        0.0
    } else {
        traces_share(changes, stopped)
    };
    Blast {
        class: class(hurt.is_empty(), traces_share),
        requests_share: requests_share(changes, &hurt),
        traces_share,
        unjudged: unjudged
            .iter()
            .map(|change| change.service.clone())
            .filter(|service| !has_stopped(service))
            .collect(),
        affected,
    }
}

fn class(is_nobody_hurt: bool, traces_share: f64) -> Class {
    match traces_share {
        _ if is_nobody_hurt => Class::None,
        share if share >= CRITICAL => Class::Critical,
        share if share >= MAJOR => Class::Major,
        _ => Class::Minor,
    }
}

fn judge(change: &ServiceChange, services: usize, hops: Option<u32>) -> Option<Affected> {
    let test = |now: u64, before: u64, rise: f64| {
        let (requests, requests_before) = (change.current_requests, change.baseline_requests);
        let p_value = (p_value(now, requests, before, requests_before) * services as f64).min(1.0);
        let is_hurt = p_value < SIGNIFICANCE && share(now, requests) - share(before, requests_before) >= rise;
        (is_hurt, p_value)
    };
    let (fails, errors_p) = test(change.current_errors, change.baseline_errors, ERROR_RISE);
    let (is_slow, slow_p) = test(change.current_slow, change.baseline_slow, SLOW_RISE);
    let (by, p_value) = match (fails, is_slow) {
        (true, true) => (HurtBy::Both, errors_p.min(slow_p)),
        (true, false) => (HurtBy::Errors, errors_p),
        (false, true) => (HurtBy::Latency, slow_p),
        (false, false) => return None,
    };
    Some(Affected {
        service: change.service.clone(),
        by,
        requests: change.current_requests,
        errors: change.current_errors,
        error_share: share(change.current_errors, change.current_requests),
        error_share_before: share(change.baseline_errors, change.baseline_requests),
        slow_share: share(change.current_slow, change.current_requests),
        slow_share_before: share(change.baseline_slow, change.baseline_requests),
        p_value,
        traces: change.current_traces,
        traces_failed: change.current_traces_failed,
        hops,
    })
}

/// Of two shares being the same (Dunning's G²).
fn p_value(a: u64, n1: u64, b: u64, n0: u64) -> f64 {
    kulprit_divergence::scores(&[a, n1.saturating_sub(a)], &[b, n0.saturating_sub(b)])
        .ok()
        .and_then(|scores| scores.first().map(|score| score.p_value))
        .unwrap_or(1.0)
}

/// A service whose requests stopped.
fn silence(stopped: &Stopped, change: Option<&ServiceChange>, hops: Option<u32>) -> Affected {
    let change = change.cloned().unwrap_or_default();
    Affected {
        service: stopped.service.clone(),
        by: HurtBy::Traffic,
        requests: change.current_requests,
        errors: change.current_errors,
        error_share: share(change.current_errors, change.current_requests),
        error_share_before: share(change.baseline_errors, change.baseline_requests),
        slow_share: share(change.current_slow, change.current_requests),
        slow_share_before: share(change.baseline_slow, change.baseline_requests),
        // Of no request where so many are expected (Poisson).
        p_value: (-stopped.expected).exp(),
        traces: change.current_traces,
        traces_failed: change.current_traces_failed,
        hops,
    }
}

/// Root traces that did not come count as hurt.
fn traces_share(changes: &[ServiceChange], stopped: &[Stopped]) -> f64 {
    let missing: f64 = stopped.iter().map(|stopped| stopped.expected_roots).sum();
    let sum = |of: fn(&ServiceChange) -> u64| changes.iter().map(of).sum::<u64>();
    let (hurt, roots) = (
        sum(|change| change.current_roots_hurt) as f64 + missing,
        sum(|change| change.current_roots) as f64 + missing,
    );
    let now = if roots > 0.0 { hurt / roots } else { 0.0 };
    let before = share(
        sum(|change| change.baseline_roots_hurt),
        sum(|change| change.baseline_roots),
    );
    (now - before).max(0.0)
}

fn requests_share(changes: &[ServiceChange], hurt: &BTreeSet<&str>) -> f64 {
    let requests: u64 = changes.iter().map(|change| change.current_requests).sum();
    let excess: f64 = changes
        .iter()
        .filter(|change| hurt.contains(change.service.as_str()))
        .map(|change| {
            let expected = change.current_requests as f64 * share(change.baseline_hurt, change.baseline_requests);
            (change.current_hurt as f64 - expected).max(0.0)
        })
        .sum();
    if requests == 0 {
        0.0
    } else {
        // An empty sum is −0.
        excess.abs() / requests as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(service: &str, requests: u64, errors: u64) -> ServiceChange {
        ServiceChange {
            service: service.to_owned(),
            current_requests: requests,
            current_errors: errors,
            current_hurt: errors,
            baseline_requests: 1_000,
            ..ServiceChange::default()
        }
    }

    #[test]
    fn a_service_is_hurt_by_what_chance_does_not_explain_and_users_would_notice() {
        let mut entry = change("front", 1_000, 200);
        (entry.current_roots, entry.current_roots_hurt, entry.baseline_roots) = (1_000, 200, 1_000);
        let changes = [
            entry,
            change("steady", 1_000, 2),
            change("rare", 5, 5),
            // Significant, yet fewer than one in a hundred.
            change("scratched", 100_000, 900),
        ];
        let found = blast(&changes, &[], &[EdgeRow::steady("front", "back")], Some("back"));
        let hurt: Vec<_> = found
            .affected
            .iter()
            .map(|affected| (affected.service.as_str(), affected.by, affected.hops))
            .collect();
        assert_eq!(hurt, [("front", HurtBy::Errors, Some(1))]);
        assert_eq!(found.unjudged, ["rare"]);
        assert_eq!(found.class, Class::Critical);
        assert!((found.traces_share - 0.2).abs() < 1e-12);
        assert!((found.requests_share - 200.0 / 102_005.0).abs() < 1e-12);
    }

    #[test]
    fn classes_follow_the_share_of_root_traces() {
        for (hurt, want) in [(0, Class::Minor), (15, Class::Major), (144, Class::Critical)] {
            let mut entry = change("front", 1_000, 100);
            (entry.current_roots, entry.current_roots_hurt, entry.baseline_roots) = (1_000, hurt, 1_000);
            assert_eq!(blast(&[entry], &[], &[], None).class, want, "{hurt}");
        }
        assert_eq!(blast(&[], &[], &[], None).class, Class::None);
    }
}
