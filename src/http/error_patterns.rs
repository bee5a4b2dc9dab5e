//! `GET /api/v1/patterns`: what fails, by route, status and pattern of the message.

use std::sync::Arc;

use jiff::Timestamp;
use warp::reply::Response;
use warp::{Filter, Rejection};

use super::auth::authorized;
use super::{App, no_other_method, reach, reply, with};
use crate::Result;
use crate::auth::Identity;
use crate::questions::error_groups;
use crate::questions::error_groups::ErrorPatterns;
use kulprit_request::query_string::QueryString;

pub fn route(app: &Arc<App>) -> impl Filter<Extract = (Response,), Error = Rejection> + Clone + use<> {
    let get = warp::get()
        .and(authorized(app))
        .and(with(app))
        .and(warp::query())
        .then(find);
    warp::path!("api" / "v1" / "patterns").and(get.or(no_other_method("GET, OPTIONS")).unify())
}

async fn find(identity: Identity, app: Arc<App>, pairs: Vec<(String, String)>) -> Response {
    let work = async {
        let query = QueryString::new(pairs);
        let mut asked = question(&query, Timestamp::now())?;
        asked.services = reach::services(&app, &identity, &query, asked.services).await?;
        error_groups::find(app.analyzer().client(), &app.config.logs, &asked).await
    };
    match app.ask(work).await {
        Ok(groups) => reply::json(&groups),
        Err(failure) => failure.response(),
    }
}

fn question(asked: &QueryString, now: Timestamp) -> Result<ErrorPatterns> {
    Ok(ErrorPatterns {
        window: asked.window(now)?,
        services: asked.services()?,
        limit: asked.number("limit", 20, 1..=1_000)?,
    })
}
