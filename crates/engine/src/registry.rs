//! Asks an npm registry where a package lies and what hash it publishes for it.

use anyhow::{Context as _, bail};
use serde::Deserialize;
use ureq::Agent;

use super::npmrc::Registry;

/// Where a package is, and what it must hash to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Package {
    pub url: String,
    /// `sha512-<base64>`.
    pub integrity: String,
    /// Header to send along: set only when the package lies on the registry's own host.
    pub authorization: Option<String>,
}

#[derive(Deserialize)]
struct Packument {
    versions: std::collections::HashMap<String, Version>,
}

#[derive(Deserialize)]
struct Version {
    dist: Dist,
}

#[derive(Deserialize)]
struct Dist {
    tarball: String,
    /// Old registries have none.
    integrity: Option<String>,
}

/// Looks a version of a scoped package up. A `pinned` hash replaces the published one.
pub fn locate(
    agent: &Agent,
    registry: &Registry,
    package: &str,
    version: &str,
    pinned: Option<&str>,
) -> anyhow::Result<Package> {
    let url = format!("{}{}", registry.url, package.replacen('/', "%2f", 1));
    // The abbreviated form: a registry that does not know it sends the whole document, which reads the same.
    let mut request = agent
        .get(&url)
        .header("accept", "application/vnd.npm.install-v1+json, application/json");
    if let Some(value) = &registry.authorization {
        request = request.header("authorization", value);
    }
    let mut response = request
        .call()
        .with_context(|| format!("cannot reach the npm registry at {url}"))?;
    match response.status().as_u16() {
        200 => {}
        status @ (401 | 403) => bail!("the npm registry refuses {url} (status {status}): check _authToken in .npmrc"),
        status => bail!("the npm registry answers {status} to {url}: check the registry setting of npm"),
    }
    let text = response
        .body_mut()
        .read_to_string()
        .with_context(|| format!("cannot read {url}"))?;
    let packument: Packument =
        serde_json::from_str(&text).with_context(|| format!("{url} is no package description"))?;
    let dist = packument
        .versions
        .get(version)
        .map(|version| &version.dist)
        .with_context(|| format!("the npm registry has no version {version} of {package} ({url})"))?;
    let integrity = match (pinned, dist.integrity.as_deref()) {
        (Some(pinned), Some(published)) if pinned != published => {
            bail!("the npm registry publishes the hash {published} for {package} {version}, expected {pinned}")
        }
        (Some(hash), _) | (None, Some(hash)) => hash.to_owned(),
        (None, None) => bail!("the npm registry publishes no sha512 for {package} {version} ({url})"),
    };
    let same_host = host(&dist.tarball) == host(&registry.url);
    Ok(Package {
        url: dist.tarball.clone(),
        integrity,
        authorization: registry.authorization.clone().filter(|_| same_host),
    })
}

/// Scheme and host of an address: a token must not travel elsewhere, nor from https to http.
fn host(url: &str) -> Option<&str> {
    let after_scheme = url.find("://")? + 3;
    let end = url[after_scheme..].find('/').map_or(url.len(), |at| after_scheme + at);
    Some(&url[..end])
}

#[cfg(test)]
mod tests {
    use super::host;

    #[test]
    fn a_host_is_scheme_name_and_port() {
        assert_eq!(host("https://a.example/x/y.tgz"), host("https://a.example/"));
        for other in [
            "http://a.example/",
            "https://b.example/",
            "https://a.example:8443/",
            "https://a.example.b/",
        ] {
            assert_ne!(host("https://a.example/"), host(other), "{other}");
        }
    }
}
