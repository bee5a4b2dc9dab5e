//! One incident as a JSON file, and back.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::lifecycle::{Milestones, State};
use super::model::{Actor, Event, Incident, Kind};
use super::rows::{self, News};
use super::{Incidents, Snapshot, draft, id};
use crate::{Error, Result};
use kulprit_request::window::Window;

/// The form of the file.
const FORMAT: &str = "kulprit-incident/1";
/// More lines than any history should have.
const LINES: usize = 10_000;
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

    /// Stores an exported incident as the org's own, under its id. What its history says was not seen by this store: each of its lines
    /// is marked so, and a last one says who brought it.
    pub async fn import(&self, org: &str, file: Exported, actor: Actor) -> Result<Incident> {
        let (mut incident, snapshot) = file.checked()?;
        let history = file.history;
        org.clone_into(&mut incident.org);
        let write = self.store.write(move |connection| {
            let told = history.last().map_or(Timestamp::MIN, |event| event.at);
            let now = Timestamp::now().max(told);
            incident.updated_at = now;
            incident.version += 1;
            let notes: Vec<_> = history.iter().map(|event| event.note.as_str()).collect();
            let seq = rows::insert(connection, &incident, &snapshot, &notes.join("\n"))?;
            for event in &history {
                let news = News {
                    kind: event.kind,
                    from: &event.from,
                    to: &event.to,
                    note: &event.note,
                };
                let who = Actor {
                    who: event.who.clone(),
                    via: "import",
                };
                rows::tell(connection, seq, event.version, event.at.as_millisecond(), &who, &news)?;
            }
            let news = News {
                kind: Kind::Imported,
                from: "",
                to: incident.state.name(),
                note: "",
            };
            rows::tell(connection, seq, incident.version, now.as_millisecond(), &actor, &news)?;
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

    /// The incident and its snapshot, if the file is in itself right: the digest, the history, and the fields that follow from it.
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
        if !id::is_plausible(&incident.id) {
            return Err(Error::field("incident.id", "is no id of ours"));
        }
        for (field, text) in [
            ("incident.title", &mut incident.title),
            ("incident.assignee", &mut incident.assignee),
            ("incident.opened_by", &mut incident.opened_by),
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
        let (state, times) = self.retold()?;
        incident.state = state;
        incident.version = self.history.len().try_into().unwrap_or(i64::MAX);
        if let Some(first) = self.history.first() {
            incident.opened_at = first.at;
        }
        incident.set_milestones(times)?;
        Ok((incident, snapshot))
    }

    /// Where the history leads: the state and the times are taken from it, not from what the file says besides.
    fn retold(&self) -> Result<(State, Milestones)> {
        let wrong = |message: String| Error::field("history", message);
        if !(1..=LINES).contains(&self.history.len()) {
            return Err(wrong(format!(
                "holds {} lines: 1 to {LINES} are possible",
                self.history.len()
            )));
        }
        let (mut state, mut times) = (State::Open, Milestones::default());
        let (mut before, latest) = (Timestamp::MIN, Timestamp::now() + CLOCKS);
        for (version, event) in (1..).zip(&self.history) {
            if event.version != version || event.at < before {
                return Err(wrong(format!("line {version} is out of order")));
            }
            if event.at > latest || event.at < Timestamp::UNIX_EPOCH {
                return Err(wrong(format!("line {version} lies in the future, or before 1970")));
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
