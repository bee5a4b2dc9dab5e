//! The only place where an error becomes a response. What ClickHouse said goes to the log, under the request's id, which the client gets.

use serde::Serialize;
use warp::http::header::{RETRY_AFTER, WWW_AUTHENTICATE};

use super::route::Reply;
use crate::{Error, report};

/// Seconds after which it makes sense to try again.
const RETRY_WHEN_BUSY: &str = "1";
pub(super) const RETRY_WHEN_AWAY: &str = "5";

/// The body of every error.
#[derive(Serialize)]
struct Body<'a> {
    error: &'static str,
    message: &'a str,
    code: u16,
    request_id: &'a str,
}

/// The reply that tells a client of `error`.
pub fn reply(error: &Error, request_id: &str) -> Reply {
    let status = error.status();
    let body = Body {
        error: error.name(),
        message: &error.public_message(),
        code: status,
        request_id,
    };
    // Four plain values, which JSON can hold.
    let reply = Reply::json_with(status, &body).unwrap_or_else(|_| Reply::of(status, "text/plain", error.name()));
    with_headers(reply)
}

/// The same as a page.
pub fn page(error: &Error, request_id: &str) -> Reply {
    match report::failure(error, request_id) {
        Ok(page) => with_headers(Reply::page(error.status(), page)),
        Err(_) => reply(error, request_id),
    }
}

fn with_headers(reply: Reply) -> Reply {
    match reply.status {
        401 => reply.with(WWW_AUTHENTICATE, "Bearer"),
        429 => reply.with(RETRY_AFTER, RETRY_WHEN_BUSY),
        503 => reply.with(RETRY_AFTER, RETRY_WHEN_AWAY),
        _ => reply,
    }
}
