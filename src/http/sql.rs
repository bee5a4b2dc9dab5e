//! `GET /api/v1/sql/{name}`: the SQL behind an answer; without a name, the list of what there is.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::{Value, json};
use warp::path::Tail;
use warp::reply::Response;
use warp::{Filter, Rejection};

use super::auth::authorized;
use super::errors::Failure;
use super::{App, no_other_method, reply, with};
use crate::auth::Identity;
use crate::config::Divergence;
use crate::questions::log_changes::columns;
use crate::{Error, Result};
use kulprit_clickhouse::{Header, Options, names, placeholders, render_query};

type Parameters = HashMap<String, String>;

pub fn route(app: &Arc<App>) -> impl Filter<Extract = (Response,), Error = Rejection> + Clone + use<> {
    let get = warp::get()
        .and(authorized(app))
        .and(with(app))
        .and(warp::path::tail())
        .and(warp::query())
        .then(show);
    warp::path("api")
        .and(warp::path("v1"))
        .and(warp::path("sql"))
        .and(get.or(no_other_method("GET, OPTIONS")).unify())
}

async fn show(_: Identity, app: Arc<App>, tail: Tail, parameters: Parameters) -> Response {
    // A client that takes the name for one part of the path writes its slash so.
    let name = tail.as_str().replace("%2F", "/").replace("%2f", "/");
    let shown = options(&app, &parameters).and_then(|options| match name.as_str() {
        "" => list(&options),
        name => query(name, &options),
    });
    match shown {
        Ok(shown) => reply::json(&shown),
        Err(error) => Failure::new(error, &app.metrics).response(),
    }
}

fn list(options: &Options) -> Result<Value> {
    let queries = names()
        .map(|name| Ok(json!({ "name": name, "purpose": read(name, options)?.1.purpose })))
        .collect::<Result<Vec<_>>>()?;
    Ok(json!({ "queries": queries }))
}

fn query(name: &str, options: &Options) -> Result<Value> {
    let known = names()
        .find(|known| *known == name)
        .ok_or_else(|| Error::NotFound("there is no such query: /api/v1/sql lists them all".to_owned()))?;
    let (text, header) = read(known, options)?;
    let used = placeholders(&text);
    let params: Vec<_> = header
        .params
        .iter()
        .filter(|param| used.iter().any(|used| used.name == param.name))
        .map(|param| json!({ "name": param.name, "type": param.kind, "meaning": param.meaning }))
        .collect();
    let columns: Vec<_> = header
        .columns
        .iter()
        .map(|column| json!({ "name": column.name, "type": column.kind, "meaning": column.meaning }))
        .collect();
    Ok(json!({
        "name": known,
        "purpose": header.purpose,
        "params": params,
        "columns": columns,
        "reads": header.reads,
        "calls": header.calls,
        "sql": text,
    }))
}

fn read(name: &'static str, options: &Options) -> Result<(String, Header)> {
    let read = || {
        let text = render_query(name, options)?;
        let header = Header::parse(&text)?;
        anyhow::Ok((text, header))
    };
    read().map_err(|error| Error::internal(format_args!("{error:#}")))
}

/// The structure is chosen by `divergence` (udf or sql) and by `scoped` and `filtered` (true or false).
fn options(app: &App, parameters: &Parameters) -> Result<Options> {
    let flag = |name: &str| match parameters.get(name).map(String::as_str) {
        None | Some("false") => Ok(false),
        Some("true") => Ok(true),
        Some(_) => Err(Error::field(name, "must be true or false")),
    };
    let divergence = match parameters.get("divergence").map(String::as_str) {
        None => app.config.analysis.divergence,
        Some("udf") => Divergence::Udf,
        Some("sql") => Divergence::Sql,
        Some(_) => return Err(Error::field("divergence", "must be udf or sql")),
    };
    Ok(Options {
        logs: app.config.logs.clone(),
        divergence: divergence.word(),
        scoped: flag("scoped")?,
        filtered: flag("filtered")?,
        changes_columns: columns(),
        exponential: vec![],
        traced: true,
    })
}
