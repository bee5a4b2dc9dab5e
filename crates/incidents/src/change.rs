//! Changing an incident: each changed field raises its version by one and adds an event to its history.

use jiff::Timestamp;
use rusqlite::{Connection, named_params};

use super::draft::{self, MANY, NOTE};
use super::lifecycle::State;
use super::model::{Actor, Incident, Kind, Severity, instant};
use super::rows::{self, NewEvent};
use super::sql;
use crate::failure::Stored;
use crate::{Error, Result};
use kulprit_request::{Asked, Known, ValueKind};

/// What `PATCH /api/v1/incidents/{id}` may hold.
pub const CHANGE_FIELDS: &[Known] = &[
    Known::text(
        "state",
        "The next step: acknowledged, mitigated, resolved, closed or reopened",
    ),
    Known::text("severity", "critical, high, medium or low"),
    Known::text("assignee", "Who works on it; empty for nobody"),
    Known::text("title", "What is wrong, in one line"),
    Known::text("labels", "All labels from now on").of(ValueKind::Texts),
    Known::text(
        "duplicate_of",
        "The id of the incident that people work on instead; empty for none",
    ),
    Known::text("note", "Why"),
];
/// What a comment may hold.
pub const COMMENT_FIELDS: &[Known] = &[Known::text("note", "The comment").needed()];

/// What `PATCH /api/v1/incidents/{id}` and the command line give: what is named changes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ChangeRequest {
    pub state: Option<String>,
    pub severity: Option<String>,
    /// Empty for nobody.
    pub assignee: Option<String>,
    pub title: Option<String>,
    /// All labels from now on.
    pub labels: Option<Vec<String>>,
    /// The incident that people work on instead; empty for none.
    pub duplicate_of: Option<String>,
    /// Why; alone it is a comment.
    pub note: String,
}

/// Changes about to be made.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Change {
    pub state: Option<State>,
    pub severity: Option<Severity>,
    pub assignee: Option<String>,
    pub title: Option<String>,
    pub labels: Option<Vec<String>>,
    pub duplicate_of: Option<String>,
    pub note: String,
}

impl ChangeRequest {
    /// Reads a body.
    pub fn read(body: &Asked) -> Result<Self> {
        body.only(CHANGE_FIELDS)?;
        Ok(Self {
            state: body.optional_text("state")?,
            severity: body.optional_text("severity")?,
            assignee: body.optional_long_text("assignee", NOTE)?,
            title: body.optional_text("title")?,
            labels: body.optional_texts("labels", MANY)?,
            duplicate_of: body.optional_long_text("duplicate_of", NOTE)?,
            note: body.optional_long_text("note", NOTE)?.unwrap_or_default(),
        })
    }

    pub fn validate(self) -> Result<Change> {
        let parsed = |name: &str, text: &Option<String>| text.as_ref().map(|text| draft::line(name, text)).transpose();
        let change = Change {
            state: self.state.map(|name| State::parse("state", &name)).transpose()?,
            severity: self
                .severity
                .map(|name| Severity::parse("severity", &name))
                .transpose()?,
            assignee: parsed("assignee", &self.assignee)?,
            title: parsed("title", &self.title)?,
            labels: self.labels.map(draft::labels).transpose()?,
            duplicate_of: parsed("duplicate_of", &self.duplicate_of)?,
            note: draft::note("note", &self.note)?,
        };
        if change.title.as_deref() == Some("") {
            return Err(Error::field("title", "is empty: say in one line what is wrong"));
        }
        if change == Change::default() {
            return Err(Error::Unreadable(
                "nothing to change: give state, severity, assignee, title, labels, duplicate_of or note".to_owned(),
            ));
        }
        Ok(change)
    }
}

impl Change {
    /// A step to `state`, and why.
    pub fn step(state: State, note: &str) -> Result<Self> {
        Ok(Self {
            state: Some(state),
            note: draft::note("note", note)?,
            ..Self::default()
        })
    }

    /// Reads the body of a comment.
    pub fn read_comment(body: &Asked) -> Result<Self> {
        body.only(COMMENT_FIELDS)?;
        Self::comment(&body.optional_long_text("note", NOTE)?.unwrap_or_default())
    }

    /// A comment, which must say something.
    pub fn comment(text: &str) -> Result<Self> {
        let note = draft::note("note", text)?;
        if note.is_empty() {
            return Err(Error::field("note", "is empty: write a comment"));
        }
        Ok(Self {
            note,
            ..Self::default()
        })
    }
}

/// Whether an `If-Match` header allows a change of this version: there is none, it is `*`, or one of its tags is the version's.
fn is_seen(if_match: Option<&str>, version: i64) -> bool {
    if_match.is_none_or(|header| {
        header
            .split(',')
            .map(str::trim)
            .any(|tag| tag == "*" || tag == etag(version))
    })
}

/// The entity tag of a version.
pub fn etag(version: i64) -> String {
    format!("\"{version}\"")
}

/// Makes the change, all of it or nothing.
pub(super) fn change(
    connection: &Connection,
    org: &str,
    id: &str,
    if_match: Option<&str>,
    change: &Change,
    actor: &Actor,
) -> Stored<Incident> {
    let before = rows::find(connection, org, id)?;
    if !is_seen(if_match, before.version) {
        return Err(rows::outdated(&before).into());
    }
    let mut incident = before.clone();
    // A clock that was set back must not make the history run backwards.
    let now = Timestamp::now()
        .as_millisecond()
        .max(incident.updated_at.as_millisecond());
    let mut history = HistoryWriter {
        connection,
        actor,
        now,
        note: &change.note,
    };
    if let Some(state) = change.state {
        incident.state.check_step(state)?;
        history.add(
            &mut incident,
            Kind::State,
            incident_text(|i| i.state.name()),
            state.name(),
        )?;
        incident.set_milestones(incident.milestones().after(state, now))?;
        incident.state = state;
    }
    if let Some(severity) = change.severity.filter(|severity| *severity != incident.severity) {
        history.add(
            &mut incident,
            Kind::Severity,
            incident_text(|i| i.severity.name()),
            severity.name(),
        )?;
        incident.severity = severity;
    }
    if let Some(assignee) = change
        .assignee
        .as_ref()
        .filter(|assignee| **assignee != incident.assignee)
    {
        history.add(&mut incident, Kind::Assignee, |i| i.assignee.clone(), assignee)?;
        incident.assignee.clone_from(assignee);
    }
    if let Some(title) = change.title.as_ref().filter(|title| **title != incident.title) {
        history.add(&mut incident, Kind::Title, |i| i.title.clone(), title)?;
        incident.title.clone_from(title);
    }
    if let Some(labels) = change.labels.as_ref().filter(|labels| **labels != incident.labels) {
        history.add(&mut incident, Kind::Labels, |i| i.labels.join(", "), &labels.join(", "))?;
        incident.labels.clone_from(labels);
        connection
            .prepare_cached(&sql::text("remove_labels")?)?
            .execute(named_params! {":incident": incident.seq})?;
        rows::insert_labels(connection, incident.seq, labels)?;
    }
    if let Some(other) = change.duplicate_of.as_ref().filter(|id| **id != incident.duplicate_of) {
        check_original(connection, &incident, other)?;
        history.add(
            &mut incident,
            Kind::Comment,
            |i| duplicate(&i.duplicate_of),
            &duplicate(other),
        )?;
        incident.duplicate_of.clone_from(other);
    }
    if !history.note.is_empty() {
        history.add(&mut incident, Kind::Comment, |_| String::new(), "")?;
    }
    if incident.version > before.version {
        incident.updated_at = instant(now)?;
        incident.derive();
        rows::update(connection, &incident, &before, &change.note)?;
    }
    Ok(incident)
}

/// Whether the incident may be called a duplicate of the other one: that is there, and no duplicate itself. An empty id takes it back.
fn check_original(connection: &Connection, incident: &Incident, id: &str) -> Stored<()> {
    if id.is_empty() {
        return Ok(());
    }
    if id == incident.id {
        return Err(Error::field("duplicate_of", "is the incident itself").into());
    }
    let original = rows::find(connection, &incident.org, id).map_err(|_| {
        let shown: String = id.chars().take(40).collect();
        Error::field("duplicate_of", format!("there is no incident {shown:?}"))
    })?;
    if original.duplicate_of.is_empty() {
        return Ok(());
    }
    let message = format!("is a duplicate of {} itself: give that one", original.duplicate_of);
    Err(Error::field("duplicate_of", message).into())
}

/// How the history says it.
fn duplicate(id: &str) -> String {
    if id.is_empty() {
        String::new()
    } else {
        format!("duplicate of {id}")
    }
}

fn incident_text(name: fn(&Incident) -> &'static str) -> impl Fn(&Incident) -> String {
    move |incident| name(incident).to_owned()
}

/// Adds the events of one change to the history. The note stands with the first of them.
struct HistoryWriter<'a> {
    connection: &'a Connection,
    actor: &'a Actor,
    now: i64,
    note: &'a str,
}

impl HistoryWriter<'_> {
    fn add(&mut self, incident: &mut Incident, kind: Kind, from: impl Fn(&Incident) -> String, to: &str) -> Stored<()> {
        incident.version += 1;
        let event = NewEvent {
            kind,
            from: &from(incident),
            to,
            note: std::mem::take(&mut self.note),
        };
        rows::add_event(
            self.connection,
            incident.seq,
            incident.version,
            self.now,
            self.actor,
            &event,
        )
    }
}

/// Hides the incident from everybody. Its history stays in the file; its last event says who deleted it.
pub(super) fn delete(
    connection: &Connection,
    org: &str,
    id: &str,
    if_match: Option<&str>,
    actor: &Actor,
) -> Stored<()> {
    let incident = rows::find(connection, org, id)?;
    if !is_seen(if_match, incident.version) {
        return Err(rows::outdated(&incident).into());
    }
    let at = Timestamp::now().as_millisecond();
    let hidden = connection
        .prepare_cached(&sql::text("hide_incident")?)?
        .execute(named_params! {
            ":seq": incident.seq, ":known_version": incident.version, ":at": at,
        })?;
    if hidden != 1 {
        return Err(rows::outdated(&incident).into());
    }
    let event = NewEvent {
        kind: Kind::Deleted,
        from: incident.state.name(),
        to: "",
        note: "",
    };
    rows::add_event(connection, incident.seq, incident.version + 1, at, actor, &event)
}
