//! `GET/PUT/DELETE /api/v1/mappings`: which log streams stand behind a metric of a panel.

use kulprit_request::Known;
use schemars::JsonSchema;
use serde::Serialize;
use warp::http::Method;

use super::CLICKHOUSE;
use crate::auth::{Identity, Role};
use crate::http::route::{Access, Answer, Body, Call, Cost, Reply, Route};
use crate::questions::Analyzer;
use crate::scope::mapping::{self, Mapping, MappingRow};
use crate::{Error, Result};

/// The mappings of an org.
#[derive(Serialize, JsonSchema)]
struct Mappings {
    mappings: Vec<Mapping>,
}

const PATH: &str = "/api/v1/mappings";
const ORG: Known = Known::text("org", "Whose mappings");

pub const ROUTES: &[Route] = &[
    Route {
        method: Method::GET,
        path: PATH,
        operation: "mappings",
        summary: "The mappings of an org",
        access: Access::Read,
        parameters: &[ORG],
        body: Body::None,
        answer: Answer::Json(|schemas| schemas.subschema_for::<Mappings>()),
        errors: CLICKHOUSE,
        handler: |call| Box::pin(list(call)),
    },
    Route {
        method: Method::PUT,
        path: PATH,
        operation: "putMapping",
        summary: "Says which services and attributes stand behind a metric of a panel, or behind an org",
        access: Access::Write,
        parameters: &[],
        body: Body::Fields(Mapping::FIELDS),
        answer: Answer::Json(|schemas| schemas.subschema_for::<Mapping>()),
        errors: CLICKHOUSE,
        handler: |call| Box::pin(put(call)),
    },
    Route {
        method: Method::DELETE,
        path: PATH,
        operation: "deleteMapping",
        summary: "Takes a mapping back",
        access: Access::Write,
        parameters: &[
            ORG,
            Known::text("dashboard", "The mapping's dashboard; empty for that of the org"),
            Known::text("panel_title", "The mapping's panel; empty for that of the org"),
            Known::text("metric_name", "The mapping's metric; empty for that of the org"),
        ],
        body: Body::None,
        answer: Answer::Nothing,
        errors: &[404, 422, 500, 503, 504],
        handler: |call| Box::pin(delete(call)),
    },
];

async fn list(call: Call) -> Result<Reply> {
    let org = call.asked.optional_text("org")?;
    let org = org.ok_or_else(|| Error::field("org", "is missing: add ?org=… to the address"))?;
    call.identity.check_org(&org)?;
    let asked = org.clone();
    call.ask(Cost::Light, &org, move |analyzer| async move {
        Reply::json(&Mappings {
            mappings: stored(&analyzer, &asked).await?,
        })
    })
    .await
}

async fn put(call: Call) -> Result<Reply> {
    let mapping = Mapping::new(&call.asked)?;
    may_write(&call.identity, &mapping.org)?;
    call.change(Cost::Light, move |analyzer| async move {
        analyzer.client().execute(&mapping.put()?).await?;
        Reply::json(&mapping)
    })
    .await
}

async fn delete(call: Call) -> Result<Reply> {
    let value = |name: &str| call.asked.text_or_empty(name);
    let key = mapping::key(
        value("org")?,
        value("dashboard")?,
        value("panel_title")?,
        value("metric_name")?,
    )?;
    may_write(&call.identity, &key.org)?;
    call.change(Cost::Light, move |analyzer| async move {
        let is_there = stored(&analyzer, &key.org)
            .await?
            .iter()
            .any(|mapping| mapping.is_of(&key));
        if !is_there {
            return Err(Error::NotFound("there is no mapping with this key".to_owned()));
        }
        analyzer.client().execute(&mapping::delete(&key)?).await?;
        Ok(Reply::no_content())
    })
    .await
}

/// What a metric stands for is the same for everybody in the org, so not every reader may change it.
fn may_write(identity: &Identity, org: &str) -> Result<()> {
    identity.check_org(org)?;
    identity.need(Role::Editor)
}

async fn stored(analyzer: &Analyzer, org: &str) -> Result<Vec<Mapping>> {
    let rows: Vec<MappingRow> = analyzer.client().rows(&mapping::list(org)?).await?;
    Ok(rows.into_iter().map(Mapping::from).collect())
}
