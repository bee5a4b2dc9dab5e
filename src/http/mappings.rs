//! `GET/PUT/DELETE /api/v1/mappings`: which log streams stand behind a metric of a panel.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::json;
use warp::reply::Response;
use warp::{Filter, Rejection};

use super::auth::authorized;
use super::errors::Failure;
use super::{App, body, no_other_method, reply, with};
use crate::auth::{Identity, Role};
use crate::scope::Metric;
use crate::scope::mapping::{self, Mapping, MappingRow};
use crate::{Error, Result};
use kulprit_request::fields::Fields;

type Parameters = HashMap<String, String>;

pub fn route(app: &Arc<App>) -> impl Filter<Extract = (Response,), Error = Rejection> + Clone + use<> {
    let shared = || authorized(app).and(with(app));
    let get = warp::get().and(shared()).and(warp::query()).then(list);
    let put = warp::put().and(shared()).and(body::fields()).then(put);
    let delete = warp::delete().and(shared()).and(warp::query()).then(delete);
    let methods = get
        .or(put)
        .unify()
        .or(delete)
        .unify()
        .or(no_other_method("GET, PUT, DELETE, OPTIONS"))
        .unify();
    warp::path!("api" / "v1" / "mappings").and(methods)
}

async fn list(identity: Identity, app: Arc<App>, parameters: Parameters) -> Response {
    let work = async {
        let org = parameters.get("org").filter(|org| !org.trim().is_empty());
        let org = org.ok_or_else(|| Error::field("org", "is missing: add ?org=… to the address"))?;
        identity.check_org(org)?;
        stored(&app, org).await
    };
    match app.ask(work).await {
        Ok(mappings) => reply::json(&json!({ "mappings": mappings })),
        Err(failure) => failure.response(),
    }
}

async fn put(identity: Identity, app: Arc<App>, fields: Result<Fields>) -> Response {
    let checked = fields.and_then(|fields| {
        let mapping = Mapping::new(&fields)?;
        may_write(&identity, &mapping.org)?;
        Ok(mapping)
    });
    let mapping = match checked {
        Ok(mapping) => mapping,
        Err(error) => return Failure::new(error, &app.metrics).response(),
    };
    let work = async { app.analyzer().client().execute(&mapping.put()?).await };
    match app.ask(work).await {
        Ok(()) => reply::json(&mapping),
        Err(failure) => failure.response(),
    }
}

async fn delete(identity: Identity, app: Arc<App>, parameters: Parameters) -> Response {
    let work = async {
        let key = key(&parameters)?;
        may_write(&identity, &key.org)?;
        let is_there = stored(&app, &key.org).await?.iter().any(|mapping| mapping.is_of(&key));
        if !is_there {
            return Err(Error::NotFound("there is no mapping with this key".to_owned()));
        }
        app.analyzer().client().execute(&mapping::delete(&key)?).await
    };
    match app.ask(work).await {
        Ok(()) => reply::no_content(),
        Err(failure) => failure.response(),
    }
}

/// What a metric stands for is the same for everybody in the org, so not every reader may change it.
fn may_write(identity: &Identity, org: &str) -> Result<()> {
    identity.check_org(org)?;
    identity.need(Role::Editor)
}

async fn stored(app: &App, org: &str) -> Result<Vec<Mapping>> {
    let rows: Vec<MappingRow> = app.analyzer().client().rows(&mapping::list(org)?).await?;
    Ok(rows.into_iter().map(Mapping::from).collect())
}

fn key(parameters: &Parameters) -> Result<Metric> {
    let value = |name: &str| parameters.get(name).cloned().unwrap_or_default();
    mapping::key(
        value("org"),
        value("dashboard"),
        value("panel_title"),
        value("metric_name"),
    )
}
