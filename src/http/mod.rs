//! The HTTP API. A request's way is one: [`routes`] hands it to [`answering`], which finds its [`route::Route`] in the table of
//! [`endpoints`], checks who asks, reads what is asked, lets the endpoint answer, and counts, logs and writes the answer or the error.
//!
//! Endpoints hold no logic: they read the request, ask the questions, and answer. They reach ClickHouse by [`route::Call::ask`] alone.

pub mod answering;
pub mod app;
pub mod body;
pub mod cors;
pub mod endpoints;
pub mod failure;
pub mod hosts;
mod in_flight;
pub mod metrics;
pub mod openapi;
pub mod route;
pub mod server;
mod turns;
pub mod upkeep;

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;

use warp::Filter;
use warp::filters::BoxedFilter;
use warp::reply::Response;

pub use app::App;

/// Who is at the other end of a connection.
#[derive(Debug, Clone, Copy)]
pub struct Peer(pub SocketAddr);

/// Every route of the service, with CORS.
pub fn routes(app: Arc<App>) -> BoxedFilter<(Response,)> {
    let query = warp::query::raw().or(warp::any().map(String::new)).unify();
    let answer = {
        let app = app.clone();
        move |method, path: warp::path::FullPath, query: String, headers, peer: Option<Peer>, body| {
            let request = answering::Request {
                method,
                path: path.as_str().to_owned(),
                query,
                headers,
                address: peer.map(|Peer(address)| address),
                identity: None,
                with_sql: false,
            };
            answering::answer(app.clone(), request, body::boxed(body))
        }
    };
    let answered = warp::method()
        .and(warp::path::full())
        .and(query)
        .and(warp::header::headers_cloned())
        .and(warp::ext::optional())
        .and(warp::body::stream())
        .then(answer)
        .boxed();
    let cors = app.cors.clone();
    let refuse = move |rejection| {
        let app = app.clone();
        async move { Ok::<_, Infallible>(answering::refuse(&app, &rejection)) }
    };
    // What is left to reject a request is CORS.
    answered
        .with(cors)
        .recover(refuse)
        .map(warp::Reply::into_response)
        .boxed()
}
