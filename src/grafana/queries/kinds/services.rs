//! `services`: how each service does, now or over time.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::super::Refusal;
use super::super::asker::Asker;
use super::super::frame::{Field, Frame};
use super::super::query::Query;
use super::{joined, window};
use crate::questions::health::{Health, Measures, ServiceHealth};

/// Services in an answer over time, each with its four series, unless a query asks for more.
const USUAL_SERIES: usize = 50;

pub async fn frame(asker: &Asker, query: &Query) -> Result<Frame, Refusal> {
    let mut parameters = window(query);
    parameters.extend(query.baseline.clone().map(|baseline| ("baseline", baseline)));
    let mut health: Health = asker.get("/api/v1/services", &parameters).await?;
    let warnings = std::mem::take(&mut health.warnings);
    let frame = match query.is_series() {
        true => series(&health, query.limit.unwrap_or(USUAL_SERIES)),
        false => Frame::table("services", columns(&query.first(health.services))),
    };
    Ok(frame.noting(warnings))
}

fn columns(services: &[ServiceHealth]) -> Vec<Field> {
    let number = |name, unit, of: fn(&ServiceHealth) -> Option<f64>| Field::number(name, unit, services.iter().map(of));
    vec![
        Field::text("service", services.iter().map(|service| &service.service)),
        Field::text("status", services.iter().map(|service| service.status.word())),
        Field::text("reasons", services.iter().map(|service| joined(&service.reasons))),
        number("requests", "short", |service| Some(service.current.requests)),
        number("request_rate", "reqps", |service| Some(service.current.request_rate)),
        number("error_rate", "reqps", |service| service.current.error_rate),
        number("error_ratio", "percentunit", |service| service.current.error_ratio),
        number("p50_ms", "ms", |service| service.current.p50_ms),
        number("p95_ms", "ms", |service| service.current.p95_ms),
        number("p99_ms", "ms", |service| service.current.p99_ms),
        number("baseline_request_rate", "reqps", |service| {
            Some(service.baseline_request_rate)
        }),
        number("baseline_error_ratio", "percentunit", |service| {
            service.baseline_error_ratio
        }),
        number("baseline_p95_ms", "ms", |service| service.baseline_p95_ms),
        number("error_budget_remaining", "percentunit", |service| {
            service.error_budget_remaining
        }),
        number("burn_rate", "", |service| service.burn_rate),
        Field::text(
            "source",
            services
                .iter()
                .map(|service| service.source.map_or("", |source| source.word())),
        ),
    ]
}

/// A measure over time.
type Measure = (&'static str, &'static str, fn(&Measures) -> Option<f64>);

const MEASURES: [Measure; 4] = [
    ("request_rate", "reqps", |measures| Some(measures.request_rate)),
    ("error_ratio", "percentunit", |measures| measures.error_ratio),
    ("p50_ms", "ms", |measures| measures.p50_ms),
    ("p95_ms", "ms", |measures| measures.p95_ms),
];

/// The worst services first, at the times that any of them has.
fn series(health: &Health, most: usize) -> Frame {
    let mut points: BTreeMap<(&str, Timestamp), &Measures> = BTreeMap::new();
    for point in &health.series {
        points.insert((&point.service, point.time), &point.measures);
    }
    let times: BTreeSet<Timestamp> = health.series.iter().map(|point| point.time).collect();
    let times: Vec<Timestamp> = times.into_iter().collect();
    let counted: BTreeSet<&str> = points.keys().map(|(service, _)| *service).collect();
    let services = health.services.iter().map(|service| service.service.as_str());
    let services = services.filter(|service| counted.contains(service)).take(most);
    let numbers = services.flat_map(|service| {
        MEASURES.map(|(name, unit, of)| {
            let values = times
                .iter()
                .map(|time| points.get(&(service, *time)).and_then(|measures| of(measures)));
            Field::number(name, unit, values.collect::<Vec<_>>()).labelled([("service", service.to_owned())])
        })
    });
    Frame::series("services", &times, numbers.collect())
}
