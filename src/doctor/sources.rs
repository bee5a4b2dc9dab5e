//! Servers that are read in place: whether they answer, as what, what is found in them, and what this user lacks to read them.

use clickhouse::{Row, RowOwned, RowRead};
use serde::Deserialize;

use super::Check;
use super::metrics::{OF_OTHERS, OF_REQUESTS};
use crate::config::Config;
use crate::sources::place::Asked;
use crate::sources::request_metrics::known_metrics;
use crate::sources::{Place, loki, prometheus, tempo};
use crate::{Error, Result};
use kulprit_clickhouse::{Client, Options, Value, code};

/// Clocks that differ by less are well enough set.
const SKEW: f64 = 5.0;
/// How many names are shown.
const SHOWN: usize = 8;

#[derive(Row, Deserialize)]
struct Version {
    version: String,
}

#[derive(Row, Deserialize)]
struct Clock {
    ahead: f64,
}

#[derive(Row, Deserialize)]
struct Metric {
    name: String,
    is_known: u8,
}

/// Asks one server.
struct Asker<'a> {
    check: &'static str,
    place: Place,
    client: &'a Client,
    user: &'a str,
    checks: Vec<Check>,
}

/// The checks of each source that the configuration names.
pub async fn check(config: &Config, client: &Client, user: &str) -> Vec<Check> {
    let sources = &config.sources;
    let asker = |check, place| Asker {
        check,
        place,
        client,
        user,
        checks: vec![],
    };
    let mut checks = Vec::new();
    if let Some(place) = loki::place(&sources.loki) {
        checks.extend(asker("loki", place).loki(config).await);
    }
    if let Some(place) = tempo::place(&sources.tempo) {
        checks.extend(asker("tempo", place).tempo(config).await);
    }
    if let Some(place) = prometheus::place(&sources.prometheus) {
        checks.extend(asker("prometheus", place).prometheus().await);
    }
    checks
}

impl Asker<'_> {
    async fn loki(mut self, config: &Config) -> Vec<Check> {
        const FOR: &str = "log lines come from it";
        if !self.answers("/loki/api/v1/status/buildinfo", FOR).await {
            return self.checks;
        }
        self.clock("/loki/api/v1/query", "vector(1)").await;
        let label = match loki::service_label(self.client, &self.place, &config.sources.loki).await {
            Ok(label) => label,
            Err(error) => {
                self.checks.push(Check::problem(
                    self.check,
                    error.public_message(),
                    "see docs/SOURCES.md",
                ));
                return self.checks;
            }
        };
        let values = Asked::new(&format!("/loki/api/v1/label/{label}/values"), &[]);
        let names: Result<Vec<loki::Named>> = self.rows("sources/names", &values, vec![]).await;
        let limits = format!(
            "a question reads {} lines at most, {} a page",
            config.sources.loki.max_lines, config.sources.loki.page_lines
        );
        self.services(names, &format!("by the label {label}; {limits}"));
        self.checks
    }

    async fn tempo(mut self, config: &Config) -> Vec<Check> {
        const FOR: &str = "spans come from it";
        if !self.answers("/api/status/buildinfo", FOR).await {
            return self.checks;
        }
        let values = Asked::new("/api/v2/search/tag/resource.service.name/values", &[]);
        let names: Result<Vec<loki::Named>> = self.rows("doctor/source_services", &values, vec![]).await;
        self.services(
            names,
            &format!("a question reads {} traces at most", config.sources.tempo.max_traces),
        );
        self.checks
    }

    async fn prometheus(mut self) -> Vec<Check> {
        const FOR: &str = "metrics come from it";
        if !self.answers("/api/v1/status/buildinfo", FOR).await {
            return self.checks;
        }
        self.clock("/api/v1/query", "time()").await;
        let names = Asked::new("/api/v1/label/__name__/values", &[]);
        let mut params = known_metrics(self.client);
        params.extend([("of_requests", OF_REQUESTS.into()), ("of_others", OF_OTHERS.into())]);
        let found: Result<Vec<Metric>> = self.rows("doctor/source_metrics", &names, params).await;
        let check = match found {
            Ok(found) => {
                let (known, unknown): (Vec<Metric>, Vec<Metric>) =
                    found.into_iter().partition(|metric| metric.is_known != 0);
                let list = |metrics: &[Metric]| some(metrics.iter().map(|metric| metric.name.as_str()));
                match (known.len(), unknown.len()) {
                    (0, 0) => Check::warning(
                        self.check,
                        "it has no metric that counts requests",
                        "name one of your own in [[metrics.requests]] (docs/RELIABILITY.md)",
                    ),
                    (_, 0) => Check::ok(self.check, format!("requests are counted by {}", list(&known))),
                    (0, _) => Check::warning(
                        self.check,
                        format!(
                            "no metric that counts requests is known; these look like it: {}",
                            list(&unknown)
                        ),
                        "name those that count what a service serves in [[metrics.requests]] (docs/RELIABILITY.md)",
                    ),
                    _ => Check::ok(
                        self.check,
                        format!(
                            "requests are counted by {}; not counted: {}",
                            list(&known),
                            list(&unknown)
                        ),
                    ),
                }
            }
            Err(error) => self.unread(&error),
        };
        self.checks.push(check);
        self.checks
    }

    /// Whether it answers at all.
    async fn answers(&mut self, path: &str, what: &str) -> bool {
        let version: Result<Vec<Version>> = self.rows("doctor/source_version", &Asked::new(path, &[]), vec![]).await;
        match version {
            Ok(version) => {
                let version = version.first().map_or("", |version| version.version.as_str());
                let version = if version.is_empty() {
                    "of a version that it does not say"
                } else {
                    version
                };
                self.checks
                    .push(Check::ok(self.check, format!("it answers ({version}): {what}")));
                true
            }
            Err(error) => {
                let check = self.unread(&error);
                self.checks.push(check);
                false
            }
        }
    }

    async fn clock(&mut self, path: &str, query: &str) {
        let clock: Result<Vec<Clock>> = self
            .rows("doctor/source_clock", &Asked::new(path, &[("query", query)]), vec![])
            .await;
        let check = match clock.map(|clock| clock.first().map_or(0.0, |clock| clock.ahead)) {
            Ok(ahead) if ahead.abs() > SKEW => Check::warning(
                self.check,
                format!(
                    "its clock is {:.0} s {} clickhouse's",
                    ahead.abs(),
                    if ahead < 0.0 { "behind" } else { "ahead of" }
                ),
                "let both machines keep time (NTP): windows that end now miss what is newest",
            ),
            Ok(_) => return,
            Err(error) => self.unread(&error),
        };
        self.checks.push(check);
    }

    fn services(&mut self, names: Result<Vec<loki::Named>>, how: &str) {
        let check = match names {
            Ok(names) if names.is_empty() => Check::warning(
                self.check,
                format!("no services are found in it ({how})"),
                "look whether anything is sent to it, and whether its url, tenant and label are right (docs/SOURCES.md)",
            ),
            Ok(names) => {
                let list = some(names.iter().map(|named| named.name.as_str()));
                Check::ok(self.check, format!("services: {list} ({how})"))
            }
            Err(error) => self.unread(&error),
        };
        self.checks.push(check);
    }

    async fn rows<T: Row + RowOwned + RowRead>(
        &self,
        name: &'static str,
        asked: &Asked,
        params: Vec<(&'static str, Value)>,
    ) -> Result<Vec<T>> {
        let statement = self.place.statement(name, asked, params, Options::default())?;
        self.client.rows(&statement).await
    }

    /// Why it cannot be read, in its own words where it has any.
    fn unread(&self, error: &Error) -> Check {
        let (granted, user) = (self.place.granted(), self.user);
        let advice = match error.code() {
            Some(code::ACCESS_DENIED) => format!("an administrator runs: GRANT READ ON URL('{granted}') TO `{user}`"),
            _ => format!(
                "look at [sources.{}] in the configuration, and whether clickhouse's machine reaches it",
                self.place.name
            ),
        };
        let own = own_words(&error.to_string()).map_or_else(String::new, |words| format!("; it says: {words}"));
        Check::problem(self.check, format!("{}{own}", self.place.told(error.clone())), advice)
    }
}

/// What the server itself said, in one line.
fn own_words(error: &str) -> Option<String> {
    let (_, words) = error.split_once("body: '")?;
    let words = words.rsplit_once('\'').map_or(words, |(words, _)| words).trim();
    (!words.is_empty()).then(|| crate::text::one_line(words, 200))
}

/// Some of the names, and how many there are besides.
fn some<'a>(names: impl ExactSizeIterator<Item = &'a str>) -> String {
    let more = names.len().saturating_sub(SHOWN);
    let shown: Vec<&str> = names.take(SHOWN).collect();
    match more {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}
