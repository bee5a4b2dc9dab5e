//! `GET /api/v1/topology`: who calls whom.

use kulprit_request::window;
use warp::http::Method;

use super::{CLICKHOUSE, FROM, ORG, SERVICE, SERVICES, TO};
use crate::Result;
use crate::http::route::{Access, Answer, Body, Call, Cost, Reply, Route, services_of};
use crate::questions::topology;

pub const ROUTES: &[Route] = &[Route {
    method: Method::GET,
    path: "/api/v1/topology",
    operation: "topology",
    summary: "Who calls whom, how often and how well",
    access: Access::Read,
    parameters: &[FROM, TO, SERVICE, SERVICES, ORG],
    body: Body::None,
    answer: Answer::Json(|schemas| schemas.subschema_for::<topology::Topology>()),
    errors: CLICKHOUSE,
    handler: |call| Box::pin(find(call)),
}];

async fn find(call: Call) -> Result<Reply> {
    let current = call.asked.recent_window(call.now)?;
    // The statement holds a window against the time right before it.
    let before = window::baseline("previous", current, call.now)?;
    let asked = (current, call.asked.services()?, call.org()?);
    let (_, services, org) = asked.clone();
    call.ask(Cost::Middle, &asked, move |analyzer| async move {
        let bounds = services_of(&analyzer, org.as_deref(), vec![]).await?;
        let named = services_of(&analyzer, org.as_deref(), services).await?;
        Reply::json(&topology::find(analyzer.client(), analyzer.config(), &named, &bounds, current, before).await?)
    })
    .await
}
