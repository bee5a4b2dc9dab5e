//! How the services did, as `GET /api/v1/services` answers it.

use serde_json::Value;

use super::{json, services};
use crate::Result;
use crate::incidents::document::Question;
use crate::questions::Analyzer;
use crate::questions::health;
use crate::questions::health::{Services, Source};

/// More points than that are not frozen: hundreds of services over a day would outweigh everything else.
const POINTS: usize = 2_000;

pub(super) async fn ask(analyzer: &Analyzer, question: &Question) -> Result<Value> {
    let client = analyzer.client();
    let asked = Services {
        current: question.window,
        baseline: question.baseline,
        services: services(analyzer, question).await?,
        source: Source::Auto,
    };
    let mut health = health::services(client, analyzer.config(), &asked).await?;
    if health.series.len() > POINTS {
        health.warnings.push(format!(
            "the {} points of the series are not kept: open the incident for fewer services to keep them",
            health.series.len()
        ));
        health.series.clear();
    }
    json(&health)
}
