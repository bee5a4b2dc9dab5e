//! Whom a request comes from, once that is proven.

use crate::config::Role;
use crate::{Error, Result};
use kulprit_incidents::Actor;

/// Whose data somebody may see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Orgs {
    /// One org's.
    Only(String),
    /// Everybody's; but of incidents only those of `home`, if there is one.
    All { home: Option<String> },
}

/// Somebody, and what proved it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    pub who: String,
    pub role: Role,
    pub orgs: Orgs,
    /// `token`, `grafana`, `secret` or `none`.
    pub via: &'static str,
}

impl Identity {
    /// Errors with 403 when the org of a request is not this identity's.
    pub fn check_org(&self, org: &str) -> Result<()> {
        match &self.orgs {
            Orgs::Only(own) if own != org => Err(Error::Forbidden(
                "org: is not the org that these credentials belong to".to_owned(),
            )),
            _ => Ok(()),
        }
    }

    /// The org whose incidents this identity works on. Errors: it belongs to none.
    pub fn home(&self) -> Result<&str> {
        match &self.orgs {
            Orgs::Only(org) | Orgs::All { home: Some(org) } => Ok(org),
            Orgs::All { home: None } => Err(Error::Forbidden(
                "these credentials belong to no org: use a token of `kulprit token create`".to_owned(),
            )),
        }
    }

    /// Errors with 403 when the role is less than `needed`.
    pub fn need(&self, needed: Role) -> Result<()> {
        if self.role >= needed {
            return Ok(());
        }
        Err(Error::Forbidden(format!(
            "this needs the role {}, and these credentials have {}",
            needed.name(),
            self.role.name()
        )))
    }

    /// As the history of an incident names it.
    pub fn actor(&self) -> Actor {
        Actor {
            who: self.who.clone(),
            via: self.via,
        }
    }
}
