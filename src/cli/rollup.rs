//! `kulprit rollup`: how far the minute rollup reaches, and filling it in.

use std::time::Duration;

use anyhow::Result;
use clap::Subcommand;
use indicatif::{ProgressBar, ProgressStyle};
use jiff::Timestamp;

use super::connection::{Connection, ConnectionArgs, answered};
use super::{notice, print};
use crate::config::Slo;
use crate::rollups::logs::{self, Roller};
use crate::rollups::{metered, requests, selected};
use crate::{Error, setup};
use kulprit_clickhouse::{Client, LogTable, code};
use kulprit_request::time;

/// How far the minute rollup reaches, and filling it in with older lines
#[derive(Debug, Subcommand)]
pub enum RollupCommand {
    /// Print how far the rollup reaches and what is pending
    Status,
    /// Fill the rollup in with the lines that were there before it began; may be stopped and run again
    Backfill {
        /// How far to go back (default: to the oldest line)
        #[arg(long, value_name = "T")]
        from: Option<String>,
    },
}

/// A bucket may hold many rows: what takes long here is not an error.
const ROLL_TIMEOUT: Duration = Duration::from_secs(3_600);

pub async fn run(command: RollupCommand, args: &ConnectionArgs) -> Result<()> {
    match command {
        RollupCommand::Status => {
            let connection = args.open().await?;
            let text = status(&connection).await;
            connection.close().await?;
            print(&text?)
        }
        RollupCommand::Backfill { from } => {
            let from = from
                .map(|from| time::parse("--from", &from, Timestamp::now()))
                .transpose()?;
            let connection = args.open_to_write().await?;
            if setup::take_away_other_rules(&connection.client).await? {
                setup::create(&connection.config, &connection.client).await?;
            }
            let done = backfill(&connection, from).await;
            connection.close().await?;
            done
        }
    }
}

async fn status(connection: &Connection) -> Result<String> {
    let client = &connection.client;
    let covered_from = match logs::covered_from(client).await {
        Err(error) if error.code() == Some(code::UNKNOWN_TABLE) => None,
        other => answered(other)?,
    };
    let log_table = &connection.config.logs;
    let Some(begin) = covered_from else {
        return Ok(if answered(logs::source(log_table).has_parts(client).await)? {
            "the rollup has not begun: run `kulprit schema apply`\n".to_owned()
        } else {
            format!(
                "no rollup is kept of {}: no change of it could be noticed, so each answer reads it\n",
                log_table.table
            )
        });
    };
    let plan = answered(logs::remaining(client, log_table, None).await)?;
    let reach = match plan.buckets.len() {
        0 => "the rollup knows every line\n".to_owned(),
        buckets => format!(
            "the rollup begins at {begin}; {} lines in {buckets} ten-minute buckets lie before: `kulprit rollup backfill` fills them in\n",
            plan.rows()
        ),
    };
    Ok(reach + &answered(agreement(client, log_table).await)?)
}

/// What the rollup does not count yet, and when it last counted everything.
async fn agreement(client: &Client, logs: &LogTable) -> crate::Result<String> {
    let source = logs::source(logs);
    let changes = source.changes(client).await?.count();
    let agreed = source.agreed_at(client).await?;
    let agreed = agreed.map_or_else(|| "never".to_owned(), |at| at.to_string());
    Ok(format!(
        "{changes} parts that were added or removed are not counted yet; it last agreed with the log table: {agreed}\n"
    ))
}

async fn backfill(connection: &Connection, from: Option<Timestamp>) -> Result<()> {
    let client = connection.client.with_timeout(ROLL_TIMEOUT);
    let log_table = &connection.config.logs;
    let plan = answered(logs::remaining(&client, log_table, from).await)?;
    let bar = progress(plan.rows(), "lines")?;
    logs::backfill(&client, log_table, &plan, |bucket| bar.inc(bucket.rows)).await?;
    bar.finish_and_clear();
    let of_requests = [
        of_spans(&client).await,
        of_metrics(&client).await,
        of_objectives(&client, &connection.config.slo).await,
    ];
    for filled in of_requests {
        match filled {
            // A user who keeps the rollup of logs need not be let near spans and metrics.
            Err(error) if matches!(error.downcast_ref(), Some(Error::NoDataSource(_))) => {
                notice(format_args!("requests are not filled in: {error}"));
            }
            other => other?,
        }
    }
    let mut roller = Roller::new(client, &connection.config);
    roller.catch_up().await?;
    print(&format!(
        "{} lines in {} ten-minute buckets filled in\n",
        plan.rows(),
        plan.buckets.len()
    ))
}

async fn of_spans(client: &Client) -> Result<()> {
    let plan = requests::remaining(client).await?;
    let bar = progress(plan.buckets.len() as u64, "hours of spans")?;
    requests::backfill(client, &plan, |_| bar.inc(1)).await?;
    bar.finish_and_clear();
    Ok(())
}

async fn of_metrics(client: &Client) -> Result<()> {
    let plan = metered::remaining(client).await?;
    let bar = progress(plan.buckets.len() as u64, "hours of metrics")?;
    metered::backfill(client, &plan, |_| bar.inc(1)).await?;
    bar.finish_and_clear();
    Ok(())
}

async fn of_objectives(client: &Client, slo: &Slo) -> Result<()> {
    for selection in selected::selectors(client, slo) {
        let plan = selected::remaining(client, &selection.0).await?;
        let bar = progress(plan.buckets.len() as u64, "hours of an objective")?;
        selected::backfill(client, &selection, &plan, |_| bar.inc(1)).await?;
        bar.finish_and_clear();
    }
    Ok(())
}

/// A bar of `length` things. Without a terminal it draws nothing.
fn progress(length: u64, what: &str) -> Result<ProgressBar> {
    let template = format!("{{bar:40}} {{human_pos}}/{{human_len}} {what}, {{per_sec}}, {{eta}} left");
    Ok(ProgressBar::new(length).with_style(ProgressStyle::with_template(&template)?))
}
