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
use crate::query::correlate::Correlate;
use crate::query::fields::Fields;
use crate::query::log_streams::Metric;
use crate::{Error, Result, reliability, scope};

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
        let bounds = app.ask(services_of(&app, &org)).await;
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

/// The services of `org`; none means all. Errors: the org's data are a part of its services' data.
async fn services_of(app: &App, org: &str) -> Result<Vec<String>> {
    let whole_org = Metric {
        org: org.to_owned(),
        dashboard: String::new(),
        panel_title: String::new(),
        metric_name: String::new(),
    };
    let scope = scope::resolve(app.analyzer().client(), &whole_org, vec![]).await?;
    if !scope.attributes.is_empty() {
        return Err(Error::NoDataSource(format!(
            "the data of org {org:?} are told apart by attributes, which spans and metrics do not carry: map the org to services"
        )));
    }
    Ok(scope.services)
}

async fn answer(app: Arc<App>, question: Arc<Correlate>) -> Outcome {
    let analyzer = app.analyzer();
    let work = reliability::correlate(analyzer.client(), analyzer.config(), &question);
    let answer = app.ask(work).await?;
    Ok(Bytes::from(serde_json::to_vec(&answer).unwrap_or_default()))
}
