//! Which names the service answers to. A page in somebody's browser can point a name of its own at this machine (DNS rebinding) and
//! would then be of the same origin; so where no credentials are asked for, only names that nobody else can give away are answered.

use std::net::IpAddr;

use warp::http::HeaderMap;
use warp::http::header::HOST;
use warp::http::uri::Authority;

use crate::{Error, Result};

/// The names that a request may call the service by.
pub struct Hosts {
    /// None: any, since whoever calls needs credentials.
    known: Option<Vec<String>>,
}

impl Hosts {
    /// `configured` beside `localhost` and addresses; any name where `asks_for_credentials`.
    pub fn new(configured: &[String], asks_for_credentials: bool) -> Self {
        let known = configured.iter().map(|name| name.to_ascii_lowercase()).collect();
        Self {
            known: (!asks_for_credentials).then_some(known),
        }
    }

    /// Errors with 403: the request calls the service by another name.
    pub fn check(&self, headers: &HeaderMap) -> Result<()> {
        let (Some(known), Some(host)) = (&self.known, headers.get(HOST)) else {
            return Ok(());
        };
        let authority: Option<Authority> = host.to_str().ok().and_then(|host| host.parse().ok());
        let name = authority.map(|authority| authority.host().trim_matches(['[', ']']).to_ascii_lowercase());
        let is_known = name.as_ref().is_some_and(|name| {
            name == "localhost" || name.parse::<IpAddr>().is_ok() || known.iter().any(|known| known == name)
        });
        if is_known {
            return Ok(());
        }
        Err(Error::Forbidden(
            "Host: this name is not known here: call by address or localhost, or name it in server.allowed_hosts"
                .to_owned(),
        ))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_somebody_else_can_give_away_is_refused() {
        let hosts = Hosts::new(&["kulprit.example.com".to_owned()], false);
        for (host, is_answered) in [
            ("localhost:8080", true),
            ("127.0.0.1:8080", true),
            ("[::1]:8080", true),
            ("10.1.2.3", true),
            ("Kulprit.Example.com:80", true),
            ("rebound.example.com:8080", false),
            ("localhost.example.com", false),
            ("", false),
            ("a b", false),
        ] {
            let headers = HeaderMap::from_iter([(HOST, host.parse().unwrap())]);
            assert_eq!(hosts.check(&headers).is_ok(), is_answered, "{host:?}");
        }
        let anybody = HeaderMap::from_iter([(HOST, "rebound.example.com".parse().unwrap())]);
        assert!(Hosts::new(&[], true).check(&anybody).is_ok());
    }
}
