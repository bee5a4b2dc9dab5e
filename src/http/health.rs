//! `GET /health`: the service is alive, whatever ClickHouse does.

use serde_json::json;
use warp::reply::Response;
use warp::{Filter, Rejection};

use super::{no_other_method, reply};

pub fn route() -> impl Filter<Extract = (Response,), Error = Rejection> + Clone {
    let get = warp::get().map(|| reply::json(&json!({ "status": "ok", "version": env!("CARGO_PKG_VERSION") })));
    warp::path!("health").and(get.or(no_other_method("GET, OPTIONS")).unify())
}
