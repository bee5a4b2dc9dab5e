//! `GET /api/v1/incidents`: a page of the org's incidents, as a flat array under one key.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::Timestamp;
use warp::reply::Response;
use warp::{Filter, Rejection};

use super::{answered, authorized, end, reply};
use crate::Result;
use crate::auth::Identity;
use crate::http::{App, with};
use kulprit_incidents::ListRequest;

pub fn route(app: &Arc<App>) -> impl Filter<Extract = (Response,), Error = Rejection> + Clone + use<> {
    warp::get()
        .and(end())
        .and(authorized(app))
        .and(with(app))
        .and(warp::query())
        .then(list)
}

async fn list(identity: Identity, app: Arc<App>, parameters: HashMap<String, String>) -> Response {
    let page = async {
        let filter = ListRequest::read(&parameters)?.validate(Timestamp::now())?;
        let page = app.incidents()?.list(identity.home()?, filter).await?;
        Result::Ok(reply::json(&page))
    };
    answered(&app, page.await)
}
