//! Compares the tables that are there with those that Kulprit would create.

use anyhow::Result;
use clickhouse::Row;
use serde::Deserialize;

use super::{SchemaOptions, declared};
use crate::{Client, Options, Statement};

/// A table that exists with other columns than Kulprit's own would have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    pub table: String,
    /// What is missing or of another type, in words.
    pub columns: Vec<String>,
}

#[derive(Debug, Row, Deserialize)]
struct Found {
    table: String,
    name: String,
    r#type: String,
}

/// The tables that exist and lack a column, or have it with another type. Further columns are the owner's business.
pub async fn differences(options: SchemaOptions<'_>, client: &Client) -> Result<Vec<Difference>> {
    let tables_declared: Vec<(String, Vec<(String, String)>)> = declared(options, client)?
        .iter()
        .filter_map(|statement| declared_table(&statement.text))
        .collect();
    let tables: Vec<String> = tables_declared.iter().map(|(table, _)| table.clone()).collect();
    let found: Vec<Found> = client
        .rows(&Statement::query(
            "schema/columns",
            &Options::default(),
            [("tables", tables.into())],
        )?)
        .await?;
    Ok(tables_declared
        .into_iter()
        .filter_map(|(table, columns)| difference(table, columns, &found))
        .collect())
}

fn difference(table: String, declared: Vec<(String, String)>, found: &[Found]) -> Option<Difference> {
    let here: Vec<&Found> = found.iter().filter(|column| column.table == table).collect();
    if here.is_empty() {
        return None;
    }
    // A table of Kulprit's own has Kulprit's types; what others made is read whatever stands around a type.
    let is_own = table.starts_with("kulprit_");
    let is_same = |found: &str, kind: &str| found == kind || (!is_own && as_read(found) == as_read(kind));
    let columns: Vec<String> = declared
        .into_iter()
        .filter_map(|(name, kind)| match here.iter().find(|column| column.name == name) {
            None => Some(format!("{name} ({kind}) is missing")),
            Some(column) if !is_same(&column.r#type, &kind) => Some(format!("{name} is {}, not {kind}", column.r#type)),
            Some(_) => None,
        })
        .collect();
    (!columns.is_empty()).then_some(Difference { table, columns })
}

/// A type as statements see it, to which it is the same how a column is stored and how fine its times are.
fn as_read(kind: &str) -> String {
    for wrapper in ["LowCardinality(", "Nullable("] {
        if let Some((before, inner)) = kind.split_once(wrapper)
            && let Some((inner, after)) = inner.split_once(')')
        {
            return as_read(&format!("{before}{inner}{after}"));
        }
    }
    if kind.starts_with("DateTime") {
        return "DateTime".to_owned();
    }
    // Attributes are read from either (`crate::layout`).
    if kind == "Map(String, String)" || kind.starts_with("JSON") {
        return "attributes".to_owned();
    }
    kind.to_owned()
}

/// The table that a `CREATE TABLE` text makes and its plain columns, nested ones left out.
fn declared_table(text: &str) -> Option<(String, Vec<(String, String)>)> {
    let create = text
        .lines()
        .find_map(|line| line.strip_prefix("CREATE TABLE IF NOT EXISTS "))?;
    let table = create.split_whitespace().next()?.replace('`', "");
    let table = table.rsplit('.').next()?.to_owned();
    let columns = text
        .lines()
        .filter_map(|line| declared_column(line.strip_prefix("    `")?))
        .collect();
    Some((table, columns))
}

fn declared_column(line: &str) -> Option<(String, String)> {
    let (name, rest) = line.split_once("` ")?;
    let end = [" CODEC", " DEFAULT", " COMMENT"]
        .iter()
        .filter_map(|word| rest.find(word))
        .min()
        .unwrap_or(rest.len());
    let kind = rest[..end].trim_end_matches(',').trim();
    (!kind.starts_with("Nested")).then(|| (name.to_owned(), kind.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns(table: &str, declared: &str, found: &str) -> Option<Vec<String>> {
        let column = |name: &str, kind: &str| Found {
            table: table.to_owned(),
            name: name.to_owned(),
            r#type: kind.to_owned(),
        };
        let here = [column("Value", found), column("Further", "String")];
        let declared = vec![("Value".to_owned(), declared.to_owned())];
        difference(table.to_owned(), declared, &here).map(|found| found.columns)
    }

    #[test]
    fn what_is_read_alike_is_no_difference_and_neither_is_a_further_column() {
        for (declared, found) in [
            ("DateTime64(9)", "DateTime"),
            ("DateTime64(9)", "DateTime64(3, 'UTC')"),
            ("LowCardinality(String)", "String"),
            ("String", "LowCardinality(Nullable(String))"),
            (
                "Map(LowCardinality(String), String)",
                "Map(String, LowCardinality(String))",
            ),
            ("Map(LowCardinality(String), String)", "JSON"),
        ] {
            assert_eq!(columns("otel_logs", declared, found), None, "{declared} {found}");
        }
        for (table, declared, found) in [
            ("otel_logs", "Map(LowCardinality(String), String)", "Array(String)"),
            ("otel_logs", "UInt64", "String"),
            ("kulprit_log_minutes", "DateTime64(9)", "DateTime"),
        ] {
            let said = columns(table, declared, found);
            assert_eq!(said, Some(vec![format!("Value is {found}, not {declared}")]));
        }
    }
}
