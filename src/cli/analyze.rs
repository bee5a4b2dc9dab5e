//! `kulprit analyze`: which log patterns changed, as a table, as JSON or as a page.

use anyhow::Result;
use clap::{Args, ValueEnum};
use jiff::Timestamp;

use super::connection::{ConnectionArgs, answered};
use super::report::{Page, ReportFormat, print_answer};
use super::{differences_table, notice, print, tell_warnings};
use crate::Error;
use crate::cli::table;
use crate::config::RelativeChange;
use crate::questions::Analyzer;
use crate::questions::log_changes::Answer;
use crate::questions::log_changes::ChangedService;
use crate::questions::log_changes::ServiceChanges;
use crate::questions::log_changes::{self, PatternChanges};
use crate::report::Parts;
use crate::scope::Scope;
use kulprit_request::Asked;

/// Which log patterns changed between a window and its baseline
#[derive(Debug, Args)]
pub struct AnalyzeArgs {
    /// Start of the window: RFC 3339, epoch seconds or milliseconds, or now-1h
    #[arg(long, value_name = "T")]
    pub from: String,
    /// End of the window
    #[arg(long, value_name = "T", default_value = "now")]
    pub to: String,
    /// What it is held against (previous unless given): previous, day, week, FROM..TO, median (of the first three), or median:day,week,FROM..TO
    #[arg(long, value_name = "B")]
    pub baseline: Option<String>,
    /// Only this service; may be repeated
    #[arg(long = "service", value_name = "NAME")]
    pub services: Vec<String>,
    /// Patterns to show, 1 to 100
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=100))]
    pub limit: u32,
    #[arg(long, value_enum, default_value_t = ReportFormat::Table)]
    pub format: ReportFormat,
    /// What to rank: the patterns that changed, or the services by how unlike their own last three hours they are
    #[arg(long, value_enum, default_value_t = By::Pattern)]
    pub by: By,
    /// Say which attributes set the lines of each changed pattern, and the window as a whole, apart
    #[arg(long)]
    pub differences: bool,
    /// Who computes the divergence (default: the configuration's analysis.divergence)
    #[arg(long, value_enum)]
    pub divergence: Option<crate::config::Divergence>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    Table,
    Json,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum By {
    Pattern,
    Service,
}

impl AnalyzeArgs {
    fn question(&self) -> crate::Result<PatternChanges> {
        let now = Timestamp::now();
        let values = [
            ("from", self.from.as_str()),
            ("to", &self.to),
            ("baseline", self.baseline.as_deref().unwrap_or_default()),
        ];
        let services = self.services.iter().map(|service| ("service", service.as_str()));
        let asked = Asked::flags(values.into_iter().chain(services));
        let current = asked.window("from", "to", now)?;
        if self.by == By::Service && self.baseline.is_some() {
            return Err(Error::field(
                "--baseline",
                "is for patterns: --by service holds each service against its own last three hours",
            ));
        }
        if self.by == By::Service && self.differences {
            return Err(Error::field("--differences", "is for patterns: leave out --by service"));
        }
        Ok(PatternChanges {
            current,
            baseline: asked.baseline(current, now)?,
            services: asked.services()?,
            attributes: vec![],
            limit: self.limit,
        })
    }
}

pub async fn run(args: AnalyzeArgs, connection: &ConnectionArgs) -> Result<()> {
    let question = args.question()?;
    let mut connection = connection.open().await?;
    if args.format != ReportFormat::Json {
        // Tables write per cent themselves.
        connection.config.server.relative_change = RelativeChange::Fraction;
    }
    if let Some(divergence) = args.divergence {
        connection.config.analysis.divergence = divergence;
    }
    let scope = Scope::of(question.services.clone());
    let analyzer = Analyzer::new(connection.client.clone(), connection.config.clone());
    let shown = match args.by {
        By::Pattern => {
            let answer = log_changes::changes(&analyzer, &question, scope, args.differences);
            answered(answer.await).and_then(|answer| show(answer, &question.services, args.format))
        }
        By::Service => {
            let changes = ServiceChanges {
                current: question.current,
                services: question.services.clone(),
            };
            answered(log_changes::service_changes(&analyzer, &changes).await).and_then(|mut services| {
                services.truncate(args.limit as usize);
                show_services(services, &changes, args.format)
            })
        }
    };
    drop(analyzer);
    let closed = connection.close().await;
    shown.and(closed)
}

fn show(answer: Answer, services: &[String], format: ReportFormat) -> Result<()> {
    print_answer(answer, format, show_table, |answer| Page {
        window: answer.window,
        services: services.to_vec(),
        parts: Parts {
            log_changes: Some(Ok(answer)),
            ..Parts::default()
        },
    })
}

fn show_table(answer: &Answer) -> Result<()> {
    tell_warnings(&answer.warnings);
    print(&table::pattern_changes(answer))?;
    let Some(of_window) = &answer.differences else {
        return Ok(());
    };
    for warning in of_window
        .warnings
        .iter()
        .filter(|warning| !answer.warnings.contains(warning))
    {
        notice(warning);
    }
    print(&differences_table::differences(answer, of_window))
}

fn show_services(services: Vec<ChangedService>, asked: &ServiceChanges, format: ReportFormat) -> Result<()> {
    let table = |services: &Vec<ChangedService>| print(&table::services(services));
    print_answer(services, format, table, |services| Page {
        window: asked.current,
        services: asked.services.clone(),
        parts: Parts {
            changed_services: Some(Ok(services)),
            ..Parts::default()
        },
    })
}
