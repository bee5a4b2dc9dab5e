//! `GET /api/v1/incidents/{id}` and `/history`: one incident with what was frozen for it, and what happened to it since.

use std::collections::BTreeMap;
use std::sync::Arc;

use warp::reply::Response;
use warp::{Filter, Rejection};

use super::{Id, answered, authorized, end, id, last, reply, tagged};
use crate::Result;
use crate::auth::Identity;
use crate::http::{App, no_other_method, with};

pub fn route(app: &Arc<App>) -> impl Filter<Extract = (Response,), Error = Rejection> + Clone + use<> {
    let shared = || authorized(app).and(with(app));
    let one = id().and(end()).and(warp::get()).and(shared()).then(detail);
    let history = id()
        .and(warp::path!("history"))
        .and(warp::get())
        .and(shared())
        .then(history);
    let other = id()
        .and(warp::path!("history"))
        .and(no_other_method("GET, OPTIONS"))
        .map(last);
    one.or(history).unify().or(other).unify()
}

async fn detail(Id(id): Id, identity: Identity, app: Arc<App>) -> Response {
    let detail = async {
        let detail = app.incidents()?.detail(identity.home()?, &id).await?;
        Result::Ok(tagged(&detail.incident, reply::json(&detail)))
    };
    answered(&app, detail.await)
}

async fn history(Id(id): Id, identity: Identity, app: Arc<App>) -> Response {
    let history = async {
        let history = app.incidents()?.history(identity.home()?, &id).await?;
        Result::Ok(reply::json(&BTreeMap::from([("history", history)])))
    };
    answered(&app, history.await)
}
