//! `POST /api/v1/incidents`: opens an incident and freezes what the analyses answer for it.

use std::sync::Arc;

use bytes::Bytes;
use jiff::Timestamp;
use warp::http::HeaderValue;
use warp::http::header::LOCATION;
use warp::reply::Response;
use warp::{Filter, Rejection};

use super::{answered, authorized, end, header, reply, tagged};
use crate::Result;
use crate::auth::{Identity, Role};
use crate::http::{App, body, with};
use crate::incidents::{Camera, Question};
use kulprit_incidents::{Idempotency, OpenRequest, Opened};
use kulprit_request::fields::Fields;

/// Says that an earlier request with the same key had opened the incident.
const REPLAYED: &str = "idempotency-replayed";

pub fn route(app: &Arc<App>) -> impl Filter<Extract = (Response,), Error = Rejection> + Clone + use<> {
    warp::post()
        .and(end())
        .and(authorized(app))
        .and(with(app))
        .and(header("idempotency-key"))
        .and(body::bytes(body::LIMIT))
        .then(open)
}

async fn open(identity: Identity, app: Arc<App>, key: Option<String>, body: Result<Bytes>) -> Response {
    let opened = async {
        identity.need(Role::Editor)?;
        let org = identity.home()?;
        let body = body?;
        let now = Timestamp::now();
        let draft = OpenRequest::read(&Fields::parse(&body)?)?.validate(now)?;
        let key = key.map(|key| Idempotency::new(&key, &body)).transpose()?;
        let incidents = app.incidents()?;
        // Before the analyses are asked; a request at the same time is found out when it is stored.
        if let Some(key) = &key
            && let Some(incident) = incidents.replayed(org, key).await?
        {
            let opened = Opened {
                incident,
                is_replay: true,
            };
            return Ok(created(&opened));
        }
        let snapshot = Camera::new(app.analyzer()).take(&Question::of(org, &draft), now).await;
        let opened = incidents.add(org, draft, snapshot, identity.actor(), key).await?;
        Result::Ok(created(&opened))
    };
    answered(&app, opened.await)
}

/// 201, also for a repeated request: its client may not have seen the first answer.
pub(super) fn created(opened: &Opened) -> Response {
    let incident = &opened.incident;
    let mut response = tagged(incident, reply::json_with(incident, 201));
    let headers = response.headers_mut();
    if let Ok(location) = HeaderValue::from_str(&format!("/api/v1/incidents/{}", incident.id)) {
        headers.insert(LOCATION, location);
    }
    if opened.is_replay {
        headers.insert(REPLAYED, HeaderValue::from_static("true"));
    }
    response
}
