//! Assistants that come over the network: streamable HTTP at `/mcp`, each request by itself, without sessions, with the credentials that the
//! HTTP API takes.

use std::convert::Infallible;
use std::sync::Arc;

use bytes::Bytes;
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
use crate::Error;
use crate::http::route::BODY_LIMIT;
use crate::http::{App, Peer, answering, failure, server};

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
        .with_json_response(true)
        .with_max_request_body_bytes(BODY_LIMIT as usize);
    let config = match origins.iter().any(|origin| origin == "*") {
        true => config,
        false => config.with_allowed_origins(origins).enforce_origin_validation(),
    };
    let handler = move || Ok(Handler::new(backend.clone(), None));
    StreamableHttpService::new(handler, Arc::default(), config)
}

/// Credentials come first, as everywhere; whom they prove goes with the request.
async fn answer(app: Arc<App>, service: Service, mut request: Request<Incoming>) -> Response<Body> {
    let peer = request.extensions().get::<Peer>().map(|Peer(address)| *address);
    let identity = answering::let_in(&app, request.headers(), peer).await;
    let identity = match identity {
        Ok(_) if request.uri().path() != PATH => {
            Err(Error::NotFound(format!("there is no such path: this answers {PATH}")))
        }
        other => other,
    };
    match identity {
        Ok(identity) => {
            request.extensions_mut().insert(identity);
            service.handle(request).await
        }
        Err(error) => refused(&error),
    }
}

fn refused(error: &Error) -> Response<Body> {
    let reply = failure::reply(error, &answering::request_id());
    let body = Full::new(reply.body.clone()).boxed();
    reply.response().map(|_| body)
}
