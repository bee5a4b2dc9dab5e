//! `GET /api/v1/services` and `/api/v1/services/{name}`: how the services do.

use std::sync::Arc;

use jiff::Timestamp;
use warp::reply::Response;
use warp::{Filter, Rejection};

use super::auth::authorized;
use super::path_segment::Segment;
use super::{App, no_other_method, reach, reply, with};
use crate::auth::Identity;
use crate::questions::health;
use crate::questions::health::{SOURCES, Services};
use crate::{Error, Result};
use kulprit_request::query_string::QueryString;

type Pairs = Vec<(String, String)>;

pub fn route(app: &Arc<App>) -> impl Filter<Extract = (Response,), Error = Rejection> + Clone + use<> {
    let shared = || warp::get().and(authorized(app)).and(with(app)).and(warp::query());
    let all =
        warp::path!("api" / "v1" / "services").and(shared().then(list).or(no_other_method("GET, OPTIONS")).unify());
    let path = warp::path!("api" / "v1" / "services" / Segment);
    let one = path.and(shared()).then(one);
    let other = warp::path!("api" / "v1" / "services" / Segment)
        .map(|_| ())
        .untuple_one()
        .and(no_other_method("GET, OPTIONS"));
    all.or(one).unify().or(other).unify()
}

async fn list(identity: Identity, app: Arc<App>, pairs: Pairs) -> Response {
    answer(identity, app, pairs, None).await
}

async fn one(name: Segment, identity: Identity, app: Arc<App>, pairs: Pairs) -> Response {
    answer(identity, app, pairs, Some(name)).await
}

async fn answer(identity: Identity, app: Arc<App>, pairs: Pairs, name: Option<Segment>) -> Response {
    let work = async {
        let name = name.map(|name| name.text("name")).transpose()?;
        let query = QueryString::new(pairs);
        let mut asked = question(&query, name.as_deref(), Timestamp::now())?;
        asked.services = reach::services(&app, &identity, &query, asked.services).await?;
        let analyzer = app.analyzer();
        let health = health::services(analyzer.client(), &app.config.slo, &asked).await?;
        let is_unheard_of = |name: &String| {
            health
                .services
                .iter()
                .all(|row| row.service == *name && row.source.is_none())
        };
        if let Some(name) = name.filter(is_unheard_of)
            && !health::is_seen(analyzer.client(), &asked, &name).await?
        {
            return Err(Error::NotFound(format!(
                "service {name:?} has left nothing in the window or its baseline: /api/v1/services lists those that have"
            )));
        }
        Ok(health)
    };
    match app.ask(work).await {
        Ok(health) => reply::json(&health),
        Err(failure) => failure.response(),
    }
}

fn question(asked: &QueryString, name: Option<&str>, now: Timestamp) -> Result<Services> {
    let current = asked.window(now)?;
    Ok(Services {
        current,
        baseline: asked.baseline(current, now)?,
        services: name.map_or_else(|| asked.services(), |name| Ok(vec![name.to_owned()]))?,
        source: asked.choice("source", &SOURCES)?,
    })
}
