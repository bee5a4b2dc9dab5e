//! The analyses that an incident freezes; one file each. Each answers what its endpoint does.

mod correlate;
mod error_patterns;
mod health;
mod pattern_changes;
mod server_version;
mod slo;

use std::pin::Pin;

use serde::Serialize;
use serde_json::Value;

use super::document::Question;
use crate::questions::Analyzer;
use crate::{Error, Result, scope};

pub(super) use server_version::server_version;

/// The names of the parts in the document.
pub(super) const PATTERN_CHANGES: &str = "pattern_changes";
pub(super) const CORRELATE: &str = "correlate";
pub(super) const HEALTH: &str = "health";
pub(super) const SLO: &str = "slo";
pub(super) const ERROR_PATTERNS: &str = "error_patterns";

/// A future that may be sent between threads.
pub(super) type Pending<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// One analysis that an incident freezes.
#[derive(Clone, Copy)]
pub(super) struct Analysis {
    /// Its name in the document.
    pub name: &'static str,
    pub ask: for<'a> fn(&'a Analyzer, &'a Question) -> Pending<'a, Result<Value>>,
}

/// All analyses that this version has, in the order in which they are read.
pub(super) const ANALYSES: [Analysis; 5] = [
    Analysis {
        name: PATTERN_CHANGES,
        ask: |analyzer, question| Box::pin(pattern_changes::ask(analyzer, question)),
    },
    Analysis {
        name: CORRELATE,
        ask: |analyzer, question| Box::pin(correlate::ask(analyzer, question)),
    },
    Analysis {
        name: HEALTH,
        ask: |analyzer, question| Box::pin(health::ask(analyzer, question)),
    },
    Analysis {
        name: SLO,
        ask: |analyzer, question| Box::pin(slo::ask(analyzer, question)),
    },
    Analysis {
        name: ERROR_PATTERNS,
        ask: |analyzer, question| Box::pin(error_patterns::ask(analyzer, question)),
    },
];

/// The services that the incident is about, within its org.
async fn services(analyzer: &Analyzer, question: &Question) -> Result<Vec<String>> {
    let orgs = &analyzer.config().orgs;
    scope::services(analyzer.client(), orgs, &question.org, question.services.clone()).await
}

fn json(answer: &impl Serialize) -> Result<Value> {
    serde_json::to_value(answer).map_err(Error::internal)
}
