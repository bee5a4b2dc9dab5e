//! The life of the backend's process: it listens, says where, answers, and ends when Grafana says so, when it is told by a signal, or when
//! Grafana is gone.

use std::convert::Infallible;
use std::io::Write as _;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result};
use hyper::body::Incoming;
use hyper::http::Request;
use hyper::server::conn::http2;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::sync::watch;
use tonic::body::Body;

use super::grpc::{self, Backend};
use super::handshake;
use super::instances::Instances;
use super::socket::Socket;
use crate::http::server::stopped;

/// How soon the death of Grafana is noticed.
const LOOK_FOR_PARENT: Duration = Duration::from_secs(1);
/// The pause after an accept that failed, such as for want of open files.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Serves until the process is to end.
pub async fn serve() -> Result<()> {
    let parent = parent_id();
    let (stop, stopping) = watch::channel(false);
    stop_on_signals(&stop)?;
    let socket = Socket::open().context("open a socket for Grafana")?;
    let backend = Arc::new(Backend {
        instances: Instances::new()?,
        stop: stop.clone(),
    });
    let mut out = std::io::stdout();
    let line = handshake::line(&socket.address()?);
    out.write_all(line.as_bytes()).and_then(|()| out.flush())?;
    tracing::info!(version = env!("CARGO_PKG_VERSION"), "the plugin's backend listens");
    tokio::select! {
        () = accept(&socket, &backend) => {}
        () = stopped(stopping) => {}
        () = orphaned(parent) => tracing::warn!("grafana is gone: this backend ends"),
    }
    drop(socket);
    backend.instances.stop().await;
    Ok(())
}

async fn accept(socket: &Socket, backend: &Arc<Backend>) {
    loop {
        let stream = match socket.accept().await {
            Ok(stream) => stream,
            Err(error) => {
                tracing::warn!(%error, "a connection cannot be accepted");
                tokio::time::sleep(ACCEPT_PAUSE).await;
                continue;
            }
        };
        let backend = backend.clone();
        let answering = service_fn(move |request: Request<Incoming>| {
            let backend = backend.clone();
            async move { Ok::<_, Infallible>(grpc::answer(backend, request.map(Body::new)).await) }
        });
        tokio::spawn(async move {
            let connection =
                http2::Builder::new(TokioExecutor::new()).serve_connection(TokioIo::new(stream), answering);
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a connection ended early");
            }
        });
    }
}

#[cfg(unix)]
fn parent_id() -> u32 {
    std::os::unix::process::parent_id()
}

/// Ends when the process that started this one has ended: then another one is its parent.
#[cfg(unix)]
async fn orphaned(parent: u32) {
    while parent_id() == parent {
        tokio::time::sleep(LOOK_FOR_PARENT).await;
    }
}

/// An interrupt is for the whole terminal: Grafana gets it too, and tells its plugins to end when it has none of them any more to ask.
#[cfg(unix)]
fn stop_on_signals(stop: &watch::Sender<bool>) -> Result<()> {
    use tokio::signal::unix::{SignalKind, signal};

    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let stop = stop.clone();
    tokio::spawn(async move {
        loop {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => { stop.send_replace(true); }
            }
        }
    });
    Ok(())
}

#[cfg(not(unix))]
fn parent_id() -> u32 {
    0
}

/// Grafana ends its plugins itself there, as far as it gets to.
#[cfg(not(unix))]
async fn orphaned(_: u32) {
    std::future::pending().await
}

#[cfg(not(unix))]
fn stop_on_signals(_: &watch::Sender<bool>) -> Result<()> {
    Ok(())
}
