//! `GET /api/v1/sql` and `/api/v1/sql/{name}`: the SQL behind the answers.

use kulprit_clickhouse::{Header, Options, names, placeholders, render_query};
use serde_json::{Value, json};
use warp::http::Method;

use super::parameter;
use crate::config::{Config, Divergence};
use crate::http::route::{Access, Body, Call, Parameter, Reply, Route};
use crate::{Error, Result};

const STRUCTURE: &[Parameter] = &[
    parameter("divergence", "Who computes the divergence: udf or sql"),
    parameter("scoped", "true: for named services"),
    parameter("filtered", "true: for lines with certain attributes"),
    parameter("baselines", "How many baseline windows, 1 to 9"),
];

pub const LIST: &[Route] = &[Route {
    method: Method::GET,
    path: "/api/v1/sql",
    operation: "queries",
    summary: "Every statement's name and purpose",
    access: Access::Read,
    parameters: &[],
    body: Body::None,
    handler: |call| Box::pin(list(call)),
}];

pub const ONE: &[Route] = &[Route {
    method: Method::GET,
    path: "/api/v1/sql/{*name}",
    operation: "query",
    summary: "One statement with its parameters and columns",
    access: Access::Read,
    parameters: STRUCTURE,
    body: Body::None,
    handler: |call| Box::pin(show(call)),
}];

async fn list(call: Call) -> Result<Reply> {
    let options = options(&call)?;
    let queries = names()
        .map(|name| Ok(json!({ "name": name, "purpose": read(name, &options)?.1.purpose })))
        .collect::<Result<Vec<_>>>()?;
    Reply::json(&json!({ "queries": queries }))
}

async fn show(call: Call) -> Result<Reply> {
    let options = options(&call)?;
    Reply::json(&query(call.place("name")?, &options)?)
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

fn options(call: &Call) -> Result<Options> {
    let config: &Config = &call.app().config;
    let asked = &call.asked;
    let flag = |name: &str| asked.choice(name, &[("false", false), ("true", true)]);
    let baselines = asked.number("baselines", 1, 1..=9)?;
    let divergence = match asked.optional_text("divergence")?.as_deref() {
        None => config.analysis.divergence,
        Some("udf") => Divergence::Udf,
        Some("sql") => Divergence::Sql,
        Some(_) => return Err(Error::field("divergence", "must be udf or sql")),
    };
    Ok(Options {
        logs: config.logs.clone(),
        divergence: divergence.word(),
        scoped: flag("scoped")?,
        filtered: flag("filtered")?,
        more_baselines: (2..=baselines).collect(),
        exponential: vec![],
        traced: true,
    })
}
