//! `POST /query_logs` and `POST /analyze`: which log patterns changed in a panel's window.

use std::sync::Arc;

use futures_util::FutureExt as _;
use jiff::Timestamp;
use warp::reply::Response;
use warp::{Filter, Rejection};

use super::auth::authorized;
use super::coalesce::Outcome;
use super::errors::Failure;
use super::{App, body, no_other_method, reply, with};
use crate::auth::Identity;
use crate::questions::log_changes::{self, QueryLogs};
use crate::{Result, scope};
use kulprit_request::fields::Fields;

pub fn route(app: &Arc<App>) -> impl Filter<Extract = (Response,), Error = Rejection> + Clone + use<> {
    let post = warp::post()
        .and(authorized(app))
        .and(with(app))
        .and(body::fields())
        .then(query_logs);
    // The stand-alone service that the panel used to call answered at /analyze as well.
    warp::path!("query_logs")
        .or(warp::path!("analyze"))
        .unify()
        .and(post.or(no_other_method("POST, OPTIONS")).unify())
}

async fn query_logs(identity: Identity, app: Arc<App>, fields: Result<Fields>) -> Response {
    let asked = fields.and_then(|fields| {
        let asked = QueryLogs::new(&fields, Timestamp::now())?;
        identity.check_org(&asked.metric.org)?;
        Ok(asked)
    });
    let question = match asked {
        Ok(question) => Arc::new(question),
        Err(error) => return Failure::new(error, &app.metrics).response(),
    };
    let (flight, joined) = app
        .flights
        .join(question.clone(), || answer(app.clone(), question).boxed());
    if joined {
        app.metrics.coalesced();
    }
    match flight.await {
        Ok(body) => reply::json_bytes(body),
        Err(failure) => failure.response(),
    }
}

async fn answer(app: Arc<App>, asked: Arc<QueryLogs>) -> Outcome {
    let analyzer = app.analyzer();
    let work = async {
        let scope = scope::resolve(analyzer.client(), &asked.metric, asked.services.clone()).await?;
        log_changes::pattern_changes(&analyzer, &asked.question(&scope), scope).await
    };
    let answer = app.ask(work).await?;
    reply::body(&answer).map_err(|error| Failure::new(error, &app.metrics))
}
