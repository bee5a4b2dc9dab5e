//! Whose telemetry a question is about: services named in the request, the metric's mapping, a label, the org's services, or all.

pub mod mapping;
mod metric;

use kulprit_clickhouse::Client;
use serde::Serialize;

pub use metric::{LogStreams, Metric, services_in_name};

use crate::{Error, Result};

/// Whose lines were counted, and what said so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Scope {
    pub org: String,
    /// Empty means all services.
    pub services: Vec<String>,
    pub attributes: Vec<Attribute>,
    /// `mapping`, `metric_name`, `org`, `request` or `all`.
    pub matched_by: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Attribute {
    pub key: String,
    pub value: String,
}

/// Resolves the scope: services named in the request, else the metric's mapping, else a service label in the metric's name, else
/// the org's services, else all. Where the org's services are stated, they bound all of these: 403 for a service beyond them.
pub async fn resolve(client: &Client, metric: &Metric, named: Vec<String>) -> Result<Scope> {
    let rows: Vec<LogStreams> = match client.rows(&metric.statement()?).await {
        // A user who may only read has no mapping table.
        Err(Error::NoDataSource(_)) => vec![],
        other => other?,
    };
    choose(&metric.org, &metric.metric_name, rows, named)
}

/// The services that an analysis of `org` may read, which tells data apart by nothing else: `named`, else those of the org; none means
/// all. Errors: 403 for a service beyond the org's; the org's data are only a part of its services' data.
pub async fn services(client: &Client, org: &str, named: Vec<String>) -> Result<Vec<String>> {
    let scope = resolve(client, &Metric::of_org(org), named).await?;
    if !scope.attributes.is_empty() {
        return Err(Error::no_data_source(format!(
            "the data of org {org:?} are told apart by attributes, which spans and metrics do not carry: map the org to services"
        )));
    }
    Ok(scope.services)
}

fn choose(org: &str, metric_name: &str, rows: Vec<LogStreams>, named: Vec<String>) -> Result<Scope> {
    let (org_wide, own): (Vec<_>, Vec<_>) = rows.into_iter().partition(|row| row.is_org_wide);
    let own = own.into_iter().next();
    let bounds = org_wide.into_iter().next();
    let labelled = services_in_name(metric_name);
    let (mut services, mut attributes, matched_by) = match own {
        _ if !named.is_empty() => (named, vec![], "request"),
        Some(row) => (row.services, row.attributes, "mapping"),
        None if !labelled.is_empty() => (labelled, vec![], "metric_name"),
        None if bounds.is_some() => (vec![], vec![], "org"),
        None => (vec![], vec![], "all"),
    };
    if let Some(bounds) = bounds {
        if services.is_empty() {
            services.clone_from(&bounds.services);
        }
        if let Some(foreign) = services
            .iter()
            .find(|service| !bounds.services.is_empty() && !bounds.services.contains(service))
        {
            return Err(Error::Forbidden(format!(
                "services: {foreign:?} is not one of the services of org {org:?}"
            )));
        }
        attributes.extend(bounds.attributes);
    }
    let attributes = attributes
        .into_iter()
        .map(|(key, value)| Attribute { key, value })
        .collect();
    Ok(Scope {
        org: org.to_owned(),
        services,
        attributes,
        matched_by,
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn row(is_org_wide: bool, services: &[&str]) -> LogStreams {
        LogStreams {
            is_org_wide,
            services: services.iter().map(|name| (*name).to_owned()).collect(),
            attributes: vec![],
        }
    }

    #[test]
    fn the_nearest_statement_about_the_scope_counts() {
        let (org, own) = (row(true, &["cart", "payment"]), row(false, &["payment"]));
        for (name, rows, named, services, matched_by) in [
            ("m", vec![], vec![], vec![], "all"),
            ("m", vec![org.clone()], vec![], vec!["cart", "payment"], "org"),
            (
                "m{service=\"cart\"}",
                vec![org.clone()],
                vec![],
                vec!["cart"],
                "metric_name",
            ),
            (
                "m{service=\"cart\"}",
                vec![own.clone(), org.clone()],
                vec![],
                vec!["payment"],
                "mapping",
            ),
            ("m", vec![own, org], vec!["cart".to_owned()], vec!["cart"], "request"),
        ] {
            let scope = choose("1", name, rows, named).unwrap();
            assert_eq!(
                (
                    scope.services.iter().map(String::as_str).collect::<Vec<_>>(),
                    scope.matched_by
                ),
                (services, matched_by)
            );
        }
    }

    #[test]
    fn a_service_of_another_org_is_refused() {
        let org = row(true, &["cart"]);
        assert_eq!(
            choose("1", "m", vec![org.clone()], vec!["payment".to_owned()])
                .unwrap_err()
                .status(),
            403
        );
        assert_eq!(
            choose("1", "m{service=\"payment\"}", vec![org], vec![])
                .unwrap_err()
                .status(),
            403
        );
    }
}
