//! An incident and the events of its history, as the API and the command line show them.

use jiff::Timestamp;
use rusqlite::Row;
use serde::{Deserialize, Serialize};

use super::lifecycle::{Milestones, State};
use crate::failure::Stored;
use crate::{Error, Result};

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    Low,
    Medium,
    High,
    Critical,
}

impl Severity {
    pub const ALL: [Self; 4] = [Self::Low, Self::Medium, Self::High, Self::Critical];

    pub fn name(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }

    /// The severity of a rank in the database: 1 is low, 4 critical.
    pub(super) fn of_rank(rank: i64) -> Self {
        match rank {
            4 => Self::Critical,
            3 => Self::High,
            2 => Self::Medium,
            _ => Self::Low,
        }
    }

    /// The severity of that name. `field` names the value in the error.
    pub fn parse(field: &str, name: &str) -> Result<Self> {
        super::draft::choice(field, name, &Self::ALL, Self::name)
    }
}

/// One incident, flat: every value is text, a number or null, but for the two lists that repeat `service` and `label`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Incident {
    /// The row's number; not shown outside this crate.
    #[serde(skip)]
    pub(super) seq: i64,
    pub id: String,
    pub org: String,
    pub title: String,
    pub severity: Severity,
    pub state: State,
    /// Who works on it; empty for nobody.
    pub assignee: String,
    /// The services, joined by a comma and a blank.
    pub service: String,
    /// The labels, likewise.
    pub label: String,
    pub from: Timestamp,
    pub to: Timestamp,
    pub baseline_from: Timestamp,
    pub baseline_to: Timestamp,
    pub opened_at: Timestamp,
    pub opened_by: String,
    pub updated_at: Timestamp,
    pub acknowledged_at: Option<Timestamp>,
    pub mitigated_at: Option<Timestamp>,
    pub resolved_at: Option<Timestamp>,
    pub closed_at: Option<Timestamp>,
    /// Seconds from opening to the first acknowledgement, the last mitigation, the last resolution.
    pub time_to_acknowledge_s: Option<f64>,
    pub time_to_mitigate_s: Option<f64>,
    pub time_to_resolve_s: Option<f64>,
    /// The number of events in the history; the ETag.
    pub version: i64,
    pub services: Vec<String>,
    pub labels: Vec<String>,
    /// The key of the alert that it is about; empty for none.
    #[serde(default)]
    pub dedup_key: String,
    /// The incident, resolved since, that the same alert opened before; empty for none.
    #[serde(default)]
    pub follows: String,
    /// The incident that people work on instead; empty for none.
    #[serde(default)]
    pub duplicate_of: String,
}

/// What an event is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    Opened,
    State,
    Severity,
    Assignee,
    Title,
    Labels,
    Comment,
    Imported,
    Deleted,
}

impl Kind {
    pub const ALL: [Self; 9] = [
        Self::Opened,
        Self::State,
        Self::Severity,
        Self::Assignee,
        Self::Title,
        Self::Labels,
        Self::Comment,
        Self::Imported,
        Self::Deleted,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::Opened => "opened",
            Self::State => "state",
            Self::Severity => "severity",
            Self::Assignee => "assignee",
            Self::Title => "title",
            Self::Labels => "labels",
            Self::Comment => "comment",
            Self::Imported => "imported",
            Self::Deleted => "deleted",
        }
    }
}

/// An event of the history: who changed what, when, from what to what, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Event {
    pub version: i64,
    pub at: Timestamp,
    pub who: String,
    /// How they were identified: `token`, `grafana`, `secret`, `none`, `cli`; `import` for an event that came in a file.
    pub via: String,
    pub kind: Kind,
    pub from: String,
    pub to: String,
    pub note: String,
}

/// Who does something, and how they were identified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    pub who: String,
    pub via: &'static str,
}

impl Incident {
    /// Reads the columns of `_incident_columns.sql`.
    pub(super) fn from_row(row: &Row<'_>) -> Stored<Self> {
        let time = |name: &str| instant(row.get(name)?);
        let maybe = |name: &str| row.get::<_, Option<i64>>(name)?.map(instant).transpose();
        let list = |name: &str| -> Stored<Vec<String>> {
            let text: String = row.get(name)?;
            serde_json::from_str(&text).map_err(|error| Error::Store(format!("{name}: {error}")).into())
        };
        let mut incident = Self {
            seq: row.get("seq")?,
            id: row.get("id")?,
            org: row.get("org")?,
            title: row.get("title")?,
            severity: Severity::parse("severity", &row.get::<_, String>("severity")?)?,
            state: State::parse("state", &row.get::<_, String>("state")?)?,
            assignee: row.get("assignee")?,
            service: String::new(),
            label: String::new(),
            from: time("window_from")?,
            to: time("window_to")?,
            baseline_from: time("baseline_from")?,
            baseline_to: time("baseline_to")?,
            opened_at: time("opened_at")?,
            opened_by: row.get("opened_by")?,
            updated_at: time("updated_at")?,
            acknowledged_at: maybe("acknowledged_at")?,
            mitigated_at: maybe("mitigated_at")?,
            resolved_at: maybe("resolved_at")?,
            closed_at: maybe("closed_at")?,
            time_to_acknowledge_s: None,
            time_to_mitigate_s: None,
            time_to_resolve_s: None,
            version: row.get("version")?,
            services: list("services")?,
            labels: list("labels")?,
            dedup_key: row.get("dedup_key")?,
            follows: row.get("follows")?,
            duplicate_of: row.get("duplicate_of")?,
        };
        incident.derive();
        Ok(incident)
    }

    /// Fills in what follows from the other fields.
    pub(super) fn derive(&mut self) {
        let since_opened = |at: Option<Timestamp>| at.map(|at| at.duration_since(self.opened_at).as_secs_f64());
        self.time_to_acknowledge_s = since_opened(self.acknowledged_at);
        self.time_to_mitigate_s = since_opened(self.mitigated_at);
        self.time_to_resolve_s = since_opened(self.resolved_at);
        self.service = self.services.join(", ");
        self.label = self.labels.join(", ");
    }

    pub(super) fn milestones(&self) -> Milestones {
        let milliseconds = |at: Option<Timestamp>| at.map(Timestamp::as_millisecond);
        Milestones {
            acknowledged_at: milliseconds(self.acknowledged_at),
            mitigated_at: milliseconds(self.mitigated_at),
            resolved_at: milliseconds(self.resolved_at),
            closed_at: milliseconds(self.closed_at),
        }
    }

    pub(super) fn set_milestones(&mut self, times: Milestones) -> Result<()> {
        self.acknowledged_at = times.acknowledged_at.map(instant).transpose()?;
        self.mitigated_at = times.mitigated_at.map(instant).transpose()?;
        self.resolved_at = times.resolved_at.map(instant).transpose()?;
        self.closed_at = times.closed_at.map(instant).transpose()?;
        self.derive();
        Ok(())
    }

    /// What people search for, besides notes and patterns.
    pub(super) fn subject(&self) -> String {
        [&self.id, &self.title, &self.service, &self.label, &self.assignee]
            .map(String::as_str)
            .join("\n")
    }
}

impl Event {
    /// Reads the columns of `history.sql`.
    pub(super) fn from_row(row: &Row<'_>) -> Stored<Self> {
        let kind: String = row.get("kind")?;
        Ok(Self {
            version: row.get("version")?,
            at: instant(row.get("at")?)?,
            who: row.get("who")?,
            via: row.get("via")?,
            kind: super::draft::choice("kind", &kind, &Kind::ALL, Kind::name)?,
            from: row.get("from_value")?,
            to: row.get("to_value")?,
            note: row.get("note")?,
        })
    }
}

/// The instant of so many milliseconds since 1970.
pub(super) fn instant(milliseconds: i64) -> Stored<Timestamp> {
    Timestamp::from_millisecond(milliseconds)
        .map_err(|error| Error::Store(format!("{milliseconds} is no time: {error}")).into())
}
