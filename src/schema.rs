//! The tables that Kulprit needs: creates those that are absent, and reports, never alters, those that differ.

mod files;
mod inspect;
mod presence;

use anyhow::{Context, Result};
use serde::Serialize;

use crate::clickhouse::Client;
use crate::config::Config;
use crate::sql::{LogTable, Statement, render_schema};

pub use files::FILES;
pub use inspect::{Difference, differences};
pub use presence::{absent, missing_tables};

#[derive(Serialize)]
struct Values<'a> {
    logs: &'a LogTable,
    retention: &'a crate::config::Retention,
    database: &'a str,
    replicated: bool,
    on_cluster: minijinja::Value,
    dictionary_login: minijinja::Value,
    /// What the dictionaries ask to learn whether they must load anew.
    catalog_version: &'a str,
}

/// Each schema file rendered, in order. The dictionary's login is the connection's own: it reads a table of the same server.
pub fn statements(config: &Config, client: &Client) -> Result<Vec<Statement>> {
    let endpoint = client.endpoint();
    let safe = minijinja::Value::from_safe_string;
    let cluster = config.clickhouse.cluster.as_deref();
    let login = if endpoint.user.is_empty() {
        String::new()
    } else {
        let quote = crate::sql::quote_literal;
        format!("USER {} PASSWORD {} ", quote(&endpoint.user), quote(&endpoint.password))
    };
    let values = Values {
        logs: &config.logs,
        retention: &config.retention,
        database: &endpoint.database,
        replicated: cluster.is_some(),
        on_cluster: safe(cluster.map_or_else(String::new, |name| {
            format!(" ON CLUSTER {}", crate::sql::quote_literal(name))
        })),
        dictionary_login: safe(login),
        catalog_version: &format!(
            "SELECT version FROM {}.kulprit_catalog_version",
            crate::sql::quote_identifier(&endpoint.database)?
        ),
    };
    FILES
        .iter()
        .map(|(name, source)| {
            Ok(Statement {
                name,
                text: render_schema(name, source, &values)?,
                params: vec![],
            })
        })
        .collect()
}

/// Creates what is absent, and returns what is there but different.
pub async fn apply(config: &Config, client: &Client) -> Result<Vec<Difference>> {
    let mut counts_requests = true;
    for statement in statements(config, client)? {
        match client.execute(&statement).await {
            // A table of spans in another layout, which is reported as a difference, is read as it is.
            Err(crate::Error::Refused(_)) if files::NEEDS_SPANS.contains(&statement.name) => counts_requests = false,
            other => other.context(statement.name)?,
        }
    }
    crate::rollup::start_coverage(config, client).await?;
    if counts_requests {
        crate::reliability::requests::start_coverage(client).await?;
    }
    differences(config, client).await
}
