//! The analyses that an incident freezes; one file each.

mod pattern_changes;
mod server;

use std::sync::Arc;

use super::snapshot::Camera;
use crate::analysis::Analyzer;

/// All analyses that this version has.
pub fn camera(analyzer: &Arc<Analyzer>) -> Camera {
    Camera::new(
        Arc::new(server::ClickHouse(analyzer.clone())),
        vec![Arc::new(pattern_changes::PatternChangesPart(analyzer.clone()))],
    )
}
