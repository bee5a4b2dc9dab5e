//! Whether the tables and the dictionaries are there and fit together.

use std::collections::BTreeMap;

use clickhouse::Row;
use jiff::Timestamp;
use serde::Deserialize;

use super::{Check, LOG_SAYS_MORE, makes, rows};
use crate::Result;
use crate::config::Config;
use kulprit_clickhouse::schema;
use kulprit_clickhouse::{Client, Options, Problem, Statement, table_place};
use kulprit_request::time::{self, HOUR, MINUTE};

/// The view of an earlier version, which hung on the log table.
const ARRIVALS: &str = "kulprit_log_arrivals";
/// Those that answers look things up in.
const DICTIONARIES: [&str; 3] = [
    "kulprit_shape_dictionary",
    "kulprit_pattern_of_shape",
    "kulprit_pattern_dictionary",
];
const APPLY: &str = "run `kulprit schema apply` as a user who may (docs/GRANTS.md)";

#[derive(Row, Deserialize)]
struct Table {
    name: String,
    engine: String,
}

#[derive(Default, Row, Deserialize)]
struct Cost {
    granules: u64,
    rows: u64,
}

/// The tables of the database, and the log table wherever it is.
pub struct Tables {
    here: BTreeMap<String, Table>,
    logs: Option<Table>,
}

impl Tables {
    pub async fn read(config: &Config, client: &Client) -> Result<Self> {
        let (database, table) = place(config);
        let read = async |database: &str| -> Result<Vec<Table>> {
            rows(config, client, "doctor/tables", vec![("database", database.into())]).await
        };
        let elsewhere = read(&database).await?;
        Ok(Self {
            here: read("")
                .await?
                .into_iter()
                .map(|table| (table.name.clone(), table))
                .collect(),
            logs: elsewhere.into_iter().find(|found| found.name == table),
        })
    }

    /// Whether the log table has parts, by which changes are noticed.
    pub fn has_parts(&self) -> bool {
        let logs = self.logs.as_ref();
        logs.is_some_and(|logs| logs.engine.ends_with("MergeTree"))
    }

    pub fn has(&self, name: &str) -> bool {
        self.here.contains_key(name)
    }
}

/// Database (empty: the current one) and name of the log table.
fn place(config: &Config) -> (String, String) {
    table_place(&config.logs.table)
}

pub async fn check(config: &Config, client: &Client, tables: &Tables) -> Vec<Check> {
    let mut checks = vec![presence(tables), columns(config, client).await];
    if tables.has("kulprit_log_minutes") {
        checks.extend(changes(config, tables));
    }
    if DICTIONARIES.iter().all(|name| tables.has(name)) {
        checks.push(dictionaries(client).await);
    }
    checks
}

/// The log table is there with the columns that the configuration names, of types that can be read. Where not, what to write for the
/// tables of well-known makes that are there.
pub async fn log_table(config: &Config, client: &Client, tables: &Tables) -> Check {
    const CHECK: &str = "log table";
    let logs = &config.logs;
    if tables.logs.is_none() {
        let advice = "name your log table in [logs] of the configuration, or create one with `kulprit schema apply`";
        return Check::problem(
            CHECK,
            format!("{} is not there, or this user may not see it", logs.table),
            with_makes(config, client, advice).await,
        );
    }
    let layouts = match client.layouts(logs).await {
        Ok(layouts) => layouts,
        Err(error) => return Check::failed(CHECK, &error, LOG_SAYS_MORE),
    };
    let problems = layouts.lines().map_or(&[][..], |layout| &layout.problems);
    let words = |is_wanted: fn(&&Problem) -> bool| -> Vec<&str> {
        problems
            .iter()
            .filter(is_wanted)
            .map(|problem| problem.found.as_str())
            .collect()
    };
    // A column that nobody named is one that few have.
    let unusable = words(|problem| problem.is_needed || (problem.key.is_some() && !problem.is_absent));
    if !unusable.is_empty() {
        let advice = "say in [logs] of the configuration what its columns are called, or name a view that converts them in logs.table";
        return Check::problem(
            CHECK,
            format!("{}: {}", logs.table, unusable.join("; ")),
            with_makes(config, client, advice).await,
        );
    }
    let useful = words(|problem| problem.key.is_some() && problem.is_absent);
    if !useful.is_empty() {
        return Check::warning(
            CHECK,
            format!("{}: {}", logs.table, useful.join("; ")),
            "it is taken as empty: say in [logs] of the configuration what it is called, or \"\" for none",
        );
    }
    Check::ok(
        CHECK,
        format!("{} has the columns that the configuration names", logs.table),
    )
}

async fn with_makes(config: &Config, client: &Client, advice: &str) -> String {
    let seen = makes::seen(config, client).await.unwrap_or_default();
    let suggestions = makes::suggestions(&seen, &client.endpoint().database, &config.logs);
    match suggestions.is_empty() {
        true => advice.to_owned(),
        false => format!("{advice}. There is {}", suggestions.join(" | there is ")),
    }
}

/// How much of the log table a question about an hour reads.
pub async fn read_cost(config: &Config, client: &Client, newest: Option<Timestamp>) -> Option<Check> {
    const CHECK: &str = "reading";
    let to = newest? + MINUTE;
    let cost = async |from: Timestamp, to: Timestamp| -> Result<Cost> {
        let params = vec![
            ("from", time::parameter(from).into()),
            ("to", time::parameter(to).into()),
        ];
        let rows = rows::<Cost>(config, client, "doctor/read_cost", params).await?;
        Ok(rows.into_iter().next().unwrap_or_default())
    };
    let hour = match cost(to - HOUR, to).await {
        Ok(hour) => hour,
        Err(error) => return Some(Check::failed(CHECK, &error, LOG_SAYS_MORE)),
    };
    let all = cost(Timestamp::UNIX_EPOCH, to).await.unwrap_or_default();
    // A view tells nothing.
    if all.granules == 0 {
        return None;
    }
    let layouts = client.layouts(&config.logs).await.ok()?;
    let key = layouts.lines().map_or("", |layout| &layout.sorting_key);
    let found = format!(
        "a question about the last hour reads {} of {} granules of {} ({} rows), which is sorted by ({key})",
        hour.granules, all.granules, config.logs.table, hour.rows
    );
    // Small tables are read whole in no time.
    if all.granules <= 100 || hour.granules * 4 <= all.granules {
        return Some(Check::ok(CHECK, found));
    }
    Some(Check::warning(
        CHECK,
        found,
        format!(
            "sort it by the time: PARTITION BY toDate({0}) ORDER BY (toStartOfFiveMinutes({0}), {1}, {0}); an owner makes a new table so and copies the rows",
            config.logs.timestamp, config.logs.service
        ),
    ))
}

/// The schema's own tables are named as their files are.
fn presence(tables: &Tables) -> Check {
    let own = schema::FILES
        .iter()
        .filter_map(|(file, _)| file.strip_prefix("schema/")?.split_once('_'))
        .filter(|(number, _)| *number != "010")
        .map(|(_, name)| name);
    let absent: Vec<&str> = own.filter(|name| !tables.has(name)).collect();
    if absent.is_empty() {
        return Check::ok("tables", "all of the schema's tables, views and dictionaries are there");
    }
    let effect = if absent.iter().any(|name| name.starts_with("kulprit_")) {
        "log answers come from the log table by plain SQL"
    } else {
        "what reads them has no answer"
    };
    Check::warning("tables", format!("{} not there: {effect}", absent.join(", ")), APPLY)
}

async fn columns(config: &Config, client: &Client) -> Check {
    let differences = match schema::differences(config.schema(), client).await {
        Ok(differences) => differences,
        Err(error) => return Check::problem("columns", format!("{error:#}"), LOG_SAYS_MORE),
    };
    let (_, logs) = place(config);
    // The log table is its owner's, and looked at by itself.
    let differences: Vec<_> = differences
        .into_iter()
        .filter(|difference| difference.table != logs)
        .collect();
    if differences.is_empty() {
        return Check::ok("columns", "those that are there have the schema's columns");
    }
    let is_own = differences.iter().any(|found| found.table.starts_with("kulprit_"));
    let found = differences
        .iter()
        .map(|difference| format!("{}: {}", difference.table, difference.columns.join("; ")))
        .collect::<Vec<_>>()
        .join(" | ");
    if is_own {
        let advice =
            "rename or drop the table of that name and run `kulprit schema apply`, then `kulprit rollup backfill`";
        return Check::problem("columns", found, advice);
    }
    Check::warning(
        "columns",
        found,
        "what needs such a column has no answer: add it, or leave it if you do not need that",
    )
}

/// How the rollup learns of what happens to the log table.
fn changes(config: &Config, tables: &Tables) -> Option<Check> {
    const CHECK: &str = "changes";
    if tables.has(ARRIVALS) {
        return Some(Check::problem(
            CHECK,
            format!("{ARRIVALS}, the view of an earlier version, hangs on the log table, and inserts may fail for it"),
            "run `kulprit schema apply`, which drops it",
        ));
    }
    let (table, logs) = (&config.logs.table, tables.logs.as_ref()?);
    if tables.has_parts() {
        return Some(Check::ok(
            CHECK,
            format!("what is added to {table} or taken from it is noticed by its parts"),
        ));
    }
    Some(Check::warning(
        CHECK,
        format!(
            "{table} is of the engine {}, of which no change can be noticed: each answer reads it, which is exact and slower",
            logs.engine
        ),
        "where all lines are in one table of the MergeTree family on this server, name that in logs.table of the configuration",
    ))
}

async fn dictionaries(client: &Client) -> Check {
    let statement = Statement::query("doctor/dictionaries", &Options::default(), Vec::<(String, _)>::new());
    let answer = match statement {
        Ok(statement) => client.bytes(&statement, "TSV").await,
        Err(error) => Err(error),
    };
    match answer {
        Ok(_) => Check::ok("dictionaries", "shapes, patterns and what people chose are looked up"),
        Err(error) => Check::failed(
            "dictionaries",
            &error,
            "create the named collection kulprit_lookup with the login of a user who may read kulprit_* (docs/GRANTS.md)",
        ),
    }
}
