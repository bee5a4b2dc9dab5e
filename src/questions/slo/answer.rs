//! What `GET /api/v1/slo` answers.

use jiff::Timestamp;
use serde::Serialize;

use super::windows::Severity;

/// What `GET /api/v1/slo` answers.
#[derive(Debug, Clone, PartialEq, Serialize, schemars::JsonSchema)]
pub struct SloAnswer {
    pub at: Timestamp,
    /// The most urgent first.
    pub slos: Vec<Status>,
    pub burn_rates: Vec<Burn>,
    pub warnings: Vec<String>,
}

/// One objective of one service.
#[derive(Debug, Clone, PartialEq, Serialize, schemars::JsonSchema)]
pub struct Status {
    pub service: String,
    pub objective: String,
    /// `availability` or `latency`.
    pub kind: &'static str,
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
    /// `ok`, `burning`, `exhausted` or `unknown`.
    pub status: &'static str,
    /// The part of the period since the service's first request.
    pub coverage: f64,
    /// Of the last hour.
    pub burn_rate: Option<f64>,
    /// Why an alert was held back, or which pair fires, in words.
    pub reasons: Vec<String>,
}

/// One pair of windows of one objective.
#[derive(Debug, Clone, PartialEq, Serialize, schemars::JsonSchema)]
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
