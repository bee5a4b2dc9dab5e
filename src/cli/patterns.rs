//! `kulprit patterns`: the patterns of a file, or the stored catalog.

use std::io::Write;

use anyhow::{Result, anyhow, bail};
use clap::{Args, Subcommand, ValueEnum};
use jiff::Timestamp;
use kulprit_clickhouse::{Client, code};
use kulprit_ingest::{Input, Options, Table, messages};
use kulprit_patterns::catalog::{GroupedLines, Grouper, Pattern};

use super::connection::{Connection, ConnectionArgs};
use super::table::{self, aligned};
use super::{notice, print};
use crate::rollups::catalog::CatalogKeeper;
use crate::rollups::catalog::said::said;
use crate::rollups::catalog::statements::{Choice, ListedPattern, ShownPattern, list, reloads, show};

/// The patterns of a file's lines, or the stored catalog
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub struct PatternsArgs {
    #[command(subcommand)]
    command: Option<CatalogCommand>,
    /// A log file, read as `kulprit ingest` reads it; - is standard input. Needs no ClickHouse
    #[arg(required = true)]
    file: Option<String>,
    /// tsv: line_id, pattern_id and template of each line; table: the patterns, the most frequent first
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Tsv,
    Table,
}

#[derive(Debug, Subcommand)]
enum CatalogCommand {
    /// Print the stored patterns, the busiest first
    List {
        /// Only patterns that this service logs
        #[arg(long, default_value = "")]
        service: String,
        /// Only patterns whose text holds this
        #[arg(long, default_value = "")]
        like: String,
        #[arg(long, default_value_t = 50)]
        limit: u32,
    },
    /// Print one pattern: who logs it, since when, and real messages
    Show { pattern_id: u64 },
    /// Leave a pattern out of every ranking; its lines still count in the totals
    Ignore { pattern_id: u64 },
    /// Take a pattern back into the rankings
    Unignore { pattern_id: u64 },
    /// Give a pattern a name; an empty one takes it away
    Name { pattern_id: u64, name: String },
}

pub async fn run(args: PatternsArgs, connection: &ConnectionArgs) -> Result<()> {
    match (args.command, args.file) {
        (Some(command), _) => {
            let connection = connection.open().await?;
            let done = stored(command, &connection).await;
            connection.close().await?;
            done
        }
        (None, Some(file)) => of_file(&file, args.format, connection),
        (None, None) => bail!("name a file, or - for standard input"),
    }
}

fn of_file(file: &str, format: Format, connection: &ConnectionArgs) -> Result<()> {
    let config = connection.config()?;
    let options = config.patterns.options();
    let most = options.max_shapes;
    let mut grouper = Grouper::new(options);
    let mut starts = Vec::new();
    let mut said_line = Vec::new();
    let input = Input::from(file);
    let reading = Options {
        fields: config.ingest.field,
        ..Options::new(Table::OtelLogs)
    };
    let report = messages(&input, &reading, |message| {
        said(message.severity, message.attributes, message.body, &mut said_line);
        grouper.add(&said_line);
        starts.push(message.line);
    });
    if let Some(failure) = report.failures.first() {
        bail!("{failure}");
    }
    let grouped = grouper.finish();
    let overflow = grouped.catalog.overflow();
    if overflow.count > 0 {
        notice(format_args!(
            "more than {most} distinct shapes: {} lines share the pattern {}; add masks for what varies ([patterns] masks)",
            overflow.count, overflow.template
        ));
    }
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    let written = match format {
        Format::Tsv => write_lines(&grouped, &starts, report.lines, &mut out),
        Format::Table => out.write_all(patterns_table(&grouped).as_bytes()),
    };
    match written.and_then(|()| out.flush()) {
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        other => Ok(other?),
    }
}

/// A row for each line; a line that continues a message has that message's pattern. `starts` are the messages' first
/// lines, `lines` is how many there are.
fn write_lines(grouped: &GroupedLines, starts: &[u64], lines: u64, out: &mut impl Write) -> std::io::Result<()> {
    let mut messages: Vec<(u64, &Pattern)> = starts
        .iter()
        .copied()
        .zip(grouped.iter().map(|(_, pattern)| pattern))
        .collect();
    // Streams of containers are told apart, so that messages may end out of order.
    messages.sort_by_key(|(start, _)| *start);
    for (index, (start, pattern)) in messages.iter().enumerate() {
        let next = messages.get(index + 1).map_or(lines + 1, |(next, _)| *next);
        for line in *start..next.max(start + 1) {
            writeln!(
                out,
                "{line}\t{}\t{}",
                pattern.id,
                pattern.untyped_template().replace(['\n', '\t', '\r'], " ")
            )?;
        }
    }
    Ok(())
}

fn patterns_table(grouped: &GroupedLines) -> String {
    let mut patterns: Vec<&Pattern> = grouped
        .catalog
        .patterns()
        .iter()
        .chain([grouped.catalog.overflow()])
        .filter(|pattern| pattern.count > 0)
        .collect();
    patterns.sort_by(|left, right| (right.count, &left.template).cmp(&(left.count, &right.template)));
    let mut rows = vec![["lines", "shapes", "pattern_id", "pattern"].map(str::to_owned).to_vec()];
    rows.extend(patterns.iter().map(|pattern| {
        let text = pattern.name.as_ref().unwrap_or(&pattern.template);
        vec![
            pattern.count.to_string(),
            pattern.shapes.to_string(),
            pattern.id.to_string(),
            table::text(text, 160),
        ]
    }));
    aligned(&rows, &[0, 1, 2])
}

async fn stored(command: CatalogCommand, connection: &Connection) -> Result<()> {
    let client = &connection.client;
    let choice = |pattern_id, ignored, name| Choice {
        pattern_id,
        ignored,
        name,
    };
    let choice = match command {
        CatalogCommand::List { service, like, limit } => {
            return print(&listed(kept(client.rows(&list(&service, &like, limit)?).await)?));
        }
        CatalogCommand::Show { pattern_id } => {
            return print(&shown(find(client, pattern_id).await?));
        }
        CatalogCommand::Ignore { pattern_id } => choice(pattern_id, Some(true), None),
        CatalogCommand::Unignore { pattern_id } => choice(pattern_id, Some(false), None),
        CatalogCommand::Name { pattern_id, name } => choice(pattern_id, None, Some(name)),
    };
    choose(connection, choice).await
}

/// Records what somebody decided about a pattern, and shows it.
async fn choose(connection: &Connection, choice: Choice) -> Result<()> {
    if choice
        .name
        .as_deref()
        .is_some_and(|name| name.chars().any(char::is_control))
    {
        bail!("the name holds a control character: give one line of plain text");
    }
    let client = &connection.client;
    // A shape that an answer has just shown may have no pattern yet.
    let mut catalog = CatalogKeeper::new(client.clone(), connection.config.patterns.options());
    kept(catalog.refresh().await)?;
    // An old id stands for the pattern that took over.
    let rows = find(client, choice.pattern_id).await?;
    let pattern_id = rows.first().map_or(choice.pattern_id, |row| row.pattern_id);
    let choice = Choice { pattern_id, ..choice };
    client.execute(&choice.statement()?).await?;
    for statement in reloads()? {
        client.execute(&statement).await?;
    }
    print(&shown(client.rows(&show(pattern_id)?).await?))
}

async fn find(client: &Client, pattern_id: u64) -> Result<Vec<ShownPattern>> {
    let rows: Vec<ShownPattern> = kept(client.rows(&show(pattern_id)?).await)?;
    if rows.is_empty() {
        bail!("there is no pattern {pattern_id}: `kulprit patterns list` prints them");
    }
    Ok(rows)
}

/// What the stored catalog answers; where there is none, the error says who makes one.
fn kept<T>(answer: crate::Result<T>) -> Result<T> {
    answer.map_err(|error| match error.code() {
        Some(code::UNKNOWN_TABLE | code::UNKNOWN_DATABASE) => anyhow!(
            "no patterns are stored in this database: `kulprit serve` and `kulprit rollup backfill` find them; `kulprit analyze` and `kulprit patterns FILE` need none ({error})"
        ),
        _ => error.into(),
    })
}

fn listed(patterns: Vec<ListedPattern>) -> String {
    let mut rows = vec![
        ["lines", "pattern_id", "last seen", "services", "pattern"]
            .map(str::to_owned)
            .to_vec(),
    ];
    rows.extend(patterns.into_iter().map(|pattern| {
        let mark = if pattern.ignored == 1 { "(ignored) " } else { "" };
        let name = if pattern.name.is_empty() {
            String::new()
        } else {
            format!("{}: ", pattern.name)
        };
        vec![
            pattern.lines.to_string(),
            pattern.pattern_id.to_string(),
            instant(pattern.last_seen),
            table::text(&pattern.services.join(","), 40),
            format!("{mark}{name}{}", table::text(&pattern.template, 140)),
        ]
    }));
    aligned(&rows, &[0, 1])
}

fn shown(rows: Vec<ShownPattern>) -> String {
    let mut out = String::new();
    for (index, row) in rows.iter().enumerate() {
        if index == 0 {
            let mark = if row.ignored == 1 { ", ignored" } else { "" };
            out.push_str(&format!("pattern {}{mark}\n{}\n", row.pattern_id, row.template));
            if !row.name.is_empty() {
                out.push_str(&format!("name: {}\n", row.name));
            }
        }
        out.push_str(&format!(
            "\n{}: {} shapes, {} to {}\n",
            row.service,
            row.shapes,
            instant(row.first_seen),
            instant(row.last_seen)
        ));
        for sample in &row.samples {
            out.push_str(&format!("  {}\n", table::text(sample, 200)));
        }
    }
    out
}

fn instant(nanoseconds: i64) -> String {
    Timestamp::from_nanosecond(nanoseconds.into()).map_or_else(
        |_| "-".to_owned(),
        |time| time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
    )
}
