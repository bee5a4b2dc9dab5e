//! `/api/v1/incidents`: opening, reading, changing, exporting. Every answer is for the org of the identity that asks.

use kulprit_incidents::{
    CHANGE_FIELDS, COMMENT_FIELDS, Change, ChangeRequest, Detail, Event, Exported, Idempotency, Incident, ListRequest,
    OPEN_FIELDS, OpenRequest, Opened, Page, Stat, StatsRequest, etag,
};
use kulprit_request::{Asked, Known};
use schemars::JsonSchema;
use serde::Serialize;
use warp::http::header::LOCATION;
use warp::http::{HeaderName, Method};

use crate::auth::Role;
use crate::http::route::{Access, Answer, BODY_LIMIT, Body, Call, Cost, Reply, Route};
use crate::incidents::{Question, post_mortem, take_snapshot};
use crate::{Error, Result};

/// Says that an earlier request with the same key had opened the incident.
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");
/// Snapshots hold log lines and may be larger than other bodies.
const IMPORT_LIMIT: u64 = 16 << 20;

/// What the store may make of a request.
const STORE: &[u16] = &[500, 503];

/// What happened to an incident, oldest first.
#[derive(Serialize, JsonSchema)]
struct History {
    history: Vec<Event>,
}

/// How long incidents take, by service and severity.
#[derive(Serialize, JsonSchema)]
struct Stats {
    stats: Vec<Stat>,
}

const OPENED_FROM: Known = Known::text("from", "Opened at or after");
const OPENED_TO: Known = Known::text("to", "Opened before");

pub const LIST_AND_OPEN: &[Route] = &[
    Route {
        method: Method::GET,
        path: "/api/v1/incidents",
        operation: "incidents",
        summary: "A page of the org's incidents",
        access: Access::Read,
        parameters: &[
            Known::text("state", "Only these states, separated by commas"),
            Known::text("severity", "Only these severities, separated by commas"),
            Known::text("service", "Only with any of these services, separated by commas"),
            Known::text("label", "Only with all of these labels, separated by commas"),
            OPENED_FROM,
            OPENED_TO,
            Known::text(
                "q",
                "Words to search for in titles, services, labels, notes and patterns",
            ),
            Known::text(
                "sort",
                "opened_at, updated_at, severity or state; with a - before it the greatest first",
            ),
            Known::text("limit", "1 to 500. Left out: 50."),
            Known::text("cursor", "Where the page before ended"),
        ],
        body: Body::None,
        answer: Answer::Json(|schemas| schemas.subschema_for::<Page>()),
        errors: STORE,
        handler: |call| Box::pin(list(call)),
    },
    Route {
        method: Method::POST,
        path: "/api/v1/incidents",
        operation: "openIncident",
        summary: "Opens an incident and freezes what the analyses answer for it",
        access: Access::Write,
        parameters: &[],
        // The bytes count: a repeated request with the same key must be the same.
        body: Body::Bytes(BODY_LIMIT, OPEN_FIELDS),
        answer: Answer::Created(|schemas| schemas.subschema_for::<Incident>()),
        errors: &[422, 500, 503, 504, 507],
        handler: |call| Box::pin(open(call)),
    },
];

pub const STATS: &[Route] = &[Route {
    method: Method::GET,
    path: "/api/v1/incidents/stats",
    operation: "incidentStats",
    summary: "How long incidents take, by service and severity",
    access: Access::Read,
    parameters: &[OPENED_FROM, OPENED_TO],
    body: Body::None,
    answer: Answer::Json(|schemas| schemas.subschema_for::<Stats>()),
    errors: STORE,
    handler: |call| Box::pin(stats(call)),
}];

pub const IMPORT: &[Route] = &[Route {
    method: Method::POST,
    path: "/api/v1/incidents/import",
    operation: "importIncident",
    summary: "Takes in what an export gave",
    access: Access::Write,
    parameters: &[],
    body: Body::Bytes(IMPORT_LIMIT, &[]),
    answer: Answer::Created(|schemas| schemas.subschema_for::<Incident>()),
    errors: &[409, 500, 503, 507],
    handler: |call| Box::pin(import(call)),
}];

pub const ONE: &[Route] = &[
    Route {
        method: Method::GET,
        path: "/api/v1/incidents/{id}",
        operation: "incident",
        summary: "One incident with what was frozen for it",
        access: Access::Read,
        parameters: &[],
        body: Body::None,
        answer: Answer::Json(|schemas| schemas.subschema_for::<Detail>()),
        errors: STORE,
        handler: |call| Box::pin(detail(call)),
    },
    Route {
        method: Method::PATCH,
        path: "/api/v1/incidents/{id}",
        operation: "changeIncident",
        summary: "Changes an incident, from the version that the client saw",
        access: Access::Write,
        parameters: &[],
        body: Body::Bytes(BODY_LIMIT, CHANGE_FIELDS),
        answer: Answer::Json(|schemas| schemas.subschema_for::<Incident>()),
        errors: &[409, 412, 500, 503, 507],
        handler: |call| Box::pin(change(call, |asked| ChangeRequest::read(asked)?.validate(), 200)),
    },
    Route {
        method: Method::DELETE,
        path: "/api/v1/incidents/{id}",
        operation: "deleteIncident",
        summary: "Hides an incident for good",
        access: Access::Write,
        parameters: &[],
        body: Body::None,
        answer: Answer::Nothing,
        errors: &[412, 500, 503, 507],
        handler: |call| Box::pin(delete(call)),
    },
];

pub const COMMENTS: &[Route] = &[Route {
    method: Method::POST,
    path: "/api/v1/incidents/{id}/comments",
    operation: "commentIncident",
    summary: "Adds a comment",
    access: Access::Write,
    parameters: &[],
    body: Body::Bytes(BODY_LIMIT, COMMENT_FIELDS),
    answer: Answer::Created(|schemas| schemas.subschema_for::<Incident>()),
    errors: &[412, 500, 503, 507],
    handler: |call| Box::pin(change(call, Change::read_comment, 201)),
}];

pub const HISTORY: &[Route] = &[Route {
    method: Method::GET,
    path: "/api/v1/incidents/{id}/history",
    operation: "incidentHistory",
    summary: "What happened to an incident, oldest first",
    access: Access::Read,
    parameters: &[],
    body: Body::None,
    answer: Answer::Json(|schemas| schemas.subschema_for::<History>()),
    errors: STORE,
    handler: |call| Box::pin(history(call)),
}];

pub const EXPORT: &[Route] = &[Route {
    method: Method::GET,
    path: "/api/v1/incidents/{id}/export",
    operation: "exportIncident",
    summary: "Everything about one incident, or the Markdown of a post-mortem",
    access: Access::Read,
    parameters: &[Known::text("format", "json (unless another is given) or markdown")],
    body: Body::None,
    answer: Answer::Json(|schemas| schemas.subschema_for::<Exported>()),
    errors: STORE,
    handler: |call| Box::pin(export(call)),
}];

async fn list(call: Call) -> Result<Reply> {
    let filter = ListRequest::read(&call.asked)?.validate(call.now)?;
    let page = call.app().incidents()?.list(call.identity.home()?, filter).await?;
    Reply::json(&page)
}

async fn open(call: Call) -> Result<Reply> {
    call.identity.need(Role::Editor)?;
    let org = call.identity.home()?.to_owned();
    let draft = OpenRequest::read(&Asked::body(&call.body)?)?.validate(call.now)?;
    let key = call.header("idempotency-key");
    let key = key.map(|key| Idempotency::new(&key, &call.body)).transpose()?;
    let incidents = call.app().incidents()?.clone();
    // Before the analyses are asked; a request at the same time is found out when it is stored.
    if let Some(key) = &key
        && let Some(incident) = incidents.replayed(&org, key).await?
    {
        return created(&Opened {
            incident,
            is_replay: true,
        });
    }
    let (actor, now) = (call.identity.actor(), call.now);
    call.change(Cost::Heavy, move |analyzer| async move {
        let snapshot = take_snapshot(analyzer, &Question::of(&org, &draft), now).await;
        created(&incidents.add(&org, draft, snapshot, actor, key).await?)
    })
    .await
}

async fn import(call: Call) -> Result<Reply> {
    call.identity.need(Role::Editor)?;
    let file = Exported::read(&call.body)?;
    let (org, actor) = (call.identity.home()?, call.identity.actor());
    let incident = call.app().incidents()?.import(org, file, actor).await?;
    created(&Opened {
        incident,
        is_replay: false,
    })
}

async fn detail(call: Call) -> Result<Reply> {
    let incidents = call.app().incidents()?;
    let detail = incidents.detail(call.identity.home()?, call.place("id")?).await?;
    Ok(Reply::json(&detail)?.tagged(etag(detail.incident.version)))
}

async fn history(call: Call) -> Result<Reply> {
    let incidents = call.app().incidents()?;
    let history = incidents.history(call.identity.home()?, call.place("id")?).await?;
    Reply::json(&History { history })
}

async fn stats(call: Call) -> Result<Reply> {
    let opened = StatsRequest::read(&call.asked)?.validate(call.now)?;
    let stats = call.app().incidents()?.stats(call.identity.home()?, opened).await?;
    Reply::json(&Stats { stats })
}

async fn change(call: Call, read: fn(&Asked) -> Result<Change>, status: u16) -> Result<Reply> {
    let (org, id) = (call.identity.home()?, call.place("id")?);
    let incidents = call.app().incidents()?;
    if let Err(error) = call.identity.need(Role::Editor) {
        // What is not there is not there for anybody.
        incidents.find(org, id).await?;
        return Err(error);
    }
    let change = read(&Asked::body(&call.body)?)?;
    let (if_match, actor) = (call.header("if-match"), call.identity.actor());
    let changed = incidents.change(org, id, if_match.as_deref(), change, actor).await?;
    Ok(Reply::json_with(status, &changed)?.tagged(etag(changed.version)))
}

async fn delete(call: Call) -> Result<Reply> {
    let (org, id) = (call.identity.home()?, call.place("id")?);
    let incidents = call.app().incidents()?;
    if let Err(error) = call.identity.need(Role::Admin) {
        incidents.find(org, id).await?;
        return Err(error);
    }
    let (if_match, actor) = (call.header("if-match"), call.identity.actor());
    incidents.delete(org, id, if_match.as_deref(), actor).await?;
    Ok(Reply::no_content())
}

async fn export(call: Call) -> Result<Reply> {
    let format = call.asked.optional_text("format")?;
    let is_markdown = match format.as_deref() {
        None | Some("json") => false,
        Some("markdown" | "md") => true,
        Some(_) => return Err(Error::field("format", "must be json or markdown")),
    };
    let incidents = call.app().incidents()?;
    let file = incidents.export(call.identity.home()?, call.place("id")?).await?;
    if is_markdown {
        let text = post_mortem(&file, &call.app().config);
        return Ok(Reply::of(200, "text/markdown; charset=utf-8", text));
    }
    Reply::json(&file)
}

/// 201, also for a repeated request: its client may not have seen the first answer.
fn created(opened: &Opened) -> Result<Reply> {
    let incident: &Incident = &opened.incident;
    let reply = Reply::json_with(201, incident)?
        .tagged(etag(incident.version))
        .with(LOCATION, format!("/api/v1/incidents/{}", incident.id));
    Ok(match opened.is_replay {
        true => reply.with(REPLAYED, "true"),
        false => reply,
    })
}
