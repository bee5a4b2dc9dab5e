//! `kulprit engine`: the embedded ClickHouse in the foreground, for any client.

use std::io::Write as _;
use std::time::Duration;

use anyhow::{Result, bail};

use super::connection::{ConnectionArgs, engine_options};
use super::notice;
use super::serve::stop_signal;
use crate::http::server;
use kulprit_engine::{Engine, EngineOptions};

const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// Run the embedded ClickHouse for any client, until a signal
///
/// Prints `ready <url>` when it answers. It listens on this machine only; user and password are in the file that it
/// names, and the password is another after each start. Other kulprit commands on the same data directory use it. When the
/// engine dies it is started again, at the same ports.
#[derive(Debug, clap::Args)]
pub struct EngineArgs {
    /// Port of the HTTP interface; 0 takes a free one. The data directory keeps it for whoever starts its engine later
    #[arg(long, value_name = "N")]
    pub port: Option<u16>,
    /// Also open the native protocol on this port, which the data directory keeps as well
    #[arg(long, value_name = "N")]
    pub tcp_port: Option<u16>,
}

/// Returns after a clean shutdown.
pub async fn run(args: EngineArgs, connection: &ConnectionArgs) -> Result<()> {
    // Before the engine starts: a signal in between must not leave it to its own devices.
    let stopped = stop_signal()?;
    let options = EngineOptions {
        http_port: args.port.unwrap_or(0),
        tcp_port: args.tcp_port,
        keep_ports: args.port.is_some() || args.tcp_port.is_some(),
        ..engine_options(&connection.config()?)?
    };
    let stop = server::stopped(stopped);
    tokio::pin!(stop);
    let mut engine = tokio::select! {
        engine = Engine::start_or_join(options.clone()) => engine?,
        () = &mut stop => bail!("stopped before the engine was ready"),
    };
    if !engine.is_owned() {
        let pid = engine.pid().unwrap_or_default();
        bail!(
            "an engine runs on this data directory already: {} (process {pid})",
            engine.endpoint().url
        );
    }
    loop {
        announce(&engine);
        let reason = tokio::select! {
            reason = engine.ended() => reason,
            () = &mut stop => return engine.stop().await,
        };
        notice(reason);
        let before = EngineOptions {
            http_port: port_of(&engine),
            keep_ports: false,
            ..options.clone()
        };
        drop(engine);
        engine = tokio::select! {
            engine = start_again(before) => engine,
            () = &mut stop => return Ok(()),
        };
    }
}

/// A reader that has gone away is no reason to stop.
fn announce(engine: &Engine) {
    let endpoint = engine.endpoint();
    notice(format_args!(
        "user {}, password in {}",
        endpoint.user,
        engine.credentials_file().display()
    ));
    let mut stdout = std::io::stdout();
    let _ = writeln!(stdout, "ready {}", endpoint.url).and_then(|()| stdout.flush());
}

/// Brings the engine back where it was, or joins the one that another process has started meanwhile.
async fn start_again(mut options: EngineOptions) -> Engine {
    let mut pause = FIRST_PAUSE;
    loop {
        match Engine::start_or_join(options.clone()).await {
            Ok(engine) => return engine,
            Err(error) => notice(format_args!("the embedded ClickHouse is not back yet: {error:#}")),
        }
        // Somebody else may have the port by now.
        options.http_port = 0;
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

fn port_of(engine: &Engine) -> u16 {
    let url = &engine.endpoint().url;
    url.rsplit_once(':')
        .and_then(|(_, port)| port.parse().ok())
        .unwrap_or(0)
}
