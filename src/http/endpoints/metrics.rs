//! `GET /metrics`: what the service does, as Prometheus text.

use warp::http::Method;

use crate::Result;
use crate::http::route::{Access, Answer, Body, Call, Reply, Route};

pub const ROUTES: &[Route] = &[Route {
    method: Method::GET,
    path: "/metrics",
    operation: "metrics",
    summary: "The service's own metrics",
    access: Access::Open,
    parameters: &[],
    body: Body::None,
    answer: Answer::Text("text/plain"),
    errors: &[],
    handler: |call| Box::pin(metrics(call)),
}];

async fn metrics(call: Call) -> Result<Reply> {
    let text = call.app().metrics.text()?;
    Ok(Reply::of(200, "text/plain; version=0.0.4; charset=utf-8", text))
}
