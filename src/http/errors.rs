//! The only place where an error becomes a response. What ClickHouse said goes to the log, with a request id that the client gets.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};

use jiff::Timestamp;
use serde::Serialize;
use warp::Rejection;
use warp::filters::cors::CorsForbidden;
use warp::http::HeaderValue;
use warp::http::header::{ALLOW, CONNECTION, RETRY_AFTER, WWW_AUTHENTICATE};
use warp::reject::Reject;
use warp::reply::Response;

use super::App;
use super::metrics::Metrics;
use super::reply;
use crate::Error;

/// Seconds after which it makes sense to try again.
const RETRY_WHEN_BUSY: &str = "1";
const RETRY_WHEN_AWAY: &str = "5";

/// A request that was refused, or could not be answered, as its client may know it.
#[derive(Debug, Clone)]
pub struct Failure {
    status: u16,
    name: &'static str,
    message: String,
}

/// The body of every error.
#[derive(Serialize)]
struct Body<'a> {
    error: &'static str,
    message: &'a str,
    code: u16,
}

impl Failure {
    /// Counts the error, and logs it where the client does not get to know all.
    pub fn new(error: Error, metrics: &Metrics) -> Self {
        if error.is_of_clickhouse() {
            metrics.clickhouse_error(error.name());
        }
        Self {
            status: error.status(),
            name: error.name(),
            message: told(&error),
        }
    }

    pub fn response(&self) -> Response {
        let body = Body {
            error: self.name,
            message: &self.message,
            code: self.status,
        };
        let mut response = reply::json_with(&body, self.status);
        let (name, value) = match self.status {
            401 => (WWW_AUTHENTICATE, "Bearer"),
            429 => (RETRY_AFTER, RETRY_WHEN_BUSY),
            503 => (RETRY_AFTER, RETRY_WHEN_AWAY),
            _ => return response,
        };
        response.headers_mut().insert(name, HeaderValue::from_static(value));
        response
    }
}

/// The message for the client, once the log has the whole one.
fn told(error: &Error) -> String {
    if error
        .cause()
        .is_none_or(|cause| cause.code.is_none() && matches!(error, Error::NoDataSource(_)))
        && !matches!(error, Error::Timeout(_) | Error::Store(_))
    {
        return error.to_string();
    }
    let public = error.public_message();
    let id = request_id();
    eprintln!("kulprit: request {id}: {error}");
    format!("{public} (request id {id})")
}

/// Differs between requests and between runs.
fn request_id() -> String {
    static RUN: LazyLock<i64> = LazyLock::new(|| Timestamp::now().as_millisecond());
    static NEXT: AtomicU64 = AtomicU64::new(1);
    format!("{:x}-{}", *RUN, NEXT.fetch_add(1, Ordering::Relaxed))
}

/// A request whose credentials do not do.
#[derive(Debug)]
pub struct Denied(pub Error);

impl Reject for Denied {}

/// A method that this path does not have.
#[derive(Debug)]
pub struct OtherMethod {
    /// The methods that it has, as the `Allow` header lists them.
    pub allow: &'static str,
}

impl Reject for OtherMethod {}

/// The answer to what no route took. Nobody has read its body, so the connection ends here, and its client is told so: it must not
/// send its next request into a connection that is being closed.
pub fn refuse(app: &App, rejection: &Rejection) -> Response {
    let mut response = refusal(app, rejection);
    response
        .headers_mut()
        .insert(CONNECTION, HeaderValue::from_static("close"));
    response
}

/// Credentials come first: who may not call learns nothing else.
fn refusal(app: &App, rejection: &Rejection) -> Response {
    if let Some(Denied(error)) = rejection.find() {
        return Failure::new(error.clone(), &app.metrics).response();
    }
    if let Some(OtherMethod { allow }) = rejection.find() {
        let error = Error::MethodNotAllowed(format!("this path takes {allow} only"));
        let mut response = Failure::new(error, &app.metrics).response();
        response.headers_mut().insert(ALLOW, HeaderValue::from_static(allow));
        return response;
    }
    let error = if let Some(forbidden) = rejection.find::<CorsForbidden>() {
        Error::Forbidden(format!("{forbidden}: see server.allowed_origins"))
    } else if rejection.find::<warp::reject::InvalidQuery>().is_some() {
        Error::Unreadable("the query string cannot be read: give name=value pairs".to_owned())
    } else {
        Error::NotFound(
            "there is no such path: the API is /query_logs, /health, /ready, /metrics and /api/v1/…".to_owned(),
        )
    };
    Failure::new(error, &app.metrics).response()
}
