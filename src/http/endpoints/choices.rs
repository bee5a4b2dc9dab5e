//! `GET/PUT /api/v1/choices`: what an org has decided about log patterns.

use kulprit_request::Known;
use schemars::JsonSchema;
use serde::Serialize;
use warp::http::Method;

use super::CLICKHOUSE;
use crate::auth::Role;
use crate::http::route::{Access, Answer, Body, Call, Cost, Reply, Route};
use crate::questions::log_changes::choices::{self, Choice};
use crate::{Error, Result};

/// What an org has decided, by the patterns' ids.
#[derive(Serialize, JsonSchema)]
struct Choices {
    choices: Vec<Choice>,
}

const PATH: &str = "/api/v1/choices";

pub const ROUTES: &[Route] = &[
    Route {
        method: Method::GET,
        path: PATH,
        operation: "choices",
        summary: "What an org has decided about log patterns",
        access: Access::Read,
        parameters: &[Known::text("org", "Whose decisions")],
        body: Body::None,
        answer: Answer::Json(|schemas| schemas.subschema_for::<Choices>()),
        errors: CLICKHOUSE,
        handler: |call| Box::pin(list(call)),
    },
    Route {
        method: Method::PUT,
        path: PATH,
        operation: "putChoice",
        summary: "Names a log pattern or leaves it out of rankings, for an org; with neither takes that back",
        access: Access::Write,
        parameters: &[],
        body: Body::Fields(Choice::FIELDS),
        answer: Answer::Json(|schemas| schemas.subschema_for::<Choice>()),
        errors: CLICKHOUSE,
        handler: |call| Box::pin(put(call)),
    },
];

async fn list(call: Call) -> Result<Reply> {
    let org = call.asked.optional_text("org")?;
    let org = org.ok_or_else(|| Error::field("org", "is missing: add ?org=… to the address"))?;
    call.identity.check_org(&org)?;
    let asked = org.clone();
    call.ask(Cost::Light, &org, move |analyzer| async move {
        let choices = choices::list(analyzer.client(), &asked).await?;
        Reply::json(&Choices { choices })
    })
    .await
}

/// It counts for everybody in the org, so not every reader may.
async fn put(call: Call) -> Result<Reply> {
    let choice = Choice::new(&call.asked)?;
    call.identity.check_org(&choice.org)?;
    call.identity.need(Role::Editor)?;
    call.change(Cost::Light, move |analyzer| async move {
        choice.put(analyzer.client()).await?;
        Reply::json(&choice)
    })
    .await
}
