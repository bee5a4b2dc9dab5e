//! `GET /api/v1/traces` and `/api/v1/traces/{id}`: requests that failed or were slow, and one of them in detail.

use std::sync::Arc;

use jiff::Timestamp;
use warp::reply::Response;
use warp::{Filter, Rejection};

use super::auth::authorized;
use super::path_segment::Segment;
use super::{App, no_other_method, reach, reply, with};
use crate::Result;
use crate::auth::Identity;
use crate::questions::traces;
use crate::questions::traces::Traces;
use kulprit_request::query_string::QueryString;

const DEFAULT_LIMIT: u32 = 20;
const DAY_MS: u32 = 86_400_000;

type Pairs = Vec<(String, String)>;

pub fn route(app: &Arc<App>) -> impl Filter<Extract = (Response,), Error = Rejection> + Clone + use<> {
    let shared = || warp::get().and(authorized(app)).and(with(app));
    let all = warp::path!("api" / "v1" / "traces").and(
        shared()
            .and(warp::query())
            .then(list)
            .or(no_other_method("GET, OPTIONS"))
            .unify(),
    );
    let one = warp::path!("api" / "v1" / "traces" / Segment)
        .and(shared())
        .and(warp::query())
        .then(one);
    let other = warp::path!("api" / "v1" / "traces" / Segment)
        .map(|_| ())
        .untuple_one()
        .and(no_other_method("GET, OPTIONS"));
    all.or(one).unify().or(other).unify()
}

async fn list(identity: Identity, app: Arc<App>, pairs: Pairs) -> Response {
    let work = async {
        let query = QueryString::new(pairs);
        let mut asked = question(&query, Timestamp::now())?;
        asked.services = reach::services(&app, &identity, &query, asked.services).await?;
        traces::find(app.analyzer().client(), &asked).await
    };
    match app.ask(work).await {
        Ok(list) => reply::json(&list),
        Err(failure) => failure.response(),
    }
}

async fn one(id: Segment, identity: Identity, app: Arc<App>, pairs: Pairs) -> Response {
    let work = async {
        let id = id.text("id")?;
        let own = reach::services(&app, &identity, &QueryString::new(pairs), vec![]).await?;
        traces::one(app.analyzer().client(), &app.config, &id, &own).await
    };
    match app.ask(work).await {
        Ok(trace) => reply::json(&trace),
        Err(failure) => failure.response(),
    }
}

fn question(asked: &QueryString, now: Timestamp) -> Result<Traces> {
    Ok(Traces {
        window: asked.window(now)?,
        services: asked.services()?,
        only_failed: asked.choice("failed", &[("false", false), ("true", true)])?,
        slowest_first: asked.choice("sort", &[("slowest", true), ("latest", false)])?,
        min_duration_ms: asked.number("min_duration_ms", 0, 0..=DAY_MS)?,
        limit: asked.number("limit", DEFAULT_LIMIT, 1..=1_000)?,
    })
}
