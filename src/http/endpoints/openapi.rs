//! `GET /openapi.json`: the contract, as a document that programs read.

use warp::http::Method;

use crate::Result;
use crate::http::openapi::DOCUMENT;
use crate::http::route::{Access, Answer, Body, Call, Reply, Route, any_object};

pub const ROUTES: &[Route] = &[Route {
    method: Method::GET,
    path: "/openapi.json",
    operation: "openapi",
    summary: "This document",
    access: Access::Open,
    parameters: &[],
    body: Body::None,
    answer: Answer::Json(any_object),
    errors: &[],
    handler: |call| Box::pin(openapi(call)),
}];

async fn openapi(_: Call) -> Result<Reply> {
    Ok(Reply::of(200, "application/json", DOCUMENT.as_str()))
}
