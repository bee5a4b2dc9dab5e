//! How the services do, as the page shows it.

use serde::Serialize;

use super::numbers::{Stretch, UNKNOWN, known, milliseconds, per_cent, rate, stretch};
use super::place::Place;
use crate::questions::health::{Health, Point, ServiceHealth, Status};

/// Reasons of a status that are shown without being asked for.
const REASONS: usize = 3;
/// The size of a course's drawing.
const COURSE: (f64, f64) = (120.0, 28.0);

#[derive(Debug, Serialize)]
pub struct View {
    rows: Vec<Row>,
    /// How many services have which status, the worst first; those that nobody has are left out.
    tally: Vec<(String, &'static str)>,
    baseline: Stretch,
    warnings: Vec<String>,
}

#[derive(Debug, Serialize)]
struct Row {
    service: String,
    link: Option<String>,
    status: &'static str,
    reasons: Vec<String>,
    /// Those that say less.
    more_reasons: Vec<String>,
    source: &'static str,
    requests: String,
    requests_before: String,
    /// Failures a second; none where it is not known.
    failures: Option<String>,
    failing: String,
    failing_before: String,
    p95: String,
    p95_before: String,
    budget: String,
    burn: Option<String>,
    course: Option<Course>,
}

/// Requests and failures over the window, as the points of two lines.
#[derive(Debug, Serialize)]
struct Course {
    requests: String,
    /// None where none is known.
    failures: Option<String>,
    most: String,
}

pub fn view(health: &Health, place: &Place) -> View {
    let row = |service: &ServiceHealth| row(service, health, place);
    View {
        rows: health.services.iter().map(row).collect(),
        tally: tally(health),
        baseline: stretch(&health.baseline),
        warnings: health.warnings.clone(),
    }
}

fn tally(health: &Health) -> Vec<(String, &'static str)> {
    use Status::{Critical, Degraded, Healthy, Sparse, Unknown};
    let count = |status: Status| {
        let services = health.services.iter();
        services.filter(|service| service.status == status).count()
    };
    let all = [Critical, Degraded, Healthy, Sparse, Unknown].map(|status| (count(status), status.word()));
    let some = all.into_iter().filter(|(many, _)| *many > 0);
    some.map(|(many, word)| (format!("{many} {word}"), word)).collect()
}

fn row(service: &ServiceHealth, health: &Health, place: &Place) -> Row {
    let (now, per_second) = (&service.current, |number| rate(number, "s"));
    let is_seen = service.source.is_some();
    Row {
        service: service.service.clone(),
        link: place.of_service(&service.service),
        status: service.status.word(),
        reasons: service.reasons.iter().take(REASONS).cloned().collect(),
        more_reasons: service.reasons.iter().skip(REASONS).cloned().collect(),
        source: service.source.map_or(UNKNOWN, |source| source.word()),
        requests: known(is_seen.then_some(now.request_rate), per_second),
        requests_before: known(is_seen.then_some(service.baseline_request_rate), per_second),
        failures: now.error_rate.map(per_second),
        failing: known(now.error_ratio, per_cent),
        failing_before: known(service.baseline_error_ratio, per_cent),
        p95: known(now.p95_ms, milliseconds),
        p95_before: known(service.baseline_p95_ms, milliseconds),
        budget: known(service.error_budget_remaining, |left| match left {
            left if left <= 0.0 => "used up".to_owned(),
            left => per_cent(left),
        }),
        burn: service.burn_rate.map(|burn| format!("{burn:.1}×")),
        course: course(&service.service, health),
    }
}

fn course(service: &str, health: &Health) -> Option<Course> {
    let points: Vec<&Point> = health.series.iter().filter(|point| point.service == service).collect();
    let most = points
        .iter()
        .map(|point| point.measures.request_rate)
        .fold(0.0, f64::max);
    if points.len() < 2 || most <= 0.0 {
        return None;
    }
    let (from, seconds) = (health.window.from, health.window.duration().as_secs_f64());
    let line = |value: &dyn Fn(&Point) -> f64| {
        let drawn = points.iter().map(|point| {
            let x = point.time.duration_since(from).as_secs_f64() / seconds * COURSE.0;
            let y = COURSE.1 - 2.0 - value(point) / most * (COURSE.1 - 4.0);
            format!("{x:.1},{y:.1}")
        });
        drawn.collect::<Vec<_>>().join(" ")
    };
    let has_failures = points
        .iter()
        .any(|point| point.measures.error_rate.is_some_and(|rate| rate > 0.0));
    Some(Course {
        requests: line(&|point| point.measures.request_rate),
        failures: has_failures.then(|| line(&|point| point.measures.error_rate.unwrap_or_default())),
        most: rate(most, "s"),
    })
}
