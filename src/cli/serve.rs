//! `kulprit serve`: the HTTP API and the report.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use clap::Args;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{oneshot, watch};

use super::connection::{Connection, ConnectionArgs, embedded_engine};
use super::print;
use crate::config::Config;
use crate::http::{App, server, upkeep};
use kulprit_clickhouse::Client;
use kulprit_engine::is_hang_up_ignored;
use kulprit_incidents::Incidents;
use kulprit_request::Window;

/// How long the start waits for the schema before it serves without: a ClickHouse that is away may come later.
const SCHEMA_TIMEOUT: Duration = Duration::from_secs(5);

/// Serve the HTTP API and, at /, the report, until a signal
///
/// Prints `listening on http://…` when it does. Without ClickHouse it answers 503 and recovers by itself.
#[derive(Debug, Args)]
pub struct ServeArgs {
    /// Address to listen on (default: the configuration's server.host)
    #[arg(long, value_name = "H")]
    pub host: Option<String>,
    /// Port; 0 takes a free one (default: the configuration's server.port)
    #[arg(long, value_name = "P")]
    pub port: Option<u16>,
}

pub async fn run(args: ServeArgs, connection: &ConnectionArgs) -> Result<()> {
    // Before the engine starts: a signal in between must not leave it to its own devices.
    let stop = stop_signal()?;
    let server = connection.config()?.server;
    let host = args.host.unwrap_or(server.host);
    // First of all: a port that is taken should not cost the start of an engine.
    let (listener, address) = server::bind(&host, args.port.unwrap_or(server.port)).await?;
    let connection = tokio::select! {
        connection = connection.open() => connection?,
        () = server::stopped(stop.clone()) => bail!("stopped before ClickHouse was ready"),
    };
    serve(connection, listener, address, stop, None).await
}

/// Serves on a socket that is open already, until `stop` turns true. `usual_window` is what the report is about where none is asked for.
pub async fn serve(
    connection: Connection,
    listener: tokio::net::TcpListener,
    address: SocketAddr,
    stop: watch::Receiver<bool>,
    usual_window: Option<Window>,
) -> Result<()> {
    let (config, client, engine) = connection.into_parts();
    let app = App::on(address.ip(), client, config.clone(), open_incidents(&config)?)?;
    if let Some(window) = usual_window {
        app.set_usual_window(window);
    }
    if !app.notice().is_empty() {
        tracing::warn!("{}", app.notice());
    }
    let embedded = engine.map(|engine| upkeep::Embedded {
        engine,
        start: starter(config),
    });
    let (tell_ready, ready) = oneshot::channel();
    let (tell_answered, all_answered) = watch::channel(false);
    let mut upkeep = tokio::spawn(upkeep::keep_up(app.clone(), embedded, None, tell_ready, all_answered));
    tokio::select! {
        _ = tokio::time::timeout(SCHEMA_TIMEOUT, ready) => {}
        () = server::stopped(stop.clone()) => {}
    }
    // A reader that has gone away is no reason to stop, nor to leave an engine behind.
    let _ = print(&format!(
        "listening on http://{address}\nthe report: http://{address}/\n"
    ));
    tokio::select! {
        () = server::serve(app, listener, stop) => {}
        // It ends only when it is told to. Whoever runs this starts it again; answers without anybody who keeps the tables would go stale.
        ended = &mut upkeep => {
            ended.context("the upkeep of tables and engine has failed")??;
            bail!("the upkeep of tables and engine has ended");
        }
    }
    // Only now, for the upkeep stops the engine: the last answers needed it.
    tell_answered.send_replace(true);
    upkeep.await.context("the upkeep of tables and engine has failed")?
}

/// Starts the embedded engine anew whenever it has ended.
pub fn starter(config: Config) -> upkeep::Starter {
    Box::new(move |port| {
        let config = config.clone();
        Box::pin(async move {
            let timeout = Duration::from_secs(config.server.query_timeout_seconds);
            let (endpoint, engine) = embedded_engine(&config, port).await?;
            Ok((Client::new(endpoint, timeout).with_rules(config.rules()), engine))
        })
    })
}

/// The incident store, when it can be had: without, everything but incidents is served. A file that is there and cannot be used, such as
/// that of a newer version, stops the start.
pub fn open_incidents(config: &Config) -> Result<Option<Incidents>> {
    let path = config.incidents_path()?;
    match Incidents::open(&path) {
        Ok(incidents) => Ok(Some(incidents)),
        Err(error) if config.incidents.path.is_some() || config.auth.tokens || path.exists() => Err(error),
        Err(error) => {
            tracing::warn!(
                error = format!("{error:#}"),
                "the incident store cannot be opened: serving without incidents"
            );
            Ok(None)
        }
    }
}

/// Turns true on the first SIGINT or SIGTERM, or SIGHUP unless that is ignored (`nohup`).
pub fn stop_signal() -> Result<watch::Receiver<bool>> {
    let mut signals = vec![signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?];
    if !is_hang_up_ignored() {
        signals.push(signal(SignalKind::hangup())?);
    }
    let (tell, stop) = watch::channel(false);
    for mut signal in signals {
        let tell = tell.clone();
        tokio::spawn(async move {
            signal.recv().await;
            tell.send_replace(true);
        });
    }
    Ok(stop)
}
