//! `[[orgs]]`: what each org may see.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Result, bail};
use serde::Deserialize;

/// One org and the telemetry that is its own. Mappings choose within it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Org {
    pub name: String,
    /// `*` stands for all.
    #[serde(default)]
    pub services: Vec<String>,
    /// Attributes that a log line must carry.
    #[serde(default)]
    pub attributes: BTreeMap<String, String>,
}

impl Org {
    /// Errors name the key whose value cannot be.
    pub fn check_all(orgs: &[Self]) -> Result<()> {
        let mut names = BTreeSet::new();
        for (index, org) in orgs.iter().enumerate() {
            if org.name.trim().is_empty() {
                bail!("orgs[{index}].name is empty: name the org");
            }
            if !names.insert(&org.name) {
                bail!("orgs[{index}].name: {:?} is named twice", org.name);
            }
            if org.services.is_empty() && org.attributes.is_empty() {
                bail!("orgs[{index}].services is empty: name services or attributes, or \"*\" for all");
            }
        }
        Ok(())
    }

    /// The services that bound the org; none means all.
    pub fn bounds(&self) -> Vec<String> {
        if self.services.iter().any(|service| service == "*") {
            return vec![];
        }
        self.services.clone()
    }
}
