//! `/api/v1/incidents`: one file for each thing that is done with them. Every answer is for the org of the identity that asks.

mod change;
mod export;
mod import;
mod list;
mod open;
mod read;
mod stats;

use std::convert::Infallible;
use std::str::FromStr;
use std::sync::Arc;

use warp::http::header::ETAG;
use warp::http::{HeaderMap, HeaderValue};
use warp::reply::Response;
use warp::{Filter, Rejection};

use super::auth::authorized;
use super::errors::Failure;
use super::{App, no_other_method, reply};
use crate::Result;
use kulprit_incidents::{Incident, etag};

/// All routes below `/api/v1/incidents`.
pub fn routes(app: &Arc<App>) -> impl Filter<Extract = (Response,), Error = Rejection> + Clone + use<> {
    let all = list::route(app)
        .or(open::route(app))
        .unify()
        .or(end().and(no_other_method("GET, POST, OPTIONS")))
        .unify();
    let one = read::route(app)
        .or(change::route(app))
        .unify()
        .or(id()
            .and(end())
            .and(no_other_method("GET, PATCH, DELETE, OPTIONS"))
            .map(last))
        .unify();
    let beside = stats::route(app)
        .or(import::route(app))
        .unify()
        .or(export::route(app))
        .unify();
    warp::path!("api" / "v1" / "incidents" / ..).and(all.or(beside).unify().or(one).unify())
}

fn end() -> impl Filter<Extract = (), Error = Rejection> + Copy {
    warp::path::end()
}

/// An incident's id in the path. The words that stand in its place are none.
#[derive(Debug, Clone)]
struct Id(String);

impl FromStr for Id {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        match text {
            "stats" | "import" => Err(()),
            id => Ok(Self(id.to_owned())),
        }
    }
}

fn id() -> impl Filter<Extract = (Id,), Error = Rejection> + Copy {
    warp::path::param()
}

/// A header as text; what is not ASCII in it is no value of ours.
fn header(name: &'static str) -> impl Filter<Extract = (Option<String>,), Error = Infallible> + Clone {
    warp::header::headers_cloned().map(move |headers: HeaderMap| {
        let value = headers.get(name)?;
        Some(String::from_utf8_lossy(value.as_bytes()).into_owned())
    })
}

fn last(_: Id, response: Response) -> Response {
    response
}

/// The incident as it is now, with its ETag.
fn tagged(incident: &Incident, mut response: Response) -> Response {
    if let Ok(tag) = HeaderValue::from_str(&etag(incident.version)) {
        response.headers_mut().insert(ETAG, tag);
    }
    response
}

/// The response of a handler, whose errors become what a client may know of them.
fn answered(app: &App, response: Result<Response>) -> Response {
    response.unwrap_or_else(|error| Failure::new(error, &app.metrics).response())
}
