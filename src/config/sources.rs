//! `[sources]`: servers that answers read in place. What one is configured for is read from there, and not from ClickHouse's tables.

use std::fmt;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use serde::Deserialize;

/// The largest page that a Loki gives unless it is told otherwise.
const LARGEST_PAGE: u64 = 5_000;

/// `[sources]`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Sources {
    pub loki: Loki,
    pub tempo: Tempo,
    pub prometheus: Prometheus,
}

/// `[sources.loki]`: log lines.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Loki {
    /// Where it is; empty: log lines come from ClickHouse's table.
    pub url: String,
    pub auth: Credentials,
    pub timeout_seconds: u64,
    /// Requests that it gets at the same time.
    pub parallel: u64,
    /// The label with the name of the service; empty: the first of the usual ones that it has.
    pub service_label: String,
    /// Matchers that all lines must meet, as between the braces of LogQL.
    pub selector: String,
    /// Lines that one question reads at most; of more, a sample.
    pub max_lines: u64,
    /// Lines in one page.
    pub page_lines: u64,
}

impl Default for Loki {
    fn default() -> Self {
        Self {
            url: String::new(),
            auth: Credentials::default(),
            timeout_seconds: 10,
            parallel: 4,
            service_label: String::new(),
            selector: String::new(),
            max_lines: 100_000,
            page_lines: 2_000,
        }
    }
}

/// `[sources.tempo]`: spans.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Tempo {
    /// Where it is; empty: spans come from ClickHouse's table.
    pub url: String,
    pub auth: Credentials,
    pub timeout_seconds: u64,
    /// Requests that it gets at the same time.
    pub parallel: u64,
    /// Traces that one question reads at most; of more, a sample.
    pub max_traces: u64,
}

impl Default for Tempo {
    fn default() -> Self {
        Self {
            url: String::new(),
            auth: Credentials::default(),
            timeout_seconds: 10,
            // What takes long is the way there and back, once for each trace.
            parallel: 8,
            max_traces: 2_000,
        }
    }
}

/// `[sources.prometheus]`: metrics.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Prometheus {
    /// Where it is; empty: metrics come from ClickHouse's tables.
    pub url: String,
    pub auth: Credentials,
    pub timeout_seconds: u64,
    /// Requests that it gets at the same time.
    pub parallel: u64,
    /// The label with the name of the service; empty: `service`, `service_name`, or else what `job` says.
    pub service_label: String,
    /// Matchers that all series must meet, as between the braces of PromQL.
    pub selector: String,
}

impl Default for Prometheus {
    fn default() -> Self {
        Self {
            url: String::new(),
            auth: Credentials::default(),
            timeout_seconds: 10,
            parallel: 4,
            service_label: String::new(),
            selector: String::new(),
        }
    }
}

/// `[sources.….auth]`: as whom a source is read.
#[derive(Clone, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Credentials {
    pub bearer_token: String,
    pub bearer_token_file: Option<PathBuf>,
    pub user: String,
    pub password: String,
    pub password_file: Option<PathBuf>,
    /// What `X-Scope-OrgID` says.
    pub tenant: String,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials")
            .field("user", &self.user)
            .field("tenant", &self.tenant)
            .finish_non_exhaustive()
    }
}

impl Sources {
    /// Whether nothing is read in place.
    pub fn is_empty(&self) -> bool {
        self.each().iter().all(|(_, url, _)| url.is_empty())
    }

    /// The name, the URL and the credentials of each.
    fn each(&self) -> [(&'static str, &String, &Credentials); 3] {
        [
            ("loki", &self.loki.url, &self.loki.auth),
            ("tempo", &self.tempo.url, &self.tempo.auth),
            ("prometheus", &self.prometheus.url, &self.prometheus.auth),
        ]
    }

    fn each_mut(&mut self) -> [(&'static str, &mut String, &mut Credentials); 3] {
        [
            ("loki", &mut self.loki.url, &mut self.loki.auth),
            ("tempo", &mut self.tempo.url, &mut self.tempo.auth),
            ("prometheus", &mut self.prometheus.url, &mut self.prometheus.auth),
        ]
    }

    /// Reads the secrets that are kept in files with `read`, which takes the key and the file.
    pub fn read_secrets(&mut self, read: fn(&str, &Path) -> Result<String>) -> Result<()> {
        for (name, _, auth) in self.each_mut() {
            if let Some(file) = auth.bearer_token_file.take() {
                auth.bearer_token = read(&format!("sources.{name}.auth.bearer_token_file"), &file)?;
            }
            if let Some(file) = auth.password_file.take() {
                auth.password = read(&format!("sources.{name}.auth.password_file"), &file)?;
            }
        }
        Ok(())
    }

    /// Lays environment variables over it: `KULPRIT_LOKI_URL`, `…_TOKEN`, `…_USER`, `…_PASSWORD`, `…_TENANT`, and likewise for `TEMPO` and
    /// `PROMETHEUS`.
    pub fn lay_over(&mut self, variable: impl Fn(&str) -> Option<String>) {
        for (name, url, auth) in self.each_mut() {
            let name = name.to_ascii_uppercase();
            let keys = [
                ("URL", url),
                ("TOKEN", &mut auth.bearer_token),
                ("USER", &mut auth.user),
                ("PASSWORD", &mut auth.password),
                ("TENANT", &mut auth.tenant),
            ];
            for (key, under) in keys {
                if let Some(value) = variable(&format!("KULPRIT_{name}_{key}")).filter(|value| !value.is_empty()) {
                    *under = value;
                }
            }
        }
    }

    /// Errors name the key whose value cannot be.
    pub fn check(&self) -> Result<()> {
        for (name, url, auth) in self.each() {
            check_url(&format!("sources.{name}.url"), url)?;
            let has_token = !auth.bearer_token.is_empty() || auth.bearer_token_file.is_some();
            if has_token && !auth.user.is_empty() {
                bail!("sources.{name}.auth has both a bearer token and a user: leave out one of them");
            }
            for (key, value) in [
                ("bearer_token", &auth.bearer_token),
                ("user", &auth.user),
                ("password", &auth.password),
                ("tenant", &auth.tenant),
            ] {
                if value.chars().any(char::is_control) {
                    bail!("sources.{name}.auth.{key} holds a line break or another character that no header can carry");
                }
            }
        }
        for (key, value, most) in [
            ("loki.timeout_seconds", self.loki.timeout_seconds, 600),
            ("loki.parallel", self.loki.parallel, 64),
            ("loki.max_lines", self.loki.max_lines, 10_000_000),
            ("loki.page_lines", self.loki.page_lines, LARGEST_PAGE),
            ("tempo.timeout_seconds", self.tempo.timeout_seconds, 600),
            ("tempo.parallel", self.tempo.parallel, 64),
            ("tempo.max_traces", self.tempo.max_traces, 1_000_000),
            ("prometheus.timeout_seconds", self.prometheus.timeout_seconds, 600),
            ("prometheus.parallel", self.prometheus.parallel, 64),
        ] {
            if !(1..=most).contains(&value) {
                bail!("sources.{key} is {value}: give 1 to {most}");
            }
        }
        for (key, label) in [
            ("loki.service_label", &self.loki.service_label),
            ("prometheus.service_label", &self.prometheus.service_label),
        ] {
            let is_letter = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
            if !label.chars().all(is_letter) || label.starts_with(|first: char| first.is_ascii_digit()) {
                bail!("sources.{key} {label:?} is no label: give letters, digits and _ such as service_name");
            }
        }
        for (key, selector) in [
            ("loki.selector", &self.loki.selector),
            ("prometheus.selector", &self.prometheus.selector),
        ] {
            if selector.contains(['{', '}']) || selector.chars().any(char::is_control) {
                bail!(
                    "sources.{key} {selector:?} is no list of matchers: give what stands between braces, such as env=\"production\""
                );
            }
        }
        Ok(())
    }
}

/// Whether requests can be made below `url`, by anything that stands in it.
fn check_url(key: &str, url: &str) -> Result<()> {
    if url.is_empty() {
        return Ok(());
    }
    let Some((_, rest)) = url
        .split_once("://")
        .filter(|(scheme, _)| matches!(*scheme, "http" | "https"))
    else {
        bail!("{key} {url:?} is no HTTP address: give one such as http://loki:3100");
    };
    if rest.contains('@') {
        bail!("{key} holds a user or a password: give them in the auth table below it");
    }
    let plain = |letter: char| letter.is_ascii_alphanumeric() || ".-_~:/[]%".contains(letter);
    let host = rest.split('/').next().unwrap_or_default();
    if host.is_empty() || !rest.chars().all(plain) {
        bail!("{key} {url:?} holds more than a host, a port and a path: leave out what follows them");
    }
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use crate::config::Config;

    #[test]
    fn a_wrong_key_of_a_source_is_named() {
        for (text, named) in [
            ("[sources]\nlokki = {}", "lokki"),
            ("[sources.loki]\nurl = \"loki:3100\"", "sources.loki.url"),
            ("[sources.loki]\nurl = \"http://a/{b,c}\"", "sources.loki.url"),
            ("[sources.loki]\nurl = \"http://a/?x=1\"", "sources.loki.url"),
            ("[sources.tempo]\nurl = \"http://me:pw@a\"", "sources.tempo.url"),
            ("[sources.tempo]\nurl = \"file:///etc/passwd\"", "sources.tempo.url"),
            ("[sources.loki]\npage_lines = 5001", "sources.loki.page_lines"),
            ("[sources.tempo]\nmax_traces = 0", "sources.tempo.max_traces"),
            ("[sources.loki]\nselector = '{a=\"b\"}'", "sources.loki.selector"),
            ("[sources.loki]\nservice_label = \"a b\"", "sources.loki.service_label"),
            (
                "[sources.loki.auth]\nbearer_token = \"a\"\nuser = \"b\"",
                "sources.loki.auth",
            ),
            ("[sources.loki.auth]\ntenant = \"a\\nb\"", "sources.loki.auth.tenant"),
        ] {
            let message = format!("{:#}", Config::parse(text).unwrap_err());
            assert!(message.contains(named), "{text}: {message}");
        }
    }

    #[test]
    fn secrets_come_from_the_environment_and_are_never_printed() {
        let mut sources = Config::parse("[sources.loki]\nurl = \"http://a\"").unwrap().sources;
        sources.lay_over(|name| match name {
            "KULPRIT_LOKI_TOKEN" => Some("s3cr3t".to_owned()),
            "KULPRIT_TEMPO_URL" => Some("http://t:3200".to_owned()),
            _ => None,
        });
        assert_eq!(sources.loki.auth.bearer_token, "s3cr3t");
        assert_eq!(
            (sources.loki.url.as_str(), sources.tempo.url.as_str()),
            ("http://a", "http://t:3200")
        );
        assert!(!format!("{sources:?}").contains("s3cr3t"));
    }
}
