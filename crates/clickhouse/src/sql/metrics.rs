//! What the configuration says of metrics: those of one's own that count requests.

use kulprit_request::{Error, Result};
use serde::{Deserialize, Serialize};

/// `[metrics]`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Metrics {
    pub requests: Vec<RequestMetric>,
}

/// `[[metrics.requests]]`: a counter, histogram or summary of requests.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RequestMetric {
    pub name: String,
    pub family: Family,
    /// Of its durations, where its points name no unit.
    pub unit: Unit,
    /// The label with the code of what was answered, where it is not a usual one.
    pub status: String,
    /// Values of that label that are failures, where they are no codes; `*` stands for any text.
    pub failures: Vec<String>,
    /// The label with the service that answered, where it is not the one that reports.
    pub service: String,
}

/// What a metric measures: of one family the first metric counts that says which requests failed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Family {
    #[default]
    Http,
    Rpc,
    /// Made from spans.
    Spans,
    /// Counted before the service.
    Proxy,
}

/// What durations are told in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Unit {
    #[default]
    #[serde(rename = "s")]
    Seconds,
    #[serde(rename = "ms")]
    Milliseconds,
    #[serde(rename = "us")]
    Microseconds,
    #[serde(rename = "ns")]
    Nanoseconds,
}

impl Family {
    pub fn word(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Rpc => "rpc",
            Self::Spans => "spans",
            Self::Proxy => "proxy",
        }
    }
}

impl Unit {
    pub fn milliseconds(self) -> f64 {
        match self {
            Self::Seconds => 1e3,
            Self::Milliseconds => 1.0,
            Self::Microseconds => 1e-3,
            Self::Nanoseconds => 1e-6,
        }
    }
}

impl Metrics {
    /// Errors name the key.
    pub fn check(&self) -> Result<()> {
        for (index, metric) in self.requests.iter().enumerate() {
            let key = |name: &str| format!("metrics.requests[{index}].{name}");
            if metric.name.trim().is_empty() {
                return Err(Error::field(
                    key("name"),
                    "is empty: give the metric's name as the table has it",
                ));
            }
            if self.requests[..index].iter().any(|before| before.name == metric.name) {
                return Err(Error::field(key("name"), format!("{:?} is named twice", metric.name)));
            }
            if !metric.failures.is_empty() && metric.status.is_empty() {
                return Err(Error::field(
                    key("failures"),
                    "are values of a label: name it in status",
                ));
            }
        }
        Ok(())
    }
}
