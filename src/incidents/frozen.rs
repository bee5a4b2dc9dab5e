//! A snapshot read back into the types that the analyses answer with. Another version may have taken it, and an imported file may hold
//! anything: what cannot be read is said to be missing, and why.

use std::fmt;

use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::document::{Part, Status, Versions};
use super::parts;
use crate::questions::{error_groups, health, log_changes, root_cause, slo};

/// A snapshot for readers.
#[derive(Debug, Clone)]
pub struct Frozen {
    pub taken_at: Option<Timestamp>,
    pub versions: Versions,
    pub pattern_changes: Result<log_changes::Answer, Missing>,
    pub correlate: Result<root_cause::Answer, Missing>,
    pub health: Result<health::Health, Missing>,
    pub slo: Result<slo::SloAnswer, Missing>,
    pub error_patterns: Result<error_groups::ErrorGroups, Missing>,
    /// All parts that have the form of a part, with their statements.
    pub(super) parts: Vec<Part>,
}

/// Why the answer of an analysis is not there. `Display` is a sentence for readers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Missing {
    /// The version that took the snapshot had no such analysis.
    NotFrozen,
    /// It is there, in a form that this version does not read.
    OtherVersion,
    /// There was nothing to answer it from, for a reason.
    Absent(String),
    /// The analysis failed for a reason that may pass, and is asked again.
    Pending(String),
    /// The analysis failed, for a reason.
    Failed(String),
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotFrozen => f.write_str("Not frozen by the version that opened the incident."),
            Self::OtherVersion => f.write_str(
                "Frozen by another version of Kulprit, in a form that this one cannot read: the JSON export holds it.",
            ),
            Self::Absent(reason) => write!(f, "Nothing to answer this from: {reason}"),
            Self::Pending(reason) => write!(
                f,
                "Not answered yet: {reason}. `kulprit serve` asks again in the background while the data is there."
            ),
            Self::Failed(reason) => write!(f, "This analysis failed: {reason}"),
        }
    }
}

impl Frozen {
    /// Reads a snapshot's document.
    pub fn read(document: &Value) -> Self {
        let parts: Vec<Part> = document["parts"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(read)
            .collect();
        Self {
            taken_at: read(&document["taken_at"]),
            versions: read(&document["versions"]).unwrap_or_default(),
            pattern_changes: answer(&parts, parts::PATTERN_CHANGES),
            correlate: answer(&parts, parts::CORRELATE),
            health: answer(&parts, parts::HEALTH),
            slo: answer(&parts, parts::SLO),
            error_patterns: answer(&parts, parts::ERROR_PATTERNS),
            parts,
        }
    }

    /// The analyses without an answer, by name.
    pub fn missing(&self) -> impl Iterator<Item = (&'static str, &Missing)> {
        [
            (parts::PATTERN_CHANGES, self.pattern_changes.as_ref().err()),
            (parts::CORRELATE, self.correlate.as_ref().err()),
            (parts::HEALTH, self.health.as_ref().err()),
            (parts::SLO, self.slo.as_ref().err()),
            (parts::ERROR_PATTERNS, self.error_patterns.as_ref().err()),
        ]
        .into_iter()
        .filter_map(|(name, missing)| Some((name, missing?)))
    }
}

fn answer<T: DeserializeOwned>(parts: &[Part], name: &str) -> Result<T, Missing> {
    let part = parts.iter().find(|part| part.name == name).ok_or(Missing::NotFrozen)?;
    match part.status {
        Status::Ok => read(&part.answer).ok_or(Missing::OtherVersion),
        // Some of its sources may have answered.
        Status::Pending => read(&part.answer).ok_or_else(|| Missing::Pending(part.reason.clone())),
        Status::Absent => Err(Missing::Absent(part.reason.clone())),
        Status::Failed => Err(Missing::Failed(part.reason.clone())),
    }
}

fn read<T: DeserializeOwned>(value: &Value) -> Option<T> {
    T::deserialize(value).ok()
}
