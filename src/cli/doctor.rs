//! `kulprit doctor`: what is in place, what is missing, what to do.

use std::process::ExitCode;

use anyhow::Result;
use clap::Args;

use super::analyze::Format;
use super::connection::ConnectionArgs;
use super::table::aligned;
use super::{print, print_json};
use crate::doctor::{Check, Report, examine};

/// What is in place, what is missing, what to do
///
/// Looks only, and changes nothing. Exit code 0 when there is no problem (warnings do not count), 1 otherwise.
#[derive(Debug, Args)]
pub struct DoctorArgs {
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub format: Format,
}

pub async fn run(args: DoctorArgs, connection: &ConnectionArgs) -> Result<ExitCode> {
    // A wrong flag or configuration file is an error like any other; an engine that does not start is a finding.
    connection.config()?;
    let checks = match connection.open().await {
        Ok(connection) => {
            let checks = examine(&connection.config, &connection.client).await;
            connection.close().await?;
            checks
        }
        Err(error) => vec![Check::problem(
            "reachability",
            format!("{error:#}"),
            "mend what the message says, or give the address of a ClickHouse with --url",
        )],
    };
    let report = Report::new(checks);
    match args.format {
        Format::Json => print_json(&report)?,
        Format::Table => print(&format!("{}\n{}\n", table(&report.checks), report.counts()))?,
    }
    Ok(if report.problems == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// A row a check, and what to do about it in a row below.
fn table(checks: &[Check]) -> String {
    let mut rows = Vec::new();
    for check in checks {
        rows.push(vec![
            check.verdict.to_string(),
            check.check.to_owned(),
            check.found.clone(),
        ]);
        if let Some(advice) = &check.advice {
            rows.push(vec![String::new(), String::new(), format!("-> {advice}")]);
        }
    }
    aligned(&rows, &[])
}
