//! The report: one page of HTML about a window, for those without Grafana. The same page is served by `GET /` and written to a file by
//! `--format html`.
//!
//! It is made of answers that others gave and computes none of them. A part that could not be answered is an error on the page, in the API's
//! words. There is no script in it, and nothing in it is fetched from anywhere. What stands in logs is hostile: [`page`] escapes all.

mod graph;
mod health;
mod incidents;
mod log_changes;
mod numbers;
mod page;
mod place;
mod root_cause;

use std::collections::BTreeMap;

use jiff::Timestamp;
use kulprit_clickhouse::names;
use kulprit_request::Window;
use serde::Serialize;

use crate::questions::{self, topology};
use crate::{Error, Result};
use graph::Edge;
use numbers::{Instant, Stretch, date, stretch};

pub use page::{POLICY, failure};
pub use place::Place;

/// A part's answer, or why there is none; nothing where it was not asked.
pub type Part<T> = Option<Result<T>>;

/// What is asked about, and what was answered.
pub struct Report {
    pub window: Window,
    /// None means all.
    pub services: Vec<String>,
    pub place: Place,
    /// What the reader is to know beside the answers, such as how they were asked.
    pub notes: Vec<String>,
    /// The form for another window; a file has none.
    pub form: Option<Form>,
    pub made_at: Timestamp,
    pub parts: Parts,
}

#[derive(Default)]
pub struct Parts {
    pub health: Part<questions::health::Health>,
    pub log_changes: Part<questions::log_changes::Answer>,
    pub changed_services: Part<Vec<questions::log_changes::ChangedService>>,
    pub root_cause: Part<questions::root_cause::Answer>,
    pub topology: Part<topology::Topology>,
    pub incidents: Part<kulprit_incidents::Page>,
}

/// The form, with the values as they were sent.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Form {
    pub from: String,
    pub to: String,
    pub baseline: String,
    pub service: String,
    pub org: String,
    pub differences: bool,
    /// Without a field of its own; it is sent on as it came.
    pub limit: String,
    /// Which of the fields is wrong, and why.
    pub wrong: Option<Wrong>,
}

/// What is wrong with what was asked.
#[derive(Debug, Clone, Serialize)]
pub struct Wrong {
    pub field: String,
    pub message: String,
}

/// A part that could not be answered, in the API's words.
#[derive(Debug, Serialize)]
struct Failed {
    name: &'static str,
    message: String,
    code: u16,
}

/// A part as the templates see it: the answer or the error.
#[derive(Debug, Serialize)]
struct Shown<T> {
    view: Option<T>,
    failed: Option<Failed>,
    sql: Vec<Sql>,
}

/// A statement behind a part.
#[derive(Debug, Serialize)]
struct Sql {
    name: &'static str,
    link: Option<String>,
}

#[derive(Serialize)]
struct Context<'a> {
    window: Stretch,
    services: &'a [String],
    notes: &'a [String],
    form: Option<&'a Form>,
    /// Other windows: what the link says, and where it leads.
    other_windows: Vec<(&'static str, String)>,
    all_services: Option<String>,
    made_at: Instant,
    is_file: bool,
    version: &'static str,
    health: Option<Shown<health::View>>,
    log_changes: Option<Shown<log_changes::View>>,
    changed_services: Option<Shown<log_changes::ByService>>,
    root_cause: Option<Shown<root_cause::View>>,
    graph: Option<Shown<graph::Graph>>,
    graph_warnings: Vec<String>,
    incidents: Option<Shown<incidents::View>>,
}

impl Report {
    /// The page. Errors: a template of ours is wrong.
    pub fn render(&self) -> Result<String> {
        let (parts, place) = (&self.parts, &self.place);
        let context = Context {
            window: stretch(&self.window),
            services: &self.services,
            notes: &self.notes,
            form: self.form.as_ref(),
            other_windows: self.other_windows(),
            all_services: place.page(self.window, &[]),
            made_at: date(self.made_at),
            is_file: matches!(place, Place::File),
            version: env!("CARGO_PKG_VERSION"),
            health: self.shown(&parts.health, &["health/", "slo/"], |health| {
                health::view(health, place)
            }),
            log_changes: self.shown(
                &parts.log_changes,
                &["log_changes/pattern_changes", "log_changes/first_seen", "differences/"],
                |answer| log_changes::view(answer, place),
            ),
            changed_services: self.shown(&parts.changed_services, &["log_changes/service_changes"], |services| {
                log_changes::by_service(services)
            }),
            root_cause: self.shown(&parts.root_cause, &["root_cause/"], |answer| {
                root_cause::view(answer, place)
            }),
            graph: self.graph(),
            graph_warnings: match &parts.topology {
                Some(Ok(topology)) => topology.warnings.clone(),
                _ => vec![],
            },
            incidents: self.shown(&parts.incidents, &[], |page| incidents::view(page, self.window, place)),
        };
        page::render("page.html", context)
    }

    fn shown<T, V>(&self, part: &Part<T>, sql: &[&str], view: impl FnOnce(&T) -> V) -> Option<Shown<V>> {
        let part = part.as_ref()?;
        Some(Shown {
            sql: self.sql(sql),
            view: part.as_ref().ok().map(view),
            failed: part.as_ref().err().map(Failed::from),
        })
    }

    /// The statements whose names begin so.
    fn sql(&self, begins: &[&str]) -> Vec<Sql> {
        let found = names().filter(|name| begins.iter().any(|begin| name.starts_with(begin)));
        let linked = found.map(|name| Sql {
            name,
            link: self.place.api(&format!("api/v1/sql/{name}"), &[], ""),
        });
        linked.collect()
    }

    /// From who calls whom in the window; where that was not asked, from what a root cause knows of it.
    fn graph(&self) -> Option<Shown<graph::Graph>> {
        let cause = match &self.parts.root_cause {
            Some(Ok(answer)) => Some(answer),
            _ => None,
        };
        let health = match &self.parts.health {
            Some(Ok(health)) => Some(health),
            _ => None,
        };
        let mut verdicts = cause.map(graph::by_hurt).unwrap_or_default();
        let mut services: Vec<&str> = vec![];
        if let Some(health) = health {
            verdicts = graph::by_health(health);
            services = health.services.iter().map(|service| service.service.as_str()).collect();
        }
        let draw =
            |edges: &[Edge], verdicts: &BTreeMap<&str, graph::Verdict>| graph::draw(edges, &services, verdicts, cause);
        if self.parts.topology.is_some() {
            return self.shown(&self.parts.topology, &["topology/"], |topology| {
                let edges: Vec<Edge> = topology.edges.iter().map(Edge::from).collect();
                draw(&edges, &verdicts)
            });
        }
        let edges: Vec<Edge> = cause?.blast_radius.edges.iter().map(Edge::from).collect();
        let graph = draw(&edges, &verdicts);
        (!graph.is_empty()).then(|| Shown {
            view: Some(graph),
            failed: None,
            sql: self.sql(&["root_cause/edges"]),
        })
    }

    fn other_windows(&self) -> Vec<(&'static str, String)> {
        let length = self.window.duration();
        let moved = |by: jiff::SignedDuration| {
            let (from, to) = (self.window.from.checked_add(by), self.window.to.checked_add(by));
            from.ok().zip(to.ok()).map(|(from, to)| Window { from, to })
        };
        let page = |window: Option<Window>| self.place.page(window?, &self.services);
        let last = |from: &str| self.place.asked(from, "now", &self.services);
        let links = [
            ("earlier", page(moved(-length))),
            ("later", page(moved(length)).filter(|_| self.window.to < self.made_at)),
            ("last 15 min", last("now-15m")),
            ("last hour", last("now-1h")),
            ("last 6 h", last("now-6h")),
            ("last day", last("now-1d")),
        ];
        links
            .into_iter()
            .filter_map(|(says, link)| Some((says, link?)))
            .collect()
    }
}

impl From<&Error> for Failed {
    fn from(error: &Error) -> Self {
        Self {
            name: error.name(),
            message: error.public_message(),
            code: error.status(),
        }
    }
}

/// The page that says what is wrong with what was asked, with the form to mend it.
pub fn refused(form: &Form) -> Result<String> {
    page::render("refused.html", BTreeMap::from([("form", form)]))
}
