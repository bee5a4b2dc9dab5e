//! `GET /api/v1/incidents/stats`: how long incidents take, by service and severity.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use jiff::Timestamp;
use warp::reply::Response;
use warp::{Filter, Rejection};

use super::{answered, authorized, reply};
use crate::Result;
use crate::auth::Identity;
use crate::http::{App, no_other_method, with};
use kulprit_incidents::StatsRequest;

pub fn route(app: &Arc<App>) -> impl Filter<Extract = (Response,), Error = Rejection> + Clone + use<> {
    let get = warp::get()
        .and(authorized(app))
        .and(with(app))
        .and(warp::query())
        .then(stats);
    warp::path!("stats").and(get.or(no_other_method("GET, OPTIONS")).unify())
}

async fn stats(identity: Identity, app: Arc<App>, parameters: HashMap<String, String>) -> Response {
    let stats = async {
        let opened = StatsRequest::read(&parameters)?.validate(Timestamp::now())?;
        let stats = app.incidents()?.stats(identity.home()?, opened).await?;
        Result::Ok(reply::json(&BTreeMap::from([("stats", stats)])))
    };
    answered(&app, stats.await)
}
