//! `/api/v1/alerts`: Grafana's and Alertmanager's webhooks open, join and resolve incidents.

use kulprit_incidents::{Change, Incident, State};
use schemars::JsonSchema;
use serde::Serialize;
use warp::http::Method;

use crate::auth::Role;
use crate::http::route::{Access, Answer, BODY_LIMIT, Body, Call, Cost, Reply, Route};
use crate::incidents::{Question, Webhook, take_snapshot};
use crate::{Error, Result};

pub const ROUTES: &[Route] = &[Route {
    method: Method::POST,
    path: "/api/v1/alerts",
    operation: "alerts",
    summary: "Takes Grafana's or Alertmanager's webhook body: opens an incident, joins the one that is still worked on, or resolves it",
    access: Access::Write,
    parameters: &[],
    body: Body::Foreign(BODY_LIMIT, |schemas| schemas.subschema_for::<Webhook>()),
    answer: Answer::Json(|schemas| schemas.subschema_for::<Alerted>()),
    errors: &[422, 500, 503, 504, 507],
    handler: |call| Box::pin(alerted(call)),
}];

/// What became of the alerts.
#[derive(Serialize, JsonSchema)]
struct Alerted {
    action: Action,
    /// What the incident is told by.
    dedup_key: String,
    /// Null where nothing was done.
    incident: Option<Incident>,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Action {
    Opened,
    Joined,
    Resolved,
    /// Resolved alerts that no incident is about, or that were resolved already.
    None,
}

async fn alerted(call: Call) -> Result<Reply> {
    call.identity.need(Role::Editor)?;
    let org = call.identity.home()?.to_owned();
    let webhook = Webhook::read(&call.body)?;
    let dedup_key = webhook.dedup_key();
    let incidents = call.app().incidents()?.clone();
    let (actor, now) = (call.identity.actor(), call.now);
    let last = incidents.last_of_alert(&org, &dedup_key).await?;
    match (
        last.filter(|incident| incident.state.is_unresolved()),
        webhook.is_resolved(),
    ) {
        (None, true) => reply(Action::None, dedup_key, None),
        (Some(incident), true) => {
            let change = Change::step(State::Resolved, &webhook.note())?;
            match incidents.change(&org, &incident.id, None, change, actor).await {
                Ok(incident) => reply(Action::Resolved, dedup_key, Some(incident)),
                // Somebody else resolved it meanwhile.
                Err(Error::Conflict(_)) => reply(Action::None, dedup_key, None),
                Err(error) => Err(error),
            }
        }
        (Some(incident), false) => {
            let joined = incidents.join(incident, webhook.note(), actor).await?;
            reply(Action::Joined, dedup_key, Some(joined))
        }
        (None, false) => {
            let draft = webhook.request(now).validate(now)?;
            call.change(Cost::Heavy, move |analyzer| async move {
                let snapshot = take_snapshot(analyzer, &Question::of(&org, &draft), now).await;
                let opened = incidents.add(&org, draft, snapshot, actor, None).await?;
                // The same alert may have come twice at the same time.
                let action = if opened.is_replay {
                    Action::Joined
                } else {
                    Action::Opened
                };
                reply(action, dedup_key, Some(opened.incident))
            })
            .await
        }
    }
}

fn reply(action: Action, dedup_key: String, incident: Option<Incident>) -> Result<Reply> {
    Reply::json(&Alerted {
        action,
        dedup_key,
        incident,
    })
}
