//! What `GET /api/v1/slo` answers.

use crate::sources::SourceRead;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::windows::Severity;

/// What `GET /api/v1/slo` answers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct SloAnswer {
    pub at: Timestamp,
    /// The most urgent first.
    pub slos: Vec<Status>,
    pub burn_rates: Vec<Burn>,
    pub warnings: Vec<String>,
    /// What was read in place; where anything was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sources: Option<Vec<SourceRead>>,
}

/// One objective of one service.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Status {
    pub service: String,
    pub objective: String,
    pub kind: ObjectiveKind,
    /// Per cent.
    pub target: f64,
    pub latency_ms: Option<f64>,
    pub period_seconds: u32,
    pub total: f64,
    pub bad: f64,
    /// Per cent of good requests in the period.
    pub achieved: Option<f64>,
    /// 1 is untouched, 0 is used up, less is overspent.
    pub budget_remaining: Option<f64>,
    /// None when nothing burns; 0 when nothing is left.
    pub seconds_to_exhaustion: Option<f64>,
    pub severity: Severity,
    pub status: BudgetStatus,
    /// The part of the period since the service's first request.
    pub coverage: f64,
    /// Of the last hour.
    pub burn_rate: Option<f64>,
    /// Why an alert was held back, or which pair fires, in words.
    pub reasons: Vec<String>,
}

/// What an objective promises.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ObjectiveKind {
    Availability,
    Latency,
}

/// How the error budget stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum BudgetStatus {
    Ok,
    /// A pair of windows fires.
    Burning,
    /// Nothing is left of it.
    Exhausted,
    /// No request in the period.
    Unknown,
}

impl BudgetStatus {
    pub fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Burning => "burning",
            Self::Exhausted => "exhausted",
            Self::Unknown => "unknown",
        }
    }
}

/// One pair of windows of one objective.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Burn {
    pub service: String,
    pub objective: String,
    pub severity: Severity,
    pub long_seconds: u32,
    pub short_seconds: u32,
    pub threshold: f64,
    pub long_burn_rate: Option<f64>,
    pub short_burn_rate: Option<f64>,
    pub long_total: f64,
    pub long_bad: f64,
    /// The part of the long window since the service's first request.
    pub coverage: f64,
    pub is_firing: bool,
}

/// `5m`, `6h`, `3d`.
pub fn span(seconds: u32) -> String {
    match seconds {
        seconds if seconds % 86_400 == 0 => format!("{}d", seconds / 86_400),
        seconds if seconds % 3_600 == 0 => format!("{}h", seconds / 3_600),
        seconds => format!("{}m", seconds / 60),
    }
}
