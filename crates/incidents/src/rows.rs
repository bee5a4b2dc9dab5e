//! Reads and writes single rows, for all operations.

use rusqlite::{Connection, OptionalExtension as _, named_params};

use super::model::{Actor, Event, Incident, Kind};
use super::snapshot::Snapshot;
use super::sql;
use crate::Error;
use crate::failure::{Failure, Stored};

/// The org's incident of that id. Another org's is not there.
pub(super) fn find(connection: &Connection, org: &str, id: &str) -> Stored<Incident> {
    connection
        .prepare_cached(&sql::text("find")?)?
        .query_row(named_params! {":org": org, ":id": id}, |row| {
            Ok(Incident::from_row(row))
        })
        .optional()?
        .unwrap_or_else(|| Err(no_incident(id).into()))
}

/// The last incident that the alert of that key opened.
pub(super) fn last_of_alert(connection: &Connection, org: &str, dedup_key: &str) -> Stored<Option<Incident>> {
    connection
        .prepare_cached(&sql::text("last_of_alert")?)?
        .query_row(named_params! {":org": org, ":dedup_key": dedup_key}, |row| {
            Ok(Incident::from_row(row))
        })
        .optional()?
        .transpose()
}

/// The 404 of an incident, the same whether it never was, is deleted or belongs to another org.
pub(super) fn no_incident(id: &str) -> Error {
    let shown: String = id.chars().take(40).collect();
    Error::NotFound(format!("there is no incident {shown:?}"))
}

pub(super) fn history(connection: &Connection, seq: i64) -> Stored<Vec<Event>> {
    let mut statement = connection.prepare_cached(&sql::text("history")?)?;
    let mut rows = statement.query(named_params! {":incident": seq})?;
    let mut events = Vec::new();
    while let Some(row) = rows.next()? {
        events.push(Event::from_row(row)?);
    }
    Ok(events)
}

pub(super) fn snapshot(connection: &Connection, seq: i64) -> Stored<Snapshot> {
    let found =
        connection
            .prepare_cached(&sql::text("snapshot")?)?
            .query_row(named_params! {":incident": seq}, |row| {
                Ok(Snapshot {
                    digest: row.get("digest")?,
                    document: row.get("document")?,
                })
            });
    Ok(found?)
}

/// Adds the incident with its services, labels, words and snapshot, and returns its row's number.
pub(super) fn insert(connection: &Connection, incident: &Incident, snapshot: &Snapshot, notes: &str) -> Stored<i64> {
    let times = incident.milestones();
    let added = connection
        .prepare_cached(&sql::text("insert_incident")?)?
        .execute(named_params! {
            ":org": incident.org,
            ":id": incident.id,
            ":title": incident.title,
            ":severity": incident.severity.name(),
            ":state": incident.state.name(),
            ":assignee": incident.assignee,
            ":window_from": incident.from.as_millisecond(),
            ":window_to": incident.to.as_millisecond(),
            ":baseline_from": incident.baseline_from.as_millisecond(),
            ":baseline_to": incident.baseline_to.as_millisecond(),
            ":opened_at": incident.opened_at.as_millisecond(),
            ":opened_by": incident.opened_by,
            ":updated_at": incident.updated_at.as_millisecond(),
            ":acknowledged_at": times.acknowledged_at,
            ":mitigated_at": times.mitigated_at,
            ":resolved_at": times.resolved_at,
            ":closed_at": times.closed_at,
            ":version": incident.version,
            ":dedup_key": incident.dedup_key,
            ":follows": incident.follows,
            ":duplicate_of": incident.duplicate_of,
        });
    added.map_err(|error| match error.sqlite_error_code() {
        Some(rusqlite::ErrorCode::ConstraintViolation) => {
            Error::Conflict(format!("id: incident {:?} is there already", incident.id)).into()
        }
        _ => Failure::from(error),
    })?;
    let seq = connection.last_insert_rowid();
    let mut insert_service = connection.prepare_cached(&sql::text("insert_service")?)?;
    for (position, service) in (0_i64..).zip(&incident.services) {
        insert_service.execute(named_params! {":incident": seq, ":position": position, ":service": service})?;
    }
    insert_labels(connection, seq, &incident.labels)?;
    connection
        .prepare_cached(&sql::text("insert_words")?)?
        .execute(named_params! {
            ":incident": seq, ":subject": incident.subject(), ":notes": notes, ":patterns": snapshot.words()?,
        })?;
    connection
        .prepare_cached(&sql::text("insert_snapshot")?)?
        .execute(named_params! {
            ":incident": seq, ":digest": snapshot.digest, ":document": snapshot.document,
        })?;
    Ok(seq)
}

pub(super) fn insert_labels(connection: &Connection, seq: i64, labels: &[String]) -> Stored<()> {
    let mut insert = connection.prepare_cached(&sql::text("insert_label")?)?;
    for label in labels {
        insert.execute(named_params! {":incident": seq, ":label": label})?;
    }
    Ok(())
}

/// Writes the fields that can change, if the row is still as it was `before`.
pub(super) fn update(connection: &Connection, incident: &Incident, before: &Incident, note: &str) -> Stored<()> {
    let times = incident.milestones();
    let changed = connection
        .prepare_cached(&sql::text("update_incident")?)?
        .execute(named_params! {
            ":seq": incident.seq,
            ":known_version": before.version,
            ":version": incident.version,
            ":title": incident.title,
            ":severity": incident.severity.name(),
            ":state": incident.state.name(),
            ":assignee": incident.assignee,
            ":duplicate_of": incident.duplicate_of,
            ":updated_at": incident.updated_at.as_millisecond(),
            ":acknowledged_at": times.acknowledged_at,
            ":mitigated_at": times.mitigated_at,
            ":resolved_at": times.resolved_at,
            ":closed_at": times.closed_at,
        })?;
    if changed != 1 {
        return Err(outdated(incident).into());
    }
    // A change of state alone changes no words: the index need not be written.
    let subject = incident.subject();
    if subject != before.subject() || !note.is_empty() {
        connection
            .prepare_cached(&sql::text("update_words")?)?
            .execute(named_params! {":incident": incident.seq, ":subject": subject, ":note": note})?;
    }
    Ok(())
}

/// The 412 of a change that was made from an older version.
pub(super) fn outdated(incident: &Incident) -> Error {
    Error::Outdated(format!(
        "incident {} has changed meanwhile: read it again, and send its new ETag",
        incident.id
    ))
}

/// An event before it has a version and a time.
pub(super) struct NewEvent<'a> {
    pub kind: Kind,
    pub from: &'a str,
    pub to: &'a str,
    pub note: &'a str,
}

/// Adds an event to the history of the incident, which is at `version` after it.
pub(super) fn add_event(
    connection: &Connection,
    seq: i64,
    version: i64,
    at: i64,
    actor: &Actor,
    event: &NewEvent<'_>,
) -> Stored<()> {
    connection
        .prepare_cached(&sql::text("insert_event")?)?
        .execute(named_params! {
            ":incident": seq,
            ":version": version,
            ":at": at,
            ":who": actor.who,
            ":via": actor.via,
            ":kind": event.kind.name(),
            ":from_value": event.from,
            ":to_value": event.to,
            ":note": event.note,
        })?;
    Ok(())
}
