//! Renders SQL templates so that nothing but whole numbers, checked identifiers and quoted literals can get into the text.

use std::sync::LazyLock;

use anyhow::{Context, Result, anyhow};
use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Serde, Value as Any, ValueKind};
use minijinja::{Environment, Error, ErrorKind, Output, State, UndefinedBehavior, context};
use serde::{Deserialize, Serialize};

use super::files::is_statement;
use super::metrics::Metrics;
use super::requests::{Requests, Rules, Selector, grpc_codes, http_codes, line_of_route, whole, whole_of_any_case};
use super::{FILES, Header};
use crate::Layouts;

/// Which table holds the log lines and what its columns are called; the default is the OpenTelemetry exporter's layout.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LogTable {
    /// `table` or `database.table`.
    pub table: String,
    pub timestamp: String,
    pub service: String,
    pub body: String,
    pub severity: String,
    pub trace_id: String,
    pub resource_attributes: String,
    pub log_attributes: String,
    /// What a timestamp that is a whole number counts since 1970: `s`, `ms`, `us` or `ns`; empty for a time.
    pub timestamp_unit: String,
    /// A column with the second, since 1970, in which the stretch begins that a line lies in; empty for none.
    pub time_bucket: String,
    /// How long such a stretch is.
    pub time_bucket_seconds: u32,
}

impl Default for LogTable {
    fn default() -> Self {
        let name = |text: &str| text.to_owned();
        Self {
            table: name("otel_logs"),
            timestamp: name("Timestamp"),
            service: name("ServiceName"),
            body: name("Body"),
            severity: name("SeverityText"),
            trace_id: name("TraceId"),
            resource_attributes: name("ResourceAttributes"),
            log_attributes: name("LogAttributes"),
            timestamp_unit: String::new(),
            time_bucket: String::new(),
            time_bucket_seconds: 1_800,
        }
    }
}

/// A column of a tuple that one of Kulprit's functions returns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct TupleColumn {
    pub name: &'static str,
    /// The ClickHouse type.
    pub kind: &'static str,
    pub meaning: &'static str,
}

/// The structural choices of a query. None of them is a value that a client sends.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Options {
    pub logs: LogTable,
    /// `udf` or `sql`: who computes the divergence.
    pub divergence: &'static str,
    /// Whether the services are named, or all are meant.
    pub scoped: bool,
    /// Whether lines must carry certain attributes.
    pub filtered: bool,
    /// Whether there is more than one baseline window, the median of which counts.
    pub median: bool,
    /// Whether the slices of the past come as parameters, which ClickHouse plans faster than their arithmetic; else the statement works
    /// them out.
    pub sliced: bool,
    /// Whether the log table has lines that the rollup does not count as they are now.
    pub uncounted: bool,
    /// Whether there are patterns that the org leaves out of rankings.
    pub ignoring: bool,
    /// The columns of the tuple that `kulprit_changes` returns, in its order.
    pub changes_columns: Vec<TupleColumn>,
    /// Whether a window begins or ends within a minute.
    pub cut: bool,
    /// The tables of exponential histograms and summaries that are there.
    pub further_points: Vec<String>,
    /// Whether there are spans, so that log lines may belong to requests.
    pub traced: bool,
    /// Whether what a question is about stands in temporary tables of its session already.
    pub session: bool,
    /// The requests that are rolled up apart from the others, where only some are.
    pub selector: Option<Selector>,
    /// Whether an objective is for some of a service's requests, which are rolled up apart.
    pub selected: bool,
    /// Whether spans stand in the rollup of requests whose parents have not been looked at yet.
    pub unsettled: bool,
    /// What `kulprit ingest` stores, and where.
    pub batch: BatchPlace,
    /// How a server is asked that is read in place.
    pub place: Place,
    /// Whether only a sample of the lines that there are was read in place.
    pub sampled: bool,
}

/// The table that a batch belongs in, and the columns that it has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BatchPlace {
    pub table: String,
    pub columns: Vec<String>,
    pub time: String,
    /// The table's partition key as ClickHouse words it; empty for none.
    pub partition_key: String,
}

impl Default for BatchPlace {
    fn default() -> Self {
        let name = |text: &str| text.to_owned();
        Self {
            table: name("otel_logs"),
            columns: ["Timestamp", "ServiceName", "Body"].map(name).to_vec(),
            time: name("Timestamp"),
            partition_key: name("toDate(Timestamp)"),
        }
    }
}

/// How a server is asked that is read in place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Place {
    /// Whether it wants to know who asks, and for which tenant.
    pub authorized: bool,
    pub of_tenant: bool,
    /// How long one of its answers may take.
    pub seconds: u64,
    /// Requests that it gets at the same time.
    pub parallel: u64,
}

impl Default for Place {
    fn default() -> Self {
        Self {
            authorized: false,
            of_tenant: false,
            seconds: 10,
            parallel: 4,
        }
    }
}

/// Renders the query `name` for tables that nobody has looked at, by the default rules of what counts as a request. Errors: there is no
/// such query, or its template asks for something that is not there.
pub fn render_query(name: &str, options: &Options) -> Result<String> {
    render_fitted(name, options, &Layouts::assumed(&options.logs), &Rules::default())
}

/// What a template sees.
#[derive(Serialize)]
struct Seen<'a> {
    #[serde(flatten)]
    options: &'a Options,
    layouts: &'a Layouts,
    requests: &'a Requests,
    metrics: &'a Metrics,
}

/// Renders the query `name` for tables of these layouts, and by what the configuration says of requests.
pub fn render_fitted(name: &str, options: &Options, layouts: &Layouts, rules: &Rules) -> Result<String> {
    let (name, _) = FILES
        .iter()
        .find(|(known, _)| *known == name && is_statement(known))
        .with_context(|| format!("there is no query {name:?}: `kulprit sql list` prints them all"))?;
    let environment = environment()?;
    let template = environment.get_template(&format!("{name}.sql"))?;
    // Whatever the table calls its columns, its source has the exporter's.
    let options = Options {
        logs: LogTable {
            table: options.logs.table.clone(),
            ..LogTable::default()
        },
        ..options.clone()
    };
    let context = Seen {
        options: &options,
        layouts,
        requests: &rules.requests,
        metrics: &rules.metrics,
    };
    let text = template
        .render(Serde(context))
        .with_context(|| format!("render {name}"))?;
    Header::parse(&text).with_context(|| format!("read the header of {name}"))?;
    Ok(text)
}

/// Renders a schema file with its own context, which has the layouts of the tables that views read.
pub fn render_schema(name: &str, source: &str, values: &impl Serialize) -> Result<String> {
    let text = environment()?
        .render_named_str(name, source, Serde(values))
        .with_context(|| format!("render {name}"))?;
    Ok(text
        .lines()
        .map(str::trim_end)
        .filter(|line| !line.is_empty())
        .collect::<Vec<_>>()
        .join("\n"))
}

/// The environment with all files in it, parsed once: reading them for each answer takes longer than some answers.
fn environment() -> Result<&'static Environment<'static>> {
    static ENVIRONMENT: LazyLock<Result<Environment<'static>, String>> =
        LazyLock::new(|| parse_files(FILES.iter().copied()).map_err(|error| format!("{error:#}")));
    ENVIRONMENT.as_ref().map_err(|reason| anyhow!("{reason}"))
}

fn parse_files<'a>(files: impl Iterator<Item = (&'a str, &'a str)>) -> Result<Environment<'static>> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_syntax(
        SyntaxConfig::builder()
            .trim_blocks(true)
            .lstrip_blocks(true)
            .keep_trailing_newline(true)
            .build()?,
    );
    environment.set_formatter(only_safe);
    environment.remove_filter("safe");
    environment.add_filter("ident", |name: String| {
        quote_identifier(&name).map(Any::from_safe_string)
    });
    environment.add_filter("name", |name: String| plain_name(&name).map(Any::from_safe_string));
    environment.add_filter("comment", |text: String| comment_line(&text).map(Any::from_safe_string));
    environment.add_filter("literal", |text: String| Any::from_safe_string(quote_literal(&text)));
    environment.add_filter("column", |name: String| quote_column(&name).map(Any::from_safe_string));
    environment.add_filter("verbatim", |text: String| Any::from_safe_string(text));
    environment.add_filter("whole", |glob: String| whole(&glob));
    environment.add_filter("whole_of_any_case", |glob: String| whole_of_any_case(&glob));
    environment.add_filter("line_of_route", |routes: Vec<String>| line_of_route(&routes));
    environment.add_filter("underscored", |name: String| name.replace(['.', '-'], "_"));
    environment.add_filter("routes_alone", |selectors: Vec<Any>| -> Result<Vec<Any>, Error> {
        let alone = selectors.iter().filter(|selector| is_route_alone(selector));
        alone.map(|selector| selector.get_attr("route")).collect()
    });
    environment.add_filter("not_routes_alone", |selectors: Vec<Any>| -> Vec<Any> {
        selectors
            .into_iter()
            .filter(|selector| !is_route_alone(selector))
            .collect()
    });
    environment.add_filter("http_codes", |codes: Vec<String>| http_codes(&codes));
    environment.add_filter("grpc_codes", |codes: Vec<String>| grpc_codes(&codes));
    for (name, of_parts) in [("source", false), ("source_of_parts", true)] {
        environment.add_function(name, move |state: &State, table: &str| {
            part(
                state,
                "sources/_source.sql",
                context! { layout => layout(state, table)?, of_parts },
            )
        });
    }
    environment.add_function(
        "pruned",
        |state: &State, table: &str, from: Option<&str>, to: Option<&str>| {
            part(
                state,
                "sources/_pruned.sql",
                context! { layout => layout(state, table)?, from, to },
            )
        },
    );
    environment.add_function("pruned_minutes", |state: &State, table: &str, minutes: &str| {
        part(
            state,
            "sources/_pruned_minutes.sql",
            context! { layout => layout(state, table)?, minutes },
        )
    });
    environment.add_function("engine_of", |state: &State, engine: &str, arguments: Option<&str>| {
        engine_of(state, engine, arguments)
    });
    for (name, source) in files {
        environment.add_template_owned(format!("{name}.sql"), part_or_whole(name, source).to_owned())?;
    }
    Ok(environment)
}

/// Whether a selector of requests names nothing but a route, so that many can be looked for at once.
fn is_route_alone(selector: &Any) -> bool {
    ["service", "method", "user_agent", "attributes"]
        .iter()
        .all(|name| selector.get_attr(name).is_ok_and(|value| !value.is_true()))
}

/// A part is taken without the blank lines at its end: an `{% include … +%}` brings the end of its own line.
fn part_or_whole<'a>(name: &str, source: &'a str) -> &'a str {
    if is_statement(name) { source } else { source.trim_end() }
}

/// The layout of the table that a statement calls so.
fn layout(state: &State, table: &str) -> Result<Any, Error> {
    let layouts = state.lookup("layouts").unwrap_or_default();
    let layout = layouts.get_attr(table)?;
    match layout.is_undefined() {
        true => Err(Error::new(
            ErrorKind::InvalidOperation,
            format!("no layout of {table:?} is known"),
        )),
        false => Ok(layout),
    }
}

/// A part of a statement, made of a layout. Its text is safe, since only what this renderer lets through got into it.
fn part(state: &State, name: &str, context: Any) -> Result<Any, Error> {
    let text = state.env().get_template(name)?.render(context)?;
    Ok(Any::from_safe_string(text.trim_end().to_owned()))
}

/// `text` as a line of an SQL comment.
fn comment_line(text: &str) -> Result<String, Error> {
    if text.chars().any(char::is_control) {
        return Err(Error::new(
            ErrorKind::InvalidOperation,
            format!("{text:?} does not fit into one line of comment"),
        ));
    }
    Ok(format!("--   {text}"))
}

/// Writes whole numbers and strings that a filter of ours made; refuses everything else.
fn only_safe(out: &mut Output, _: &mut State, value: &Any) -> Result<(), Error> {
    let is_whole_number = value.kind() == ValueKind::Number && value.is_integer();
    if is_whole_number || value.is_safe() {
        return write!(out, "{value}").map_err(Error::from);
    }
    Err(Error::new(
        ErrorKind::InvalidOperation,
        "only whole numbers, identifiers and quoted literals may be written into SQL",
    ))
}

/// `` `name` `` or `` `database`.`table` ``.
pub fn quote_identifier(name: &str) -> Result<String, Error> {
    let (database, table) = table_parts(name)?;
    let database = database.map_or_else(String::new, |database| format!("`{database}`."));
    Ok(format!("{database}`{table}`"))
}

/// A column's name in backticks, whatever stands in it.
fn quote_column(name: &str) -> Result<String, Error> {
    if name.is_empty() || name.chars().any(char::is_control) {
        return Err(no_name(name));
    }
    Ok(format!("`{}`", name.replace('\\', "\\\\").replace('`', "\\`")))
}

/// Database (empty: the current one) and name of a table that the configuration names.
pub fn table_place(name: &str) -> (String, String) {
    match table_parts(name) {
        Ok((database, table)) => (database.unwrap_or_default().to_owned(), table.to_owned()),
        Err(_) => (String::new(), name.to_owned()),
    }
}

/// Database and table: names that need no quoting rules (letters, digits, `_`, `-`, `$`, `@`, blanks), or others in backticks.
fn table_parts(name: &str) -> Result<(Option<&str>, &str), Error> {
    let plain = |letter: char| letter.is_alphanumeric() || matches!(letter, '_' | '-' | '$' | ' ' | '@');
    let quoted = |letter: char| !letter.is_control() && !matches!(letter, '`' | '\\');
    let read = |text: &'_ str| -> Option<(usize, usize, usize)> {
        // where the name begins and ends, and where the text goes on
        if let Some(inner) = text.strip_prefix('`') {
            let end = inner.find('`')?;
            return (end > 0 && inner[..end].chars().all(quoted)).then_some((1, end + 1, end + 2));
        }
        let end = text.find('.').unwrap_or(text.len());
        (end > 0 && text[..end].chars().all(plain)).then_some((0, end, end))
    };
    let whole = || {
        let (start, end, next) = read(name)?;
        let first = &name[start..end];
        let Some(rest) = name[next..].strip_prefix('.') else {
            return name[next..].is_empty().then_some((None, first));
        };
        let (start, end, next) = read(rest)?;
        rest[next..].is_empty().then_some((Some(first), &rest[start..end]))
    };
    whole().ok_or_else(|| no_name(name))
}

fn plain_name(name: &str) -> Result<String, Error> {
    table_parts(name).map(|_| name.to_owned())
}

fn no_name(name: &str) -> Error {
    Error::new(
        ErrorKind::InvalidOperation,
        format!("{name:?} cannot be the name of a table or column: put a name with other letters into backticks"),
    )
}

/// `text` as a ClickHouse string literal.
pub fn quote_literal(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('\'');
    for letter in text.chars() {
        match letter {
            '\'' => out.push_str("\\'"),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            '\0' => out.push_str("\\0"),
            other => out.push(other),
        }
    }
    out.push('\'');
    out
}

/// The table engine `engine`, replicated when a cluster is named.
fn engine_of(state: &State, engine: &str, arguments: Option<&str>) -> Result<Any, Error> {
    let replicated = state.lookup("replicated").is_some_and(|value| value.is_true());
    let prefix = if replicated { "Replicated" } else { "" };
    Ok(Any::from_safe_string(format!(
        "{prefix}{engine}({})",
        arguments.unwrap_or_default()
    )))
}

#[cfg(test)]
mod tests {
    use super::super::RequestMetric;
    use super::*;

    #[test]
    fn only_whole_numbers_and_checked_text_are_written() {
        let values = context! { number => 7, text => "x' OR 1", table => "db.logs", bad => "a`b", half => 0.5 };
        let render = |source: &str| environment().and_then(|env| Ok(env.render_str(source, &values)?));
        assert_eq!(
            render("{{ number }} {{ table | ident }} {{ text | literal }}")
                .ok()
                .as_deref(),
            Some("7 `db`.`logs` 'x\\' OR 1'")
        );
        for refused in [
            "{{ text }}",
            "{{ half }}",
            "{{ bad | ident }}",
            "{{ text | safe }}",
            "{{ missing }}",
            "{{ [text] | join }}",
        ] {
            assert!(render(refused).is_err(), "{refused}");
        }
    }

    /// Every statement in each of its structures, rendered from sources that `change` has been at.
    fn rendered(change: impl Fn(&str, &str) -> String) -> Vec<(&'static str, String)> {
        let files: Vec<(&str, String)> = FILES
            .iter()
            .map(|(name, source)| (*name, change(name, source)))
            .collect();
        let environment = parse_files(files.iter().map(|(name, source)| (*name, source.as_str())));
        let environment = environment.unwrap_or_else(|error| panic!("{error:#}"));
        let mut all = Vec::new();
        for name in super::super::names() {
            for (divergence, is_full) in [("udf", false), ("udf", true), ("sql", true)] {
                let options = Options {
                    divergence,
                    scoped: is_full,
                    filtered: is_full,
                    median: is_full,
                    sliced: is_full,
                    uncounted: is_full,
                    cut: is_full,
                    traced: is_full,
                    further_points: vec!["otel_metrics_summary".to_owned(); usize::from(is_full)],
                    changes_columns: vec![COLUMN; 3],
                    selector: is_full.then(|| full_requests().ignore.remove(0)),
                    selected: is_full,
                    unsettled: true,
                    ..Options::default()
                };
                let template = environment.get_template(&format!("{name}.sql"));
                let context = Seen {
                    options: &options,
                    layouts: &Layouts::assumed(&options.logs),
                    requests: &if is_full { full_requests() } else { Requests::default() },
                    metrics: &if is_full { own_metrics() } else { Metrics::default() },
                };
                let text = template.and_then(|template| template.render(Serde(context)));
                all.push((name, text.unwrap_or_else(|error| panic!("{name}: {error:#}"))));
            }
        }
        all
    }

    /// Rules of every kind.
    fn full_requests() -> Requests {
        let selector = Selector {
            service: "web*".to_owned(),
            route: "/x'\\*".to_owned(),
            method: "GET".to_owned(),
            user_agent: "probe/*".to_owned(),
            attributes: [("synthetic".to_owned(), "true".to_owned())].into(),
        };
        let codes = vec!["429".to_owned(), "NOT_FOUND".to_owned()];
        Requests {
            ignore: vec![selector.clone()],
            streams: vec![selector],
            failures: codes.clone(),
            successes: codes,
        }
    }

    fn own_metrics() -> Metrics {
        Metrics {
            requests: vec![RequestMetric {
                name: "my'requests".to_owned(),
                status: "result".to_owned(),
                failures: vec!["fail*".to_owned()],
                service: "app".to_owned(),
                ..RequestMetric::default()
            }],
        }
    }

    const COLUMN: TupleColumn = TupleColumn {
        name: "shape_id",
        kind: "UInt64",
        meaning: "A shape.",
    };

    fn assert_same(found: &[(&str, String)], expected: &[(&str, String)]) {
        for ((name, found), (_, expected)) in found.iter().zip(expected) {
            let mut lines = found.lines().zip(expected.lines());
            let differs = lines.find(|(found, expected)| found != expected);
            assert!(found == expected, "{name}, first: {differs:?}\n{found}");
        }
    }

    #[test]
    fn blank_lines_at_the_end_of_a_part_change_nothing() {
        let usual = rendered(|_, source| source.to_owned());
        for end in ["", "\n", "\n\n\n", "  \n\t\n"] {
            let changed = rendered(|name, source| match is_statement(name) {
                true => source.to_owned(),
                false => format!("{}{end}", source.trim_end()),
            });
            assert_same(&changed, &usual);
        }
    }

    #[test]
    fn blank_lines_between_lines_change_nothing_but_themselves() {
        let without_blank_lines = |all: Vec<(&'static str, String)>| -> Vec<(&'static str, String)> {
            let lines = |text: String| -> Vec<String> {
                let lines = text.lines().map(str::trim_end).filter(|line| !line.is_empty());
                lines.map(str::to_owned).collect()
            };
            all.into_iter()
                .map(|(name, text)| (name, lines(text).join("\n")))
                .collect()
        };
        let usual = without_blank_lines(rendered(|_, source| source.to_owned()));
        let removed = rendered(|_, source| {
            let lines = source.lines().filter(|line| !line.trim().is_empty());
            lines.map(|line| format!("{line}\n")).collect()
        });
        assert_same(&without_blank_lines(removed), &usual);
    }

    #[test]
    fn a_line_of_comment_is_one_line() {
        assert_eq!(
            comment_line("x UInt64  it's so").ok().as_deref(),
            Some("--   x UInt64  it's so")
        );
        assert!(comment_line("x\nDROP TABLE y").is_err());
    }
}
