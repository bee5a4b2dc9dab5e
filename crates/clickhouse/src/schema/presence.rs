//! Whether everything that Kulprit would create is there.

use clickhouse::Row;
use serde::{Deserialize, Serialize};

use super::{SchemaOptions, declared};
use crate::{Client, Error, Options, Result, Statement, render_schema};

#[derive(Debug, Row, Deserialize)]
struct Missing {
    table: String,
}

/// The tables, views and dictionaries of the schema that are not in the database.
pub async fn missing_tables(options: SchemaOptions<'_>, client: &Client) -> Result<Vec<String>> {
    let statements = declared(options, client).map_err(|error| Error::internal(format_args!("{error:#}")))?;
    let names: Vec<String> = statements
        .iter()
        .filter(|statement| !super::files::NEEDS_SPANS.contains(&statement.name))
        .filter_map(|statement| declared_name(&statement.text))
        .collect();
    absent(client, names).await
}

/// Those of `tables` that are not in the database, or that the user may not see.
pub async fn absent(client: &Client, tables: Vec<String>) -> Result<Vec<String>> {
    let statement = Statement::query(
        "schema/missing_tables",
        &Options::default(),
        [("tables", tables.into())],
    )?;
    let rows: Vec<Missing> = client.rows(&statement).await?;
    Ok(rows.into_iter().map(|row| row.table).collect())
}

#[derive(Debug, Row, Deserialize)]
struct Own {
    table: String,
    is_dictionary: bool,
}

/// The statements that take away everything of Kulprit's, by the name of what each drops. Tables of telemetry are the user's.
pub async fn drops(options: SchemaOptions<'_>, client: &Client) -> anyhow::Result<Vec<(String, Statement)>> {
    #[derive(Serialize)]
    struct Values {
        table: String,
        is_dictionary: bool,
        on_cluster: minijinja::Value,
    }
    const DROP: &str = include_str!("../../../../schema/drop.sql");
    let statement = Statement::query("schema/own_tables", &Options::default(), Vec::<(String, _)>::new())?;
    let own: Vec<Own> = client.rows(&statement).await?;
    own.into_iter()
        .map(|own| {
            let values = Values {
                table: own.table.clone(),
                is_dictionary: own.is_dictionary,
                on_cluster: super::on_cluster(options.cluster),
            };
            let text = render_schema("schema/drop", DROP, &values)?;
            Ok((own.table, Statement::verbatim("schema/drop", text)))
        })
        .collect()
}

#[derive(Debug, Row, Deserialize)]
struct Named {
    name: String,
}

/// The dictionaries that hold a password, which must not be stored, and could do without: see [`super::dictionaries_anew`].
pub async fn stored_logins(client: &Client) -> Result<Vec<String>> {
    let statement = Statement::query("schema/stored_logins", &Options::default(), Vec::<(String, _)>::new())?;
    let rows: Vec<Named> = client.rows(&statement).await?;
    Ok(rows.into_iter().map(|row| row.name).collect())
}

/// The name in `CREATE … IF NOT EXISTS name`.
fn declared_name(text: &str) -> Option<String> {
    let create = text.lines().find(|line| line.starts_with("CREATE "))?;
    let (_, rest) = create.split_once(" IF NOT EXISTS ")?;
    Some(rest.split_whitespace().next()?.replace('`', ""))
}
