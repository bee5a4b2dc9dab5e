//! Parts of a snapshot that come after the incident was opened: which are to be asked, and what they answered.

use jiff::Timestamp;
use rusqlite::{Connection, named_params};

use super::model::Incident;
use super::snapshot::Snapshot;
use super::{Detail, Incidents, rows, sql};
use crate::Result;
use crate::failure::Stored;

/// A snapshot some of whose parts are to be asked again.
#[derive(Debug, Clone, PartialEq)]
pub struct Unfinished {
    /// As it is shown now.
    pub detail: Detail,
    /// How often its parts were asked again.
    pub tries: u32,
}

impl Incidents {
    /// The snapshots whose parts are to be asked by `now`, the longest waiting first.
    pub async fn unfinished(&self, now: Timestamp) -> Result<Vec<Unfinished>> {
        let due = self.store.read(move |connection| due(connection, now)).await?;
        let mut unfinished = Vec::with_capacity(due.len());
        for (org, id, tries) in due {
            let detail = self.detail(&org, &id).await?;
            unfinished.push(Unfinished { detail, tries });
        }
        Ok(unfinished)
    }

    /// Keeps what parts of the incident's snapshot have answered meanwhile, if any did, and when to ask the others; never, if that is none.
    pub async fn complete(
        &self,
        incident: &Incident,
        answered: Option<Snapshot>,
        next: Option<Timestamp>,
    ) -> Result<()> {
        let seq = incident.seq;
        self.store
            .write(move |connection| {
                if let Some(snapshot) = answered {
                    store(connection, seq, &snapshot)?;
                }
                match next {
                    Some(next) => connection
                        .prepare_cached(&sql::text("put_off_snapshot")?)?
                        .execute(named_params! {":incident": seq, ":next_at": next.as_millisecond()})?,
                    None => connection
                        .prepare_cached(&sql::text("remove_pending_snapshot")?)?
                        .execute(named_params! {":incident": seq})?,
                };
                Ok(())
            })
            .await
    }
}

fn due(connection: &Connection, now: Timestamp) -> Stored<Vec<(String, String, u32)>> {
    let mut statement = connection.prepare_cached(&sql::text("pending_snapshots")?)?;
    let found = statement.query_map(named_params! {":now": now.as_millisecond()}, |row| {
        Ok((row.get(0)?, row.get(1)?, row.get(2)?))
    })?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

fn store(connection: &Connection, seq: i64, snapshot: &Snapshot) -> Stored<()> {
    // Another process may have been faster, and a snapshot is complete once.
    if rows::snapshot(connection, seq)?.digest == snapshot.digest {
        return Ok(());
    }
    connection
        .prepare_cached(&sql::text("insert_completed_snapshot")?)?
        .execute(named_params! {
            ":incident": seq, ":at": Timestamp::now().as_millisecond(),
            ":digest": snapshot.digest, ":document": snapshot.document,
        })?;
    connection
        .prepare_cached(&sql::text("update_patterns")?)?
        .execute(named_params! {":incident": seq, ":patterns": snapshot.words()?})?;
    Ok(())
}
