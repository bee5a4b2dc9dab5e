//! The log of the process, on stderr: one line an event, for people or as JSON.

use std::io::{IsTerminal as _, stderr};

use clap::{Args, ValueEnum};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::field::MakeExt as _;
use tracing_subscriber::fmt::format::{FmtSpan, debug_fn};

use crate::text::is_order;

/// Flags that every command takes.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Log")]
pub struct LogArgs {
    /// How log lines are written to stderr
    #[arg(long, global = true, value_enum, default_value_t = LogFormat::Text, env = "KULPRIT_LOG_FORMAT")]
    pub log_format: LogFormat,
    /// error, warn, info, debug or trace (default: info for serve and demo, else warn)
    #[arg(long, global = true, value_name = "LEVEL", env = "KULPRIT_LOG_LEVEL")]
    pub log_level: Option<LogLevel>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For people
    Text,
    /// One JSON object a line
    Json,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogLevel {
    Error,
    Warn,
    Info,
    Debug,
    Trace,
}

impl LogLevel {
    fn word(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warn => "warn",
            Self::Info => "info",
            Self::Debug => "debug",
            Self::Trace => "trace",
        }
    }
}

/// Kulprit's own events from `level` on; of the libraries below only what went wrong.
pub fn filter(level: LogLevel) -> EnvFilter {
    let level = level.word();
    EnvFilter::new(format!(
        "error,kulprit={level},kulprit_clickhouse={level},kulprit_engine={level},kulprit_incidents={level},kulprit_ingest={level}"
    ))
}

/// Writes the log of this process from now on. `usual` is the level unless a flag names another.
pub fn init(args: &LogArgs, usual: LogLevel) {
    let filter = filter(args.log_level.unwrap_or(usual));
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_span_events(FmtSpan::NONE)
        .with_target(false)
        .with_writer(stderr)
        // A log that nobody reads any more must not end the program.
        .log_internal_errors(false);
    // Values hold what somebody else wrote, which must neither order the terminal about nor look like a line of the log.
    let fields = debug_fn(|writer, field, value| {
        let text = format!("{value:?}").replace(is_order, " ");
        match field.name() {
            "message" => write!(writer, "{text}"),
            name => write!(writer, "{name}={text}"),
        }
    });
    // Only the first one counts, as in a test that runs several commands in one process.
    let _ = match args.log_format {
        LogFormat::Text => builder
            .with_ansi(stderr().is_terminal())
            .fmt_fields(fields.delimited(" "))
            .try_init(),
        LogFormat::Json => builder.json().flatten_event(true).try_init(),
    };
}
