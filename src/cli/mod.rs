//! The command line: one file a command. Results go to stdout, everything else to stderr.

pub mod analyze;
pub mod connection;
pub mod correlate;
pub mod demo;
mod differences_table;
pub mod doctor;
pub mod engine;
pub mod incidents;
pub mod ingest;
pub mod logging;
pub mod mcp;
pub mod patterns;
mod report;
pub mod rollup;
pub mod schema;
pub mod serve;
pub mod services;
pub mod slo;
pub mod sql;
pub mod table;
pub mod token;
pub mod udf;

use std::io::IsTerminal as _;
use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

use connection::ConnectionArgs;
use logging::{LogArgs, LogLevel};

use crate::text::{json_without_orders, without_orders};

/// Point at a spike; get the log patterns that changed, and the service to blame
///
/// Kulprit computes inside ClickHouse: your own server (--url) or, without one, an embedded engine that it fetches on first use.
/// Times are RFC 3339, epoch seconds or milliseconds, or now-1h. Results go to stdout, everything else to stderr.
#[derive(Debug, Parser)]
#[command(name = "kulprit", version)]
pub struct Cli {
    #[command(flatten)]
    pub connection: ConnectionArgs,
    #[command(flatten)]
    pub log: LogArgs,
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    Analyze(analyze::AnalyzeArgs),
    Doctor(doctor::DoctorArgs),
    Correlate(correlate::CorrelateArgs),
    Demo(demo::DemoArgs),
    Engine(engine::EngineArgs),
    Incidents(incidents::IncidentsArgs),
    Ingest(ingest::IngestArgs),
    Mcp(mcp::McpArgs),
    Patterns(patterns::PatternsArgs),
    #[command(subcommand)]
    Rollup(rollup::RollupCommand),
    #[command(subcommand)]
    Schema(schema::SchemaCommand),
    Serve(serve::ServeArgs),
    Services(services::ServicesArgs),
    Slo(slo::SloArgs),
    #[command(subcommand)]
    Sql(sql::SqlCommand),
    #[command(subcommand)]
    Token(token::TokenCommand),
    #[command(subcommand)]
    Udf(udf::UdfCommand),
}

/// Runs a function of ClickHouse's, or the engine's host, where this process was started as such: ClickHouse runs this program under the
/// functions' name, and the engine's host is this program too.
pub fn run_if_child() -> Option<ExitCode> {
    match is_function() {
        true => Some(kulprit_udf::main_from_args()),
        false => kulprit_engine::run_if_child(),
    }
}

/// Runs the command.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    logging::init(&cli.log, cli.command.usual_log_level());
    let result = tokio::runtime::Runtime::new()
        .map_err(anyhow::Error::from)
        .and_then(|runtime| runtime.block_on(cli.run()));
    result.unwrap_or_else(|error| {
        notice(format_args!("error: {error:#}"));
        ExitCode::FAILURE
    })
}

fn is_function() -> bool {
    let program = std::env::args_os().next().map(std::path::PathBuf::from);
    program.is_some_and(|program| {
        program
            .file_name()
            .is_some_and(|name| name == kulprit_engine::UDF_PROGRAM)
    })
}

impl Command {
    /// Services tell what they do; a command tells its result.
    fn usual_log_level(&self) -> LogLevel {
        match self {
            Self::Serve(_) | Self::Demo(_) | Self::Engine(_) => LogLevel::Info,
            _ => LogLevel::Warn,
        }
    }
}

impl Cli {
    /// Runs the command. Exit codes: 0 done, 1 failed, rows refused or a problem found, 2 wrong arguments.
    pub async fn run(self) -> Result<ExitCode> {
        let connection = self.connection;
        match self.command {
            Command::Analyze(args) => analyze::run(args, &connection).await,
            Command::Doctor(args) => return doctor::run(args, &connection).await,
            Command::Correlate(args) => correlate::run(args, &connection).await,
            Command::Demo(args) => demo::run(args, &connection).await,
            Command::Engine(args) => engine::run(args, &connection).await,
            Command::Incidents(args) => incidents::run(args, &connection).await,
            Command::Ingest(args) => return ingest::run(args, &connection).await,
            Command::Mcp(args) => mcp::run(args, &connection).await,
            Command::Patterns(args) => patterns::run(args, &connection).await,
            Command::Rollup(command) => rollup::run(command, &connection).await,
            Command::Schema(command) => schema::run(command, &connection).await,
            Command::Serve(args) => serve::run(args, &connection).await,
            Command::Services(args) => services::run(args, &connection).await,
            Command::Slo(args) => slo::run(args, &connection).await,
            Command::Sql(command) => sql::run(command, &connection).await,
            Command::Token(command) => token::run(command, &connection).await,
            Command::Udf(command) => udf::run(command),
        }
        .map(|()| ExitCode::SUCCESS)
    }
}

/// Tells whoever runs a command something beside its result, on stderr. A reader that has gone away is no reason to stop.
pub fn notice(text: impl std::fmt::Display) {
    use std::io::Write;
    let text = text.to_string();
    let _ = writeln!(std::io::stderr().lock(), "kulprit: {}", without_orders(&text));
}

/// Tells the warnings of an answer.
pub fn tell_warnings(warnings: &[String]) {
    warnings.iter().for_each(notice);
}

/// Writes a result for people to stdout.
pub fn print(text: &str) -> Result<()> {
    write_out(without_orders(text).as_bytes())
}

/// Writes a result as JSON.
pub fn print_json(value: &(impl serde::Serialize + ?Sized)) -> Result<()> {
    let text = json_without_orders(&serde_json::to_string_pretty(value)?);
    write_out(format!("{text}\n").as_bytes())
}

/// Writes data: to the byte where another program reads it, as for people on a terminal.
pub fn print_data(data: &[u8]) -> Result<()> {
    match std::io::stdout().is_terminal() {
        true => print(&String::from_utf8_lossy(data)),
        false => write_out(data),
    }
}

/// A reader that has gone away ends the output, not the program with an error.
fn write_out(bytes: &[u8]) -> Result<()> {
    use std::io::Write;
    let mut out = std::io::stdout().lock();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        other => Ok(other?),
    }
}
