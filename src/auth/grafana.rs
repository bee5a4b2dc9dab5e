//! Grafana's ID token: who is logged in, in which org, and in newer versions in which role.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Deserialize;

use super::jwks::Jwks;
use super::jws::Unverified;
use super::{Identity, Orgs, Role};
use crate::config::GrafanaConfig;
use crate::{Error, Result};

/// By how many seconds Grafana's clock may differ from ours.
const SKEW: f64 = 30.0;

/// Checks the tokens of one Grafana.
pub(super) struct Grafana {
    issuer: String,
    orgs: BTreeMap<String, String>,
    jwks: Jwks,
}

/// The claims that matter. A claim of another type makes the whole token unreadable, never absent.
#[derive(Debug, Deserialize)]
struct Claims {
    iss: String,
    aud: Audience,
    exp: f64,
    nbf: Option<f64>,
    iat: Option<f64>,
    sub: String,
    #[serde(default)]
    username: String,
    role: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Several(Vec<String>),
}

/// What an ID token proves.
pub(super) struct Person {
    pub who: String,
    pub org: String,
    /// `None`: the token says nothing of a role.
    pub role: Option<Role>,
}

impl Grafana {
    pub fn new(config: &GrafanaConfig) -> Self {
        let url = config.url.trim_end_matches('/');
        let jwks_url = config
            .jwks_url
            .clone()
            .unwrap_or_else(|| format!("{url}/api/signing-keys/keys"));
        Self {
            issuer: url.to_owned(),
            orgs: config.orgs.clone(),
            jwks: Jwks::new(jwks_url),
        }
    }

    /// Who the token proves its bearer to be. Errors tell the log what was wrong with it, and the client only that something was.
    pub async fn check(&self, token: &str, now: Timestamp) -> Result<Person> {
        let refused = |why: &str| Error::Forbidden(format!("X-Grafana-Id: {why}"));
        let token = Unverified::parse(token).ok_or_else(|| refused("is no ES256 token"))?;
        let key = self.jwks.key(&token.key_id).await?;
        let key = key.ok_or_else(|| refused("is signed with a key that Grafana does not publish"))?;
        let payload = token.verify(&key).ok_or_else(|| refused("has a wrong signature"))?;
        let claims: Claims = serde_json::from_slice(&payload).map_err(|_| refused("lacks a claim that it needs"))?;
        self.person(claims, now.as_second() as f64).map_err(refused)
    }

    fn person(&self, claims: Claims, now: f64) -> Result<Person, &'static str> {
        if claims.iss.trim_end_matches('/') != self.issuer {
            return Err("is another Grafana's");
        }
        // A time that is no number compares as false: it must not pass.
        let is_current = claims.exp > now - SKEW;
        let has_begun = [claims.nbf, claims.iat].into_iter().flatten().all(|at| at < now + SKEW);
        if !is_current || !has_begun {
            return Err("has expired, or is not valid yet");
        }
        let audience = match claims.aud {
            Audience::One(audience) => vec![audience],
            Audience::Several(audiences) => audiences,
        };
        let mut orgs = audience.iter().filter_map(|audience| audience.strip_prefix("org:"));
        let (Some(org), None) = (orgs.next(), orgs.next()) else {
            return Err("is for no org, or for several");
        };
        let org = match self.orgs.get(org) {
            Some(name) => name.clone(),
            None if self.orgs.is_empty() && !org.is_empty() => org.to_owned(),
            None => return Err("is for an org that auth.grafana.orgs does not name"),
        };
        let role = match claims.role.as_deref() {
            None | Some("") => None,
            Some(name) => Some(Role::parse(name).ok_or("has a role that may do nothing here")?),
        };
        let who = if claims.username.is_empty() {
            claims.sub
        } else {
            claims.username
        };
        Ok(Person { who, org, role })
    }
}

impl Person {
    /// A token without a role may only read.
    pub fn identity(self) -> Identity {
        Identity {
            who: self.who,
            role: self.role.unwrap_or(Role::Viewer),
            orgs: Orgs::Only(self.org),
            via: "grafana",
        }
    }
}
