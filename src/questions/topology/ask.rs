//! Asks who calls whom.

use super::answer::{Topology, topology};
use super::graph::EdgeRow;
use super::question::edges;
use crate::Result;
use crate::config::Config;
use crate::questions::degrade::Sources;
use crate::sources::{self, Kind, Needs};
use kulprit_clickhouse::Client;
use kulprit_request::Window;

/// Edges between services in `window`, with those of `baseline` beside them: those of the services `named`, between those in `bounds`.
/// None means all, of both.
pub async fn find(
    client: &Client,
    config: &Config,
    named: &[String],
    bounds: &[String],
    window: Window,
    baseline: Window,
) -> Result<Topology> {
    let needs = Needs {
        spans: vec![window, baseline],
        ..Needs::default()
    };
    let gathered = sources::gather(client, config, &needs).await?;
    gathered.need(Kind::Spans)?;
    let client = &gathered.client;
    let mut sources = Sources::default();
    let rows = client.rows::<EdgeRow>(&edges(window, baseline)?).await;
    let rows = sources.read(rows, "spans (otel_traces)")?.unwrap_or_default();
    let mut answer = topology(rows, named, bounds, window, baseline, sources.finish()?);
    gathered.tell(&mut answer.sources, &mut answer.warnings);
    Ok(answer)
}
