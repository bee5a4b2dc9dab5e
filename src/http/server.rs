//! Serves the routes on a socket until it is told to stop.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result};
use tokio::net::TcpListener;
use tokio::sync::watch;

use super::{App, routes};

/// How long requests in flight may take to finish once the service is told to stop.
const GRACE: Duration = Duration::from_secs(10);

/// Opens the socket. Port 0 takes a free one.
pub async fn bind(host: &str, port: u16) -> Result<(TcpListener, SocketAddr)> {
    let listener = TcpListener::bind((host, port))
        .await
        .with_context(|| format!("listen on {host}:{port} (server.host, server.port)"))?;
    let address = listener.local_addr()?;
    Ok((listener, address))
}

/// Serves until `stop` turns true, then finishes the requests in flight.
pub async fn serve(app: Arc<App>, listener: TcpListener, stop: watch::Receiver<bool>) {
    let serving = warp::serve(routes(app))
        .incoming(listener)
        .graceful(stopped(stop.clone()))
        .run();
    let too_late = async {
        stopped(stop).await;
        tokio::time::sleep(GRACE).await;
    };
    tokio::select! {
        () = serving => {}
        () = too_late => eprintln!("kulprit: requests were still in flight after {} s", GRACE.as_secs()),
    }
}

/// Waits until `stop` turns true, or until nobody can turn it any more.
pub async fn stopped(mut stop: watch::Receiver<bool>) {
    let _ = stop.wait_for(|stop| *stop).await;
}
