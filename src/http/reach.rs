//! Whose services a request about reliability may ask about: those of its org, where the org states any.

use super::App;
use crate::auth::{Identity, Orgs};
use crate::{Result, scope};
use kulprit_request::query_string::QueryString;

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
    scope::services(app.analyzer().client(), org, named).await
}
