//! `kulprit ingest`: files into tables.

mod sink;

use std::io::{IsTerminal, stderr};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, ensure};
use indicatif::{ProgressBar, ProgressStyle};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use tokio::signal::unix::{SignalKind, signal};

use super::connection::ConnectionArgs;
use super::{notice, print};
use crate::rollups::logs::Roller;
use kulprit_ingest::{
    FieldNames, Following, Format, Input, Known, NO_TIME, Options, Table, check_format, follow, ingest, summary,
};
use sink::ConnectionSink;

pub use sink::ClientSink;

/// How often what is followed is rolled up.
const ROLL: Duration = Duration::from_secs(60);

/// Store files of logs, spans or metrics
///
/// Every row is stored or reported with the reason why not. The exit code is 0 when all rows are stored, 1 when some
/// were refused or something failed. Run again, the same command stores what is missing and nothing twice: how far each
/// file is stored is kept in ClickHouse, by the file itself, so that it may grow, be renamed, rotated or packed meanwhile.
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
    /// time=when,message=text,level=sev,service=unit,trace=tid; a.b is field b of the object a. Others come from the
    /// configuration ([ingest] field)
    #[arg(long, value_name = "WHAT=FIELD,…", value_parser = FieldNames::parse)]
    field: Option<FieldNames>,
    /// Leave out columns and fields that the table does not have, instead of refusing them
    #[arg(long)]
    ignore_unknown: bool,
    /// Keep each plain message with its time in the attribute log.record.original
    #[arg(long)]
    keep_original: bool,
    /// Go on and store what is added, within a second or two, until Ctrl-C; files may be rotated and emptied meanwhile,
    /// and new ones appear in directories. Lines without a time that are added are of that moment
    #[arg(long, conflicts_with = "again")]
    follow: bool,
    /// Store the files from their beginning, whatever of them is stored already
    #[arg(long)]
    again: bool,
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

    /// The files that were stored before; none where their positions cannot be kept.
    async fn known(&self, sink: &ClientSink) -> Option<Known> {
        match sink.known().await {
            Ok(_) if self.again => Some(Known::anew(Vec::new())),
            Ok(known) => Some(known),
            Err(error) => {
                notice(format_args!(
                    "how far files are stored cannot be kept ({error}): a file that has grown is stored once more as a whole; \
                     `kulprit schema apply` makes the table for it"
                ));
                None
            }
        }
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
    let mut options = args.options()?;
    options.fields = options.fields.or(&connection.config()?.ingest.field);
    let inputs = if args.follow { Vec::new() } else { args.inputs()? };
    let mut connection = connection.open_to_write().await?;
    let known = args
        .known(&ClientSink::new(connection.client.clone(), options.table))
        .await;
    let progress = progress(&inputs);
    let mut roller = Roller::new(connection.client.apart(), &connection.config);
    let mut sink = ConnectionSink::new(&mut connection, options.table);
    let report = if args.follow {
        let rolling = tokio::spawn(async move { roll(&mut roller).await });
        let following = Following {
            names: &args.files,
            options: &options,
            known: known.as_ref(),
        };
        let report = follow(following, &mut sink, stopped()?, &mut |what| notice(what)).await;
        rolling.abort();
        // It has let go of its connection when it has ended.
        let _ = rolling.await;
        report
    } else {
        ingest(&inputs, &options, known.as_ref(), &mut sink, &progress).await
    };
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

/// Rolls up what arrives, now and then: answers read the log table meanwhile.
async fn roll(roller: &mut Roller) {
    loop {
        tokio::time::sleep(ROLL).await;
        if let Err(error) = roller.catch_up().await {
            tracing::warn!(%error, "the rollup waits");
        }
    }
}

/// Ready when the user or the system asks to stop.
fn stopped() -> anyhow::Result<impl Future<Output = ()>> {
    let mut terminated = signal(SignalKind::terminate()).context("listen for SIGTERM")?;
    let mut interrupted = signal(SignalKind::interrupt()).context("listen for Ctrl-C")?;
    Ok(async move {
        tokio::select! {
            _ = terminated.recv() => {}
            _ = interrupted.recv() => {}
        }
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use clap::Parser;

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
}
