//! `GET /api/v1/sql` and `/api/v1/sql/{name}`: the SQL behind the answers.

use kulprit_clickhouse::{Header, Layouts, Options, Rules, names, placeholders, render_fitted};
use kulprit_request::Known;
use schemars::JsonSchema;
use serde::Serialize;
use warp::http::Method;

use crate::config::{Config, Divergence};
use crate::http::route::{Access, Answer, Body, Call, Reply, Route};
use crate::questions::log_changes::columns;
use crate::{Error, Result};

const STRUCTURE: &[Known] = &[
    Known::text("divergence", "Who computes the divergence: udf or sql"),
    Known::text("scoped", "true: for named services"),
    Known::text("filtered", "true: for lines with certain attributes"),
    Known::text("median", "true: against the median of several baseline windows"),
    Known::text(
        "sliced",
        "true: where the slices of the past are parameters, as answers ask",
    ),
    Known::text(
        "uncounted",
        "true: where the log table has lines that the rollup does not count as they are now",
    ),
    Known::text("ignoring", "true: for an org that leaves patterns out of rankings"),
];

pub const LIST: &[Route] = &[Route {
    method: Method::GET,
    path: "/api/v1/sql",
    operation: "queries",
    summary: "Every statement's name and purpose",
    access: Access::Read,
    parameters: &[],
    body: Body::None,
    answer: Answer::Json(|schemas| schemas.subschema_for::<Queries>()),
    errors: &[500],
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
    answer: Answer::Json(|schemas| schemas.subschema_for::<Query>()),
    errors: &[500],
    handler: |call| Box::pin(show(call)),
}];

/// The statements behind the answers.
#[derive(Serialize, JsonSchema)]
struct Queries {
    queries: Vec<Named>,
}

#[derive(Serialize, JsonSchema)]
struct Named {
    name: &'static str,
    purpose: String,
}

/// One statement.
#[derive(Serialize, JsonSchema)]
struct Query {
    name: &'static str,
    purpose: String,
    params: Vec<Described>,
    columns: Vec<Described>,
    /// Tables and dictionaries.
    reads: Vec<String>,
    /// Functions of Kulprit's.
    calls: Vec<String>,
    sql: String,
}

/// A parameter or a column.
#[derive(Serialize, JsonSchema)]
struct Described {
    name: String,
    /// In ClickHouse.
    r#type: String,
    meaning: String,
}

async fn list(call: Call) -> Result<Reply> {
    let options = options(&call)?;
    let rules = call.app().config.rules();
    let named = |name| {
        let (_, header) = read(name, &options, &rules)?;
        Ok(Named {
            name,
            purpose: header.purpose,
        })
    };
    Reply::json(&Queries {
        queries: names().map(named).collect::<Result<_>>()?,
    })
}

async fn show(call: Call) -> Result<Reply> {
    let options = options(&call)?;
    let name = call.place("name")?;
    let known = names()
        .find(|known| *known == name)
        .ok_or_else(|| Error::NotFound("there is no such query: /api/v1/sql lists them all".to_owned()))?;
    let (text, header) = read(known, &options, &call.app().config.rules())?;
    let used = placeholders(&text);
    let params = header.params.into_iter();
    Reply::json(&Query {
        name: known,
        purpose: header.purpose,
        params: params
            .filter(|param| used.iter().any(|used| used.name == param.name))
            .map(|param| Described {
                name: param.name,
                r#type: param.kind,
                meaning: param.meaning,
            })
            .collect(),
        columns: header
            .columns
            .into_iter()
            .map(|column| Described {
                name: column.name,
                r#type: column.kind,
                meaning: column.meaning,
            })
            .collect(),
        reads: header.reads,
        calls: header.calls,
        sql: text,
    })
}

fn read(name: &'static str, options: &Options, rules: &Rules) -> Result<(String, Header)> {
    let read = || {
        let text = render_fitted(name, options, &Layouts::assumed(&options.logs), rules)?;
        let header = Header::parse(&text)?;
        anyhow::Ok((text, header))
    };
    read().map_err(|error| Error::internal(format_args!("{error:#}")))
}

fn options(call: &Call) -> Result<Options> {
    let config: &Config = &call.app().config;
    let asked = &call.asked;
    let flag = |name: &str| asked.choice(name, &[("false", false), ("true", true)]);
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
        median: flag("median")?,
        sliced: flag("sliced")?,
        uncounted: flag("uncounted")?,
        ignoring: flag("ignoring")?,
        changes_columns: columns(),
        traced: true,
        ..Options::default()
    })
}
