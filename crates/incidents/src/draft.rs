//! What opens an incident, validated.

use jiff::Timestamp;

use super::model::Severity;
use crate::{Error, Result};
use kulprit_request::{Asked, Known, ValueKind};
use kulprit_request::{time, window, window::Window};

/// The longest title, assignee, label and service, in characters, and the longest note.
const LINE: usize = 200;
pub(super) const NOTE: usize = 20_000;
/// The most services and labels.
pub(super) const MANY: usize = 50;

/// What `POST /api/v1/incidents` may hold.
pub const OPEN_FIELDS: &[Known] = &[
    Known::text("title", "What is wrong, in one line").needed(),
    Known::text("severity", "critical, high, medium or low").needed(),
    Known::text("service", "A service that it is about"),
    Known::text("services", "The services that it is about; none: all of the org").of(ValueKind::Texts),
    Known::text("from", "Start of the window").needed(),
    Known::text("to", "End of the window").needed(),
    Known::text("baseline", "previous (unless another is given), day, week, or FROM..TO"),
    Known::text("assignee", "Who works on it"),
    Known::text("labels", "Labels").of(ValueKind::Texts),
    Known::text("note", "What is known so far"),
    Known::text(
        "dedup_key",
        "What an alert is told by: while an incident with it is not resolved, asking again joins that one",
    ),
];

/// What `POST /api/v1/incidents` and the command line give.
#[derive(Debug, Clone, Default)]
pub struct OpenRequest {
    pub title: String,
    pub severity: String,
    pub services: Vec<String>,
    /// Start of the window, in any of the notations of a time.
    pub from: String,
    pub to: String,
    /// `previous`, `day`, `week` or `T..T`.
    pub baseline: String,
    pub assignee: String,
    pub labels: Vec<String>,
    pub note: String,
    /// The key of the alert that it is about; empty for none.
    pub dedup_key: String,
}

/// An incident about to be opened.
#[derive(Debug, Clone, PartialEq)]
pub struct Draft {
    pub title: String,
    pub severity: Severity,
    pub services: Vec<String>,
    pub window: Window,
    pub baseline: Window,
    pub assignee: String,
    pub labels: Vec<String>,
    pub note: String,
    pub dedup_key: String,
}

impl OpenRequest {
    /// Reads a body. `service` is the same as a list of one.
    pub fn read(body: &Asked) -> Result<Self> {
        body.only(OPEN_FIELDS)?;
        let mut services = body.optional_texts("services", MANY)?.unwrap_or_default();
        services.extend(body.optional_text("service")?);
        Ok(Self {
            title: body.text("title")?,
            severity: body.text("severity")?,
            services,
            from: body.text("from")?,
            to: body.text("to")?,
            baseline: body.text_or_empty("baseline")?,
            assignee: body.text_or_empty("assignee")?,
            labels: body.optional_texts("labels", MANY)?.unwrap_or_default(),
            note: body.optional_long_text("note", NOTE)?.unwrap_or_default(),
            dedup_key: body.text_or_empty("dedup_key")?,
        })
    }

    /// Checks everything and resolves relative times against `now`.
    pub fn validate(self, now: Timestamp) -> Result<Draft> {
        let title = line("title", &self.title)?;
        if title.is_empty() {
            return Err(Error::field("title", "is missing: say in one line what is wrong"));
        }
        if self.severity.is_empty() {
            return Err(Error::field(
                "severity",
                "is missing: give critical, high, medium or low",
            ));
        }
        let window = Window::new(
            time::parse("from", &self.from, now)?,
            time::parse("to", &self.to, now)?,
            ("from", "to"),
        )?;
        Ok(Draft {
            title,
            severity: Severity::parse("severity", &self.severity)?,
            services: names("services", self.services.into_iter())?,
            baseline: window::baseline(&self.baseline, window, now)?,
            window,
            assignee: line("assignee", &self.assignee)?,
            labels: labels(self.labels)?,
            note: note("note", &self.note)?,
            dedup_key: line("dedup_key", &self.dedup_key)?,
        })
    }
}

/// One line of text without control characters, trimmed.
pub(super) fn line(field: &str, text: &str) -> Result<String> {
    let text = text.trim();
    if text.chars().any(char::is_control) {
        return Err(Error::field(
            field,
            "holds a control character: give one line of plain text",
        ));
    }
    if text.chars().count() > LINE {
        return Err(Error::field(field, format!("is longer than {LINE} characters")));
    }
    Ok(text.to_owned())
}

/// Text of any shape; line ends and tabs are the only control characters.
pub(super) fn note(field: &str, text: &str) -> Result<String> {
    let text = text.trim();
    let is_odd = |letter: char| letter.is_control() && !matches!(letter, '\n' | '\r' | '\t');
    if text.chars().any(is_odd) {
        return Err(Error::field(field, "holds a control character: give plain text"));
    }
    if text.chars().count() > NOTE {
        return Err(Error::field(field, format!("is longer than {NOTE} characters")));
    }
    Ok(text.to_owned())
}

/// Labels: sorted, each once.
pub(super) fn labels(given: Vec<String>) -> Result<Vec<String>> {
    let mut labels = names("labels", given.into_iter())?;
    labels.sort();
    Ok(labels)
}

/// Names in the given order, each once. A comma separates names elsewhere, so that none may hold one.
pub(super) fn names(field: &str, given: impl Iterator<Item = String>) -> Result<Vec<String>> {
    let mut names: Vec<String> = Vec::new();
    for name in given {
        let name = line(field, &name)?;
        if name.is_empty() || name.contains(',') {
            return Err(Error::field(field, "holds a name that is empty or has a comma in it"));
        }
        if !names.contains(&name) {
            names.push(name);
        }
        if names.len() > MANY {
            return Err(Error::field(field, format!("holds more than {MANY} names")));
        }
    }
    Ok(names)
}

/// The one of `all` with that name. Errors with all names.
pub(super) fn choice<T: Copy>(field: &str, name: &str, all: &[T], name_of: fn(T) -> &'static str) -> Result<T> {
    all.iter().copied().find(|one| name_of(*one) == name).ok_or_else(|| {
        let shown: String = name.chars().take(60).collect();
        let known: Vec<_> = all.iter().map(|one| name_of(*one)).collect();
        Error::field(field, format!("{shown:?} is none of {}", known.join(", ")))
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn request() -> OpenRequest {
        OpenRequest {
            title: " Checkout fails ".to_owned(),
            severity: "high".to_owned(),
            services: ["checkout", "payment", "checkout"].map(str::to_owned).to_vec(),
            from: "now-1h".to_owned(),
            to: "now".to_owned(),
            ..OpenRequest::default()
        }
    }

    fn now() -> Timestamp {
        "2026-01-31T10:00:00Z".parse().unwrap()
    }

    #[test]
    fn a_request_becomes_a_draft_with_the_baseline_before_the_window() {
        let draft = request().validate(now()).unwrap();
        assert_eq!(draft.title, "Checkout fails");
        assert_eq!(draft.services, ["checkout", "payment"]);
        assert_eq!(draft.baseline.to, draft.window.from);
    }

    #[test]
    fn a_wrong_value_is_refused_with_its_fields_name() {
        type Spoil = fn(&mut OpenRequest);
        let cases: [(&str, Spoil); 8] = [
            ("title", |request| request.title.clear()),
            ("title", |request| request.title = "a\nb".to_owned()),
            ("title", |request| request.title = "x".repeat(201)),
            ("severity", |request| request.severity = "sev1".to_owned()),
            ("from", |request| request.from = "yesterday".to_owned()),
            ("to", |request| request.to = "now-2h".to_owned()),
            ("services", |request| request.services = vec!["a,b".to_owned()]),
            ("labels", |request| request.labels = vec![String::new()]),
        ];
        for (field, spoil) in cases {
            let mut request = request();
            spoil(&mut request);
            let error = request.validate(now()).unwrap_err();
            assert!(error.to_string().starts_with(&format!("{field}: ")), "{field}: {error}");
            assert_eq!(error.status(), 400);
        }
    }
}
