//! `GET /openapi.json`: the contract, as a document that programs read.

use warp::http::Method;

use crate::Result;
use crate::http::openapi::DOCUMENT;
use crate::http::route::{Access, Body, Call, Reply, Route};

pub const ROUTES: &[Route] = &[Route {
    method: Method::GET,
    path: "/openapi.json",
    operation: "openapi",
    summary: "This document",
    access: Access::Open,
    parameters: &[],
    body: Body::None,
    handler: |call| Box::pin(openapi(call)),
}];

async fn openapi(_: Call) -> Result<Reply> {
    Ok(Reply::of(200, "application/json", DOCUMENT))
}
