//! Asks a question in the cheapest way that is exact: the rollup where it can, the log table where it must.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use jiff::Timestamp;

use crate::clickhouse::{Client, Transcript};
use crate::config::Config;
use crate::query::pattern_changes::{PatternChange, PatternChanges, Source};
use crate::query::service_changes::ServiceChanges;
use crate::query::window::Window;
use crate::rollup;
use crate::shape::changed_services::{ChangedService, ranked};
use crate::shape::log_groups::{Answer, Frame, Scope, answer};
use crate::{Error, Result};

/// How long the rollup's beginning is remembered. It only ever moves back, so an old value reads more raw rows and is never wrong.
const COVERAGE_REMEMBERED: Duration = Duration::from_secs(5);

/// Answers questions over one ClickHouse.
pub struct Analyzer {
    client: Client,
    config: Config,
    coverage: Mutex<Option<(Instant, Option<Timestamp>)>>,
}

impl Analyzer {
    pub fn new(client: Client, config: Config) -> Self {
        Self {
            client,
            config,
            coverage: Mutex::new(None),
        }
    }

    pub fn client(&self) -> &Client {
        &self.client
    }

    pub fn config(&self) -> &Config {
        &self.config
    }

    /// The same, with a list of the statements that it asks.
    pub fn transcribed(&self) -> (Self, Transcript) {
        let (client, transcript) = self.client.transcribed();
        (Self::new(client, self.config.clone()), transcript)
    }

    /// Which patterns changed. Falls back to plain SQL over the log table where Kulprit's tables or functions cannot be used.
    pub async fn pattern_changes(&self, question: &PatternChanges, scope: Scope) -> Result<Answer> {
        let mut frame = Frame {
            scope,
            window: question.current,
            baseline: question.baseline.clone(),
            patterns: "udf",
            unit: self.config.server.relative_change,
            warnings: vec![],
        };
        let rows = match self.grouped_by_function(question).await {
            Err(Error::NoDataSource(reason)) => {
                let rows = self.ask(question, Source::Raw).await?;
                frame.patterns = "sql";
                // The reason names tables and users: it is for the operator, not for whoever asks.
                eprintln!(
                    "kulprit: answering from the raw rows, since Kulprit's tables or functions cannot be used: {reason}"
                );
                frame.warnings.push(
                    "patterns are masked by plain SQL over the raw rows, since Kulprit's tables or functions cannot be used: `kulprit doctor` says why"
                        .to_owned(),
                );
                rows
            }
            other => other?,
        };
        Ok(answer(rows, frame))
    }

    /// The services, the one least like its own past first. Reads the log table: the rollup knows no requests.
    pub async fn service_changes(&self, question: &ServiceChanges) -> Result<Vec<ChangedService>> {
        let statement = question.statement(&self.config.logs)?;
        Ok(ranked(self.client.rows(&statement).await?))
    }

    async fn grouped_by_function(&self, question: &PatternChanges) -> Result<Vec<PatternChange>> {
        let covered_from = self.covered_from().await?;
        let is_rolled = covered_from.is_some_and(|covered_from| covered_from <= question.earliest());
        let is_whole = question.current.is_whole_minutes() && question.baseline.windows().all(Window::is_whole_minutes);
        if is_rolled && is_whole && question.attributes.is_empty() {
            let rows = self.ask(question, Source::Rollup).await?;
            if !rows.iter().any(PatternChange::is_ledger) {
                return Ok(rows);
            }
        }
        self.ask(question, Source::Mixed { covered_from }).await
    }

    async fn ask(&self, question: &PatternChanges, source: Source) -> Result<Vec<PatternChange>> {
        let statement = question.statement(&self.config.logs, source, self.config.analysis.divergence)?;
        self.client.rows(&statement).await
    }

    async fn covered_from(&self) -> Result<Option<Timestamp>> {
        let remembered = self.coverage.lock().map_or(None, |guard| *guard);
        if let Some((since, value)) = remembered
            && since.elapsed() < COVERAGE_REMEMBERED
        {
            return Ok(value);
        }
        let value = rollup::covered_from(&self.client).await?;
        if let Ok(mut guard) = self.coverage.lock() {
            *guard = Some((Instant::now(), value));
        }
        Ok(value)
    }
}
