//! `GET /api/v1/incidents/{id}/export`: everything about one incident as JSON, or as the Markdown of a post-mortem (`?format=markdown`).

use std::collections::HashMap;
use std::sync::Arc;

use warp::http::HeaderValue;
use warp::http::header::CONTENT_TYPE;
use warp::reply::Response;
use warp::{Filter, Rejection};

use super::{Id, answered, authorized, id, last, reply};
use crate::auth::Identity;
use crate::http::{App, no_other_method, with};
use crate::incidents::post_mortem;
use crate::{Error, Result};

pub fn route(app: &Arc<App>) -> impl Filter<Extract = (Response,), Error = Rejection> + Clone + use<> {
    let get = id()
        .and(warp::path!("export"))
        .and(warp::get())
        .and(authorized(app))
        .and(with(app))
        .and(warp::query())
        .then(export);
    let other = id()
        .and(warp::path!("export"))
        .and(no_other_method("GET, OPTIONS"))
        .map(last);
    get.or(other).unify()
}

async fn export(Id(id): Id, identity: Identity, app: Arc<App>, parameters: HashMap<String, String>) -> Response {
    let exported = async {
        let format = parameters.get("format").map_or("json", String::as_str);
        let is_markdown = match format {
            "json" => false,
            "markdown" | "md" => true,
            _ => return Err(Error::field("format", "must be json or markdown")),
        };
        let file = app.incidents()?.export(identity.home()?, &id).await?;
        if !is_markdown {
            return Ok(reply::json(&file));
        }
        let mut response = Response::new(post_mortem(&file).into());
        let kind = HeaderValue::from_static("text/markdown; charset=utf-8");
        response.headers_mut().insert(CONTENT_TYPE, kind);
        Result::Ok(response)
    };
    answered(&app, exported.await)
}
