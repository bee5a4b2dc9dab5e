//! `GET /health`: the service is alive, whatever ClickHouse does.

use serde_json::json;
use warp::http::Method;

use crate::Result;
use crate::http::route::{Access, Answer, Body, Call, Reply, Route, any_object};

pub const ROUTES: &[Route] = &[Route {
    method: Method::GET,
    path: "/health",
    operation: "health",
    summary: "The service is alive",
    access: Access::Open,
    parameters: &[],
    body: Body::None,
    answer: Answer::Json(any_object),
    errors: &[],
    handler: |call| Box::pin(health(call)),
}];

async fn health(_: Call) -> Result<Reply> {
    Reply::json(&json!({ "status": "ok", "version": env!("CARGO_PKG_VERSION") }))
}
