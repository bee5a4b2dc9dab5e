//! The tables that Kulprit needs: their DDL, and how what is there differs from it. Nothing is created or altered here.

mod files;
mod inspect;
mod presence;

use anyhow::{Context as _, Result};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::{Client, Layouts, LogTable, Requests, Statement, quote_identifier, quote_literal, render_schema};

pub use files::{FILES, NEEDS_SPANS};
pub use inspect::{Difference, differences};
pub use presence::{absent, drops, missing_tables, stored_logins};

/// `[retention]`: after how many days a row is dropped; 0 keeps it. Only tables that Kulprit creates obey.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Retention {
    pub logs_days: u32,
    pub traces_days: u32,
    pub metrics_days: u32,
}

/// What the configuration says about the schema.
#[derive(Debug, Clone, Copy)]
pub struct SchemaOptions<'a> {
    pub logs: &'a LogTable,
    pub retention: &'a Retention,
    /// The cluster whose nodes get the tables.
    pub cluster: Option<&'a str>,
}

#[derive(Serialize)]
struct Values<'a> {
    logs: &'a LogTable,
    layouts: &'a Layouts,
    requests: &'a Requests,
    retention: &'a Retention,
    database: &'a str,
    replicated: bool,
    on_cluster: minijinja::Value,
    /// Whether the dictionaries take the place of those that are there.
    replace: bool,
    /// What the dictionaries ask to learn whether they must load anew.
    catalog_version: &'a str,
    /// By which rules the view of requests counts.
    counting_rule: &'a str,
}

/// Each schema file rendered, in order, with views that read tables of these layouts. No password is in them: the dictionaries log in by a
/// named collection of the server.
pub fn statements(options: SchemaOptions<'_>, client: &Client, layouts: &Layouts) -> Result<Vec<Statement>> {
    render(options, client, layouts, false)
}

/// The same where nobody has looked at the tables: good for the names and columns of Kulprit's own.
pub fn declared(options: SchemaOptions<'_>, client: &Client) -> Result<Vec<Statement>> {
    statements(options, client, &Layouts::assumed(options.logs))
}

/// The statements that put the dictionaries in the place of those that are there.
pub fn dictionaries_anew(options: SchemaOptions<'_>, client: &Client) -> Result<Vec<Statement>> {
    let mut statements = render(options, client, &Layouts::assumed(options.logs), true)?;
    statements.retain(|statement| files::DICTIONARIES.contains(&statement.name));
    Ok(statements)
}

/// By which rules the view of requests counts that this client would make: a hash of its definition for the schema's own tables.
pub fn counting_rule(client: &Client) -> Result<String> {
    let logs = LogTable::default();
    let values = Values {
        logs: &logs,
        layouts: &Layouts::assumed(&logs),
        requests: &client.rules().requests,
        retention: &Retention::default(),
        database: "",
        replicated: false,
        on_cluster: on_cluster(None),
        replace: false,
        catalog_version: "",
        counting_rule: "",
    };
    let view = FILES.iter().find(|(name, _)| files::NEEDS_SPANS.contains(name));
    let (name, source) = view.context("there is no view of requests")?;
    let hash = Sha256::digest(render_schema(name, source, &values)?);
    Ok(hash.iter().take(8).map(|byte| format!("{byte:02x}")).collect())
}

fn on_cluster(cluster: Option<&str>) -> minijinja::Value {
    let text = cluster.map_or_else(String::new, |name| format!(" ON CLUSTER {}", quote_literal(name)));
    minijinja::Value::from_safe_string(text)
}

fn render(options: SchemaOptions<'_>, client: &Client, layouts: &Layouts, replace: bool) -> Result<Vec<Statement>> {
    let endpoint = client.endpoint();
    let values = Values {
        logs: options.logs,
        layouts,
        requests: &client.rules().requests,
        retention: options.retention,
        database: &endpoint.database,
        replicated: options.cluster.is_some(),
        on_cluster: on_cluster(options.cluster),
        replace,
        catalog_version: &format!(
            "SELECT version FROM {}.kulprit_catalog_version",
            quote_identifier(&endpoint.database)?
        ),
        counting_rule: &format!("counts by the rules {}", counting_rule(client)?),
    };
    FILES
        .iter()
        .map(|(name, source)| Ok(Statement::verbatim(name, render_schema(name, source, &values)?)))
        .collect()
}
