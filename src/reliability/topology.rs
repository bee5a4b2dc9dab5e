//! Asks who calls whom.

use super::degrade::optional;
use super::rows::Edge as EdgeRow;
use crate::Result;
use crate::clickhouse::Client;
use crate::query::topology::edges;
use crate::query::window::Window;
use crate::shape::topology::{Topology, topology};

/// Edges between services in `window`, with those of `baseline` beside them.
pub async fn find(client: &Client, own: &[String], window: Window, baseline: Window) -> Result<Topology> {
    let mut warnings = Vec::new();
    let rows = client.rows::<EdgeRow>(&edges(window, baseline)?).await;
    let rows = optional(rows, "spans (otel_traces)", &mut warnings)?.unwrap_or_default();
    Ok(topology(rows, own, window, baseline, warnings))
}
