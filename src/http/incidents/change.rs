//! `PATCH` and `DELETE /api/v1/incidents/{id}`, and `POST …/{id}/comments`: changes, each from the version that the client saw.

use std::sync::Arc;

use warp::reply::Response;
use warp::{Filter, Rejection};

use super::{Id, answered, authorized, end, header, id, last, reply, tagged};
use crate::Result;
use crate::auth::{Identity, Role};
use crate::http::{App, body, no_other_method, with};
use kulprit_incidents::{Change, ChangeRequest};
use kulprit_request::fields::Fields;

pub fn route(app: &Arc<App>) -> impl Filter<Extract = (Response,), Error = Rejection> + Clone + use<> {
    let shared = || authorized(app).and(with(app)).and(header("if-match"));
    let patch = id()
        .and(end())
        .and(warp::patch())
        .and(shared())
        .and(body::fields())
        .then(patch);
    let delete = id().and(end()).and(warp::delete()).and(shared()).then(delete);
    let comment = id()
        .and(warp::path!("comments"))
        .and(warp::post())
        .and(shared())
        .and(body::fields())
        .then(comment);
    let other = id()
        .and(warp::path!("comments"))
        .and(no_other_method("POST, OPTIONS"))
        .map(last);
    patch.or(delete).unify().or(comment).unify().or(other).unify()
}

async fn patch(
    Id(id): Id,
    identity: Identity,
    app: Arc<App>,
    if_match: Option<String>,
    fields: Result<Fields>,
) -> Response {
    let read = |fields: &Fields| ChangeRequest::read(fields)?.validate();
    answered(&app, change(&app, &identity, &id, if_match, fields, read, 200).await)
}

async fn comment(
    Id(id): Id,
    identity: Identity,
    app: Arc<App>,
    if_match: Option<String>,
    fields: Result<Fields>,
) -> Response {
    answered(
        &app,
        change(&app, &identity, &id, if_match, fields, Change::read_comment, 201).await,
    )
}

async fn change(
    app: &App,
    identity: &Identity,
    id: &str,
    if_match: Option<String>,
    fields: Result<Fields>,
    read: impl Fn(&Fields) -> Result<Change>,
    status: u16,
) -> Result<Response> {
    let org = identity.home()?;
    let incidents = app.incidents()?;
    if let Err(error) = identity.need(Role::Editor) {
        // What is not there is not there for anybody.
        incidents.find(org, id).await?;
        return Err(error);
    }
    let change = read(&fields?)?;
    let changed = incidents
        .change(org, id, if_match.as_deref(), change, identity.actor())
        .await?;
    Ok(tagged(&changed, reply::json_with(&changed, status)))
}

async fn delete(Id(id): Id, identity: Identity, app: Arc<App>, if_match: Option<String>) -> Response {
    let deleted = async {
        let org = identity.home()?;
        let incidents = app.incidents()?;
        if let Err(error) = identity.need(Role::Admin) {
            incidents.find(org, &id).await?;
            return Err(error);
        }
        incidents
            .delete(org, &id, if_match.as_deref(), identity.actor())
            .await?;
        Ok(reply::no_content())
    };
    answered(&app, deleted.await)
}
