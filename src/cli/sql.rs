//! `kulprit sql`: the statements behind the answers, to list, to read and to run.

use anyhow::{Context, Result, bail, ensure};
use clap::{Args, Subcommand, ValueEnum};

use super::connection::ConnectionArgs;
use super::{print, print_data};
use crate::config::{Config, Divergence};
use crate::questions::log_changes::columns;
use kulprit_clickhouse as sql;
use kulprit_clickhouse::{Header, Layouts, Options, Place, Statement, Value, placeholders, render_query};

/// The SQL behind the answers: list it, read it, run it
#[derive(Debug, Subcommand)]
pub enum SqlCommand {
    /// Print every query's name and purpose
    List,
    /// Print one query
    Show {
        #[command(flatten)]
        query: QueryArgs,
        /// params: as sent; inline: pastes into any client; grafana: for the ClickHouse data source
        #[arg(long, value_enum, default_value_t = DialectArg::Params)]
        dialect: DialectArg,
    },
    /// Run one query and print its rows
    Run {
        #[command(flatten)]
        query: QueryArgs,
        /// ClickHouse's output format
        #[arg(long, default_value = "PrettyCompactMonoBlock")]
        format: String,
    },
}

/// The forms in which a statement can be printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum DialectArg {
    /// `{name:Type}` placeholders, as sent to ClickHouse
    Params,
    /// Each value written in as a literal of its type
    Inline,
    /// The dashboard's time range by the macros of Grafana's ClickHouse data source, the rest written in
    Grafana,
}

#[derive(Debug, Args)]
pub struct QueryArgs {
    /// The query, such as log_changes/pattern_changes
    pub name: String,
    /// A parameter's value; lists as a,b,c; windows as FROM..TO,FROM..TO
    #[arg(long = "param", value_name = "NAME=VALUE")]
    pub params: Vec<String>,
    /// Who computes the divergence
    #[arg(long, value_enum)]
    pub divergence: Option<Divergence>,
}

pub async fn run(command: SqlCommand, args: &ConnectionArgs) -> Result<()> {
    match command {
        SqlCommand::List => list(&args.config()?),
        SqlCommand::Show { query, dialect } => {
            let statement = statement(&query, &args.config()?)?;
            let text = match dialect {
                DialectArg::Params => statement.text,
                DialectArg::Inline => sql::inline_text(&statement)?,
                DialectArg::Grafana => sql::grafana_text(&statement)?,
            };
            print(&format!("{}\n", text.trim_end()))
        }
        SqlCommand::Run { query, format } => {
            let connection = args.open().await?;
            let statement = statement(&query, &connection.config)?;
            ensure!(
                !Header::parse(&statement.text)?.columns.is_empty(),
                "{0} returns no rows, for it changes something or asks for rights: `kulprit sql show {0}` prints it",
                statement.name
            );
            let missing = missing(&statement);
            if !missing.is_empty() {
                bail!(
                    "{} needs {}: give it with --param NAME=VALUE",
                    statement.name,
                    missing.join(", ")
                );
            }
            let rows = connection.client.bytes(&statement, &format).await;
            connection.close().await?;
            print_data(&rows?)
        }
    }
}

fn list(config: &Config) -> Result<()> {
    let mut rows = Vec::new();
    for name in sql::names() {
        let header =
            Header::parse(&render_query(name, &options(config, None, &[]))?).with_context(|| name.to_owned())?;
        rows.push(vec![name.to_owned(), header.purpose]);
    }
    print(&crate::cli::table::aligned(&rows, &[]))
}

/// The structure follows from what is given: parameters that belong to an optional part switch that part on.
fn options(config: &Config, divergence: Option<Divergence>, params: &[(String, String)]) -> Options {
    let given = |name: &str| params.iter().any(|(known, _)| known == name);
    Options {
        logs: config.logs.clone(),
        divergence: divergence.unwrap_or(config.analysis.divergence).word(),
        scoped: given("services"),
        filtered: given("attribute_keys"),
        median: given("more_baselines"),
        sliced: given("past_from"),
        uncounted: given("uncounted_from"),
        ignoring: given("ignored_patterns"),
        changes_columns: columns(),
        traced: true,
        selected: given("selector"),
        place: Place {
            authorized: given("authorization"),
            of_tenant: given("tenant"),
            ..Place::default()
        },
        sampled: given("strata_lines"),
        ..Options::default()
    }
}

fn statement(query: &QueryArgs, config: &Config) -> Result<Statement> {
    let name = sql::names()
        .find(|name| *name == query.name)
        .with_context(|| format!("there is no query {:?}: `kulprit sql list` prints them all", query.name))?;
    let given = query
        .params
        .iter()
        .map(|param| {
            let (name, value) = param
                .split_once('=')
                .with_context(|| format!("--param {param:?} is not NAME=VALUE"))?;
            Ok((name.to_owned(), value.to_owned()))
        })
        .collect::<Result<Vec<_>>>()?;
    let options = options(config, query.divergence, &given);
    let mut statement = Statement::query(name, &options, Vec::<(String, Value)>::new())?
        .fitted(&Layouts::assumed(&options.logs), &config.rules())?;
    let known = placeholders(&statement.text);
    let mut params = Vec::new();
    for (param, value) in given {
        let placeholder = known
            .iter()
            .find(|placeholder| placeholder.name == param)
            .with_context(|| {
                let names: Vec<_> = known.iter().map(|placeholder| placeholder.name.as_str()).collect();
                format!("{name} has no parameter {param:?}: it has {}", names.join(", "))
            })?;
        params.push((
            param.clone(),
            typed(&placeholder.kind, &value).with_context(|| format!("--param {param}"))?,
        ));
    }
    // Windows that nobody gave are none.
    let given = |name: &str| params.iter().any(|(param, _): &(String, Value)| param == name);
    let windows = known
        .iter()
        .filter(|known| known.kind.starts_with("Array(Tuple(") && !given(&known.name));
    let none: Vec<_> = windows
        .map(|known| (known.name.clone(), Value::Pairs(vec![])))
        .collect();
    params.extend(none);
    statement.params = params;
    Ok(statement)
}

fn missing(statement: &Statement) -> Vec<String> {
    let given = |name: &str| statement.params.iter().any(|(known, _)| *known == name);
    placeholders(&statement.text)
        .into_iter()
        .filter(|known| !given(&known.name))
        .map(|known| format!("{} ({})", known.name, known.kind))
        .collect()
}

/// Reads a value as the placeholder's type wants it; times in every notation that the other commands take.
fn typed(kind: &str, value: &str) -> Result<Value> {
    if let Some(inner) = kind.strip_prefix("Array(Tuple(") {
        return windows(inner, value);
    }
    if let Some(inner) = kind.strip_prefix("Array(") {
        let items = value.split(',').map(str::trim).filter(|item| !item.is_empty());
        if inner.starts_with("UInt") {
            return Ok(Value::UInts(items.map(str::parse).collect::<Result<_, _>>()?));
        }
        return Ok(Value::Texts(items.map(str::to_owned).collect()));
    }
    if kind.starts_with("DateTime") {
        return Ok(Value::Text(time(kind, value)?));
    }
    Ok(match kind {
        "Bool" => Value::Bool(value.parse().context("is neither true nor false")?),
        kind if kind.starts_with("UInt") => Value::UInt(value.parse().context("is not a whole number")?),
        kind if kind.starts_with("Int") => Value::Int(value.parse().context("is not a whole number")?),
        kind if kind.starts_with("Float") => Value::Float(value.parse().context("is not a number")?),
        _ => Value::Text(value.to_owned()),
    })
}

fn time(kind: &str, value: &str) -> Result<String> {
    let time = kulprit_request::time::parse("value", value, jiff::Timestamp::now())?;
    Ok(if kind.starts_with("DateTime64") {
        kulprit_request::time::parameter(time)
    } else {
        kulprit_request::time::whole_seconds(time)
    })
}

/// Reads `FROM..TO,FROM..TO`; nothing means no window.
fn windows(kind: &str, value: &str) -> Result<Value> {
    let windows = value.split(',').map(str::trim).filter(|window| !window.is_empty());
    let pairs = windows.map(|window| {
        let (from, to) = window
            .split_once("..")
            .with_context(|| format!("{window:?} is not FROM..TO"))?;
        Ok((time(kind, from)?, time(kind, to)?))
    });
    Ok(Value::Pairs(pairs.collect::<Result<_>>()?))
}
