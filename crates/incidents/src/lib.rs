//! The incident store: what the analyses answered, frozen, and what people did about it, in SQLite. No other crate uses SQLite.
//!
//! Every call is for an org; the incident of another org is not found. Calls block no async thread.

mod backup;
pub mod canonical;
mod change;
mod completion;
mod cursor;
mod draft;
mod failure;
mod filter;
mod id;
mod lifecycle;
mod list;
mod migrations;
mod model;
mod open;
mod rows;
pub mod snapshot;
pub mod sql;
mod stats;
mod store;
mod tokens;
mod transfer;

use std::path::Path;

use serde::Serialize;

use kulprit_request::{Error, Result};

pub use backup::restore;
pub use change::{CHANGE_FIELDS, COMMENT_FIELDS, Change, ChangeRequest, etag};
pub use completion::Unfinished;
pub use draft::{Draft, OPEN_FIELDS, OpenRequest};
pub use filter::{Filter, ListRequest, Sort};
pub use lifecycle::{State, TRANSITIONS};
pub use list::Page;
pub use migrations::FILES as MIGRATIONS;
pub use model::{Actor, Event, Incident, Kind, Severity};
pub use open::{Idempotency, Opened};
pub use snapshot::Snapshot;
pub use stats::{OpenedBetween, Stat, StatsRequest};
pub use store::Store;
pub use tokens::TokenRow;
pub use transfer::Exported;

/// The incident store and what is done with it. Cloning shares it.
#[derive(Clone)]
pub struct Incidents {
    store: Store,
}

/// An incident with what was frozen when it was opened.
#[derive(Debug, Clone, PartialEq, Serialize, schemars::JsonSchema)]
pub struct Detail {
    #[serde(flatten)]
    pub incident: Incident,
    pub digest: String,
    pub snapshot: serde_json::Value,
}

impl Incidents {
    /// Opens the store, creating it when it is not there. Blocks.
    pub fn open(path: &Path) -> anyhow::Result<Self> {
        Ok(Self {
            store: Store::open(path)?,
        })
    }

    pub fn store(&self) -> &Store {
        &self.store
    }

    /// The incident that an earlier request with this key opened.
    pub async fn replayed(&self, org: &str, key: &Idempotency) -> Result<Option<Incident>> {
        let (org, key) = (org.to_owned(), key.clone());
        self.store
            .read(move |connection| open::replayed(connection, &org, &key))
            .await
    }

    /// Opens an incident with what was frozen for it.
    pub async fn add(
        &self,
        org: &str,
        draft: Draft,
        snapshot: Snapshot,
        actor: Actor,
        key: Option<Idempotency>,
    ) -> Result<Opened> {
        let org = org.to_owned();
        self.store
            .write(move |connection| open::open(connection, &org, &draft, &snapshot, &actor, key.as_ref()))
            .await
    }

    /// The last incident that the alert of that key opened.
    pub async fn last_of_alert(&self, org: &str, dedup_key: &str) -> Result<Option<Incident>> {
        let (org, dedup_key) = (org.to_owned(), dedup_key.to_owned());
        self.store
            .read(move |connection| rows::last_of_alert(connection, &org, &dedup_key))
            .await
    }

    /// Adds what a repeated alert says to the incident that it joins, unless that was said last.
    pub async fn join(&self, incident: Incident, note: String, actor: Actor) -> Result<Incident> {
        self.store
            .write(move |connection| open::join(connection, &incident, &note, &actor))
            .await
    }

    pub async fn find(&self, org: &str, id: &str) -> Result<Incident> {
        let (org, id) = (org.to_owned(), id.to_owned());
        self.store
            .read(move |connection| rows::find(connection, &org, &id))
            .await
    }

    /// The incident and its snapshot.
    pub async fn detail(&self, org: &str, id: &str) -> Result<Detail> {
        let (org, id) = (org.to_owned(), id.to_owned());
        let read = self.store.read(move |connection| {
            let incident = rows::find(connection, &org, &id)?;
            let snapshot = rows::snapshot(connection, incident.seq)?;
            Ok((incident, snapshot))
        });
        let (incident, snapshot) = read.await?;
        Ok(Detail {
            incident,
            snapshot: snapshot.value()?,
            digest: snapshot.digest,
        })
    }

    /// The events of the incident, oldest first.
    pub async fn history(&self, org: &str, id: &str) -> Result<Vec<Event>> {
        let (org, id) = (org.to_owned(), id.to_owned());
        self.store
            .read(move |connection| {
                let incident = rows::find(connection, &org, &id)?;
                rows::history(connection, incident.seq)
            })
            .await
    }

    pub async fn list(&self, org: &str, filter: Filter) -> Result<Page> {
        let org = org.to_owned();
        self.store
            .read(move |connection| list::list(connection, &org, &filter))
            .await
    }

    pub async fn stats(&self, org: &str, opened: OpenedBetween) -> Result<Vec<Stat>> {
        let org = org.to_owned();
        self.store
            .read(move |connection| stats::stats(connection, &org, opened))
            .await
    }

    /// Changes an incident. `if_match` is the header of that name. Errors: 404, 409 for a change of state that is not allowed, 412 when
    /// the incident has changed since the client read it.
    pub async fn change(
        &self,
        org: &str,
        id: &str,
        if_match: Option<&str>,
        change: Change,
        actor: Actor,
    ) -> Result<Incident> {
        let (org, id, if_match) = (org.to_owned(), id.to_owned(), if_match.map(str::to_owned));
        self.store
            .write(move |connection| change::change(connection, &org, &id, if_match.as_deref(), &change, &actor))
            .await
    }

    /// Hides an incident for good. Errors: 404, 412.
    pub async fn delete(&self, org: &str, id: &str, if_match: Option<&str>, actor: Actor) -> Result<()> {
        let (org, id, if_match) = (org.to_owned(), id.to_owned(), if_match.map(str::to_owned));
        self.store
            .write(move |connection| change::delete(connection, &org, &id, if_match.as_deref(), &actor))
            .await
    }

    /// The id that begins with `prefix`, for people who type a part of it. Errors: none does, or several do.
    pub async fn id_like(&self, org: &str, prefix: &str) -> Result<String> {
        let prefix = prefix.to_ascii_lowercase();
        if !id::is_plausible(&prefix) {
            return Err(rows::no_incident(&prefix));
        }
        let org = org.to_owned();
        let read = self.store.read(move |connection| {
            let mut statement = connection.prepare_cached(&sql::text("ids_like")?)?;
            let found = statement.query_map(rusqlite::named_params! {":org": org, ":prefix": prefix}, |row| {
                row.get(0)
            })?;
            let mut ids = found.collect::<rusqlite::Result<Vec<String>>>()?;
            match ids.len() {
                0 => Err(rows::no_incident(&prefix).into()),
                1 => Ok(ids.swap_remove(0)),
                _ => {
                    let more = format!("{prefix:?} begins more than one: {}", ids.join(", "));
                    Err(Error::field("id", more).into())
                }
            }
        });
        read.await
    }

    /// Asks the cheapest statement: whether the store answers.
    pub async fn ping(&self) -> Result<()> {
        self.store
            .read(|connection| {
                let one: i64 = connection
                    .prepare_cached(&sql::text("select_one")?)?
                    .query_row([], |row| row.get(0))?;
                debug_assert_eq!(one, 1);
                Ok(())
            })
            .await
    }
}
