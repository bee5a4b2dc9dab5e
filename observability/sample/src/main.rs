//! A small service to observe, and the traffic to it: what the stack (docs/STACK.md) shows. It is no part of the product.
//!
//! `serve` answers requests and leaves spans, metrics and log lines of them, as services do: by the OpenTelemetry SDK over OTLP/HTTP, as
//! Prometheus text at `/metrics`, and as JSON lines on stdout. `traffic` sends it requests, and breaks what it depends on for a while.

mod log;
mod measures;
mod serve;
mod telemetry;
mod traffic;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// A small service to observe, and the traffic to it
#[derive(Parser)]
#[command(name = "kulprit-sample", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Serve(serve::Args),
    Traffic(traffic::Args),
}

#[tokio::main]
async fn main() -> ExitCode {
    let ended = match Cli::parse().command {
        Command::Serve(args) => serve::run(args).await,
        Command::Traffic(args) => traffic::run(args).await,
    };
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("kulprit-sample: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Ends on SIGINT or SIGTERM.
async fn stopped() -> std::io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    Ok(())
}
