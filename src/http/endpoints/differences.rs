//! `GET /api/v1/differences`: which attributes set the window's lines or requests apart.

use kulprit_request::Known;
use warp::http::Method;

use super::{CLICKHOUSE, FROM, ORG, SERVICE, SERVICES, TO};
use crate::http::route::{Access, Answer, Body, Call, Cost, Reply, Route, services_of};
use crate::questions::differences::{self, Asked, Of};
use crate::scope::Metric;
use crate::{Result, scope};

pub const ROUTES: &[Route] = &[Route {
    method: Method::GET,
    path: "/api/v1/differences",
    operation: "differences",
    summary: "Which attributes set the window's lines, or the requests that failed, apart from what is usual",
    access: Access::Read,
    parameters: &[
        FROM,
        TO,
        Known::text(
            "baseline",
            "What the lines are held against: previous (unless another is given), day, week, FROM..TO, or the lines of several (median)",
        ),
        SERVICE,
        SERVICES,
        ORG,
        Known::text(
            "of",
            "lines (unless another is given), held against those of the baseline, or requests: those that failed, held against the others",
        ),
        Known::text(
            "pattern_id",
            "Only the lines of this pattern; an id as /query_logs answers it",
        ),
        Known::text("limit", "Differences to list, 1 to 100. Left out: 10."),
    ],
    body: Body::None,
    answer: Answer::Json(|schemas| schemas.subschema_for::<differences::Differences>()),
    errors: CLICKHOUSE,
    handler: |call| Box::pin(find(call)),
}];

async fn find(call: Call) -> Result<Reply> {
    let asked = (Asked::new(&call.asked, call.now)?, call.org()?);
    let (mut question, org) = asked.clone();
    call.ask(Cost::Light, &asked, move |analyzer| async move {
        let mut attributes = vec![];
        match (question.of, org) {
            // Lines of an org may be told by attributes as well.
            (Of::Lines, Some(org)) => {
                let orgs = &analyzer.config().orgs;
                let named = std::mem::take(&mut question.services);
                let scope = scope::resolve(analyzer.client(), orgs, &Metric::of_org(&org), named).await?;
                question.services = scope.services;
                attributes = scope.attributes.into_iter().map(|one| (one.key, one.value)).collect();
            }
            (_, org) => question.services = services_of(&analyzer, org.as_deref(), question.services).await?,
        }
        Reply::json(&differences::find(&analyzer, &question, attributes).await?)
    })
    .await
}
