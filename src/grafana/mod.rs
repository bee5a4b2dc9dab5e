//! Kulprit as the backend of its Grafana plugins. Grafana starts this program under a name that begins with `gpx_`, reads one line from
//! its stdout, and asks by gRPC from then on ([`grpc`]). A resource is answered by the routes of the HTTP API, without a socket
//! ([`resource`]); who asks is what Grafana says in the plugin context ([`context`]), and nothing in a header.

mod context;
mod grpc;
mod handshake;
mod health;
mod instance;
mod instances;
mod log;
mod messages;
mod metrics;
mod queries;
mod resource;
mod serve;
mod settings;
mod socket;

use std::path::PathBuf;
use std::process::ExitCode;

/// How the file names of plugin backends begin.
const PREFIX: &str = "gpx_";

/// Runs the backend when this process was started as one.
pub fn run_if_plugin() -> Option<ExitCode> {
    let program = std::env::args_os().next().map(PathBuf::from)?;
    let name = program.file_name()?.to_str()?;
    name.starts_with(PREFIX).then(run)
}

fn run() -> ExitCode {
    if let Err(refusal) = handshake::check(|name| std::env::var(name).ok()) {
        eprintln!("{refusal}");
        return ExitCode::FAILURE;
    }
    log::init();
    let result = tokio::runtime::Runtime::new()
        .map_err(anyhow::Error::from)
        .and_then(|runtime| runtime.block_on(serve::serve()));
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(error = format!("{error:#}"), "the plugin's backend has failed");
            ExitCode::FAILURE
        }
    }
}
