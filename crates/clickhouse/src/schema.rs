//! The tables that Kulprit needs: their DDL, and how what is there differs from it. Nothing is created or altered here.

mod files;
mod inspect;
mod presence;

use anyhow::Result;
use serde::{Deserialize, Serialize};

use crate::{Client, Layouts, LogTable, Statement, quote_identifier, quote_literal, render_schema};

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
    retention: &'a Retention,
    database: &'a str,
    replicated: bool,
    on_cluster: minijinja::Value,
    /// Whether the dictionaries take the place of those that are there.
    replace: bool,
    /// What the dictionaries ask to learn whether they must load anew.
    catalog_version: &'a str,
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

fn on_cluster(cluster: Option<&str>) -> minijinja::Value {
    let text = cluster.map_or_else(String::new, |name| format!(" ON CLUSTER {}", quote_literal(name)));
    minijinja::Value::from_safe_string(text)
}

fn render(options: SchemaOptions<'_>, client: &Client, layouts: &Layouts, replace: bool) -> Result<Vec<Statement>> {
    let endpoint = client.endpoint();
    let values = Values {
        logs: options.logs,
        layouts,
        retention: options.retention,
        database: &endpoint.database,
        replicated: options.cluster.is_some(),
        on_cluster: on_cluster(options.cluster),
        replace,
        catalog_version: &format!(
            "SELECT version FROM {}.kulprit_catalog_version",
            quote_identifier(&endpoint.database)?
        ),
    };
    FILES
        .iter()
        .map(|(name, source)| Ok(Statement::verbatim(name, render_schema(name, source, &values)?)))
        .collect()
}
