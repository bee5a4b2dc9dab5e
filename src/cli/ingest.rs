//! `kulprit ingest`: files into tables.

use std::io::{IsTerminal, stderr};
use std::process::ExitCode;

use anyhow::{Context, ensure};
use indicatif::{ProgressBar, ProgressStyle};
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::connection::{Connection, ConnectionArgs};
use super::{notice, print};
use crate::Error;
use crate::rollups::logs::Roller;
use kulprit_clickhouse::{Client, Insert, code};
use kulprit_ingest::{
    Batch, FieldNames, Format, Input, NO_TIME, Options, Sink, SinkError, Table, check_format, ingest, summary,
};

/// Store files of logs, spans or metrics
///
/// Every row is stored or reported with the reason why not. The exit code is 0 when all rows are stored, 1 when some
/// were refused or something failed. Run again, the same command stores what is missing and nothing twice.
#[derive(Debug, clap::Args)]
pub struct IngestArgs {
    /// Files, directories or patterns such as '/var/log/pods/*/*/*.log'; - is standard input
    ///
    /// Parquet, JSON, CSV, systemd's export format or plain log lines, known by content and name; each also compressed
    /// (gzip, zstd, xz, bzip2). A file that holds no text is refused
    #[arg(required = true, value_name = "FILE")]
    files: Vec<String>,
    /// The table to fill: otel_logs, otel_traces, otel_metrics_gauge, otel_metrics_sum or otel_metrics_histogram
    #[arg(long, default_value = "otel_logs")]
    table: Table,
    /// Read all files as parquet, jsonl, csv or plain, whatever their names end in
    #[arg(long)]
    format: Option<Format>,
    /// Service of plain lines (default: syslog's program, else the file's name) and of records that name none
    #[arg(long, value_name = "NAME")]
    service: Option<String>,
    /// Time zone of times that name none, such as Europe/Berlin
    #[arg(long, value_name = "ZONE", default_value = "UTC")]
    timezone: String,
    /// Format of the times, as in strftime: '%d.%m.%Y %H:%M:%S'
    #[arg(long, value_name = "FORMAT")]
    timestamp_format: Option<String>,
    /// The day of the first line, such as 2026-11-23, where lines have a time of day alone (default: counted back from
    /// the file's last write)
    #[arg(long, value_name = "DAY")]
    date: Option<Date>,
    /// What to do with the lines of a file that has no time: file-time stores them at the file's last write; without it
    /// more than five are refused
    #[arg(long, value_name = "HOW", value_parser = ["file-time"])]
    untimed: Option<String>,
    /// Names of the fields of JSON and CSV records, where they are not the usual ones:
    /// time=when,message=text,level=sev,service=unit,trace=tid; a.b is field b of the object a
    #[arg(long, value_name = "WHAT=FIELD,…", value_parser = FieldNames::parse)]
    field: Option<FieldNames>,
    /// Leave out columns and fields that the table does not have, instead of refusing them
    #[arg(long)]
    ignore_unknown: bool,
    /// Keep each plain message with its time in the attribute log.record.original
    #[arg(long)]
    keep_original: bool,
}

impl IngestArgs {
    /// The files that the arguments name, directories and patterns spelled out.
    fn inputs(&self) -> anyhow::Result<Vec<Input>> {
        let mut inputs = Vec::new();
        for name in &self.files {
            inputs.extend(Input::named(name)?);
        }
        ensure!(!inputs.is_empty(), "there are no files in {}", self.files.join(", "));
        Ok(inputs)
    }

    /// Checks the arguments.
    ///
    /// # Errors
    /// Names the argument that is wrong.
    fn options(&self) -> anyhow::Result<Options> {
        let timezone = TimeZone::get(&self.timezone).with_context(|| {
            format!(
                "--timezone {:?} is unknown: give an IANA name such as Europe/Berlin",
                self.timezone
            )
        })?;
        if let Some(format) = &self.timestamp_format {
            let problem = check_format(format).err();
            ensure!(
                problem.is_none(),
                "--timestamp-format {format:?}: {}",
                problem.unwrap_or_default()
            );
        }
        Ok(Options {
            format: self.format,
            service: self.service.clone(),
            timezone,
            timestamp_format: self.timestamp_format.clone(),
            date: self.date,
            fields: self.field.clone().unwrap_or_default(),
            untimed_at_file_time: self.untimed.is_some(),
            ignore_unknown: self.ignore_unknown,
            keep_original: self.keep_original,
            ..Options::new(self.table)
        })
    }
}

/// Reads the files, stores their rows, prints the account, and rolls up what has arrived.
pub async fn run(args: IngestArgs, connection: &ConnectionArgs) -> anyhow::Result<ExitCode> {
    let options = args.options()?;
    let inputs = args.inputs()?;
    let mut connection = connection.open_to_write().await?;
    let progress = progress(&inputs);
    let report = ingest(&inputs, &options, &mut ConnectionSink(&mut connection), &progress).await;
    progress.finish_and_clear();
    print(&summary(&report))?;
    if let Some(count) = report.refused_by_kind.get(NO_TIME) {
        notice(format_args!(
            "{count} messages were not stored because no time was found in their files: see the report for the first of each"
        ));
    }
    let mut roller = Roller::new(connection.client.clone(), &connection.config);
    if let Err(error) = roller.catch_up().await {
        notice(format_args!(
            "the rollup waits ({error}); answers read the log table meanwhile"
        ));
    }
    drop(roller);
    connection.close().await?;
    Ok(if report.complete() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// A bar of bytes on a terminal, nothing elsewhere.
fn progress(inputs: &[Input]) -> ProgressBar {
    if !stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let total: u64 = inputs.iter().map(Input::size).sum();
    // A stream's length is unknown, so that a share of it would be a lie.
    let (bar, template) = if inputs.contains(&Input::Stdin) || total == 0 {
        (ProgressBar::new_spinner(), "{spinner} {bytes} {binary_bytes_per_sec}")
    } else {
        (
            ProgressBar::new(total),
            "{wide_bar} {bytes}/{total_bytes} {binary_bytes_per_sec} {eta}",
        )
    };
    bar.with_style(ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()))
}

/// Sends batches to ClickHouse.
pub struct ClientSink(pub Client);

impl Sink for ClientSink {
    async fn insert(&mut self, batch: Batch) -> Result<(), SinkError> {
        let insert = Insert {
            table: batch.table.name(),
            columns: &batch.columns,
            format: batch.format,
            token: &batch.token,
        };
        self.0.insert(insert, batch.body).await.map_err(judge)
    }
}

/// The same over a connection whose embedded engine may end with the process that hosts it: then this one takes over.
struct ConnectionSink<'a>(&'a mut Connection);

impl Sink for ConnectionSink<'_> {
    async fn insert(&mut self, batch: Batch) -> Result<(), SinkError> {
        let outcome = ClientSink(self.0.client.clone()).insert(batch).await;
        if let Err(SinkError::Away { .. }) = &outcome
            && let Err(error) = self.0.rejoin().await
        {
            return Err(SinkError::Away {
                message: format!("{error:#}"),
            });
        }
        outcome
    }
}

/// Whether waiting helps, other rows may go in, or nothing will.
fn judge(error: Error) -> SinkError {
    let message = error.to_string();
    match error {
        Error::Away(_) | Error::Timeout(_) => SinkError::Away { message },
        Error::Refused(cause) => match cause.code {
            // It may pass.
            Some(
                code::TOO_MANY_SIMULTANEOUS_QUERIES
                | code::MEMORY_LIMIT_EXCEEDED
                | code::TOO_MANY_PARTS
                | code::TABLE_IS_READ_ONLY,
            ) => SinkError::Away { message },
            // Not a row's fault.
            Some(
                code::NO_SUCH_COLUMN_IN_TABLE
                | code::UNKNOWN_IDENTIFIER
                | code::SYNTAX_ERROR
                | code::READONLY
                | code::NOT_ENOUGH_SPACE,
            ) => SinkError::Denied { message },
            _ => SinkError::Refused { message },
        },
        _ => SinkError::Denied { message },
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use clap::Parser;
    use kulprit_request::Cause;

    use super::*;

    #[derive(Parser)]
    struct Command {
        #[command(flatten)]
        args: IngestArgs,
    }

    fn options(arguments: &[&str]) -> Result<Options, String> {
        let command = Command::try_parse_from([&["ingest"], arguments].concat()).map_err(|error| error.to_string())?;
        command.args.options().map_err(|error| error.to_string())
    }

    #[test]
    fn wrong_arguments_are_named() {
        let cases: &[(&[&str], &str)] = &[
            (&[], "FILE"),
            (&["a.log", "--table", "otel_loggs"], "otel_metrics_gauge"),
            (&["a.log", "--format", "xml"], "parquet"),
            (&["a.log", "--timezone", "Mars/Olympus"], "--timezone"),
            (&["a.log", "--timestamp-format", "%m %H:%M"], "--timestamp-format"),
            (&["a.log", "--date", "yesterday"], "--date"),
            (&["a.log", "--untimed", "now"], "file-time"),
            (&["a.jsonl", "--field", "when=ts"], "service"),
        ];
        for (arguments, needle) in cases {
            let error = options(arguments).unwrap_err();
            assert!(error.contains(needle), "{arguments:?}: {error}");
        }
        assert_eq!(options(&["a.log"]).unwrap().table, Table::OtelLogs);
    }

    #[test]
    fn a_server_out_of_memory_is_waited_for_and_a_missing_column_is_not() {
        let refused = |code| judge(Error::Refused(Cause::exception(Some(code), "refused")));
        assert!(matches!(refused(code::MEMORY_LIMIT_EXCEEDED), SinkError::Away { .. }));
        assert!(matches!(
            refused(code::NO_SUCH_COLUMN_IN_TABLE),
            SinkError::Denied { .. }
        ));
        assert!(matches!(refused(27), SinkError::Refused { .. }));
        assert!(matches!(judge(Error::Away("reset".into())), SinkError::Away { .. }));
        assert!(matches!(
            judge(Error::no_data_source("no table")),
            SinkError::Denied { .. }
        ));
    }
}
