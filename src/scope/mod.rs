//! Whose telemetry a question is about: services named in the request, the metric's mapping, a label, the org's services, or all.

pub mod mapping;
mod metric;

use std::time::Duration;

use kulprit_clickhouse::Client;
use kulprit_request::if_there;
use serde::{Deserialize, Serialize};

pub use metric::{LogStreams, Metric, services_in_name};

use crate::config::Org;
use crate::{Error, Result};

/// How long an answer may go by a mapping that another process has changed since.
const REMEMBERED: Duration = Duration::from_secs(2);

/// Whose lines were counted, and what said so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Scope {
    pub org: String,
    /// Empty means all services.
    pub services: Vec<String>,
    pub attributes: Vec<Attribute>,
    pub matched_by: MatchedBy,
}

impl Scope {
    /// Of no panel and no org: the services that somebody named, or all.
    pub fn of(services: Vec<String>) -> Self {
        Self {
            org: String::new(),
            matched_by: if services.is_empty() {
                MatchedBy::All
            } else {
                MatchedBy::Request
            },
            services,
            attributes: vec![],
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Attribute {
    pub key: String,
    pub value: String,
}

/// What said whose lines are meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum MatchedBy {
    /// A row of `metric_log_streams`.
    Mapping,
    /// A service label in the metric's name.
    MetricName,
    /// The org's services.
    Org,
    /// The services that the request names.
    Request,
    /// Nothing: all services are meant.
    All,
}

/// Resolves the scope: services named in the request, else the metric's mapping, else a service label in the metric's name, else the
/// org's services, else all. What the org may see bounds all of these: 403 for a service beyond it.
pub async fn resolve(client: &Client, orgs: &[Org], metric: &Metric, named: Vec<String>) -> Result<Scope> {
    let configured = configured(orgs, &metric.org)?;
    // A user who may only read has no mapping table.
    let rows = client.rows_remembered(&metric.statement()?, REMEMBERED).await;
    let rows: Vec<LogStreams> = if_there(rows)?.unwrap_or_default();
    choose(&metric.org, &metric.metric_name, rows, configured, named)
}

/// The services that an analysis of `org` may read, which tells data apart by nothing else: `named`, else those of the org; none means
/// all. Errors: 403 for a service beyond the org's; the org's data are only a part of its services' data.
pub async fn services(client: &Client, orgs: &[Org], org: &str, named: Vec<String>) -> Result<Vec<String>> {
    let scope = resolve(client, orgs, &Metric::of_org(org), named).await?;
    if !scope.attributes.is_empty() {
        return Err(Error::no_data_source(format!(
            "the data of org {org:?} are told apart by attributes, which spans and metrics do not carry: map the org to services"
        )));
    }
    Ok(scope.services)
}

/// What `[[orgs]]` says about `org`; none where there is no such section. Errors: there is one, and it does not name this org.
fn configured<'a>(orgs: &'a [Org], org: &str) -> Result<Option<&'a Org>> {
    if orgs.is_empty() {
        return Ok(None);
    }
    let found = orgs.iter().find(|known| known.name == org);
    found.map(Some).ok_or_else(|| {
        Error::Forbidden(format!(
            "org: {org:?} may see nothing: name it in [[orgs]] of the configuration"
        ))
    })
}

fn choose(
    org: &str,
    metric_name: &str,
    rows: Vec<LogStreams>,
    configured: Option<&Org>,
    named: Vec<String>,
) -> Result<Scope> {
    let (org_wide, own): (Vec<_>, Vec<_>) = rows.into_iter().partition(|row| row.is_org_wide);
    let own = own.into_iter().next();
    let bounds = bounds(configured, org_wide.into_iter().next());
    let labelled = services_in_name(metric_name);
    let (mut services, mut attributes, matched_by) = match own {
        _ if !named.is_empty() => (named, vec![], MatchedBy::Request),
        Some(row) => (row.services, row.attributes, MatchedBy::Mapping),
        None if !labelled.is_empty() => (labelled, vec![], MatchedBy::MetricName),
        None if bounds.is_some() => (vec![], vec![], MatchedBy::Org),
        None => (vec![], vec![], MatchedBy::All),
    };
    if let Some((bounding, carried)) = bounds {
        if services.is_empty() {
            services.clone_from(&bounding);
        }
        if let Some(foreign) = services
            .iter()
            .find(|service| !bounding.is_empty() && !bounding.contains(service))
        {
            return Err(Error::Forbidden(format!(
                "services: {foreign:?} is not one of the services of org {org:?}"
            )));
        }
        attributes.extend(carried);
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

/// Services (none means all) and attributes.
type Bounds = (Vec<String>, Vec<(String, String)>);

/// What an org may see: the configuration bounds it, and the org's own mapping chooses within that.
fn bounds(configured: Option<&Org>, mapped: Option<LogStreams>) -> Option<Bounds> {
    let mapped = mapped.map(|row| (row.services, row.attributes));
    let Some(org) = configured else {
        return mapped;
    };
    let bounding = org.bounds();
    let (mut services, mut attributes) = mapped.unwrap_or_default();
    services.retain(|service| bounding.is_empty() || bounding.contains(service));
    if services.is_empty() {
        services = bounding;
    }
    attributes.extend(org.attributes.clone());
    Some((services, attributes))
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
            ("m", vec![], vec![], vec![], MatchedBy::All),
            ("m", vec![org.clone()], vec![], vec!["cart", "payment"], MatchedBy::Org),
            (
                "m{service=\"cart\"}",
                vec![org.clone()],
                vec![],
                vec!["cart"],
                MatchedBy::MetricName,
            ),
            (
                "m{service=\"cart\"}",
                vec![own.clone(), org.clone()],
                vec![],
                vec!["payment"],
                MatchedBy::Mapping,
            ),
            (
                "m",
                vec![own, org],
                vec!["cart".to_owned()],
                vec!["cart"],
                MatchedBy::Request,
            ),
        ] {
            let scope = choose("1", name, rows, None, named).unwrap();
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
            choose("1", "m", vec![org.clone()], None, vec!["payment".to_owned()])
                .unwrap_err()
                .status(),
            403
        );
        assert_eq!(
            choose("1", "m{service=\"payment\"}", vec![org], None, vec![])
                .unwrap_err()
                .status(),
            403
        );
    }

    #[test]
    fn what_the_configuration_says_of_an_org_no_mapping_of_its_own_widens() {
        let configured = Org {
            name: "1".to_owned(),
            services: vec!["cart".to_owned(), "catalog".to_owned()],
            attributes: [("env".to_owned(), "prod".to_owned())].into(),
        };
        let of = |rows, named: &[&str]| {
            let named = named.iter().map(|name| (*name).to_owned()).collect();
            choose("1", "m", rows, Some(&configured), named)
        };
        let all = of(vec![], &[]).unwrap();
        assert_eq!(all.services, ["cart", "catalog"]);
        assert_eq!(all.attributes[0].key, "env");
        // Its own mapping names one that is not its own, which counts for nothing.
        assert_eq!(
            of(vec![row(true, &["payment", "cart"])], &[]).unwrap().services,
            ["cart"]
        );
        assert_eq!(
            of(vec![row(true, &["payment"])], &[]).unwrap().services,
            ["cart", "catalog"]
        );
        assert_eq!(of(vec![row(false, &["payment"])], &[]).unwrap_err().status(), 403);
        assert_eq!(of(vec![], &["payment"]).unwrap_err().status(), 403);
        assert_eq!(super::configured(&[configured], "2").unwrap_err().status(), 403);
    }
}
