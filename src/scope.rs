//! Whose log lines a question is about.

use crate::Error;
use crate::Result;
use crate::clickhouse::Client;
use crate::query::log_streams::{LogStreams, Metric, services_in_name};
use crate::shape::log_groups::{Attribute, Scope};

/// Resolves the scope: services named in the request, else the metric's mapping, else a service label in the metric's name, else
/// the org's services, else all. The services of an org bound what a request may name.
pub async fn resolve(client: &Client, metric: &Metric, named: Vec<String>) -> Result<Scope> {
    let rows: Vec<LogStreams> = match client.rows(&metric.statement()?).await {
        // A user who may only read has no mapping table.
        Err(Error::NoDataSource(_)) => vec![],
        other => other?,
    };
    Ok(choose(&metric.org, &metric.metric_name, rows, named))
}

fn choose(org: &str, metric_name: &str, rows: Vec<LogStreams>, named: Vec<String>) -> Scope {
    let (org_wide, own): (Vec<_>, Vec<_>) = rows.into_iter().partition(|row| row.is_org_wide);
    let scope = |services, attributes: Vec<(String, String)>, matched_by| Scope {
        org: org.to_owned(),
        services,
        attributes: attributes
            .into_iter()
            .map(|(key, value)| Attribute { key, value })
            .collect(),
        matched_by,
    };
    if !named.is_empty() {
        return scope(named, vec![], "request");
    }
    if let Some(row) = own.into_iter().next() {
        return scope(row.services, row.attributes, "mapping");
    }
    let labelled = services_in_name(metric_name);
    if !labelled.is_empty() {
        return scope(labelled, vec![], "metric_name");
    }
    match org_wide.into_iter().next() {
        Some(row) => scope(row.services, row.attributes, "org"),
        None => scope(vec![], vec![], "all"),
    }
}
