//! What Grafana and Alertmanager send to a webhook, as they are: which incident the alerts are about, and what is to be done about it.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

use crate::{Error, Result};
use kulprit_incidents::OpenRequest;

/// An alert rule looks back, and waits, before it fires: what it saw began earlier.
const BEFORE_IT_FIRED: SignedDuration = SignedDuration::from_mins(5);
/// Of an alert that has been firing for longer, the last hour is looked at.
const LONGEST: SignedDuration = SignedDuration::from_hours(1);
/// Labels that name the service that an alert is about, the first that is there.
const SERVICE_LABELS: [&str; 8] = [
    "service",
    "service_name",
    "service.name",
    "app",
    "app_kubernetes_io_name",
    "deployment",
    "container",
    "job",
];
/// Labels that say how bad it is.
const SEVERITY_LABELS: [&str; 3] = ["severity", "priority", "level"];
/// The longest line, and the most names, that an incident holds.
const LINE: usize = 200;
const NAMES: usize = 50;
const NOTE: usize = 4_000;

/// The body of a webhook (version 1 of Grafana's, 4 of Alertmanager's): alerts that are told together. What else it holds is not looked at.
#[derive(Debug, Clone, PartialEq, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Webhook {
    /// `firing` while any of the alerts is, else `resolved`.
    pub status: String,
    /// What the alerts have in common; incidents are told apart by it.
    #[serde(default)]
    pub group_key: String,
    /// Grafana's.
    #[serde(default)]
    pub title: String,
    #[serde(default)]
    pub common_labels: BTreeMap<String, String>,
    #[serde(default)]
    pub common_annotations: BTreeMap<String, String>,
    pub alerts: Vec<Alert>,
}

/// One alert.
#[derive(Debug, Clone, PartialEq, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Alert {
    pub status: String,
    #[serde(default)]
    pub labels: BTreeMap<String, String>,
    #[serde(default)]
    pub annotations: BTreeMap<String, String>,
    pub starts_at: Timestamp,
    /// The first year of all while it is firing.
    #[serde(default)]
    pub ends_at: Option<Timestamp>,
    /// The rule, in Prometheus or in Grafana.
    #[serde(default, rename = "generatorURL")]
    pub generator_url: String,
    #[serde(default)]
    pub fingerprint: String,
}

impl Alert {
    fn is_resolved(&self) -> bool {
        self.status == "resolved"
    }
}

impl Webhook {
    /// Reads a body. Errors: it is none of these.
    pub fn read(body: &[u8]) -> Result<Self> {
        let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
        let foreign = |error: serde_json::Error| {
            Error::Unreadable(format!(
                "the body is none of Grafana's or Alertmanager's webhooks: {error}"
            ))
        };
        let mut json = serde_json::Deserializer::from_slice(body);
        let webhook: Self = serde_path_to_error::deserialize(&mut json).map_err(|error| {
            let field = error.path().to_string();
            let error = error.into_inner();
            // Of the body as a whole, or of one that is cut off, no field is to blame.
            match error.is_data() && field != "." {
                true if field.ends_with("At") => {
                    Error::field(field, format!("is no time such as \"2026-01-31T10:00:00Z\": {error}"))
                }
                true => Error::field(field, error.to_string()),
                false => foreign(error),
            }
        })?;
        json.end().map_err(foreign)?;
        if webhook.alerts.is_empty() {
            return Err(Error::field(
                "alerts",
                "is empty: there is no alert to open an incident for",
            ));
        }
        for status in std::iter::once(&webhook.status).chain(webhook.alerts.iter().map(|alert| &alert.status)) {
            if !["firing", "resolved"].contains(&status.as_str()) {
                let shown: String = status.chars().take(60).collect();
                return Err(Error::field("status", format!("{shown:?} is none of firing, resolved")));
            }
        }
        Ok(webhook)
    }

    pub fn is_resolved(&self) -> bool {
        self.status == "resolved"
    }

    /// What these alerts are told by, however often and in whatever state they come. A key that is too long is cut and told by its digest.
    pub fn dedup_key(&self) -> String {
        let mut fingerprints: Vec<&str> = self.alerts.iter().map(|alert| alert.fingerprint.as_str()).collect();
        fingerprints.sort_unstable();
        let told_by = match one_line(&self.group_key) {
            key if !key.is_empty() => key,
            _ if fingerprints.iter().any(|print| !print.is_empty()) => fingerprints.join(" "),
            _ => self
                .alerts
                .iter()
                .map(|alert| pairs(&alert.labels).join(" "))
                .collect::<Vec<_>>()
                .join(" "),
        };
        if told_by.chars().count() <= LINE {
            return told_by;
        }
        let digest = kulprit_incidents::canonical::digest(&told_by);
        let kept = LINE.saturating_sub(digest.chars().count() + 1);
        let beginning: String = told_by.chars().take(kept).collect();
        format!("{} {digest}", beginning.trim_end())
    }

    /// The incident that is to be opened for them.
    pub fn request(&self, now: Timestamp) -> OpenRequest {
        let window_from = self.from(now);
        OpenRequest {
            title: self.shown_title(),
            severity: self.severity().to_owned(),
            services: self.services(),
            from: window_from.to_string(),
            to: now.to_string(),
            labels: self.kept_labels(),
            note: self.note(),
            dedup_key: self.dedup_key(),
            ..OpenRequest::default()
        }
    }

    /// What is known of the alerts, one a line; the same for the same body.
    pub fn note(&self) -> String {
        let mut lines: Vec<String> = Vec::new();
        for annotation in ["summary", "description", "runbook_url"] {
            lines.extend(
                self.common_annotations
                    .get(annotation)
                    .map(|text| text.trim().to_owned()),
            );
        }
        for alert in &self.alerts {
            let name = alert.labels.get("alertname").map_or("an alert", String::as_str);
            let mut line = format!("{name} is {} since {}", alert.status, alert.starts_at);
            if let Some(ended) = alert
                .ends_at
                .filter(|ended| *ended > alert.starts_at && alert.is_resolved())
            {
                line.push_str(&format!(", until {ended}"));
            }
            let said = alert.annotations.get("summary").map(String::as_str).unwrap_or_default();
            for more in [said, &alert.generator_url] {
                if !more.is_empty() {
                    line.push_str(&format!(" · {}", one_line(more)));
                }
            }
            lines.push(line);
        }
        let text: String = lines.join("\n");
        let plain = |letter: char| {
            if letter.is_control() && letter != '\n' {
                ' '
            } else {
                letter
            }
        };
        text.chars().map(plain).take(NOTE).collect::<String>().trim().to_owned()
    }

    /// From somewhat before the first of those that are firing began.
    fn from(&self, now: Timestamp) -> Timestamp {
        let firing = self.alerts.iter().filter(|alert| alert.status == "firing");
        let first = firing.map(|alert| alert.starts_at).min().unwrap_or(now).min(now);
        let earliest = now.saturating_sub(LONGEST).unwrap_or(now);
        let from = first.saturating_sub(BEFORE_IT_FIRED).unwrap_or(first);
        from.max(earliest)
    }

    fn shown_title(&self) -> String {
        let alert_name = self.alerts.iter().find_map(|alert| alert.labels.get("alertname"));
        let candidates = [
            self.common_annotations.get("summary"),
            self.common_labels.get("alertname"),
            Some(&self.title),
            alert_name,
        ];
        let found = candidates.into_iter().flatten().map(|text| one_line(text));
        let title = found.into_iter().find(|text| !text.is_empty());
        title
            .unwrap_or_else(|| "An alert is firing".to_owned())
            .chars()
            .take(LINE)
            .collect()
    }

    fn severity(&self) -> &'static str {
        let labels = std::iter::once(&self.common_labels).chain(self.alerts.iter().map(|alert| &alert.labels));
        let said = labels.flat_map(|labels| SEVERITY_LABELS.iter().filter_map(|name| labels.get(*name)));
        let worst = said.filter_map(|text| severity_of(text)).max_by_key(|(rank, _)| *rank);
        worst.map_or("medium", |(_, name)| name)
    }

    /// The services that the alerts name, each once, in the order in which they come.
    fn services(&self) -> Vec<String> {
        let labels = self
            .alerts
            .iter()
            .map(|alert| &alert.labels)
            .chain([&self.common_labels]);
        let named = labels.filter_map(|labels| SERVICE_LABELS.iter().find_map(|name| labels.get(*name)));
        let mut services: Vec<String> = Vec::new();
        for service in named.map(|name| one_line(name)).filter(|name| is_name(name)) {
            if !services.contains(&service) && services.len() < NAMES {
                services.push(service);
            }
        }
        services
    }

    fn kept_labels(&self) -> Vec<String> {
        let kept = pairs(&self.common_labels).into_iter().filter(|pair| is_name(pair));
        kept.take(NAMES).collect()
    }
}

/// The severity that people mean by a word, and its rank.
fn severity_of(text: &str) -> Option<(u8, &'static str)> {
    let found = match text.trim().to_ascii_lowercase().as_str() {
        "critical" | "crit" | "page" | "emergency" | "fatal" | "disaster" | "p1" | "sev1" | "1" => (4, "critical"),
        "high" | "error" | "major" | "p2" | "sev2" | "2" => (3, "high"),
        "medium" | "moderate" | "warning" | "warn" | "average" | "p3" | "sev3" | "3" => (2, "medium"),
        "low" | "info" | "informational" | "notice" | "minor" | "none" | "p4" | "p5" | "sev4" | "4" => (1, "low"),
        _ => return None,
    };
    Some(found)
}

fn pairs(labels: &BTreeMap<String, String>) -> Vec<String> {
    labels
        .iter()
        .map(|(name, value)| one_line(&format!("{name}={value}")))
        .collect()
}

/// Whether an incident may hold it as a name.
fn is_name(text: &str) -> bool {
    !text.is_empty() && !text.contains(',') && text.chars().count() <= LINE
}

fn one_line(text: &str) -> String {
    let plain = |letter: char| if letter.is_control() { ' ' } else { letter };
    text.trim().chars().map(plain).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn webhook(change: impl Fn(&mut Value)) -> Result<Webhook> {
        let mut body = json!({
            "receiver": "kulprit", "status": "firing", "version": "4", "groupKey": "{}:{alertname=\"Errors\"}",
            "truncatedAlerts": 0, "groupLabels": { "alertname": "Errors" }, "externalURL": "http://am:9093",
            "commonLabels": { "alertname": "Errors", "severity": "page", "team": "shop" },
            "commonAnnotations": { "summary": "Too many errors" },
            "alerts": [
                { "status": "firing", "labels": { "alertname": "Errors", "service": "checkout" }, "annotations": {},
                  "startsAt": "2026-01-31T10:00:00Z", "endsAt": "0001-01-01T00:00:00Z",
                  "generatorURL": "http://prom/graph", "fingerprint": "a1" },
                { "status": "resolved", "labels": { "alertname": "Errors", "service": "cart" }, "annotations": {},
                  "startsAt": "2026-01-31T09:00:00Z", "endsAt": "2026-01-31T09:30:00Z", "fingerprint": "b2" },
            ],
        });
        change(&mut body);
        Webhook::read(body.to_string().as_bytes())
    }

    fn now() -> Timestamp {
        "2026-01-31T10:03:00Z".parse().unwrap()
    }

    #[test]
    fn an_alert_says_what_the_incident_is_about() {
        let webhook = webhook(|_| {}).unwrap();
        let draft = webhook.request(now()).validate(now()).unwrap();
        assert_eq!(draft.title, "Too many errors");
        assert_eq!(draft.severity.name(), "critical");
        assert_eq!(draft.services, ["checkout", "cart"]);
        assert_eq!(draft.window.from.to_string(), "2026-01-31T09:55:00Z");
        assert_eq!(draft.window.to, now());
        assert_eq!(draft.dedup_key, "{}:{alertname=\"Errors\"}");
        assert_eq!(draft.labels, ["alertname=Errors", "severity=page", "team=shop"]);
        assert!(
            draft
                .note
                .contains("Errors is firing since 2026-01-31T10:00:00Z · http://prom/graph"),
            "{}",
            draft.note
        );
        assert!(
            draft
                .note
                .contains("Errors is resolved since 2026-01-31T09:00:00Z, until 2026-01-31T09:30:00Z"),
            "{}",
            draft.note
        );
    }

    #[test]
    fn odd_alerts_make_an_incident_all_the_same() {
        let odd = webhook(|body| {
            body["groupKey"] = json!(format!("{{}}:{{pod=\"{}\"}}", "x".repeat(500)));
            body["commonLabels"] = json!({ "severity": "whatever", "a,b": "c", "pods": "y".repeat(300) });
            body["commonAnnotations"] = json!({ "summary": format!("line\none {}", "z".repeat(500)) });
            body["alerts"][0]["startsAt"] = json!("2026-01-20T10:00:00Z");
        });
        let odd = odd.unwrap();
        let draft = odd.request(now()).validate(now()).unwrap();
        assert_eq!(draft.window.from.to_string(), "2026-01-31T09:03:00Z");
        assert_eq!(draft.severity.name(), "medium");
        assert_eq!(draft.dedup_key.chars().count(), 200);
        // Alerts without a group are told by their fingerprints, or by what they are about.
        let alone = webhook(|body| body["groupKey"] = json!("")).unwrap();
        assert_eq!(alone.dedup_key(), "a1 b2");
    }

    #[test]
    fn a_body_that_is_no_webhook_is_refused_with_its_fields_name() {
        let refused = |change: fn(&mut Value)| webhook(change).unwrap_err().to_string();
        assert!(refused(|body| body["alerts"] = json!([])).starts_with("alerts: "));
        assert!(refused(|body| body["status"] = json!("ok")).starts_with("status: "));
        assert!(
            refused(|body| {
                body.as_object_mut().unwrap().remove("status");
            })
            .contains("`status`")
        );
        let soon = refused(|body| body["alerts"][1]["startsAt"] = json!("soon"));
        assert!(soon.starts_with("alerts[1].startsAt: is no time"), "{soon}");
        let never = refused(|body| body["alerts"][0]["endsAt"] = json!("2026-13-01"));
        assert!(never.starts_with("alerts[0].endsAt: is no time"), "{never}");
        let numbered = refused(|body| body["alerts"][0]["labels"]["service"] = json!(7));
        assert!(numbered.starts_with("alerts[0].labels.service: "), "{numbered}");
    }
}
