//! `GET /api/v1/services` and `/api/v1/services/{name}`: how the services do.

use kulprit_request::Known;
use warp::http::Method;

use super::{BASELINE, CLICKHOUSE, FROM, ORG, SERVICE, SERVICES, TO};
use crate::http::route::{Access, Answer, Body, Call, Cost, Reply, Route, services_of};
use crate::questions::health::{self, Services};
use crate::{Error, Result};

const SOURCE: Known = Known::text(
    "source",
    "What requests are counted from: auto (metrics for services without spans), spans, or metrics",
);

pub const ALL: &[Route] = &[Route {
    method: Method::GET,
    path: "/api/v1/services",
    operation: "services",
    summary: "How the services do, against a baseline and over time",
    access: Access::Read,
    parameters: &[FROM, TO, BASELINE, SERVICE, SERVICES, ORG, SOURCE],
    body: Body::None,
    answer: Answer::Json(|schemas| schemas.subschema_for::<health::Health>()),
    errors: CLICKHOUSE,
    handler: |call| Box::pin(services(call)),
}];

pub const ONE: &[Route] = &[Route {
    method: Method::GET,
    path: "/api/v1/services/{*name}",
    operation: "service",
    summary: "How one service does",
    access: Access::Read,
    parameters: &[FROM, TO, BASELINE, ORG, SOURCE],
    body: Body::None,
    answer: Answer::Json(|schemas| schemas.subschema_for::<health::Health>()),
    errors: CLICKHOUSE,
    handler: |call| Box::pin(service(call)),
}];

async fn services(call: Call) -> Result<Reply> {
    let (question, org) = (Services::new(&call.asked, call.now)?, call.org()?);
    let asked = (question, org.clone());
    let (mut question, _) = asked.clone();
    call.ask(Cost::Middle, &asked, move |analyzer| async move {
        question.services = services_of(&analyzer, org.as_deref(), question.services).await?;
        Reply::json(&health::services(analyzer.client(), analyzer.config(), &question).await?)
    })
    .await
}

async fn service(call: Call) -> Result<Reply> {
    let name = call.place("name")?.to_owned();
    let (mut question, org) = (Services::new(&call.asked, call.now)?, call.org()?);
    question.services = vec![name.clone()];
    let asked = (question.clone(), org.clone());
    call.ask(Cost::Middle, &asked, move |analyzer| async move {
        question.services = services_of(&analyzer, org.as_deref(), question.services).await?;
        let health = health::services(analyzer.client(), analyzer.config(), &question).await?;
        let is_unheard_of = health
            .services
            .iter()
            .all(|row| row.service == name && row.source.is_none());
        if is_unheard_of && !health::is_seen(analyzer.client(), analyzer.config(), &question, &name).await? {
            return Err(Error::NotFound(format!(
                "service {name:?} has left nothing in the window or its baseline: /api/v1/services lists those that have"
            )));
        }
        Reply::json(&health)
    })
    .await
}
