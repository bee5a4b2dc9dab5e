//! `GET /`: the report as a page. It asks what the other endpoints answer, as they ask it, so that its numbers are theirs and its questions wait
//! for their turns as theirs do.

use jiff::SignedDuration;
use kulprit_request::{Asked, Baseline, Known, Window, time};
use serde::de::DeserializeOwned;
use warp::http::Method;
use warp::http::header::RETRY_AFTER;

use super::{BASELINE, CLICKHOUSE, FROM, ORG, SERVICE, SERVICES, TO, correlate, incidents, services, topology};
use crate::http::failure::RETRY_WHEN_AWAY;
use crate::http::route::{Access, Answer, Body, Call, Cost, Reply, Route};
use crate::questions::log_changes::{self, PatternChanges};
use crate::report::{Form, Part, Parts, Place, Report, Wrong, refused};
use crate::scope::{Metric, Scope};
use crate::{Error, Result, scope};

/// Incidents that the page lists.
const INCIDENTS: &str = "20";
/// Patterns that it shows unless told otherwise.
const PATTERNS: u32 = 10;

pub const ROUTES: &[Route] = &[Route {
    method: Method::GET,
    path: "/",
    operation: "report",
    summary: "The report on a window as a page for people: services, what changed, root cause, topology, incidents. Without from and to: the \
              hour before the last whole minute, or the demo's incident",
    access: Access::Read,
    parameters: &[
        FROM,
        TO,
        BASELINE,
        SERVICE,
        SERVICES,
        ORG,
        Known::text(
            "differences",
            "true: say which attributes set the lines of each changed pattern, and the window as a whole, apart",
        ),
        Known::text("limit", "Patterns to show, 1 to 100. Left out: 10."),
    ],
    body: Body::None,
    answer: Answer::Page,
    errors: CLICKHOUSE,
    handler: |call| Box::pin(report(call)),
}];

/// What all parts are asked about.
struct Question {
    window: Window,
    baseline: Baseline,
    services: Vec<String>,
    /// None is everybody's.
    org: Option<String>,
    differences: bool,
    limit: u32,
}

async fn report(call: Call) -> Result<Reply> {
    let form = form(&call)?;
    let question = match Question::read(&call) {
        Err(Error::BadRequest { field, message }) => {
            let message = format!("{field}: {message}");
            let wrong = Some(Wrong { field, message });
            return Ok(Reply::page(400, refused(&Form { wrong, ..form })?));
        }
        read => read?,
    };
    let parts = ask(&call, &question).await;
    let status = status(&parts);
    let report = Report {
        window: question.window,
        notes: question.notes(),
        place: Place::Server {
            window: question.window,
            along: along(&form),
        },
        services: question.services,
        form: Some(form),
        made_at: call.now,
        parts,
    };
    let reply = Reply::page(status, report.render()?);
    Ok(match status {
        503 => reply.with(RETRY_AFTER, RETRY_WHEN_AWAY),
        _ => reply,
    })
}

/// The form with what was sent, or with the window where none was.
fn form(call: &Call) -> Result<Form> {
    let asked = &call.asked;
    // A value that is given twice is refused with the others, below.
    let value = |name: &str| asked.optional_text(name).ok().flatten().unwrap_or_default();
    let usual = call.app().usual_window().filter(|_| is_open(asked));
    let ends = match usual {
        Some(window) => (window.from.to_string(), window.to.to_string()),
        None => (value("from"), value("to")),
    };
    Ok(Form {
        from: ends.0,
        to: ends.1,
        baseline: value("baseline"),
        service: asked.services()?.join(","),
        org: value("org"),
        limit: value("limit"),
        differences: asked.flag("differences").unwrap_or_default(),
        wrong: None,
    })
}

/// Whether neither end of the window is given.
fn is_open(asked: &Asked) -> bool {
    let is_left_out = |name| asked.optional_text(name).is_ok_and(|text| text.is_none());
    is_left_out("from") && is_left_out("to")
}

/// What a link to another window takes along.
fn along(form: &Form) -> Vec<(&'static str, String)> {
    let differences = if form.differences { "true" } else { "" };
    let values = [
        ("baseline", form.baseline.as_str()),
        ("org", &form.org),
        ("limit", &form.limit),
        ("differences", differences),
    ];
    let given = values.into_iter().filter(|(_, value)| !value.is_empty());
    given.map(|(name, value)| (name, value.to_owned())).collect()
}

/// Asks everything at once; each part succeeds or fails by itself.
async fn ask(call: &Call, question: &Question) -> Parts {
    let bounded = call.for_org(question.org.as_deref());
    let (health, log_changes, root_cause, topology, incidents) = tokio::join!(
        part(&bounded, &services::ALL[0], question.health()),
        log_changes(&bounded, question),
        part(&bounded, &correlate::ROUTES[0], question.correlate()),
        part(&bounded, &topology::ROUTES[0], question.topology()),
        incidents_of(call, question),
    );
    Parts {
        health: told("services", call, health),
        log_changes: told("log changes", call, log_changes),
        root_cause: told("root cause", call, root_cause),
        topology: told("topology", call, topology),
        incidents: told("incidents", call, incidents),
        changed_services: None,
    }
}

/// What the endpoint of `route` answers.
async fn part<T: DeserializeOwned>(call: &Call, route: &Route, asked: Asked) -> Result<T> {
    read(&(route.handler)(call.with(route, asked)).await?)
}

fn read<T: DeserializeOwned>(reply: &Reply) -> Result<T> {
    serde_json::from_slice(&reply.body)
        .map_err(|error| Error::internal(format_args!("an answer cannot be read again: {error}")))
}

/// What `/query_logs` answers, for no panel: of the org's lines, or of all.
async fn log_changes(call: &Call, question: &Question) -> Result<log_changes::Answer> {
    let org = call.org()?;
    let named = question.services.clone();
    let differences = question.differences;
    let mut asked = PatternChanges {
        current: question.window,
        baseline: question.baseline.clone(),
        services: vec![],
        attributes: vec![],
        limit: question.limit,
    };
    let key = (asked.clone(), named.clone(), org.clone(), differences);
    let reply = call.ask(Cost::Light, &key, move |analyzer| async move {
        let scope = match org {
            Some(org) => {
                scope::resolve(analyzer.client(), &analyzer.config().orgs, &Metric::of_org(&org), named).await?
            }
            None => Scope::of(named),
        };
        asked.services = scope.services.clone();
        let attributes = scope.attributes.iter();
        asked.attributes = attributes.map(|one| (one.key.clone(), one.value.clone())).collect();
        Reply::json(&log_changes::changes(&analyzer, &asked, scope, differences).await?)
    });
    read(&reply.await?)
}

/// Incidents are those of the credentials' org, whatever else these may read.
async fn incidents_of(call: &Call, question: &Question) -> Result<kulprit_incidents::Page> {
    if let Some(org) = &question.org
        && org != call.identity.home()?
    {
        return Err(Error::Forbidden(
            "org: incidents are shown of the org that the credentials belong to alone".to_owned(),
        ));
    }
    part(call, &incidents::LIST_AND_OPEN[0], question.incidents()).await
}

/// Says in the log and in the metrics what went wrong with a part, since the request as a whole may go well.
fn told<T>(name: &'static str, call: &Call, answer: Result<T>) -> Part<T> {
    if let Err(error) = &answer {
        if error.is_of_clickhouse() {
            call.app().metrics.clickhouse_error(error.name());
        }
        tracing::warn!(part = name, status = error.status(), code = error.code(), %error, "a part of the report");
    }
    Some(answer)
}

/// 200 while any analysis has an answer; else what the gravest error says. The list of incidents alone is no report.
fn status(parts: &Parts) -> u16 {
    fn of<T>(part: &Part<T>) -> u16 {
        match part {
            Some(Err(error)) => error.status(),
            _ => 200,
        }
    }
    let statuses = [
        of(&parts.health),
        of(&parts.log_changes),
        of(&parts.root_cause),
        of(&parts.topology),
    ];
    match statuses.contains(&200) {
        true => 200,
        false => statuses.into_iter().max().unwrap_or(500),
    }
}

impl Question {
    fn read(call: &Call) -> Result<Self> {
        let asked = &call.asked;
        let window = match (is_open(asked), call.app().usual_window()) {
            (true, Some(usual)) => usual,
            // Those who open it in the same minute share its answers.
            (true, None) => {
                let to = time::whole_minute(call.now);
                Window {
                    from: to - SignedDuration::from_hours(1),
                    to,
                }
            }
            (false, _) => asked.recent_window(call.now)?,
        };
        Ok(Self {
            window,
            baseline: asked.baseline(window, call.now)?,
            services: asked.services()?,
            org: call.org()?,
            differences: asked.flag("differences")?,
            limit: asked.number("limit", PATTERNS, 1..=100)?,
        })
    }

    /// The window, and more values.
    fn asked(&self, more: impl IntoIterator<Item = (&'static str, String)>) -> Asked {
        let ends = [
            ("from", self.window.from.to_string()),
            ("to", self.window.to.to_string()),
        ];
        let pairs = ends.into_iter().chain(more);
        Asked::query(pairs.map(|(name, value)| (name.to_owned(), value)))
    }

    fn named(&self) -> impl Iterator<Item = (&'static str, String)> {
        self.services.iter().map(|service| ("service", service.clone()))
    }

    /// Services are held against one window: of a median the first.
    fn health(&self) -> Asked {
        let first = &self.baseline.first;
        let baseline = format!("{}..{}", first.from, first.to);
        self.asked(self.named().chain([("baseline", baseline)]))
    }

    fn topology(&self) -> Asked {
        self.asked(self.named())
    }

    /// One service is where the trouble was seen. With several, or none, every service is suspected.
    fn correlate(&self) -> Asked {
        self.asked(self.named().filter(|_| self.services.len() == 1))
    }

    fn incidents(&self) -> Asked {
        let values = [("limit", INCIDENTS.to_owned()), ("service", self.services.join(","))];
        Asked::query(values.map(|(name, value)| (name.to_owned(), value)))
    }

    fn notes(&self) -> Vec<String> {
        let first = &self.baseline.first;
        let of_median = (!self.baseline.more.is_empty()).then(|| {
            format!(
                "services are held against the first window of the median alone, {} to {}",
                first.from, first.to
            )
        });
        let of_several = (self.services.len() > 1).then(|| {
            "the root cause is sought among all services: name one service to suspect it and what it calls alone"
                .to_owned()
        });
        of_median.into_iter().chain(of_several).collect()
    }
}
