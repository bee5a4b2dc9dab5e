//! `kulprit services`: how the services do, as a table, as JSON or as a page.

use anyhow::Result;
use clap::{Args, ValueEnum};
use jiff::Timestamp;

use super::connection::{ConnectionArgs, answered};
use super::report::{Page, ReportFormat, print_answer};
use super::table::{aligned, text};
use super::{print, tell_warnings};
use crate::questions::health;
use crate::questions::health::{CountedFrom, Health, ServiceHealth, Services};
use crate::report::Parts;
use kulprit_request::Asked;

/// How the services do: request rate, errors and latency against a baseline
#[derive(Debug, Args)]
pub struct ServicesArgs {
    /// Start of the window: RFC 3339, epoch seconds or milliseconds, or now-1h
    #[arg(long, value_name = "T", default_value = "now-1h")]
    pub from: String,
    /// End of the window
    #[arg(long, value_name = "T", default_value = "now")]
    pub to: String,
    /// What it is held against: previous, day, week, or FROM..TO
    #[arg(long, value_name = "B", default_value = "previous")]
    pub baseline: String,
    /// Only this service; may be repeated
    #[arg(long = "service", value_name = "NAME")]
    pub services: Vec<String>,
    /// What requests are counted from; auto takes metrics for services without spans
    #[arg(long, value_enum, default_value_t = SourceArg::Auto)]
    pub source: SourceArg,
    #[arg(long, value_enum, default_value_t = ReportFormat::Table)]
    pub format: ReportFormat,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SourceArg {
    Auto,
    Spans,
    Metrics,
}

impl ServicesArgs {
    fn question(&self) -> crate::Result<Services> {
        let source = match self.source {
            SourceArg::Auto => "auto",
            SourceArg::Spans => "spans",
            SourceArg::Metrics => "metrics",
        };
        let values = [
            ("from", self.from.as_str()),
            ("to", &self.to),
            ("baseline", &self.baseline),
            ("source", source),
        ];
        let services = self.services.iter().map(|service| ("service", service.as_str()));
        Services::new(&Asked::flags(values.into_iter().chain(services)), Timestamp::now())
    }
}

pub async fn run(args: ServicesArgs, connection: &ConnectionArgs) -> Result<()> {
    let question = args.question()?;
    let connection = connection.open().await?;
    let health = health::services(&connection.client, &connection.config, &question).await;
    connection.close().await?;
    let health = answered(health)?;
    let table = |health: &Health| {
        tell_warnings(&health.warnings);
        print(&table(health))
    };
    print_answer(health, args.format, table, |health| Page {
        window: question.current,
        services: question.services,
        parts: Parts {
            health: Some(Ok(health)),
            ..Parts::default()
        },
    })
}

fn table(health: &Health) -> String {
    let header = [
        "service", "status", "req/s", "before", "errors/s", "failing", "before", "p50 ms", "p95 ms", "before",
        "p99 ms", "source", "why",
    ];
    let mut rows = vec![header.map(str::to_owned).to_vec()];
    rows.extend(health.services.iter().map(row));
    aligned(&rows, &[2, 3, 4, 5, 6, 7, 8, 9, 10])
}

fn row(health: &ServiceHealth) -> Vec<String> {
    let now = &health.current;
    let percent = |ratio: Option<f64>| ratio.map_or_else(|| "-".to_owned(), |ratio| format!("{:.2}%", ratio * 100.0));
    let number = |value: Option<f64>| value.map_or_else(|| "-".to_owned(), |value| format!("{value:.1}"));
    vec![
        text(&health.service, 40),
        health.status.word().to_owned(),
        format!("{:.2}", now.request_rate),
        format!("{:.2}", health.baseline_request_rate),
        now.error_rate
            .map_or_else(|| "-".to_owned(), |rate| format!("{rate:.2}")),
        percent(now.error_ratio),
        percent(health.baseline_error_ratio),
        number(now.p50_ms),
        number(now.p95_ms),
        number(health.baseline_p95_ms),
        number(now.p99_ms),
        health.source.map_or("-", CountedFrom::word).to_owned(),
        health.reasons.join("; "),
    ]
}
