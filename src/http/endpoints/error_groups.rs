//! `GET /api/v1/patterns`: what fails, by route, status and pattern of the message.

use kulprit_request::Known;
use warp::http::Method;

use super::{CLICKHOUSE, FROM, ORG, SERVICE, SERVICES, TO};
use crate::Result;
use crate::http::route::{Access, Answer, Body, Call, Cost, Reply, Route, services_of};
use crate::questions::error_groups::{self, ErrorPatterns};

pub const ROUTES: &[Route] = &[Route {
    method: Method::GET,
    path: "/api/v1/patterns",
    operation: "errorPatterns",
    summary: "What fails, by route, status and pattern of the message; the counts add up to the total",
    access: Access::Read,
    parameters: &[
        FROM,
        TO,
        SERVICE,
        SERVICES,
        ORG,
        Known::text("limit", "Groups to list, 1 to 1000. Left out: 20."),
    ],
    body: Body::None,
    answer: Answer::Json(|schemas| schemas.subschema_for::<error_groups::ErrorGroups>()),
    errors: CLICKHOUSE,
    handler: |call| Box::pin(find(call)),
}];

async fn find(call: Call) -> Result<Reply> {
    let asked = (ErrorPatterns::new(&call.asked, call.now)?, call.org()?);
    let (mut question, org) = asked.clone();
    call.ask(Cost::Middle, &asked, move |analyzer| async move {
        question.services = services_of(&analyzer, org.as_deref(), question.services).await?;
        Reply::json(&error_groups::find(analyzer.client(), analyzer.config(), &question).await?)
    })
    .await
}
