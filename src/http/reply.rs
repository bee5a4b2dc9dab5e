//! Answers as JSON.

use bytes::Bytes;
use serde::Serialize;
use warp::http::header::CONTENT_TYPE;
use warp::http::{HeaderValue, StatusCode};
use warp::reply::Response;

use crate::{Error, Result};

/// `value` as the body of an answer. Errors: it holds what JSON cannot, which is a mistake of ours and must not look like an answer.
pub fn body(value: &impl Serialize) -> Result<Bytes> {
    let body = serde_json::to_vec(value);
    body.map(Bytes::from)
        .map_err(|error| Error::internal(format_args!("the answer cannot be written as JSON: {error}")))
}

/// 200 with `value` as the body.
pub fn json(value: &impl Serialize) -> Response {
    json_with(value, 200)
}

/// `status` with `value` as the body.
pub fn json_with(value: &impl Serialize, status: u16) -> Response {
    // Our answers are plain structs with text as keys: there is nothing that JSON cannot hold.
    let body = serde_json::to_vec(value).unwrap_or_default();
    let mut response = json_bytes(body.into());
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response
}

/// 200 with a body that is JSON already.
pub fn json_bytes(body: Bytes) -> Response {
    let mut response = Response::new(body.into());
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// 204.
pub fn no_content() -> Response {
    let mut response = Response::new(Bytes::new().into());
    *response.status_mut() = StatusCode::NO_CONTENT;
    response
}
