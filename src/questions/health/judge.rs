//! The verdict on a service: its requests in the window against those of the baseline.

use super::answer::{Measures, Status};

/// Requests that it takes to judge a ratio or a latency.
const ENOUGH_REQUESTS: f64 = 20.0;
/// Failures that it takes to speak of errors at all.
const ENOUGH_ERRORS: f64 = 5.0;
/// Error ratios from which on a service is degraded or critical, whatever its baseline.
const DEGRADED_RATIO: f64 = 0.01;
const CRITICAL_RATIO: f64 = 0.05;
/// By how many standard errors a ratio must have risen to count as risen: about one false alarm in 700.
const RISEN_Z: f64 = 3.0;
/// How many times its baseline, and by how many milliseconds, the p95 must have grown.
const SLOWER: f64 = 2.0;
const SLOWER_MS: f64 = 5.0;

/// The verdict. A service without requests is unknown, never healthy.
pub(super) fn judge(current: &Measures, baseline: &Measures) -> (Status, Vec<String>) {
    let Some(ratio) = current.error_ratio else {
        let reason = if baseline.requests > 0.0 {
            "no requests in the window, though the baseline has some"
        } else {
            "no requests are known"
        };
        return (Status::Unknown, vec![reason.to_owned()]);
    };
    let mut found = Vec::new();
    let before = baseline.error_ratio.unwrap_or_default();
    let can_judge = current.requests >= ENOUGH_REQUESTS && current.errors >= ENOUGH_ERRORS;
    if can_judge && (ratio >= DEGRADED_RATIO || has_risen(current, baseline)) {
        let status = if ratio >= CRITICAL_RATIO {
            Status::Critical
        } else {
            Status::Degraded
        };
        let reason = format!(
            "{:.2} % of requests fail, {:.2} % in the baseline",
            ratio * 100.0,
            before * 100.0
        );
        found.push((status, reason));
    }
    if let (Some(now), Some(then)) = (current.p95_ms, baseline.p95_ms) {
        let can_judge = current.requests.min(baseline.requests) >= ENOUGH_REQUESTS;
        if can_judge && now >= SLOWER * then && now >= then + SLOWER_MS {
            found.push((
                Status::Degraded,
                format!("p95 is {now:.0} ms, {then:.0} ms in the baseline"),
            ));
        }
    }
    let status = found.iter().map(|(status, _)| *status).min().unwrap_or(Status::Healthy);
    (status, found.into_iter().map(|(_, reason)| reason).collect())
}

/// A one-sided test of two proportions with the pooled standard error; without a baseline nothing has risen.
fn has_risen(current: &Measures, baseline: &Measures) -> bool {
    let (n, m) = (current.requests, baseline.requests);
    if n <= 0.0 || m <= 0.0 {
        return false;
    }
    let pooled = (current.errors + baseline.errors) / (n + m);
    let standard_error = (pooled * (1.0 - pooled) * (1.0 / n + 1.0 / m)).sqrt();
    current.errors / n - baseline.errors / m > RISEN_Z * standard_error
}

#[cfg(test)]
mod tests {
    use super::super::answer::measures;
    use super::super::question::ServiceRow;
    use super::*;

    fn counts(requests: f64, errors: f64, p95: f64) -> Measures {
        let row = ServiceRow {
            service: String::new(),
            period: String::new(),
            time: 0,
            requests,
            errors,
            p50_ms: f64::NAN,
            p95_ms: p95,
            p99_ms: f64::NAN,
        };
        measures(&row, 60.0)
    }

    #[test]
    fn the_verdict_follows_its_stated_rules() {
        let usual = counts(10_000.0, 10.0, 100.0);
        for (current, status) in [
            (counts(0.0, 0.0, f64::NAN), Status::Unknown),
            (counts(10_000.0, 12.0, 120.0), Status::Healthy),
            // Ten times what was usual, though below one per cent.
            (counts(10_000.0, 90.0, 100.0), Status::Degraded),
            (counts(10_000.0, 200.0, 100.0), Status::Degraded),
            (counts(10_000.0, 600.0, 100.0), Status::Critical),
            (counts(10_000.0, 10.0, 250.0), Status::Degraded),
            // One of four failed: too few to tell.
            (counts(4.0, 1.0, 100.0), Status::Healthy),
        ] {
            assert_eq!(judge(&current, &usual).0, status, "{current:?}");
        }
    }
}
