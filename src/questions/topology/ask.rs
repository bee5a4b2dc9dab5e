//! Asks who calls whom.

use super::answer::{Topology, topology};
use super::graph::EdgeRow;
use super::question::edges;
use crate::Result;
use crate::questions::degrade::Sources;
use kulprit_clickhouse::Client;
use kulprit_request::Window;

/// Edges between services in `window`, with those of `baseline` beside them: those of the services `named`, between those in `bounds`.
/// None means all, of both.
pub async fn find(
    client: &Client,
    named: &[String],
    bounds: &[String],
    window: Window,
    baseline: Window,
) -> Result<Topology> {
    let mut sources = Sources::default();
    let rows = client.rows::<EdgeRow>(&edges(window, baseline)?).await;
    let rows = sources.read(rows, "spans (otel_traces)")?.unwrap_or_default();
    Ok(topology(rows, named, bounds, window, baseline, sources.finish()?))
}
