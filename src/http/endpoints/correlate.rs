//! `POST /api/v1/correlate`: which service an incident comes from, and whom it hurts.

use warp::http::Method;

use super::CLICKHOUSE;
use crate::auth::Orgs;
use crate::http::route::{Access, Answer, Body, Call, Cost, Reply, Route};
use crate::questions::root_cause::{self, Correlate};
use crate::{Result, scope};

pub const ROUTES: &[Route] = &[Route {
    method: Method::POST,
    path: "/api/v1/correlate",
    operation: "correlate",
    summary: "Which service an incident comes from, how sure that is, and whom it hurts",
    access: Access::Read,
    parameters: &[],
    body: Body::Fields(Correlate::FIELDS),
    answer: Answer::Json(|schemas| schemas.subschema_for::<root_cause::Answer>()),
    errors: CLICKHOUSE,
    handler: |call| Box::pin(correlate(call)),
}];

async fn correlate(call: Call) -> Result<Reply> {
    let question = Correlate::new(&call.asked, call.now)?;
    let (mut asked, orgs) = (question.clone(), call.identity.orgs.clone());
    call.ask(Cost::Heavy, &question, move |analyzer| async move {
        if let Orgs::Only(org) = orgs {
            asked.bound(scope::services(analyzer.client(), &org, vec![]).await?)?;
        }
        Reply::json(&root_cause::correlate(analyzer.client(), analyzer.config(), &asked).await?)
    })
    .await
}
