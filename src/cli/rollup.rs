//! `kulprit rollup`: how far the minute rollup reaches, and filling it in.

use anyhow::Result;
use clap::Subcommand;
use indicatif::{ProgressBar, ProgressStyle};
use jiff::Timestamp;

use super::connection::{Connection, ConnectionArgs};
use super::print;
use crate::Error;
use crate::rollups::logs::{self as rollup, Roller};
use crate::rollups::{metered, requests};
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

pub async fn run(command: RollupCommand, args: &ConnectionArgs) -> Result<()> {
    let from = match &command {
        RollupCommand::Backfill { from: Some(from) } => Some(time::parse("--from", from, Timestamp::now())?),
        _ => None,
    };
    let connection = args.open_with_schema().await?;
    let done = match command {
        RollupCommand::Status => status(&connection).await,
        RollupCommand::Backfill { .. } => backfill(&connection, from).await,
    };
    connection.close().await?;
    done
}

async fn status(connection: &Connection) -> Result<()> {
    let covered_from = rollup::covered_from(&connection.client).await?;
    let plan = rollup::remaining(&connection.client, &connection.config.logs, None).await?;
    let text = match covered_from {
        None => "the rollup has not begun: run `kulprit schema apply`\n".to_owned(),
        Some(_) if plan.buckets.is_empty() => "the rollup knows every line\n".to_owned(),
        Some(begin) => format!(
            "the rollup begins at {begin}; {} lines in {} ten-minute buckets lie before: `kulprit rollup backfill` fills them in\n",
            plan.lines(),
            plan.buckets.len()
        ),
    };
    print(&text)
}

async fn backfill(connection: &Connection, from: Option<Timestamp>) -> Result<()> {
    // A bucket may hold many lines: what takes long here is not an error.
    let client = connection.client.with_timeout(std::time::Duration::from_secs(3_600));
    let logs = &connection.config.logs;
    let plan = rollup::remaining(&client, logs, from).await?;
    let style = ProgressStyle::with_template("{bar:40} {human_pos}/{human_len} lines, {per_sec}, {eta} left")?;
    let bar = ProgressBar::new(plan.lines()).with_style(style);
    rollup::backfill(&client, logs, &plan, |lines| bar.inc(lines)).await?;
    bar.finish_and_clear();
    for filled in [
        requests::backfill(&client).await.map(|_| ()),
        metered::backfill(&client).await.map(|_| ()),
    ] {
        match filled {
            // A user who keeps the rollup of logs need not be let near spans and metrics.
            Err(Error::NoDataSource(reason)) => eprintln!("kulprit: requests are not filled in: {reason}"),
            other => other?,
        }
    }
    let mut roller = Roller::new(client, &connection.config);
    roller.catch_up().await?;
    print(&format!(
        "{} lines in {} ten-minute buckets filled in\n",
        plan.lines(),
        plan.buckets.len()
    ))
}
