//! `GET /api/v1/slo`: objectives, budgets and burn rates.

use kulprit_request::Known;
use kulprit_request::time::whole_minute;
use warp::http::Method;

use super::{CLICKHOUSE, ORG, SERVICE, SERVICES};
use crate::Result;
use crate::http::route::{Access, Answer, Body, Call, Cost, Reply, Route, services_of};
use crate::questions::slo;

pub const ROUTES: &[Route] = &[Route {
    method: Method::GET,
    path: "/api/v1/slo",
    operation: "slo",
    summary: "How fast services burn their error budgets",
    access: Access::Read,
    parameters: &[
        Known::text("at", "The minute at which all windows end. Left out: now."),
        SERVICE,
        SERVICES,
        ORG,
    ],
    body: Body::None,
    answer: Answer::Json(|schemas| schemas.subschema_for::<slo::SloAnswer>()),
    errors: CLICKHOUSE,
    handler: |call| Box::pin(status(call)),
}];

async fn status(call: Call) -> Result<Reply> {
    let at = whole_minute(call.asked.time_or("at", "now", call.now)?);
    let asked = (at, call.asked.services()?, call.org()?);
    let (_, services, org) = asked.clone();
    call.ask(Cost::Middle, &asked, move |analyzer| async move {
        let own = services_of(&analyzer, org.as_deref(), services).await?;
        Reply::json(&slo::status(analyzer.client(), analyzer.config(), at, &own).await?)
    })
    .await
}
