//! `kulprit mcp`: the answers as tools for assistants.

use std::net::IpAddr;
use std::sync::Arc;

use anyhow::{Result, bail};
use clap::Args;
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use kulprit_clickhouse::Client;
use tokio::sync::watch;

use super::connection::{Connection, ConnectionArgs};
use super::print;
use super::serve::{open_incidents, stop_signal};
use crate::config::Config;
use crate::http::{App, server};
use crate::mcp::{self, Backend};

/// The answers as tools for assistants, by the Model Context Protocol
///
/// Speaks on its standard input and output with the assistant that started it, which may read everything that this command line may. With
/// --http it answers at http://HOST:PORT/mcp whoever has credentials of the HTTP API (docs/ASSISTANTS.md). It changes nothing.
#[derive(Debug, Args)]
pub struct McpArgs {
    /// Answer over streamable HTTP instead of standard input and output
    #[arg(long)]
    pub http: bool,
    /// Address to listen on (default: the configuration's server.host)
    #[arg(long, value_name = "H", requires = "http")]
    pub host: Option<String>,
    /// Port; 0 takes a free one (default: the configuration's server.port)
    #[arg(long, value_name = "P", requires = "http")]
    pub port: Option<u16>,
    /// Whose incidents are told on standard output (default: the configuration's incidents.org)
    #[arg(long, value_name = "ORG", env = "KULPRIT_ORG")]
    pub org: Option<String>,
}

pub async fn run(args: McpArgs, connection: &ConnectionArgs) -> Result<()> {
    let stop = stop_signal()?;
    let config = connection.config()?;
    match args.http {
        true => over_http(args, config, stop).await,
        false => over_stdio(args, config, stop).await,
    }
}

async fn over_stdio(args: McpArgs, mut config: Config, stop: watch::Receiver<bool>) -> Result<()> {
    // Whoever may start this may ask everything, as on the command line.
    config.orgs.clear();
    let org = args.org.unwrap_or_else(|| config.incidents.org.clone());
    let backend = Arc::new(Backend::new(opener(config, IpAddr::from([127, 0, 0, 1]))));
    let served = mcp::stdio::serve(backend.clone(), org, stop.clone()).await;
    served.and(backend.close().await)?;
    if *stop.borrow() {
        // A terminal cannot be told to give up reading: the end would wait for the next line.
        std::process::exit(0);
    }
    Ok(())
}

async fn over_http(args: McpArgs, config: Config, stop: watch::Receiver<bool>) -> Result<()> {
    let host = args.host.unwrap_or_else(|| config.server.host.clone());
    // First of all: a port that is taken should not cost the start of an engine.
    let (listener, address) = server::bind(&host, args.port.unwrap_or(config.server.port)).await?;
    let backend = Arc::new(Backend::new(opener(config, address.ip())));
    let app = tokio::select! {
        app = backend.app() => app?,
        () = server::stopped(stop.clone()) => bail!("stopped before ClickHouse was ready"),
    };
    if !app.notice().is_empty() {
        tracing::warn!("{}", app.notice());
    }
    print(&format!("listening on http://{address}{}\n", mcp::http::PATH))?;
    mcp::http::serve(app, backend.clone(), listener, stop).await;
    backend.close().await
}

fn opener(config: Config, address: IpAddr) -> mcp::Opener {
    Box::new(move || open(config.clone(), address).boxed())
}

async fn open(config: Config, address: IpAddr) -> Result<mcp::Opened> {
    let connection = Connection::open(config).await?;
    let (config, client) = (connection.config.clone(), connection.client.clone());
    let app = tokio::task::spawn_blocking(move || {
        let incidents = open_incidents(&config)?;
        App::on(address, client, config, incidents)
    });
    match app.await.map_err(anyhow::Error::from).flatten() {
        Ok(app) => Ok(mcp::Opened {
            app,
            connected: Box::new(connection),
        }),
        Err(error) => {
            connection.close().await?;
            Err(error)
        }
    }
}

impl mcp::Connected for Connection {
    fn renewed(&mut self) -> BoxFuture<'_, Result<Option<Client>>> {
        let renewed = async {
            let before = self.client.endpoint().clone();
            self.rejoin().await?;
            Ok((*self.client.endpoint() != before).then(|| self.client.clone()))
        };
        renewed.boxed()
    }

    fn close(self: Box<Self>) -> BoxFuture<'static, Result<()>> {
        Connection::close(*self).boxed()
    }
}
