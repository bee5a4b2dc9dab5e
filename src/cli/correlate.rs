//! `kulprit correlate`: which service an incident comes from, as a table or as JSON.

use anyhow::Result;
use clap::Args;
use jiff::Timestamp;
use kulprit_request::Asked;

use super::analyze::Format;
use super::connection::ConnectionArgs;
use super::print;
use crate::cli::table;
use crate::questions::root_cause::Answer;
use crate::questions::root_cause::{self, Correlate};

/// Which service an incident comes from, how sure that is, and whom it hurts
///
/// Logs, traces and metrics of the window are held against the history before it. A source that is missing is said and lowers the
/// confidence.
#[derive(Debug, Args)]
pub struct CorrelateArgs {
    /// Start of the incident: RFC 3339, epoch seconds or milliseconds, or now-1h
    #[arg(long, value_name = "T")]
    pub from: String,
    /// End of it
    #[arg(long, value_name = "T", default_value = "now")]
    pub to: String,
    /// Suspect only this service and what it calls, directly or not
    #[arg(long, value_name = "NAME")]
    pub service: Option<String>,
    /// How far back the history goes, 1m to 7d
    #[arg(long, value_name = "D", default_value = "3h")]
    pub history: String,
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub format: Format,
}

pub async fn run(args: CorrelateArgs, connection: &ConnectionArgs) -> Result<()> {
    let values = [
        ("from", args.from.as_str()),
        ("to", &args.to),
        ("history", &args.history),
    ];
    let service = args.service.iter().map(|service| ("service", service.as_str()));
    let question = Correlate::new(&Asked::flags(values.into_iter().chain(service)), Timestamp::now())?;
    let connection = connection.open().await?;
    if connection.engine().is_some() {
        crate::setup::apply(&connection.config, &connection.client).await?;
    }
    let answer = root_cause::correlate(&connection.client, &connection.config, &question).await;
    let shown = answer
        .map_err(anyhow::Error::from)
        .and_then(|answer| show(&answer, args.format));
    connection.close().await?;
    shown
}

fn show(answer: &Answer, format: Format) -> Result<()> {
    if format == Format::Json {
        return print(&format!("{}\n", serde_json::to_string_pretty(answer)?));
    }
    for warning in &answer.warnings {
        eprintln!("kulprit: {warning}");
    }
    print(&table::root_cause(answer))
}
