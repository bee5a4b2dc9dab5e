//! `kulprit correlate`: which service an incident comes from, as a table, as JSON or as a page.

use anyhow::Result;
use clap::Args;
use jiff::Timestamp;
use kulprit_request::Asked;

use super::connection::{ConnectionArgs, answered};
use super::report::{Page, ReportFormat, print_answer};
use super::{print, tell_warnings};
use crate::cli::table;
use crate::questions::root_cause::Answer;
use crate::questions::root_cause::{self, Correlate};
use crate::report::Parts;

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
    #[arg(long, value_enum, default_value_t = ReportFormat::Table)]
    pub format: ReportFormat,
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
    let answer = root_cause::correlate(&connection.client, &connection.config, &question).await;
    connection.close().await?;
    let table = |answer: &Answer| {
        tell_warnings(&answer.warnings);
        print(&table::root_cause(answer))
    };
    print_answer(answered(answer)?, args.format, table, |answer| Page {
        window: question.window,
        services: question.service.into_iter().collect(),
        parts: Parts {
            root_cause: Some(Ok(answer)),
            ..Parts::default()
        },
    })
}
