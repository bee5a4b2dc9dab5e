//! How each service does, from counts: rates, ratios, latencies, and a verdict against the baseline.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use kulprit_request::Window;
use serde::{Deserialize, Serialize};

use super::judge::{ENOUGH_REQUESTS, Longer, judge};
use super::question::{ServiceRow, Services, Source};
use crate::questions::slo::{Severity, SloAnswer};
use crate::sources::SourceRead;

/// What was counted, by source.
#[derive(Debug, Default)]
pub struct Counted {
    pub spans: Vec<ServiceRow>,
    pub metrics: Vec<ServiceRow>,
    /// Every service in scope that left anything behind.
    pub seen: BTreeSet<String>,
    /// Of services with few requests in the window: the stretches of time before it.
    pub earlier: Vec<ServiceRow>,
}

impl Counted {
    /// The services whose requests in the window are too few to judge by, and what they are counted from.
    pub fn sparse(&self) -> [(CountedFrom, Vec<String>); 2] {
        [(CountedFrom::Spans, &self.spans), (CountedFrom::Metrics, &self.metrics)].map(|(source, rows)| {
            let few =
                |row: &&ServiceRow| row.period == "current" && row.requests > 0.0 && row.requests < ENOUGH_REQUESTS;
            (source, rows.iter().filter(few).map(|row| row.service.clone()).collect())
        })
    }

    /// As many of the stretches before the window as it takes to judge `service` by.
    fn longer(&self, service: &str, current: &Measures) -> Option<Longer> {
        let mut stretches: Vec<&ServiceRow> = self.earlier.iter().filter(|row| row.service == service).collect();
        stretches.sort_by_key(|row| std::cmp::Reverse(row.time));
        let (mut requests, mut errors, mut since) = (current.requests, current.errors?, None);
        for row in stretches {
            if requests >= ENOUGH_REQUESTS {
                break;
            }
            requests += row.requests;
            errors += row.errors;
            since = Timestamp::from_second(row.time.into()).ok();
        }
        since.map(|since| Longer {
            since,
            requests,
            errors,
        })
    }
}

/// What `GET /api/v1/services` answers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Health {
    /// The worst first.
    pub services: Vec<ServiceHealth>,
    pub series: Vec<Point>,
    pub step_seconds: u32,
    pub window: Window,
    pub baseline: Window,
    pub warnings: Vec<String>,
    /// What was read in place; where anything was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sources: Option<Vec<SourceRead>>,
}

/// Declared from the worst to the best; those that nobody can judge are at the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    Critical,
    Degraded,
    Healthy,
    /// It served requests, but too few to judge by.
    Sparse,
    Unknown,
}

impl Status {
    pub fn word(self) -> &'static str {
        match self {
            Self::Critical => "critical",
            Self::Degraded => "degraded",
            Self::Healthy => "healthy",
            Self::Sparse => "sparse",
            Self::Unknown => "unknown",
        }
    }
}

/// What a service's requests were counted from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum CountedFrom {
    Spans,
    Metrics,
}

impl CountedFrom {
    pub fn word(self) -> &'static str {
        match self {
            Self::Spans => "spans",
            Self::Metrics => "metrics",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct ServiceHealth {
    pub service: String,
    pub status: Status,
    /// Why it is not healthy, in words.
    pub reasons: Vec<String>,
    /// None when neither spans nor metrics know it.
    pub source: Option<CountedFrom>,
    #[serde(flatten)]
    pub current: Measures,
    /// The most urgent of its objectives; none where no objective knows the service.
    pub slo_severity: Option<Severity>,
    /// The least of its objectives'.
    pub error_budget_remaining: Option<f64>,
    pub burn_rate: Option<f64>,
    pub baseline_requests: f64,
    pub baseline_request_rate: f64,
    pub baseline_error_rate: Option<f64>,
    pub baseline_error_ratio: Option<f64>,
    pub baseline_p50_ms: Option<f64>,
    pub baseline_p95_ms: Option<f64>,
    pub baseline_p99_ms: Option<f64>,
}

/// Counts of a stretch of time. Rates are a second.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Measures {
    pub requests: f64,
    /// None where what counts the requests does not say which of them failed; likewise the rate and the ratio.
    pub errors: Option<f64>,
    pub request_rate: f64,
    pub error_rate: Option<f64>,
    pub error_ratio: Option<f64>,
    pub p50_ms: Option<f64>,
    pub p95_ms: Option<f64>,
    pub p99_ms: Option<f64>,
}

/// One stretch of a service's current window, beginning at `time`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Point {
    pub time: Timestamp,
    pub service: String,
    #[serde(flatten)]
    pub measures: Measures,
}

/// Shapes counts into the answer.
pub fn health(asked: &Services, counted: Counted, warnings: Vec<String>) -> Health {
    let step_seconds = asked.step_seconds();
    let mut totals: BTreeMap<String, (Option<CountedFrom>, Measures, Measures)> = counted
        .seen
        .iter()
        .map(|service| (service.clone(), (None, Measures::default(), Measures::default())))
        .collect();
    let mut series = Vec::new();
    // Spans come last, so that they win where both were asked.
    let sources = [
        (CountedFrom::Metrics, &counted.metrics),
        (CountedFrom::Spans, &counted.spans),
    ];
    for (source, rows) in sources {
        let skip = source == CountedFrom::Metrics && asked.source == Source::Spans;
        for row in rows.iter().filter(|_| !skip) {
            if row.period == "series" {
                series.extend(point(row, step_seconds, &asked.current));
                continue;
            }
            let entry = totals.entry(row.service.clone()).or_default();
            entry.0 = Some(source);
            if row.period == "current" {
                entry.1 = measures(row, asked.current.duration().as_secs_f64());
            } else {
                entry.2 = measures(row, asked.baseline.duration().as_secs_f64());
            }
        }
    }
    let mut services: Vec<ServiceHealth> = totals
        .into_iter()
        .map(|(service, (source, current, baseline))| {
            let longer = counted.longer(&service, &current);
            judged(service, source, [current, baseline], longer)
        })
        .collect();
    sort(&mut services);
    Health {
        services,
        series,
        step_seconds,
        window: asked.current,
        baseline: asked.baseline,
        warnings,
        sources: None,
    }
}

/// Lays what the objectives say over the verdicts: one that pages makes its service critical, one for a ticket makes it degraded.
pub fn add_objectives(health: &mut Health, slo: SloAnswer) {
    health.warnings.extend(slo.warnings);
    for service in &mut health.services {
        let own = || slo.slos.iter().filter(|status| status.service == service.service);
        let Some(worst) = own().min_by_key(|status| status.severity) else {
            continue;
        };
        service.slo_severity = Some(worst.severity);
        service.burn_rate = worst.burn_rate;
        service.error_budget_remaining = own().filter_map(|status| status.budget_remaining).reduce(f64::min);
        let implied = match worst.severity {
            Severity::Page => Status::Critical,
            Severity::Ticket => Status::Degraded,
            Severity::None => continue,
        };
        // A service without requests in the window stays unknown.
        if service.status != Status::Unknown {
            service.status = service.status.min(implied);
        }
        let reasons = worst.reasons.iter();
        service
            .reasons
            .extend(reasons.map(|reason| format!("objective {}: {reason}", worst.objective)));
    }
    sort(&mut health.services);
}

fn sort(services: &mut [ServiceHealth]) {
    services.sort_by(|left, right| {
        let errors = |health: &ServiceHealth| health.current.error_ratio.unwrap_or_default();
        left.status
            .cmp(&right.status)
            .then(errors(right).total_cmp(&errors(left)))
            .then(left.service.cmp(&right.service))
    });
}

/// Stretches begin at whole minutes; the window may begin and end within one.
fn point(row: &ServiceRow, step_seconds: u32, window: &Window) -> Option<Point> {
    let begin = Timestamp::from_second(row.time.into()).ok()?;
    let end = (begin + SignedDuration::from_secs(step_seconds.into())).min(window.to);
    let time = begin.max(window.from);
    let measures = measures(row, end.duration_since(time).as_secs_f64().max(1.0));
    Some(Point {
        time,
        service: row.service.clone(),
        measures,
    })
}

pub(super) fn measures(row: &ServiceRow, seconds: f64) -> Measures {
    let known = |number: f64| number.is_finite().then_some(number);
    Measures {
        requests: row.requests,
        errors: known(row.errors),
        request_rate: row.requests / seconds,
        error_rate: known(row.errors / seconds),
        error_ratio: known(row.errors / row.requests),
        p50_ms: known(row.p50_ms),
        p95_ms: known(row.p95_ms),
        p99_ms: known(row.p99_ms),
    }
}

fn judged(
    service: String,
    source: Option<CountedFrom>,
    [current, baseline]: [Measures; 2],
    longer: Option<Longer>,
) -> ServiceHealth {
    let (status, reasons) = judge(&current, &baseline, longer);
    ServiceHealth {
        service,
        status,
        reasons,
        source,
        current,
        slo_severity: None,
        error_budget_remaining: None,
        burn_rate: None,
        baseline_requests: baseline.requests,
        baseline_request_rate: baseline.request_rate,
        baseline_error_rate: baseline.error_rate,
        baseline_error_ratio: baseline.error_ratio,
        baseline_p50_ms: baseline.p50_ms,
        baseline_p95_ms: baseline.p95_ms,
        baseline_p99_ms: baseline.p99_ms,
    }
}
