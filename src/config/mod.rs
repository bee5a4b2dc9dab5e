//! The configuration file. A key that is unknown or of the wrong type stops the start with the key's name.

mod auth;
mod grafana;
mod ingest;
mod objectives;
mod orgs;
mod sources;

use std::net::IpAddr;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use kulprit_patterns::catalog::{self, CatalogOptions, Glob};
use serde::Deserialize;

pub use kulprit_clickhouse::schema::Retention;
use kulprit_clickhouse::schema::SchemaOptions;
use kulprit_clickhouse::{LogTable, Metrics, Requests, Rules};

pub use auth::{AuthConfig, GrafanaConfig, Mode, Role, SharedSecret};
pub use grafana::Grafana;
pub use ingest::Ingest;
pub use objectives::{Objective, Slo};
pub use orgs::Org;
pub use sources::{Credentials, Loki, Prometheus, Sources, Tempo};

/// `config.toml`. Every key has a default, so that an empty file is a valid one.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    pub server: Server,
    pub clickhouse: ClickHouse,
    pub engine: Engine,
    pub logs: LogTable,
    pub sources: Sources,
    pub retention: Retention,
    pub rollup: Rollup,
    pub analysis: Analysis,
    pub requests: Requests,
    pub metrics: Metrics,
    pub patterns: Patterns,
    pub grafana: Grafana,
    pub slo: Slo,
    pub auth: AuthConfig,
    pub orgs: Vec<Org>,
    pub incidents: Incidents,
    pub ingest: Ingest,
}

/// `[server]`: the HTTP API.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Server {
    pub host: String,
    pub port: u16,
    /// The unit of `relative_change` in answers.
    pub relative_change: RelativeChange,
    /// A bearer token that every request but `/health`, `/ready` and `/metrics` must carry.
    pub token: Option<String>,
    pub token_file: Option<PathBuf>,
    /// Origins whose pages may call from a browser; `*` is any.
    pub allowed_origins: Vec<String>,
    /// Names, besides localhost and addresses, that it answers to where no credentials are asked for.
    pub allowed_hosts: Vec<String>,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpAddr>,
    /// How long one query may take, in seconds.
    pub query_timeout_seconds: u64,
    /// How many requests may wait for ClickHouse at once; more are answered with 429.
    pub max_requests: usize,
}

impl Default for Server {
    fn default() -> Self {
        Self {
            host: "127.0.0.1".to_owned(),
            port: 8080,
            relative_change: RelativeChange::Fraction,
            token: None,
            token_file: None,
            allowed_origins: vec![],
            allowed_hosts: vec![],
            trusted_proxies: vec![],
            query_timeout_seconds: 30,
            max_requests: 64,
        }
    }
}

/// Whether a share that grew from 10 % to 25 % is answered as 1.5 or as 150.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RelativeChange {
    Fraction,
    Percent,
}

impl RelativeChange {
    /// What a fraction is multiplied with.
    pub fn factor(self) -> f64 {
        match self {
            Self::Fraction => 1.0,
            Self::Percent => 100.0,
        }
    }
}

/// `[clickhouse]`: the server to ask; without a URL, the embedded engine.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ClickHouse {
    pub url: String,
    pub user: String,
    pub password: String,
    pub password_file: Option<PathBuf>,
    pub database: String,
    /// The cluster whose nodes get the tables, for `ON CLUSTER` and replicated engines.
    pub cluster: Option<String>,
}

impl Default for ClickHouse {
    fn default() -> Self {
        Self {
            url: String::new(),
            user: String::new(),
            password: String::new(),
            password_file: None,
            database: "default".to_owned(),
            cluster: None,
        }
    }
}

/// `[engine]`: the embedded ClickHouse.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Engine {
    /// Its data directory; by default the user's data directory.
    pub data: Option<PathBuf>,
    /// A `libchdb.so` that is already there, for a machine without network.
    pub library: Option<PathBuf>,
    /// Start only where the kernel can confine the engine to its own files.
    pub require_sandbox: bool,
}

/// `[incidents]`: where incidents are kept.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Incidents {
    /// The database file; by default `incidents.db` in the data directory.
    pub path: Option<PathBuf>,
    /// The org of whoever acts without an identity: on the command line, and over HTTP with `auth = "none"`.
    pub org: String,
}

impl Default for Incidents {
    fn default() -> Self {
        Self {
            path: None,
            org: "1".to_owned(),
        }
    }
}

/// `[rollup]`: how the minute rollup is kept up to date by `kulprit serve`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Rollup {
    /// Seconds between two rounds; 0 leaves the rolling to another process.
    pub interval_seconds: u64,
}

impl Default for Rollup {
    fn default() -> Self {
        Self { interval_seconds: 5 }
    }
}

/// `[patterns]`: additions to the built-in rules by which messages are grouped. `*` stands for any text.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Patterns {
    /// Words to mask: `tenant-*` masks the word `tenant-blue`.
    pub masks: Vec<String>,
    /// Patterns that rankings leave out; their lines still count in totals.
    pub ignore: Vec<String>,
    /// Patterns made by hand: a message whose masked text matches belongs to the first of them.
    pub named: Vec<NamedPattern>,
    /// The most distinct shapes to tell apart; the rarest beyond share one pattern.
    pub max_shapes: usize,
}

/// `[[patterns.named]]`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NamedPattern {
    pub name: String,
    pub text: String,
}

impl Default for Patterns {
    fn default() -> Self {
        Self {
            masks: vec![],
            ignore: vec![],
            named: vec![],
            max_shapes: catalog::DEFAULT_MAX_SHAPES,
        }
    }
}

impl Patterns {
    /// What the catalog takes.
    pub fn options(&self) -> CatalogOptions {
        let globs = |texts: &[String]| texts.iter().map(|text| Glob::new(text)).collect();
        CatalogOptions {
            masks: globs(&self.masks),
            ignore: globs(&self.ignore),
            patterns: self
                .named
                .iter()
                .map(|named| catalog::NamedPattern {
                    name: named.name.clone(),
                    text: Glob::new(&named.text),
                })
                .collect(),
            max_shapes: self.max_shapes,
        }
    }
}

/// `[analysis]`: how an answer is computed.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Analysis {
    pub divergence: Divergence,
}

/// Who computes the divergence: the executable function, or plain SQL where no function can be installed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Divergence {
    #[default]
    Udf,
    Sql,
}

impl Divergence {
    /// The word that the SQL templates know.
    pub fn word(self) -> &'static str {
        match self {
            Self::Udf => "udf",
            Self::Sql => "sql",
        }
    }
}

impl Config {
    /// What the configuration says about the schema.
    pub fn schema(&self) -> SchemaOptions<'_> {
        SchemaOptions {
            logs: &self.logs,
            retention: &self.retention,
            cluster: self.clickhouse.cluster.as_deref(),
        }
    }

    /// By what rules requests are counted.
    pub fn rules(&self) -> Rules {
        Rules {
            requests: self.requests.clone(),
            metrics: self.metrics.clone(),
        }
    }

    /// Where the incidents are kept: as configured, else in the data directory.
    pub fn incidents_path(&self) -> Result<PathBuf> {
        if let Some(path) = &self.incidents.path {
            return Ok(path.clone());
        }
        let data = self
            .engine
            .data
            .clone()
            .map_or_else(kulprit_engine::default_data_dir, Ok)?;
        Ok(data.join("incidents.db"))
    }

    /// Reads `path`, then the secrets that it names files for.
    pub fn read(path: &Path) -> Result<Self> {
        let text =
            std::fs::read_to_string(path).with_context(|| format!("read the configuration {}", path.display()))?;
        let mut config = Self::parse(&text).with_context(|| format!("in the configuration {}", path.display()))?;
        if let Some(file) = config.clickhouse.password_file.take() {
            config.clickhouse.password = secret("clickhouse.password_file", &file)?;
        }
        if let Some(file) = config.server.token_file.take() {
            config.server.token = Some(secret("server.token_file", &file)?);
        }
        config.auth.read_secrets(secret)?;
        config.sources.read_secrets(secret)?;
        Ok(config)
    }

    /// Parses the text of a configuration.
    pub fn parse(text: &str) -> Result<Self> {
        let config: Self = toml::from_str(text)?;
        config.check()?;
        Ok(config)
    }

    /// Errors name the key whose value cannot be.
    pub fn check(&self) -> Result<()> {
        if self.server.token.as_deref() == Some("") {
            bail!("server.token is empty: leave it out, or give it a value");
        }
        if self.server.query_timeout_seconds == 0 {
            bail!("server.query_timeout_seconds is 0: give at least 1");
        }
        if self.server.max_requests == 0 {
            bail!("server.max_requests is 0: give at least 1");
        }
        self.requests.check()?;
        self.metrics.check()?;
        self.slo.check()?;
        self.auth.check()?;
        self.sources.check()?;
        Org::check_all(&self.orgs)?;
        if self.incidents.org.trim().is_empty() {
            bail!("incidents.org is empty: leave it out, or give it a value");
        }
        Ok(())
    }
}

fn secret(key: &str, file: &Path) -> Result<String> {
    let text = std::fs::read_to_string(file).with_context(|| format!("read {key} = {}", file.display()))?;
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn the_seeds_keys_are_read() {
        let config = Config::parse(
            "[server]\nhost = \"0.0.0.0\"\nport = 9\n[clickhouse]\nurl = \"http://db:8123\"\nuser = \"u\"\npassword = \"p\"\ndatabase = \"d\"\n",
        )
        .unwrap();
        assert_eq!((config.server.host.as_str(), config.server.port), ("0.0.0.0", 9));
        assert_eq!(config.clickhouse.url, "http://db:8123");
    }

    #[test]
    fn requests_are_left_out_by_a_route_or_by_a_table() {
        let text = "[requests]\nignore = [\"/up\", { user_agent = \"probe/*\", attributes = { \"a.b\" = \"c\" } }]\nfailures = [\"4xx\"]\n\
                    [[metrics.requests]]\nname = \"x\"\nfamily = \"rpc\"\nunit = \"ms\"";
        let rules = Config::parse(text).unwrap().rules();
        assert_eq!(rules.requests.ignore[0].route, "/up");
        assert_eq!(rules.requests.ignore[1].attributes["a.b"], "c");
        assert!(!rules.requests.streams.is_empty(), "what is not named stays as it is");
        assert_eq!(rules.metrics.requests[0].family.word(), "rpc");
        assert!(
            Config::parse("[requests]\nignore = []")
                .unwrap()
                .requests
                .ignore
                .is_empty()
        );
    }

    #[test]
    fn a_wrong_key_or_type_is_named() {
        for (text, named) in [
            ("[server]\nprot = 1", "prot"),
            ("[server]\nport = \"x\"", "port"),
            ("[clickhous]\nurl = 1", "clickhous"),
            ("[server]\nrelative_change = \"per cent\"", "per cent"),
            ("[server]\ntoken = \"\"", "server.token"),
            ("[requests]\nignore = [{}]", "requests.ignore[0]"),
            ("[requests]\nignore = [{ rout = \"/x\" }]", "rout"),
            ("[requests]\nstreams = [7]", "a route such as"),
            ("[requests]\nfailures = [\"429\", \"42\"]", "requests.failures[1]"),
            ("[[metrics.requests]]\nfamily = \"http\"", "metrics.requests[0].name"),
            ("[[metrics.requests]]\nname = \"x\"\nunit = \"h\"", "unit"),
            (
                "[[metrics.requests]]\nname = \"x\"\nfailures = [\"bad\"]",
                "metrics.requests[0].failures",
            ),
        ] {
            let message = format!("{:#}", Config::parse(text).unwrap_err());
            assert!(message.contains(named), "{message}");
        }
    }
}
