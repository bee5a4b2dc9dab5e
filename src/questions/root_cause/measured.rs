//! What metrics say of services that leave no spans: failures and durations of requests, as scores like any other.

use std::collections::{BTreeMap, BTreeSet};

use super::parts::g_test;
use super::rows::ServiceChange;
use super::scores::{Finding, PartScores, Shares};
use crate::questions::health::ServiceRow;

/// What the 0.95 quantile leaves above it, and what the median does.
const ABOVE_P95: f64 = 0.05;
const ABOVE_MEDIAN: f64 = 0.5;
/// From the median to the 0.95 quantile of a normal distribution, in standard deviations.
const DEVIATIONS: f64 = 1.645;

/// A service in the window and in the history.
pub struct Measured {
    service: String,
    now: ServiceRow,
    before: ServiceRow,
}

/// The services that metrics know in both windows, and of which no spans are `known`.
pub fn measured(rows: Vec<ServiceRow>, known: &BTreeSet<String>) -> Vec<Measured> {
    let mut services: BTreeMap<String, [Option<ServiceRow>; 2]> = BTreeMap::new();
    for row in rows.into_iter().filter(|row| !known.contains(&row.service)) {
        let [now, before] = services.entry(row.service.clone()).or_default();
        match row.period.as_str() {
            "current" => *now = Some(row),
            "baseline" => *before = Some(row),
            _ => {}
        }
    }
    let both = services.into_iter().filter_map(|(service, rows)| match rows {
        [Some(now), Some(before)] => Some(Measured { service, now, before }),
        _ => None,
    });
    both.filter(|measured| measured.now.requests >= 1.0 && measured.before.requests >= 1.0)
        .collect()
}

impl Measured {
    /// Adds its failures and its durations to the scores.
    pub fn add_to(&self, patterns: &mut PartScores, latency: &mut PartScores) {
        let shares = Shares {
            a: count(self.now.errors),
            n1: count(self.now.requests),
            b: count(self.before.errors),
            n0: count(self.before.requests),
        };
        // Fewer failures than before are no trouble.
        let g = if shares.now() > shares.before() {
            g_test(&shares)
        } else {
            0.0
        };
        patterns.tests += 1;
        patterns.note(&self.service, 1, 0.0);
        patterns.add(&self.service, 0, g, || Finding::Measured { shares });
        if let Some((shift, margin)) = self.shift() {
            latency.note(&self.service, 1, 0.0);
            latency.add(&self.service, 0, shift - margin, || Finding::Own {
                endpoints: String::new(),
                shift,
                since: 0,
                samples: shares.n1,
            });
        }
    }

    /// How far ln of the median moved, and three standard errors of that; none where no durations are known.
    fn shift(&self) -> Option<(f64, f64)> {
        let shift = (self.now.p50_ms / self.before.p50_ms).ln();
        let scale = (self.before.p95_ms / self.before.p50_ms).ln() / DEVIATIONS;
        let error = 1.2533 * scale * (1.0 / self.now.requests + 1.0 / self.before.requests).sqrt();
        (shift.is_finite() && error.is_finite()).then_some((shift, 3.0 * error))
    }

    /// Its requests as the blast radius counts them. Where there is no trace at all, each stands for one (`are_roots`).
    pub fn change(&self, are_roots: bool) -> ServiceChange {
        let slow = if self.now.p50_ms > self.before.p95_ms {
            ABOVE_MEDIAN
        } else {
            ABOVE_P95
        };
        let is_timed = self.now.p50_ms.is_finite() && self.before.p95_ms.is_finite();
        let share = |requests: f64, share: f64| if is_timed { count(requests * share) } else { 0 };
        let mut change = ServiceChange {
            service: self.service.clone(),
            current_requests: count(self.now.requests),
            current_errors: count(self.now.errors),
            current_slow: share(self.now.requests, slow),
            baseline_requests: count(self.before.requests),
            baseline_errors: count(self.before.errors),
            baseline_slow: share(self.before.requests, ABOVE_P95),
            ..ServiceChange::default()
        };
        // A request that failed and was slow is hurt once; which are both is not known.
        change.current_hurt = change.current_errors.max(change.current_slow);
        change.baseline_hurt = change.baseline_errors.max(change.baseline_slow);
        if are_roots {
            (change.current_roots, change.current_roots_hurt) = (change.current_requests, change.current_hurt);
            (change.baseline_roots, change.baseline_roots_hurt) = (change.baseline_requests, change.baseline_hurt);
        }
        change
    }
}

fn count(number: f64) -> u64 {
    number.round().max(0.0) as u64
}
