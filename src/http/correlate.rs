//! `POST /api/v1/correlate`: which service an incident comes from, and whom it hurts.

use std::sync::Arc;

use bytes::Bytes;
use futures_util::FutureExt as _;
use jiff::Timestamp;
use warp::reply::Response;
use warp::{Filter, Rejection};

use super::auth::authorized;
use super::coalesce::Outcome;
use super::errors::Failure;
use super::{App, body, no_other_method, reply, with};
use crate::auth::{Identity, Orgs};
use crate::questions::root_cause::{self, Correlate};
use crate::{Result, scope};
use kulprit_request::fields::Fields;

pub fn route(app: &Arc<App>) -> impl Filter<Extract = (Response,), Error = Rejection> + Clone + use<> {
    let post = warp::post()
        .and(authorized(app))
        .and(with(app))
        .and(body::fields())
        .then(correlate);
    warp::path!("api" / "v1" / "correlate").and(post.or(no_other_method("POST, OPTIONS")).unify())
}

async fn correlate(identity: Identity, app: Arc<App>, fields: Result<Fields>) -> Response {
    let asked = fields.and_then(|fields| Correlate::from_fields(&fields, Timestamp::now()));
    let mut question = match asked {
        Ok(question) => question,
        Err(error) => return Failure::new(error, &app.metrics).response(),
    };
    if let Orgs::Only(org) = identity.orgs {
        let analyzer = app.analyzer();
        let bounds = app.ask(scope::services(analyzer.client(), &org, vec![])).await;
        let bounded = bounds.and_then(|services| {
            let bounded = question.bound(services);
            bounded.map_err(|error| Failure::new(error, &app.metrics))
        });
        if let Err(failure) = bounded {
            return failure.response();
        }
    }
    let question = Arc::new(question);
    let (flight, joined) = app
        .correlations
        .join(question.clone(), || answer(app.clone(), question).boxed());
    if joined {
        app.metrics.coalesced();
    }
    match flight.await {
        Ok(body) => reply::json_bytes(body),
        Err(failure) => failure.response(),
    }
}

async fn answer(app: Arc<App>, question: Arc<Correlate>) -> Outcome {
    let analyzer = app.analyzer();
    let work = root_cause::correlate(analyzer.client(), analyzer.config(), &question);
    let answer = app.ask(work).await?;
    Ok(Bytes::from(serde_json::to_vec(&answer).unwrap_or_default()))
}
