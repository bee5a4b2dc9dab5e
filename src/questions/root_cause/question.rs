//! The body of `POST /api/v1/correlate`: a window, how far back its history goes, and whose trouble it is.

use jiff::{SignedDuration, Timestamp};

use super::ask::{OTHER_METRICS, SATURATION_METRICS};
use crate::sources::Needs;
use crate::{Error, Result};
use kulprit_request::Window;
use kulprit_request::time;
use kulprit_request::{Asked, Known};

const DEFAULT_HISTORY: &str = "3h";
const SHORTEST_HISTORY: i64 = 60;
const LONGEST_HISTORY: i64 = 7 * 86_400;
/// A root cause is sought in an incident, not in a month.
const LONGEST_WINDOW: i64 = 7 * 86_400;

/// A valid request, in a form in which requests that ask the same are equal.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Correlate {
    pub window: Window,
    /// Where the history before the window begins.
    pub history_from: Timestamp,
    /// Suspects are this service and what it calls, directly or not; none means all.
    pub service: Option<String>,
    /// The only services that the asker may hear of; none means all.
    pub services: Vec<String>,
}

impl Correlate {
    /// What it reads of sources that are read in place.
    pub fn needs(&self) -> Needs {
        let history = Window {
            from: self.history_from,
            to: self.window.from,
        };
        Needs {
            lines: vec![self.window, history],
            spans: vec![self.window, history],
            metered: vec![self.window, history],
            saturation: Some((
                Window {
                    from: self.history_from,
                    to: self.window.to,
                },
                SATURATION_METRICS,
                OTHER_METRICS,
            )),
            ..Needs::default()
        }
    }

    /// What a request may hold.
    pub const FIELDS: &[Known] = &[
        Known::text("from", "Start of the incident").needed(),
        Known::text("to", "End of it, at most seven days later").needed(),
        Known::text(
            "service",
            "Suspect only this service and what it calls, directly or not",
        ),
        Known::text(
            "history",
            "How far back the history goes, 1m to 7d (3h unless another is given)",
        ),
    ];

    /// Reads the window, the service and the history: `90s`, `30m`, `3h` or `2d` (one minute to a week).
    pub fn new(asked: &Asked, now: Timestamp) -> Result<Self> {
        let window = asked.window("from", "to", now)?;
        let service = asked.optional_text("service")?;
        if window.duration().as_secs() > LONGEST_WINDOW {
            return Err(asked.refused("to", "the window is longer than 7 days: choose one around the incident"));
        }
        let history = asked.optional_text("history")?;
        let history = history.as_deref().unwrap_or(DEFAULT_HISTORY).trim();
        let seconds = time::duration_seconds(history)
            .filter(|seconds| (SHORTEST_HISTORY..=LONGEST_HISTORY).contains(seconds))
            .ok_or_else(|| {
                let shown: String = history.chars().take(60).collect();
                asked.refused(
                    "history",
                    format!("{shown:?} is no duration from 1m to 7d: give one such as 3h"),
                )
            })?;
        Ok(Self {
            window,
            history_from: before(window, SignedDuration::from_secs(seconds)),
            service,
            services: vec![],
        })
    }

    /// The question about a window that is valid already, with the usual history.
    pub fn about(window: Window, service: Option<String>) -> Self {
        let history = SignedDuration::from_secs(time::duration_seconds(DEFAULT_HISTORY).unwrap_or(SHORTEST_HISTORY));
        Self {
            window,
            history_from: before(window, history),
            service,
            services: vec![],
        }
    }

    /// Leaves only `services` to be heard of; none means all. Errors with 403: the request names another.
    pub fn bound(&mut self, services: Vec<String>) -> Result<()> {
        self.services = services;
        match &self.service {
            Some(service) if !self.may_hear_of(service) => Err(Error::Forbidden(format!(
                "service: {service:?} is not one of the services of the org"
            ))),
            _ => Ok(()),
        }
    }

    /// Whether the asker may hear of `service`.
    pub fn may_hear_of(&self, service: &str) -> bool {
        self.services.is_empty() || self.services.iter().any(|known| known == service)
    }
}

/// Where a history of that length begins.
fn before(window: Window, history: SignedDuration) -> Timestamp {
    let from = window.from.checked_sub(history).unwrap_or(Timestamp::UNIX_EPOCH);
    from.max(Timestamp::UNIX_EPOCH)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn read(body: &str) -> Result<Correlate> {
        let now = "2026-01-31T12:00:00Z".parse().unwrap();
        Correlate::new(&Asked::body(body.as_bytes())?, now)
    }

    #[test]
    fn the_history_is_three_hours_unless_another_is_given() {
        let asked = read(r#"{"from": "2026-01-31T10:00:00Z", "to": "now-1h"}"#).unwrap();
        assert_eq!(asked.history_from.to_string(), "2026-01-31T07:00:00Z");
        assert_eq!(asked.window.to.to_string(), "2026-01-31T11:00:00Z");
        assert_eq!(asked.service, None);
        let asked = read(r#"{"from": "now-1h", "to": "now", "history": "30m", "service": "cart"}"#).unwrap();
        assert_eq!(asked.history_from.to_string(), "2026-01-31T10:30:00Z");
        assert_eq!(asked.service.as_deref(), Some("cart"));
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (body, field) in [
            (r#"{"to": "now"}"#, "from"),
            (r#"{"from": "now", "to": "now"}"#, "to"),
            (r#"{"from": "now-9d", "to": "now"}"#, "to"),
            (r#"{"from": "now-1h", "to": "now", "history": "3"}"#, "history"),
            (r#"{"from": "now-1h", "to": "now", "history": "-3h"}"#, "history"),
            (r#"{"from": "now-1h", "to": "now", "history": "400d"}"#, "history"),
            (r#"{"from": "now-1h", "to": "now", "service": 7}"#, "service"),
        ] {
            let error = read(body).unwrap_err().to_string();
            assert!(error.starts_with(&format!("{field}: ")), "{body}: {error}");
        }
    }
}
