//! `GET /api/v1/slo`: objectives, budgets and burn rates.

use std::sync::Arc;

use jiff::Timestamp;
use warp::reply::Response;
use warp::{Filter, Rejection};

use super::auth::authorized;
use super::{App, no_other_method, reach, reply, with};
use crate::auth::Identity;
use crate::questions::slo;
use kulprit_request::query_string::QueryString;
use kulprit_request::time::whole_minute;

pub fn route(app: &Arc<App>) -> impl Filter<Extract = (Response,), Error = Rejection> + Clone + use<> {
    let get = warp::get()
        .and(authorized(app))
        .and(with(app))
        .and(warp::query())
        .then(status);
    warp::path!("api" / "v1" / "slo").and(get.or(no_other_method("GET, OPTIONS")).unify())
}

async fn status(identity: Identity, app: Arc<App>, pairs: Vec<(String, String)>) -> Response {
    let work = async {
        let asked = QueryString::new(pairs);
        let at = whole_minute(asked.time("at", "now", Timestamp::now())?);
        let own = reach::services(&app, &identity, &asked, asked.services()?).await?;
        slo::status(app.analyzer().client(), &app.config.slo, at, &own).await
    };
    match app.ask(work).await {
        Ok(answer) => reply::json(&answer),
        Err(failure) => failure.response(),
    }
}
