//! What is in place, what is missing, and what to do about it. Looks only; changes nothing.

mod functions;
mod makes;
mod metrics;
mod privileges;
mod requests;
mod rollup;
mod server;
mod sources;
mod tables;

use std::fmt;

use clickhouse::{Row, RowOwned, RowRead};
use serde::Serialize;

use crate::config::Config;
use crate::{Error, Result};
use kulprit_clickhouse::{Client, code};
use kulprit_clickhouse::{Options, Statement, Value};

/// How a check ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    Ok,
    /// Kulprit answers all the same: slower, with less, or not for everything.
    Warning,
    /// Answers are missing or wrong until it is mended.
    Problem,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Problem => "problem",
        })
    }
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Check {
    /// What was looked at, such as `dictionary`.
    pub check: &'static str,
    pub verdict: Verdict,
    /// What was found.
    pub found: String,
    /// What to do about it; none when there is nothing to do.
    pub advice: Option<String>,
}

/// All that was looked at.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    pub checks: Vec<Check>,
    pub problems: usize,
    pub warnings: usize,
}

impl Report {
    pub fn new(checks: Vec<Check>) -> Self {
        let count = |verdict| checks.iter().filter(|check| check.verdict == verdict).count();
        Self {
            problems: count(Verdict::Problem),
            warnings: count(Verdict::Warning),
            checks,
        }
    }

    /// Such as `1 problem, 2 warnings`.
    pub fn counts(&self) -> String {
        let counted = |count: usize, what: &str| format!("{count} {what}{}", if count == 1 { "" } else { "s" });
        format!(
            "{}, {}",
            counted(self.problems, "problem"),
            counted(self.warnings, "warning")
        )
    }
}

impl Check {
    fn ok(check: &'static str, found: impl Into<String>) -> Self {
        Self {
            check,
            verdict: Verdict::Ok,
            found: found.into(),
            advice: None,
        }
    }

    fn warning(check: &'static str, found: impl Into<String>, advice: impl Into<String>) -> Self {
        Self {
            check,
            verdict: Verdict::Warning,
            found: found.into(),
            advice: Some(advice.into()),
        }
    }

    /// A check that ended badly.
    pub fn problem(check: &'static str, found: impl Into<String>, advice: impl Into<String>) -> Self {
        Self {
            verdict: Verdict::Problem,
            ..Self::warning(check, found, advice)
        }
    }

    /// A check that could not be made: without the privilege it says nothing about the thing itself.
    fn failed(check: &'static str, error: &Error, advice: &str) -> Self {
        match error.code() {
            Some(code::ACCESS_DENIED) => Self::warning(
                check,
                format!("this user may not look: {error}"),
                "run `kulprit doctor` as the user who applies the schema",
            ),
            _ => Self::problem(check, error.to_string(), advice),
        }
    }
}

/// What to do about an error that nobody expected.
const LOG_SAYS_MORE: &str = "look this statement up in ClickHouse's log";

/// Makes every check, in an order in which the first problem explains those after it. Ends early when nothing answers.
pub async fn examine(config: &Config, client: &Client) -> Vec<Check> {
    let server = match server::reach(client).await {
        Ok(server) => server,
        Err(check) => return vec![check],
    };
    let mut checks = vec![server.reachability(client), server.version()];
    let database = server::database(client).await;
    let is_there = database.verdict != Verdict::Problem;
    checks.push(database);
    if is_there {
        checks.extend(privileges::check(config, client, &server.user).await);
        match tables::Tables::read(config, client).await {
            Ok(tables) => {
                let log_table = tables::log_table(config, client, &tables).await;
                let has_lines = log_table.verdict != Verdict::Problem;
                checks.push(log_table);
                checks.extend(tables::check(config, client, &tables).await);
                checks.extend(functions::check(client).await);
                checks.extend(requests::check(config, client, &tables).await);
                checks.extend(metrics::check(client, &tables).await);
                checks.extend(rollup::check(config, client, &tables, has_lines).await);
            }
            Err(error) => checks.push(Check::failed("tables", &error, LOG_SAYS_MORE)),
        }
    }
    checks.extend(sources::check(config, client, &server.user).await);
    checks.extend([server.clock(), server.disk()]);
    checks
}

/// Runs one of the doctor's queries.
async fn rows<T: Row + RowOwned + RowRead>(
    config: &Config,
    client: &Client,
    name: &'static str,
    params: Vec<(&'static str, Value)>,
) -> Result<Vec<T>> {
    let options = Options {
        logs: config.logs.clone(),
        ..Options::default()
    };
    client.rows(&Statement::query(name, &options, params)?).await
}

fn bytes(count: u64) -> String {
    indicatif::HumanBytes(count).to_string()
}
