//! The version of the ClickHouse behind the analyses.

use std::sync::Arc;

use crate::Result;
use crate::analysis::Analyzer;
use crate::incidents::snapshot::{Pending, Server};
use crate::query::server_version::{self, ServerVersion};

pub(super) struct ClickHouse(pub Arc<Analyzer>);

impl Server for ClickHouse {
    fn version(&self) -> Pending<'_, Result<String>> {
        Box::pin(async {
            let rows: Vec<ServerVersion> = self.0.client().rows(&server_version::statement()?).await?;
            Ok(rows.into_iter().next().map(|row| row.version).unwrap_or_default())
        })
    }
}
