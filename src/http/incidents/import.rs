//! `POST /api/v1/incidents/import`: takes in what an export gave.

use std::sync::Arc;

use bytes::Bytes;
use warp::reply::Response;
use warp::{Filter, Rejection};

use super::open::created;
use super::{answered, authorized};
use crate::Result;
use crate::auth::{Identity, Role};
use crate::http::{App, body, no_other_method, with};
use kulprit_incidents::{Exported, Opened};

/// Snapshots hold log lines and may be larger than other bodies.
const LIMIT: u64 = 16 << 20;

pub fn route(app: &Arc<App>) -> impl Filter<Extract = (Response,), Error = Rejection> + Clone + use<> {
    let post = warp::post()
        .and(authorized(app))
        .and(with(app))
        .and(body::bytes(LIMIT))
        .then(import);
    warp::path!("import").and(post.or(no_other_method("POST, OPTIONS")).unify())
}

async fn import(identity: Identity, app: Arc<App>, body: Result<Bytes>) -> Response {
    let imported = async {
        identity.need(Role::Editor)?;
        let org = identity.home()?;
        let file = Exported::read(&body?)?;
        let incident = app.incidents()?.import(org, file, identity.actor()).await?;
        Result::Ok(created(&Opened {
            incident,
            is_replay: false,
        }))
    };
    answered(&app, imported.await)
}
