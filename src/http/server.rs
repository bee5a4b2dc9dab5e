//! Serves the routes on a socket until it is told to stop. Connections are bounded in number and in time, so that no client can take
//! the service from the others.

use std::collections::HashMap;
use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result};
use hyper::Uri;
use hyper::body::{Body, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tower_service::Service as _;
use warp::http::{Request, Response};

use super::{App, Peer, routes};

/// How long requests in flight may take to finish once the service is told to stop.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(10);
/// How long the head of a request may take to arrive, and how long a connection may wait for its next request.
const HEAD_TIMEOUT: Duration = Duration::from_secs(30);
/// Connections at once; each takes an open file.
const MOST_CONNECTIONS: usize = 1_024;
/// Connections at once from one address. A Grafana, or a proxy, is one address for all its users.
const MOST_FROM_ONE_ADDRESS: usize = 256;
/// The pause after an accept that failed, such as for want of open files.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Opens the socket. Port 0 takes a free one.
pub async fn bind(host: &str, port: u16) -> Result<(TcpListener, SocketAddr)> {
    let listener = TcpListener::bind((host, port))
        .await
        .with_context(|| format!("listen on {host}:{port} (server.host, server.port)"))?;
    let address = listener.local_addr()?;
    Ok((listener, address))
}

/// Serves the routes until `stop` turns true, then finishes the requests in flight.
pub async fn serve(app: Arc<App>, listener: TcpListener, stop: watch::Receiver<bool>) {
    let filter = routes(app);
    let answer = move |request| {
        let mut service = warp::service(filter.clone());
        async move {
            let Ok(response) = service.call(request).await;
            response
        }
    };
    serve_by(answer, listener, stop).await;
}

/// The same where `answer` answers. A request has its [`Peer`] among its extensions.
pub async fn serve_by<A, F, B>(answer: A, listener: TcpListener, stop: watch::Receiver<bool>)
where
    A: Fn(Request<Incoming>) -> F + Clone + Send + 'static,
    F: Future<Output = Response<B>> + Send + 'static,
    B: Body<Data: Send, Error: std::error::Error + Send + Sync> + Send + 'static,
{
    if let Err(error) = rlimit::increase_nofile_limit(u64::MAX) {
        tracing::warn!(%error, "the limit on open files stays as it is");
    }
    let connections = Arc::new(Connections::default());
    let graceful = GracefulShutdown::new();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = stopped(stop.clone()) => break,
        };
        let (stream, address) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!(%error, "a connection cannot be accepted");
                tokio::time::sleep(ACCEPT_PAUSE).await;
                continue;
            }
        };
        // Over the limit it is closed at once: waiting would take the place of another.
        let Some(place) = connections.take(address.ip()) else {
            tracing::debug!(%address, "too many connections");
            continue;
        };
        let _ = stream.set_nodelay(true);
        let answer = answer.clone();
        let answering = service_fn(move |mut request: Request<Incoming>| {
            request.extensions_mut().insert(Peer(address));
            // CONNECT names a host and no path, which warp's filters take for granted. This one is nobody's.
            if request.uri().path_and_query().is_none() {
                *request.uri_mut() = Uri::from_static("*");
            }
            let answered = answer(request);
            async { Ok::<_, Infallible>(answered.await) }
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEAD_TIMEOUT)
            .serve_connection(TokioIo::new(stream), answering);
        let connection = graceful.watch(connection);
        tokio::spawn(async move {
            let _place = place;
            if let Err(error) = connection.await {
                tracing::debug!(%address, %error, "a connection ended early");
            }
        });
    }
    drop(listener);
    tokio::select! {
        () = graceful.shutdown() => {}
        () = tokio::time::sleep(SHUTDOWN_TIMEOUT) => {
            tracing::warn!("requests were still in flight after {} s", SHUTDOWN_TIMEOUT.as_secs());
        }
    }
}

/// The connections that are open, by address.
#[derive(Default)]
struct Connections(Mutex<HashMap<IpAddr, usize>>);

/// A connection's place among them, given back when it is dropped.
struct Place {
    connections: Arc<Connections>,
    address: IpAddr,
}

impl Connections {
    /// A place for one more connection from `address`, if there is one.
    fn take(self: &Arc<Self>, address: IpAddr) -> Option<Place> {
        let mut by_address = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let all: usize = by_address.values().sum();
        let own = by_address.entry(address).or_default();
        if all >= MOST_CONNECTIONS || *own >= MOST_FROM_ONE_ADDRESS {
            return None;
        }
        *own += 1;
        Some(Place {
            connections: self.clone(),
            address,
        })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut by_address = self.connections.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(own) = by_address.get_mut(&self.address) {
            *own -= 1;
            if *own == 0 {
                by_address.remove(&self.address);
            }
        }
    }
}

/// Waits until `stop` turns true, or until nobody can turn it any more.
pub async fn stopped(mut stop: watch::Receiver<bool>) {
    let _ = stop.wait_for(|stop| *stop).await;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_address_does_not_take_the_places_of_all() {
        let connections = Arc::new(Connections::default());
        let (one, other) = (IpAddr::from([10, 0, 0, 1]), IpAddr::from([10, 0, 0, 2]));
        let mut places: Vec<_> = (0..MOST_FROM_ONE_ADDRESS).map(|_| connections.take(one)).collect();
        assert!(places.iter().all(Option::is_some));
        assert!(connections.take(one).is_none());
        assert!(connections.take(other).is_some());
        places.pop();
        assert!(connections.take(one).is_some());
    }
}
