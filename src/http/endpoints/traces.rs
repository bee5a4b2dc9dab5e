//! `GET /api/v1/traces` and `/api/v1/traces/{id}`: requests that failed or were slow, and one of them in detail.

use kulprit_request::Known;
use warp::http::Method;

use super::{CLICKHOUSE, FROM, ORG, SERVICE, SERVICES, TO};
use crate::Result;
use crate::http::route::{Access, Answer, Body, Call, Cost, Reply, Route, services_of};
use crate::questions::traces::{self, Traces};

pub const LIST: &[Route] = &[Route {
    method: Method::GET,
    path: "/api/v1/traces",
    operation: "traces",
    summary: "Requests of a window, the slowest first",
    access: Access::Read,
    parameters: &[
        FROM,
        TO,
        SERVICE,
        SERVICES,
        ORG,
        Known::text("failed", "true: only requests that failed"),
        Known::text("sort", "slowest (unless another is given) or latest"),
        Known::text("min_duration_ms", "Only requests that took at least so long"),
        Known::text("limit", "Requests to list, 1 to 1000. Left out: 20."),
    ],
    body: Body::None,
    answer: Answer::Json(|schemas| schemas.subschema_for::<traces::TraceList>()),
    errors: CLICKHOUSE,
    handler: |call| Box::pin(list(call)),
}];

pub const ONE: &[Route] = &[Route {
    method: Method::GET,
    path: "/api/v1/traces/{id}",
    operation: "trace",
    summary: "One trace with its spans, critical path and log lines",
    access: Access::Read,
    parameters: &[ORG],
    body: Body::None,
    answer: Answer::Json(|schemas| schemas.subschema_for::<traces::Trace>()),
    errors: CLICKHOUSE,
    handler: |call| Box::pin(one(call)),
}];

async fn list(call: Call) -> Result<Reply> {
    let asked = (Traces::new(&call.asked, call.now)?, call.org()?);
    let (mut question, org) = asked.clone();
    call.ask(Cost::Light, &asked, move |analyzer| async move {
        question.services = services_of(&analyzer, org.as_deref(), question.services).await?;
        Reply::json(&traces::find(analyzer.client(), analyzer.config(), &question).await?)
    })
    .await
}

async fn one(call: Call) -> Result<Reply> {
    let asked = (call.place("id")?.to_owned(), call.org()?);
    let (id, org) = asked.clone();
    call.ask(Cost::Light, &asked, move |analyzer| async move {
        let own = services_of(&analyzer, org.as_deref(), vec![]).await?;
        Reply::json(&traces::one(analyzer.client(), analyzer.config(), &id, &own).await?)
    })
    .await
}
