//! `GET /openapi.json`: the contract, as a document that programs read.

use warp::reply::Response;
use warp::{Filter, Rejection};

use super::{no_other_method, reply};

/// OpenAPI 3.1.
pub const DOCUMENT: &str = include_str!("openapi.json");

pub fn route() -> impl Filter<Extract = (Response,), Error = Rejection> + Clone {
    let get = warp::get().map(|| reply::json_bytes(DOCUMENT.into()));
    warp::path!("openapi.json").and(get.or(no_other_method("GET, OPTIONS")).unify())
}
