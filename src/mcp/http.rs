//! Assistants that come over the network: streamable HTTP at `/mcp`, each request by itself, without sessions, with the credentials that the
//! HTTP API takes.

use std::convert::Infallible;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::StreamExt as _;
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::http::{Request, Response};
use rmcp::transport::streamable_http_server::session::never::NeverSessionManager;
use rmcp::transport::streamable_http_server::{StreamableHttpServerConfig, StreamableHttpService};
use tokio::net::TcpListener;
use tokio::sync::watch;

use super::Backend;
use super::handler::Handler;
use crate::http::route::BODY_LIMIT;
use crate::http::{App, Peer, answering, body, failure, server};
use crate::{Error, Result};

/// Where it is answered.
pub const PATH: &str = "/mcp";

type Service = StreamableHttpService<Handler, NeverSessionManager>;
type Body = BoxBody<Bytes, Infallible>;

/// Serves until `stop` turns true, then finishes the requests in flight. `app` is the backend's.
pub async fn serve(app: Arc<App>, backend: Arc<Backend>, listener: TcpListener, stop: watch::Receiver<bool>) {
    let service = service(&app, backend);
    let answer = move |request| answer(app.clone(), service.clone(), request);
    server::serve_by(answer, listener, stop).await;
}

fn service(app: &App, backend: Arc<Backend>) -> Service {
    let origins = &app.config.server.allowed_origins;
    // Which names this answers to is checked as for the HTTP API, before anything else.
    let config = StreamableHttpServerConfig::default()
        .disable_allowed_hosts()
        .with_legacy_session_mode(false)
        .with_json_response(true);
    let config = match origins.iter().any(|origin| origin == "*") {
        true => config,
        false => config.with_allowed_origins(origins).enforce_origin_validation(),
    };
    let handler = move || Ok(Handler::new(backend.clone(), None));
    StreamableHttpService::new(handler, Arc::default(), config)
}

async fn answer(app: Arc<App>, service: Service, request: Request<Incoming>) -> Response<Body> {
    match let_in(&app, request).await {
        Ok(request) => service.handle(request).await,
        Err(error) => refused(&error),
    }
}

/// The request with its body and whom its credentials prove. Those come first, as everywhere.
async fn let_in(app: &App, request: Request<Incoming>) -> Result<Request<Full<Bytes>>> {
    let (mut head, body) = request.into_parts();
    let peer = head.extensions.get::<Peer>().map(|Peer(address)| *address);
    let identity = answering::let_in(app, &head.headers, peer).await?;
    if head.uri.path() != PATH {
        return Err(Error::NotFound(format!("there is no such path: this answers {PATH}")));
    }
    body::check_encoding(&head.headers)?;
    let parts = body.into_data_stream().map(|part| part.map_err(|_| ())).boxed();
    let body = body::read(parts, BODY_LIMIT).await?;
    head.extensions.insert(identity);
    Ok(Request::from_parts(head, Full::new(body)))
}

fn refused(error: &Error) -> Response<Body> {
    let reply = failure::reply(error, &answering::request_id());
    let body = Full::new(reply.body.clone()).boxed();
    reply.response().map(|_| body)
}
