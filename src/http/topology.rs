//! `GET /api/v1/topology`: who calls whom.

use std::sync::Arc;

use jiff::Timestamp;
use warp::reply::Response;
use warp::{Filter, Rejection};

use super::auth::authorized;
use super::{App, no_other_method, reach, reply, with};
use crate::auth::Identity;
use crate::questions::topology;
use kulprit_request::query_string::QueryString;
use kulprit_request::window;

pub fn route(app: &Arc<App>) -> impl Filter<Extract = (Response,), Error = Rejection> + Clone + use<> {
    let get = warp::get()
        .and(authorized(app))
        .and(with(app))
        .and(warp::query())
        .then(find);
    warp::path!("api" / "v1" / "topology").and(get.or(no_other_method("GET, OPTIONS")).unify())
}

async fn find(identity: Identity, app: Arc<App>, pairs: Vec<(String, String)>) -> Response {
    let work = async {
        let asked = QueryString::new(pairs);
        let now = Timestamp::now();
        let current = asked.window(now)?;
        // The statement holds a window against the time right before it.
        let before = window::baseline("previous", current, now)?;
        let own = reach::services(&app, &identity, &asked, asked.services()?).await?;
        topology::find(app.analyzer().client(), &own, current, before).await
    };
    match app.ask(work).await {
        Ok(topology) => reply::json(&topology),
        Err(failure) => failure.response(),
    }
}
