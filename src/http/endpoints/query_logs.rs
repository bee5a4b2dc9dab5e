//! `POST /query_logs` and `POST /analyze`: which log patterns changed in a panel's window.

use warp::http::Method;

use super::CLICKHOUSE;
use crate::Result;
use crate::http::route::{Access, Answer, Body, Call, Cost, Reply, Route};
use crate::questions::log_changes::{self, QueryLogs};
use crate::scope;

pub const QUERY_LOGS: &[Route] = &[route("/query_logs", "queryLogs")];
/// The stand-alone service that the panel used to call answered here as well.
pub const ANALYZE: &[Route] = &[route("/analyze", "analyze")];

const fn route(path: &'static str, operation: &'static str) -> Route {
    Route {
        method: Method::POST,
        path,
        operation,
        summary: "Which log patterns changed in a panel's window",
        access: Access::Read,
        parameters: &[],
        body: Body::Fields(QueryLogs::FIELDS),
        answer: Answer::Json(|schemas| schemas.subschema_for::<log_changes::Answer>()),
        errors: CLICKHOUSE,
        handler: |call| Box::pin(query_logs(call)),
    }
}

async fn query_logs(call: Call) -> Result<Reply> {
    let question = QueryLogs::new(&call.asked, call.now)?;
    call.identity.check_org(&question.metric.org)?;
    let asked = question.clone();
    call.ask(Cost::Light, &question, move |analyzer| async move {
        let orgs = &analyzer.config().orgs;
        let scope = scope::resolve(analyzer.client(), orgs, &asked.metric, asked.services.clone()).await?;
        let question = asked.question(&scope);
        Reply::json(&log_changes::changes(&analyzer, &question, scope, asked.differences).await?)
    })
    .await
}
