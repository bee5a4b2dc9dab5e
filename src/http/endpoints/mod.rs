//! One file per endpoint: what it takes, and what it asks.

mod correlate;
mod error_groups;
mod health;
mod incidents;
mod mappings;
mod metrics;
mod openapi;
mod query_logs;
mod ready;
mod services;
mod slo;
mod sql;
mod topology;
mod traces;

use super::route::{Parameter, Route};

/// Every path of the service, each with its methods.
pub static ALL: &[&[Route]] = &[
    query_logs::QUERY_LOGS,
    query_logs::ANALYZE,
    health::ROUTES,
    ready::ROUTES,
    metrics::ROUTES,
    openapi::ROUTES,
    services::ALL,
    services::ONE,
    slo::ROUTES,
    error_groups::ROUTES,
    traces::LIST,
    traces::ONE,
    topology::ROUTES,
    correlate::ROUTES,
    mappings::ROUTES,
    sql::LIST,
    sql::ONE,
    incidents::LIST_AND_OPEN,
    incidents::STATS,
    incidents::IMPORT,
    incidents::ONE,
    incidents::COMMENTS,
    incidents::HISTORY,
    incidents::EXPORT,
];

const fn parameter(name: &'static str, meaning: &'static str) -> Parameter {
    Parameter { name, meaning }
}

const FROM: Parameter = parameter(
    "from",
    "Start of the window, inclusive: RFC 3339, epoch seconds or milliseconds, or now-1h. Left out: an hour before `to`.",
);
const TO: Parameter = parameter(
    "to",
    "End of the window, exclusive: RFC 3339, epoch seconds or milliseconds, or now-1h. Left out: now.",
);
const BASELINE: Parameter = parameter("baseline", "previous (unless another is given), day, week, or FROM..TO");
const SERVICE: Parameter = parameter("service", "Only these services: repeated, or names between commas");
const SERVICES: Parameter = parameter("services", "The same as `service`");
const ORG: Parameter = parameter(
    "org",
    "Whose services; bounds what may be named. Left out: the org of the credentials.",
);
