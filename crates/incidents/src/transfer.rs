//! One incident as a JSON file, and back.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::lifecycle::{Milestones, State};
use super::model::{Actor, Event, Incident, Kind};
use super::rows::{self, NewEvent};
use super::{Incidents, Snapshot, draft, id};
use crate::{Error, Result};
use kulprit_request::window::Window;

/// The form of the file.
const FORMAT: &str = "kulprit-incident/1";
/// The most events of a history.
const EVENTS: usize = 10_000;
/// By how much the clock of the machine that wrote the file may be ahead.
const CLOCKS: SignedDuration = SignedDuration::from_mins(5);

/// An incident with everything that belongs to it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Exported {
    pub format: String,
    pub incident: Incident,
    pub history: Vec<Event>,
    pub digest: String,
    pub snapshot: Value,
}

impl Incidents {
    pub async fn export(&self, org: &str, id: &str) -> Result<Exported> {
        let (org, id) = (org.to_owned(), id.to_owned());
        let read = self.store.read(move |connection| {
            let incident = rows::find(connection, &org, &id)?;
            let history = rows::history(connection, incident.seq)?;
            let snapshot = rows::snapshot(connection, incident.seq)?;
            Ok((incident, history, snapshot))
        });
        let (incident, history, snapshot) = read.await?;
        Ok(Exported {
            format: FORMAT.to_owned(),
            incident,
            history,
            snapshot: snapshot.value()?,
            digest: snapshot.digest,
        })
    }

    /// Stores an exported incident as the org's own, under its id. This store did not see what its history says: each event is marked as
    /// imported, and a last one says who imported it.
    pub async fn import(&self, org: &str, file: Exported, actor: Actor) -> Result<Incident> {
        let (mut incident, snapshot) = file.checked()?;
        let history = file.history;
        org.clone_into(&mut incident.org);
        let write = self.store.write(move |connection| {
            let last = history.last().map_or(Timestamp::MIN, |event| event.at);
            let now = Timestamp::now().max(last);
            incident.updated_at = now;
            incident.version += 1;
            let notes: Vec<_> = history.iter().map(|event| event.note.as_str()).collect();
            let seq = rows::insert(connection, &incident, &snapshot, &notes.join("\n"))?;
            for event in &history {
                let imported = NewEvent {
                    kind: event.kind,
                    from: &event.from,
                    to: &event.to,
                    note: &event.note,
                };
                let actor = Actor {
                    who: event.who.clone(),
                    via: "import",
                };
                rows::add_event(
                    connection,
                    seq,
                    event.version,
                    event.at.as_millisecond(),
                    &actor,
                    &imported,
                )?;
            }
            let event = NewEvent {
                kind: Kind::Imported,
                from: "",
                to: incident.state.name(),
                note: "",
            };
            rows::add_event(connection, seq, incident.version, now.as_millisecond(), &actor, &event)?;
            rows::find(connection, &incident.org, &incident.id)
        });
        write.await
    }
}

impl Exported {
    /// Reads a file that [`Incidents::export`] made.
    pub fn read(bytes: &[u8]) -> Result<Self> {
        serde_json::from_slice(bytes)
            .map_err(|error| Error::Unreadable(format!("this is no exported incident: {error}")))
    }

    /// The incident and its snapshot. Errors: the digest is not the snapshot's, the history is impossible, or a field is invalid.
    fn checked(&self) -> Result<(Incident, Snapshot)> {
        if self.format != FORMAT {
            return Err(Error::field("format", format!("is not {FORMAT:?}")));
        }
        let snapshot = Snapshot::of(&self.snapshot);
        if snapshot.digest != self.digest {
            return Err(Error::field(
                "digest",
                format!(
                    "is not that of the snapshot, which is {}: the file was altered",
                    snapshot.digest
                ),
            ));
        }
        let mut incident = self.incident.clone();
        if !id::is_whole(&incident.id) {
            return Err(Error::field("incident.id", "is not the id of an incident"));
        }
        for (field, text) in [
            ("incident.title", &mut incident.title),
            ("incident.assignee", &mut incident.assignee),
            ("incident.opened_by", &mut incident.opened_by),
            ("incident.dedup_key", &mut incident.dedup_key),
            ("incident.follows", &mut incident.follows),
            ("incident.duplicate_of", &mut incident.duplicate_of),
        ] {
            *text = draft::line(field, text)?;
        }
        if incident.title.is_empty() {
            return Err(Error::field("incident.title", "is empty"));
        }
        Window::new(incident.from, incident.to, ("incident.from", "incident.to"))?;
        Window::new(
            incident.baseline_from,
            incident.baseline_to,
            ("incident.baseline_from", "incident.baseline_to"),
        )?;
        incident.services = draft::names("incident.services", incident.services.into_iter())?;
        incident.labels = draft::labels(incident.labels)?;
        let (state, times) = self.replayed()?;
        incident.state = state;
        incident.version = self.history.len().try_into().unwrap_or(i64::MAX);
        if let Some(first) = self.history.first() {
            incident.opened_at = first.at;
        }
        incident.set_milestones(times)?;
        Ok((incident, snapshot))
    }

    /// The state and the times after the whole history; what the file says of them besides does not count.
    fn replayed(&self) -> Result<(State, Milestones)> {
        let wrong = |message: String| Error::field("history", message);
        if !(1..=EVENTS).contains(&self.history.len()) {
            return Err(wrong(format!(
                "holds {} events: 1 to {EVENTS} are possible",
                self.history.len()
            )));
        }
        let (mut state, mut times) = (State::Open, Milestones::default());
        let (mut before, latest) = (Timestamp::MIN, Timestamp::now() + CLOCKS);
        for (version, event) in (1..).zip(&self.history) {
            if event.version != version || event.at < before {
                return Err(wrong(format!("event {version} is out of order")));
            }
            if event.at > latest || event.at < Timestamp::UNIX_EPOCH {
                return Err(wrong(format!("event {version} lies in the future, or before 1970")));
            }
            before = event.at;
            draft::line("history.who", &event.who)?;
            draft::note("history.note", &event.note)?;
            if (event.kind == Kind::Opened) != (version == 1) {
                return Err(wrong("must begin with the opening, and holds only one".to_owned()));
            }
            if event.kind == Kind::Deleted {
                return Err(wrong("is that of a deleted incident".to_owned()));
            }
            if event.kind == Kind::State {
                let next = State::parse("history.to", &event.to)?;
                state.check_step(next).map_err(|error| wrong(error.to_string()))?;
                times = times.after(next, event.at.as_millisecond());
                state = next;
            }
        }
        Ok((state, times))
    }
}
