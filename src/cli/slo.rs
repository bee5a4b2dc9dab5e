//! `kulprit slo`: objectives, budgets and burn rates, as a table or as JSON.

use anyhow::Result;
use clap::Args;
use jiff::Timestamp;

use super::analyze::Format;
use super::connection::{ConnectionArgs, answered};
use super::table::{aligned, text};
use super::{print, print_json, tell_warnings};
use crate::questions::slo;
use crate::questions::slo::{SloAnswer, Status, span};
use kulprit_request::time;

/// How fast services burn their error budgets, by the objectives of the configuration
#[derive(Debug, Args)]
pub struct SloArgs {
    /// The minute at which all windows end
    #[arg(long, value_name = "T", default_value = "now")]
    pub at: String,
    /// Only this service; may be repeated
    #[arg(long = "service", value_name = "NAME")]
    pub services: Vec<String>,
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub format: Format,
}

pub async fn run(args: SloArgs, connection: &ConnectionArgs) -> Result<()> {
    let at = time::whole_minute(time::parse("--at", &args.at, Timestamp::now())?);
    let connection = connection.open().await?;
    let answer = slo::status(&connection.client, &connection.config, at, &args.services).await;
    connection.close().await?;
    let answer = answered(answer)?;
    if args.format == Format::Json {
        return print_json(&answer);
    }
    tell_warnings(&answer.warnings);
    print(&table(&answer))
}

fn table(answer: &SloAnswer) -> String {
    let header = [
        "service",
        "objective",
        "target",
        "achieved",
        "budget left",
        "burn 1h",
        "used up in",
        "severity",
        "known",
        "why",
    ];
    let mut rows = vec![header.map(str::to_owned).to_vec()];
    rows.extend(answer.slos.iter().map(row));
    aligned(&rows, &[2, 3, 4, 5, 6, 8])
}

fn row(status: &Status) -> Vec<String> {
    let known = |value: Option<String>| value.unwrap_or_else(|| "-".to_owned());
    let objective = match status.latency_ms {
        Some(limit) => format!("{} ({limit} ms)", status.objective),
        None => status.objective.clone(),
    };
    vec![
        text(&status.service, 40),
        objective,
        format!("{}% in {}", status.target, span(status.period_seconds)),
        known(status.achieved.map(|percent| format!("{percent:.3}%"))),
        known(status.budget_remaining.map(|share| format!("{:.1}%", share * 100.0))),
        known(status.burn_rate.map(|rate| format!("{rate:.2}"))),
        known(
            status
                .seconds_to_exhaustion
                .map(|seconds| format!("{:.1} h", seconds / 3_600.0)),
        ),
        status.severity.word().to_owned(),
        format!("{:.1}%", status.coverage * 100.0),
        status.reasons.join("; "),
    ]
}
