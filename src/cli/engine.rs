//! `kulprit engine`: the embedded ClickHouse in the foreground, for any client.

use std::io::Write as _;

use anyhow::bail;
use tokio::signal::unix::{SignalKind, signal};

use super::connection::ConnectionArgs;
use kulprit_engine::{Engine, EngineOptions, default_data_dir};

/// Run the embedded ClickHouse for any client, until a signal
///
/// Prints `ready <url>` when it answers. It listens on this machine only; user and password are in the file that it
/// names. Other kulprit commands on the same data directory use it.
#[derive(Debug, clap::Args)]
pub struct EngineArgs {
    /// Port of the HTTP interface; 0 takes a free one
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub port: u16,
    /// Also open the native protocol on this port
    #[arg(long, value_name = "N")]
    pub tcp_port: Option<u16>,
}

/// Returns after a clean shutdown.
pub async fn run(args: EngineArgs, connection: &ConnectionArgs) -> anyhow::Result<()> {
    // Before the engine starts: a signal in between must not leave it to its own devices.
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut hang_up = signal(SignalKind::hangup())?;
    let config = connection.config()?;
    let data_dir = config.engine.data.map_or_else(default_data_dir, Ok)?;
    let options = EngineOptions {
        library: config.engine.library,
        http_port: args.port,
        tcp_port: args.tcp_port,
        udf_config: Some(kulprit_udf::CONFIG_XML.to_owned()),
        ..EngineOptions::new(data_dir)
    };
    let stop = async {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
            _ = hang_up.recv() => {}
        }
    };
    tokio::pin!(stop);
    let engine = tokio::select! {
        engine = Engine::start_or_join(options) => engine?,
        () = &mut stop => bail!("stopped before the engine was ready"),
    };
    let endpoint = engine.endpoint();
    if !engine.is_owned() {
        let pid = engine.pid().unwrap_or_default();
        bail!(
            "an engine runs on this data directory already: {} (process {pid})",
            endpoint.url
        );
    }
    eprintln!(
        "user {}, password in {}",
        endpoint.user,
        engine.credentials_file().display()
    );
    // A reader that has gone away is no reason to stop.
    let mut stdout = std::io::stdout();
    let _ = writeln!(stdout, "ready {}", endpoint.url).and_then(|()| stdout.flush());
    tokio::select! {
        reason = engine.ended() => bail!("{reason}"),
        () = &mut stop => engine.stop().await,
    }
}
