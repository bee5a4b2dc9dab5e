//! Where the commands find their ClickHouse: flags, then environment variables, then the configuration file, else the embedded engine.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use clap::Args;
use futures_util::FutureExt as _;

use super::notice;
use crate::config::Config;
use crate::{setup, sources};
use kulprit_clickhouse::{Client, Endpoint, code};
use kulprit_engine::{Engine, EngineOptions, default_data_dir};

/// Flags that every command takes.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Connection")]
pub struct ConnectionArgs {
    /// The configuration file (config.example.toml explains every key)
    #[arg(long, global = true, value_name = "FILE", env = "KULPRIT_CONFIG")]
    pub config: Option<PathBuf>,
    /// ClickHouse's HTTP interface, such as http://localhost:8123; without one, the embedded engine
    #[arg(long, global = true, value_name = "URL", env = "CLICKHOUSE_URL")]
    pub url: Option<String>,
    #[arg(long, global = true, value_name = "NAME", env = "CLICKHOUSE_USER")]
    pub user: Option<String>,
    #[arg(
        long,
        global = true,
        value_name = "PASSWORD",
        env = "CLICKHOUSE_PASSWORD",
        hide_env_values = true
    )]
    pub password: Option<String>,
    #[arg(long, global = true, value_name = "NAME", env = "CLICKHOUSE_DATABASE")]
    pub database: Option<String>,
    /// Data directory of the embedded engine (default: kulprit's own in the user's data directory)
    #[arg(long, global = true, value_name = "DIR", env = "KULPRIT_DATA")]
    pub data: Option<PathBuf>,
    /// Use this libchdb.so for the embedded engine instead of fetching one
    #[arg(long, global = true, value_name = "PATH", env = kulprit_engine::LIBRARY_VARIABLE)]
    pub engine_lib: Option<PathBuf>,
}

/// A ClickHouse to ask, and the engine behind it if this process started one.
pub struct Connection {
    pub config: Config,
    pub client: Client,
    engine: Option<Engine>,
}

impl ConnectionArgs {
    /// The configuration with the flags and environment variables laid over it.
    pub fn config(&self) -> Result<Config> {
        let mut config = match &self.config {
            Some(path) => Config::read(path)?,
            None => Config::default(),
        };
        let lay = |over: &Option<String>, under: &mut String| {
            if let Some(value) = over {
                under.clone_from(value);
            }
        };
        lay(&self.url, &mut config.clickhouse.url);
        lay(&self.user, &mut config.clickhouse.user);
        lay(&self.password, &mut config.clickhouse.password);
        lay(&self.database, &mut config.clickhouse.database);
        config.sources.lay_over(|name| std::env::var(name).ok());
        config.sources.check()?;
        if self.data.is_some() {
            config.engine.data.clone_from(&self.data);
        }
        if self.engine_lib.is_some() {
            config.engine.library.clone_from(&self.engine_lib);
        }
        Ok(config)
    }

    /// Connects as the flags and the configuration say: see [`Connection::open`].
    pub async fn open(&self) -> Result<Connection> {
        Connection::open(self.config()?).await
    }

    /// Connects and creates the tables that are absent: for commands that write. A user who may not create them goes on without.
    pub async fn open_to_write(&self) -> Result<Connection> {
        let connection = self.open().await?;
        match setup::create(&connection.config, &connection.client).await {
            Ok(_) => {}
            Err(error) if connection.engine.is_none() => {
                notice(format_args!(
                    "the schema is not in place ({error:#}); `kulprit doctor` says what that means"
                ));
            }
            Err(error) => return Err(error.context("create the tables in the embedded engine")),
        }
        Ok(connection)
    }
}

/// What to do where ClickHouse does not have what a question reads.
const NOTHING_THERE: &str = "store files with `kulprit ingest`, create Kulprit's tables with `kulprit schema apply`, or name another database \
                             with --database; `kulprit doctor` says what is missing";

/// A question's answer for the command line: says what to do where what it reads is not there.
pub fn answered<T>(answer: crate::Result<T>) -> Result<T> {
    answer.map_err(|error| match error.code() {
        Some(code::UNKNOWN_TABLE | code::UNKNOWN_DATABASE) => {
            anyhow::Error::from(error).context(format!("what this reads is not in clickhouse: {NOTHING_THERE}"))
        }
        _ => error.into(),
    })
}

impl Connection {
    /// Connects as `config` says, starting the embedded engine when it names no URL. Creates nothing in ClickHouse.
    pub async fn open(config: Config) -> Result<Self> {
        let timeout = Duration::from_secs(config.server.query_timeout_seconds);
        let (endpoint, engine) = match config.clickhouse.url.as_str() {
            "" => {
                let (endpoint, engine) = embedded_engine(&config, 0).await?;
                (endpoint, Some(engine))
            }
            url => (remote(&config, url)?, None),
        };
        Ok(Connection {
            client: Client::new(endpoint, timeout).with_rules(config.rules()),
            config,
            engine,
        })
    }

    /// The embedded engine, when this process started or joined one.
    pub fn engine(&self) -> Option<&Engine> {
        self.engine.as_ref()
    }

    /// The parts, for a caller that looks after the engine itself.
    pub fn into_parts(self) -> (Config, Client, Option<Engine>) {
        (self.config, self.client, self.engine)
    }

    /// Starts the embedded engine, or joins another, where the one that this connection joined has ended with its host; else does nothing.
    pub async fn rejoin(&mut self) -> Result<()> {
        let has_ended = match &self.engine {
            Some(engine) => engine.ended().now_or_never().is_some(),
            None => false,
        };
        if has_ended {
            let timeout = Duration::from_secs(self.config.server.query_timeout_seconds);
            let (endpoint, engine) = embedded_engine(&self.config, 0).await?;
            self.client = Client::new(endpoint, timeout).with_rules(self.config.rules());
            self.engine = Some(engine);
        }
        Ok(())
    }

    /// Shuts down an engine that this process started. Let go of copies of the client first: while one keeps a connection open, the
    /// engine waits five seconds for it to be closed.
    pub async fn close(self) -> Result<()> {
        let Self { client, engine, .. } = self;
        drop(client);
        match engine {
            Some(engine) => engine.stop().await,
            None => Ok(()),
        }
    }
}

/// How this configuration has the embedded engine started, with Kulprit's functions in it.
pub fn engine_options(config: &Config) -> Result<EngineOptions> {
    let data = config.engine.data.clone().map_or_else(default_data_dir, Ok)?;
    Ok(EngineOptions {
        library: config.engine.library.clone(),
        require_sandbox: config.engine.require_sandbox,
        readable_urls: sources::granted(&config.sources),
        udf_config: Some(kulprit_udf::CONFIG_XML.clone()),
        ..EngineOptions::new(data)
    })
}

/// Starts or joins the embedded engine. A port of 0 takes the data directory's, else lets the system choose.
pub async fn embedded_engine(config: &Config, http_port: u16) -> Result<(Endpoint, Engine)> {
    let options = EngineOptions {
        http_port,
        ..engine_options(config)?
    };
    let engine = Engine::start_or_join(options)
        .await
        .context("start the embedded ClickHouse")?;
    let at = engine.endpoint();
    let endpoint = Endpoint {
        url: at.url.clone(),
        user: at.user.clone(),
        password: at.password.clone(),
        database: config.clickhouse.database.clone(),
    };
    Ok((endpoint, engine))
}

fn remote(config: &Config, url: &str) -> Result<Endpoint> {
    if !url.starts_with("http://") && !url.starts_with("https://") {
        bail!("--url {url:?} is no HTTP address: give one such as http://localhost:8123");
    }
    let settings = &config.clickhouse;
    Ok(Endpoint {
        url: url.to_owned(),
        user: settings.user.clone(),
        password: settings.password.clone(),
        database: settings.database.clone(),
    })
}
