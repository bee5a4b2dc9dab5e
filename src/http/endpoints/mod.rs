//! One file per endpoint: what it takes, and what it asks.

mod alerts;
mod choices;
mod correlate;
mod differences;
mod error_groups;
mod health;
mod incidents;
mod mappings;
mod metrics;
mod openapi;
mod query_logs;
mod ready;
mod report;
mod services;
mod slo;
mod sql;
mod topology;
mod traces;

use kulprit_request::Known;

use super::route::Route;

/// Every path of the service, each with its methods.
pub static ALL: &[&[Route]] = &[
    report::ROUTES,
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
    differences::ROUTES,
    correlate::ROUTES,
    mappings::ROUTES,
    choices::ROUTES,
    sql::LIST,
    sql::ONE,
    alerts::ROUTES,
    incidents::LIST_AND_OPEN,
    incidents::STATS,
    incidents::IMPORT,
    incidents::ONE,
    incidents::COMMENTS,
    incidents::HISTORY,
    incidents::EXPORT,
];

/// What ClickHouse may make of a question.
const CLICKHOUSE: &[u16] = &[422, 500, 503, 504];

const FROM: Known = Known::text(
    "from",
    "Start of the window, inclusive: RFC 3339, epoch seconds or milliseconds, or now-1h. Left out: an hour before `to`.",
);
const TO: Known = Known::text(
    "to",
    "End of the window, exclusive: RFC 3339, epoch seconds or milliseconds, or now-1h. Left out: now.",
);
const BASELINE: Known = Known::text("baseline", "previous (unless another is given), day, week, or FROM..TO");
const SERVICE: Known = Known::text("service", "Only these services: repeated, or names between commas");
const SERVICES: Known = Known::text("services", "The same as `service`");
const ORG: Known = Known::text(
    "org",
    "Whose services; bounds what may be named. Left out: the org of the credentials.",
);
