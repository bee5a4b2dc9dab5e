//! Metrics that look as if they counted requests and are not known, with what to write of them in the configuration.

use clickhouse::Row;
use serde::Deserialize;

use super::tables::Tables;
use super::{Check, LOG_SAYS_MORE};
use crate::sources::request_metrics::{further_tables, known_metrics};
use crate::{Error, Result};
use kulprit_clickhouse::{Client, Options, Statement};

/// What stands in the names of metrics of requests.
pub(super) const OF_REQUESTS: &str =
    "(?i)(^|[._])(requests?|req|rq|http|rpc|grpc|responses?|calls?|handled|served|hits)([._]|$)";
/// What stands in the names of those among them that count something else, or the requests that one sends.
pub(super) const OF_OTHERS: &str = "(?i)client|outgoing|egress|upstream_cx|active|in_?flight|concurren|size|bytes|body|payload|queue|retr|connection|conn[._]|scrape|promhttp|\
                         prometheus_|otelcol_|_created$|rejected|dropped|cache|dns|db[._]|sql|redis|kafka|go_|jvm|process_";
/// Labels that usually hold the code of what was answered.
const STATUS: &str = "status|code|result|outcome|response";
const LABELS: usize = 8;

#[derive(Debug, Row, Deserialize)]
struct Unknown {
    name: String,
    services: Vec<String>,
    unit: String,
    is_timed: bool,
    labels: Vec<String>,
}

pub async fn check(client: &Client, tables: &Tables) -> Option<Check> {
    const CHECK: &str = "request metrics";
    if !tables.has("otel_metrics_sum") || !tables.has("otel_metrics_histogram") {
        return None;
    }
    match unknown(client).await {
        Ok(unknown) => Some(told(&unknown)),
        Err(Error::NoDataSource(_)) => None,
        Err(error) => Some(Check::failed(CHECK, &error, LOG_SAYS_MORE)),
    }
}

async fn unknown(client: &Client) -> Result<Vec<Unknown>> {
    let options = Options {
        further_points: further_tables(client).await?,
        ..Options::default()
    };
    let mut params = known_metrics(client);
    params.extend([("of_requests", OF_REQUESTS.into()), ("of_others", OF_OTHERS.into())]);
    let asked = Statement::query("doctor/request_metrics", &options, params)?;
    client.rows(&asked).await
}

fn told(unknown: &[Unknown]) -> Check {
    const CHECK: &str = "request metrics";
    if unknown.is_empty() {
        return Check::ok(
            CHECK,
            "no metric of the last hour looks as if it counted requests without being known",
        );
    }
    let names: Vec<String> = unknown
        .iter()
        .map(|metric| format!("{} (of {})", metric.name, metric.services.join(", ")))
        .collect();
    let sections: Vec<String> = unknown.iter().map(section).collect();
    Check::warning(
        CHECK,
        format!(
            "these look as if they counted requests, and are not known, so that no answer counts them: {}",
            names.join("; ")
        ),
        format!(
            "if they do count what a service serves, write into the configuration: {}",
            sections.join(" | ")
        ),
    )
}

/// What to write of a metric.
fn section(metric: &Unknown) -> String {
    let name = metric.name.to_lowercase();
    let family = if name.contains("rpc") { "rpc" } else { "http" };
    let mut keys = vec![format!("name = {:?}", metric.name), format!("family = {family:?}")];
    if metric.is_timed && metric.unit.is_empty() {
        let unit = match () {
            () if name.ends_with("milliseconds") || name.ends_with("_ms") => "ms",
            () if name.ends_with("microseconds") || name.ends_with("_us") => "us",
            () => "s",
        };
        keys.push(format!("unit = {unit:?}"));
    }
    let tells_status = |label: &&String| {
        let label = label.to_lowercase();
        STATUS.split('|').any(|word| label.contains(word))
    };
    let shown: Vec<&str> = metric.labels.iter().take(LABELS).map(String::as_str).collect();
    match metric.labels.iter().find(tells_status) {
        Some(label) => keys.push(format!("status = {label:?}")),
        None => keys.push(format!(
            "status = the label with the code of what was answered (there are {})",
            shown.join(", ")
        )),
    }
    format!("[[metrics.requests]] {}", keys.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_to_write_is_told_as_far_as_it_can_be_seen() {
        let metric = |name: &str, labels: &[&str]| Unknown {
            name: name.to_owned(),
            services: vec!["shop".to_owned()],
            unit: String::new(),
            is_timed: true,
            labels: labels.iter().map(|label| (*label).to_owned()).collect(),
        };
        assert_eq!(
            section(&metric("shop_http_requests_ms", &["result_code", "path"])),
            "[[metrics.requests]] name = \"shop_http_requests_ms\", family = \"http\", unit = \"ms\", status = \"result_code\""
        );
        assert!(
            section(&metric("app_rpc_calls", &["method"]))
                .contains("family = \"rpc\", unit = \"s\", status = the label")
        );
    }
}
