//! Opening an incident, at most once for each idempotency key.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, named_params};

use super::change::{self, Change};
use super::draft::Draft;
use super::lifecycle::State;
use super::model::{Actor, Incident, Kind};
use super::snapshot::Snapshot;
use super::{id, rows, sql};
use crate::failure::Stored;
use crate::{Error, Result};

/// For how long a repeated request is recognised, in milliseconds.
const REMEMBERED_MS: i64 = 7 * 24 * 3_600 * 1_000;
/// The longest key.
const KEY: usize = 255;

/// A client's key for one creation, and the digest of what it asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Idempotency {
    pub key: String,
    pub request: String,
}

/// An incident, and whether it was there already: an earlier request of the same key had opened it, or it is about the same alert.
#[derive(Debug, Clone, PartialEq)]
pub struct Opened {
    pub incident: Incident,
    pub is_replay: bool,
}

impl Idempotency {
    /// The key of an `Idempotency-Key` header, and the body that came with it. Errors: the key is no short line of ASCII; the body is
    /// not JSON.
    pub fn new(key: &str, body: &[u8]) -> Result<Self> {
        let is_fine = (1..=KEY).contains(&key.len()) && key.bytes().all(|byte| (0x20..0x7f).contains(&byte));
        if !is_fine {
            return Err(Error::field(
                "Idempotency-Key",
                format!("give 1 to {KEY} printable ASCII characters, such as a UUID"),
            ));
        }
        // Two bodies that differ only in blanks or the order of keys ask for the same.
        // A byte order mark is passed over, as where the body itself is read.
        let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
        let body: serde_json::Value = serde_json::from_slice(body)
            .map_err(|error| Error::Unreadable(format!("the body is not JSON: {error}")))?;
        Ok(Self {
            key: key.to_owned(),
            request: super::canonical::digest(&super::canonical::text(&body)),
        })
    }
}

/// The incident that this key has opened before. Errors: it was another request's.
pub(super) fn replayed(connection: &Connection, org: &str, key: &Idempotency) -> Stored<Option<Incident>> {
    let used: Option<(String, String)> = connection
        .prepare_cached(&sql::text("key_used")?)?
        .query_row(named_params! {":org": org, ":key": key.key}, |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .optional()?;
    match used {
        None => Ok(None),
        Some((request, _)) if request != key.request => Err(Error::Contradiction(
            "Idempotency-Key: was used for another request: send a fresh key".to_owned(),
        )
        .into()),
        Some((_, id)) => rows::find(connection, org, &id).map(Some),
    }
}

/// Stores the incident, unless its key was used meanwhile.
pub(super) fn open(
    connection: &Connection,
    org: &str,
    draft: &Draft,
    snapshot: &Snapshot,
    actor: &Actor,
    key: Option<&Idempotency>,
) -> Stored<Opened> {
    if let Some(key) = key
        && let Some(incident) = replayed(connection, org, key)?
    {
        return Ok(Opened {
            incident,
            is_replay: true,
        });
    }
    let before = rows::last_of_alert(connection, org, &draft.dedup_key)?;
    if let Some(incident) = &before
        && incident.state.is_unresolved()
    {
        return Ok(Opened {
            incident: join(connection, incident, &draft.note, actor)?,
            is_replay: true,
        });
    }
    let now = Timestamp::now();
    let mut incident = fresh(org, draft, actor, now)?;
    incident.follows = before.map(|before| before.id).unwrap_or_default();
    let seq = rows::insert(connection, &incident, snapshot, &draft.note)?;
    let at = now.as_millisecond();
    if snapshot.is_unfinished()? {
        connection
            .prepare_cached(&sql::text("insert_pending_snapshot")?)?
            .execute(named_params! {":incident": seq, ":next_at": at})?;
    }
    let event = rows::NewEvent {
        kind: Kind::Opened,
        from: "",
        to: State::Open.name(),
        note: &draft.note,
    };
    rows::add_event(connection, seq, 1, at, actor, &event)?;
    if let Some(key) = key {
        connection
            .prepare_cached(&sql::text("forget_keys")?)?
            .execute(named_params! {":before": at - REMEMBERED_MS})?;
        connection
            .prepare_cached(&sql::text("insert_key")?)?
            .execute(named_params! {
                ":org": org, ":key": key.key, ":request": key.request, ":incident": seq, ":used_at": at,
            })?;
    }
    Ok(Opened {
        incident: rows::find(connection, org, &incident.id)?,
        is_replay: false,
    })
}

/// Adds what a repeated alert says to the incident that it joins, unless that was said last.
pub(super) fn join(connection: &Connection, incident: &Incident, note: &str, actor: &Actor) -> Stored<Incident> {
    let history = rows::history(connection, incident.seq)?;
    let last = history
        .iter()
        .rev()
        .find(|event| event.who == actor.who && !event.note.is_empty());
    if note.is_empty() || last.is_some_and(|event| event.note == note) {
        return Ok(incident.clone());
    }
    change::change(
        connection,
        &incident.org,
        &incident.id,
        None,
        &Change::comment(note)?,
        actor,
    )
}

fn fresh(org: &str, draft: &Draft, actor: &Actor, now: Timestamp) -> Result<Incident> {
    Ok(Incident {
        seq: 0,
        id: id::fresh()?,
        org: org.to_owned(),
        title: draft.title.clone(),
        severity: draft.severity,
        state: State::Open,
        assignee: draft.assignee.clone(),
        service: draft.services.join(", "),
        label: draft.labels.join(", "),
        from: draft.window.from,
        to: draft.window.to,
        baseline_from: draft.baseline.from,
        baseline_to: draft.baseline.to,
        opened_at: now,
        opened_by: actor.who.clone(),
        updated_at: now,
        acknowledged_at: None,
        mitigated_at: None,
        resolved_at: None,
        closed_at: None,
        time_to_acknowledge_s: None,
        time_to_mitigate_s: None,
        time_to_resolve_s: None,
        version: 1,
        services: draft.services.clone(),
        labels: draft.labels.clone(),
        dedup_key: draft.dedup_key.clone(),
        follows: String::new(),
        duplicate_of: String::new(),
    })
}
