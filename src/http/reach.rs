//! Whose services a request about reliability may ask about: those of its org, where the org states any.

use super::App;
use crate::auth::{Identity, Orgs};
use crate::query::log_streams::Metric;
use crate::query::query_string::QueryString;
use crate::{Error, Result, scope};

/// The services that `named` comes down to; none means all. Errors: an org or a service that is not the identity's.
pub async fn services(app: &App, identity: &Identity, asked: &QueryString, named: Vec<String>) -> Result<Vec<String>> {
    let org = match (asked.text("org")?, &identity.orgs) {
        (Some(org), _) => {
            identity.check_org(org)?;
            org
        }
        (None, Orgs::Only(org)) => org,
        (None, Orgs::All { .. }) => return Ok(named),
    };
    let whole_org = Metric {
        org: org.to_owned(),
        dashboard: String::new(),
        panel_title: String::new(),
        metric_name: String::new(),
    };
    let own = scope::resolve(app.analyzer().client(), &whole_org, vec![])
        .await?
        .services;
    if own.is_empty() || named.is_empty() {
        return Ok(if named.is_empty() { own } else { named });
    }
    match named.iter().find(|service| !own.contains(service)) {
        Some(foreign) => Err(Error::Forbidden(format!(
            "service: {foreign:?} is not a service of the org: GET /api/v1/mappings says which are"
        ))),
        None => Ok(named),
    }
}
