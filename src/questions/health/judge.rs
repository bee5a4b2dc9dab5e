//! The verdict on a service: its requests in the window against those of the baseline.

use jiff::Timestamp;

use super::answer::{Measures, Status};

/// Requests that it takes to judge a ratio or a latency.
pub(super) const ENOUGH_REQUESTS: f64 = 20.0;
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

/// What a service did before a window that holds too few requests, up to the window's end.
#[derive(Debug, Clone, Copy)]
pub(super) struct Longer {
    pub since: Timestamp,
    pub requests: f64,
    pub errors: f64,
}

/// The verdict. A service without requests is unknown, and one with too few is sparse: neither is healthy.
pub(super) fn judge(current: &Measures, baseline: &Measures, longer: Option<Longer>) -> (Status, Vec<String>) {
    if current.requests <= 0.0 {
        let reason = if baseline.requests > 0.0 {
            "no requests in the window, though the baseline has some"
        } else {
            "no requests are known"
        };
        return (Status::Unknown, vec![reason.to_owned()]);
    }
    let is_sparse = current.requests < ENOUGH_REQUESTS;
    let mut found = if is_sparse { sparse(current, longer) } else { vec![] };
    found.extend(failing(current, baseline).filter(|_| !is_sparse));
    found.extend(slower(current, baseline));
    if current.errors.is_none() {
        let reason = "nothing says which of its requests failed: what counts them carries no status";
        found.push((Status::Unknown, reason.to_owned()));
    }
    let status = found.iter().map(|(status, _)| *status).min().unwrap_or(Status::Healthy);
    (status, found.into_iter().map(|(_, reason)| reason).collect())
}

/// Too few requests are judged with those before them.
fn sparse(current: &Measures, longer: Option<Longer>) -> Vec<(Status, String)> {
    let mut reason = format!("{} are too few to judge by", counted(current.requests));
    match current.errors {
        Some(errors) if errors > 0.0 => reason.push_str(&format!(", {errors:.0} of them failed")),
        _ => {}
    }
    let mut found = vec![(Status::Sparse, reason)];
    let Some(longer) = longer.filter(|longer| longer.requests >= ENOUGH_REQUESTS) else {
        return found;
    };
    let ratio = longer.errors / longer.requests;
    if longer.errors >= ENOUGH_ERRORS && ratio >= DEGRADED_RATIO {
        let reason = format!(
            "{:.2} % of {} since {} fail",
            ratio * 100.0,
            counted(longer.requests),
            longer.since
        );
        found.push((failing_status(ratio), reason));
    }
    found
}

fn counted(requests: f64) -> String {
    format!("{requests:.0} request{}", if requests == 1.0 { "" } else { "s" })
}

fn failing(current: &Measures, baseline: &Measures) -> Option<(Status, String)> {
    let (errors, ratio) = (current.errors?, current.error_ratio?);
    let is_failing = errors >= ENOUGH_ERRORS && (ratio >= DEGRADED_RATIO || has_risen(current, baseline));
    let before = baseline.error_ratio.unwrap_or_default();
    is_failing.then(|| {
        let reason = format!(
            "{:.2} % of requests fail, {:.2} % in the baseline",
            ratio * 100.0,
            before * 100.0
        );
        (failing_status(ratio), reason)
    })
}

fn failing_status(ratio: f64) -> Status {
    if ratio >= CRITICAL_RATIO {
        Status::Critical
    } else {
        Status::Degraded
    }
}

fn slower(current: &Measures, baseline: &Measures) -> Option<(Status, String)> {
    let (now, then) = (current.p95_ms?, baseline.p95_ms?);
    let can_judge = current.requests.min(baseline.requests) >= ENOUGH_REQUESTS;
    let is_slower = can_judge && now >= SLOWER * then && now >= then + SLOWER_MS;
    is_slower.then(|| {
        (
            Status::Degraded,
            format!("p95 is {now:.0} ms, {then:.0} ms in the baseline"),
        )
    })
}

/// A one-sided test of two proportions with the pooled standard error; without a baseline nothing has risen.
fn has_risen(current: &Measures, baseline: &Measures) -> bool {
    let (n, m) = (current.requests, baseline.requests);
    let (Some(now), Some(then)) = (current.errors, baseline.errors) else {
        return false;
    };
    if n <= 0.0 || m <= 0.0 {
        return false;
    }
    let pooled = (now + then) / (n + m);
    let standard_error = (pooled * (1.0 - pooled) * (1.0 / n + 1.0 / m)).sqrt();
    now / n - then / m > RISEN_Z * standard_error
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
            // Too few to tell, be they as bad as they may.
            (counts(4.0, 1.0, 100.0), Status::Sparse),
            (counts(19.0, 19.0, 100.0), Status::Sparse),
            // Nothing says which failed.
            (counts(10_000.0, f64::NAN, 100.0), Status::Unknown),
            (counts(10_000.0, f64::NAN, 500.0), Status::Degraded),
        ] {
            assert_eq!(judge(&current, &usual, None).0, status, "{current:?}");
        }
    }

    #[test]
    fn too_few_requests_are_judged_with_those_before_them() {
        let (few, none) = (counts(7.0, 7.0, 100.0), Measures::default());
        let longer = |requests, errors| {
            let since = Timestamp::UNIX_EPOCH;
            judge(
                &few,
                &none,
                Some(Longer {
                    since,
                    requests,
                    errors,
                }),
            )
            .0
        };
        assert_eq!(longer(40.0, 40.0), Status::Critical);
        assert_eq!(longer(400.0, 8.0), Status::Degraded);
        assert_eq!(longer(400.0, 1.0), Status::Sparse);
        assert_eq!(longer(12.0, 12.0), Status::Sparse);
    }
}
