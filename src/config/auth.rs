//! `auth = "none"`, or the `[auth]` section: which identities are accepted.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde::{Deserialize, de};

/// Shorter secrets could be guessed.
const SHORTEST_SECRET: usize = 24;

/// What somebody may do: read; write too; delete too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    Viewer,
    Editor,
    Admin,
}

impl Role {
    pub fn name(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Editor => "editor",
            Self::Admin => "admin",
        }
    }

    /// The role of that name, in Grafana's spelling or ours.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Viewer, Self::Editor, Self::Admin]
            .into_iter()
            .find(|role| role.name().eq_ignore_ascii_case(name))
    }
}

/// The identities that are accepted.
#[derive(Debug, Clone, PartialEq)]
pub struct AuthConfig {
    pub mode: Mode,
    /// API tokens of `kulprit token create` are accepted.
    pub tokens: bool,
    /// The file with the key under which tokens are hashed; by default `incidents.db.key` beside the database.
    pub token_key_file: Option<PathBuf>,
    pub grafana: Option<GrafanaConfig>,
    pub shared_secrets: Vec<SharedSecret>,
    /// The longest that the answer to a wrong credential is held back; 0 never.
    pub max_failure_delay_ms: u64,
}

/// What the configuration says about identities.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Nothing: everybody is let in as far as the address that is listened on allows that, unless there is a `server.token`.
    Unset,
    /// `auth = "none"`: everybody is an admin. Only while listening on loopback.
    None,
    /// `[auth]`: whoever proves one of the identities of the section.
    Identities,
}

/// `[auth.grafana]`: the ID tokens that Grafana sends as `X-Grafana-Id`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GrafanaConfig {
    /// The address that people have in their browser (`root_url`): the tokens' issuer.
    pub url: String,
    /// Where the signing keys are; by default under `url`.
    pub jwks_url: Option<String>,
    /// What Grafana's org ids (`1`, `2`, …) are called here; by default the same.
    #[serde(default)]
    pub orgs: BTreeMap<String, String>,
}

/// `[[auth.shared_secrets]]`: what Grafana's plugin proxy adds to a request as `X-Kulprit-Secret`.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SharedSecret {
    pub org: String,
    pub role: Role,
    #[serde(default)]
    pub secret: String,
    pub secret_file: Option<PathBuf>,
}

/// The `[auth]` section as it is written.
#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Section {
    tokens: bool,
    token_key_file: Option<PathBuf>,
    grafana: Option<GrafanaConfig>,
    shared_secrets: Vec<SharedSecret>,
    max_failure_delay_ms: u64,
}

impl Default for Section {
    fn default() -> Self {
        Self {
            tokens: true,
            token_key_file: None,
            grafana: None,
            shared_secrets: vec![],
            max_failure_delay_ms: 3_000,
        }
    }
}

impl From<Section> for AuthConfig {
    fn from(section: Section) -> Self {
        Self {
            mode: Mode::Identities,
            tokens: section.tokens,
            token_key_file: section.token_key_file,
            grafana: section.grafana,
            shared_secrets: section.shared_secrets,
            max_failure_delay_ms: section.max_failure_delay_ms,
        }
    }
}

impl Default for AuthConfig {
    fn default() -> Self {
        let section = Section {
            tokens: false,
            ..Section::default()
        };
        Self {
            mode: Mode::Unset,
            ..section.into()
        }
    }
}

impl AuthConfig {
    /// Reads the secrets that are kept in files with `read`, which takes the key and the file.
    pub fn read_secrets(&mut self, read: fn(&str, &Path) -> Result<String>) -> Result<()> {
        for shared in &mut self.shared_secrets {
            if let Some(file) = shared.secret_file.take() {
                shared.secret = read("auth.shared_secrets.secret_file", &file)?;
                shared.check()?;
            }
        }
        Ok(())
    }

    /// Errors name the key whose value cannot be.
    pub fn check(&self) -> Result<()> {
        for shared in &self.shared_secrets {
            if shared.secret_file.is_none() {
                shared.check()?;
            }
        }
        if let Some(grafana) = &self.grafana {
            for (key, url) in [
                ("auth.grafana.url", Some(&grafana.url)),
                ("auth.grafana.jwks_url", grafana.jwks_url.as_ref()),
            ] {
                if url.is_some_and(|url| !url.starts_with("http://") && !url.starts_with("https://")) {
                    bail!("{key} is no HTTP address: give one such as https://grafana.example.com/");
                }
            }
        }
        Ok(())
    }
}

impl SharedSecret {
    fn check(&self) -> Result<()> {
        if self.secret.chars().count() < SHORTEST_SECRET {
            bail!(
                "auth.shared_secrets.secret for org {:?} is shorter than {SHORTEST_SECRET} characters: take a random one",
                self.org
            );
        }
        if self.org.trim().is_empty() {
            bail!("auth.shared_secrets.org is empty: name the org that the secret stands for");
        }
        Ok(())
    }
}

impl fmt::Debug for SharedSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SharedSecret")
            .field("org", &self.org)
            .field("role", &self.role)
            .finish_non_exhaustive()
    }
}

/// A word or a table; by hand, since an untagged enum would lose the name of a wrong key.
impl<'de> Deserialize<'de> for AuthConfig {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct WordOrTable;

        impl<'de> Visitor<'de> for WordOrTable {
            type Value = AuthConfig;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("\"none\" or a table")
            }

            fn visit_str<E: de::Error>(self, word: &str) -> Result<AuthConfig, E> {
                if word != "none" {
                    return Err(E::custom(format!("auth: {word:?} is neither \"none\" nor a table")));
                }
                Ok(AuthConfig {
                    mode: Mode::None,
                    ..AuthConfig::default()
                })
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<AuthConfig, A::Error> {
                Section::deserialize(MapAccessDeserializer::new(map)).map(AuthConfig::from)
            }
        }

        deserializer.deserialize_any(WordOrTable)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::Mode;
    use crate::config::Config;

    #[test]
    fn the_word_none_and_the_table_are_read() {
        assert_eq!(Config::parse("").unwrap().auth.mode, Mode::Unset);
        assert_eq!(Config::parse("auth = \"none\"").unwrap().auth.mode, Mode::None);
        let config = Config::parse("[auth.grafana]\nurl = \"http://g/\"\norgs = { \"1\" = \"shop\" }").unwrap();
        assert!(config.auth.tokens && config.auth.mode == Mode::Identities);
        assert_eq!(config.auth.grafana.unwrap().orgs["1"], "shop");
    }

    #[test]
    fn a_wrong_key_or_a_weak_secret_stops_the_start_with_its_name() {
        for (text, named) in [
            ("auth = \"open\"", "open"),
            ("[auth]\ntoken = true", "token"),
            ("[auth.grafana]\nurl = \"g\"", "auth.grafana.url"),
            ("[auth.grafana]\njwks_url = \"http://g\"", "url"),
            (
                "[[auth.shared_secrets]]\norg = \"a\"\nrole = \"owner\"\nsecret = \"012345678901234567890123\"",
                "owner",
            ),
            (
                "[[auth.shared_secrets]]\norg = \"a\"\nrole = \"viewer\"\nsecret = \"short\"",
                "auth.shared_secrets.secret",
            ),
        ] {
            let message = format!("{:#}", Config::parse(text).unwrap_err());
            assert!(message.contains(named), "{text}: {message}");
        }
    }
}
