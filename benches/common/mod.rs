//! An embedded engine on an empty directory, with generated log lines: what the benches share.
#![allow(dead_code, reason = "each bench uses its part")]

mod program;

use std::path::{Path, PathBuf};
use std::time::Duration;

use clickhouse::{Row, RowOwned, RowRead};
use kulprit::config::Config;
use kulprit::questions::log_changes::PatternChanges;
use kulprit_clickhouse::{Client, Statement, Value};
use kulprit_engine::{Engine, EngineOptions};
use kulprit_request::window::Window;
use kulprit_testing::engine;

pub use program::program;

/// When the first generated line was logged, and for how long they go on: a window of six hours has a baseline of six hours.
pub const BEGIN: &str = "2026-01-31 06:00:00.000000000";
pub const SECONDS: u64 = 12 * 3_600;
/// When the last line was logged.
pub const END: &str = "2026-01-31T18:00:00Z";
/// A service with about one line in forty; one of its patterns surges in the last five minutes.
pub const SERVICE: &str = "service-10";

/// A directory that did not exist before.
pub fn fresh_dir(name: &str) -> PathBuf {
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = std::fs::remove_dir_all(&dir);
    dir
}

/// The number in the environment variable `name`, such as 20_000_000.
pub fn rows(name: &str, default: u64) -> anyhow::Result<u64> {
    match std::env::var(name) {
        Ok(text) => text
            .replace('_', "")
            .parse()
            .map_err(|_| anyhow::anyhow!("{name} is {text:?}, which is no number of rows")),
        Err(_) => Ok(default),
    }
}

/// How long one statement may take: some of them generate millions of rows.
const TIMEOUT: Duration = Duration::from_secs(3_600);

/// A running engine and what asks it.
pub struct Bed {
    pub data: PathBuf,
    pub engine: Engine,
    pub client: Client,
    pub config: Config,
}

impl Bed {
    /// Starts the engine on `data`, or joins the one that runs there. Creates no table.
    pub async fn open(data: PathBuf) -> anyhow::Result<Self> {
        Self::with_options(engine::options(&program()?, data)).await
    }

    /// The same with functions of the bench's own: the program that runs them, and their configuration.
    pub async fn open_with(data: PathBuf, udf_executable: PathBuf, udf_config: String) -> anyhow::Result<Self> {
        Self::with_options(EngineOptions {
            udf_executable: Some(udf_executable),
            udf_config: Some(udf_config),
            ..engine::options(&program()?, data)
        })
        .await
    }

    async fn with_options(options: EngineOptions) -> anyhow::Result<Self> {
        let data = options.data_dir.clone();
        let engine = Engine::start_or_join(options).await?;
        Ok(Self {
            data,
            client: engine::client(engine.endpoint(), "default").with_timeout(TIMEOUT),
            engine,
            config: Config::default(),
        })
    }

    /// The log table alone, as its owner made it, with one column more for the design with three queries.
    pub async fn create_log_table(&self) -> anyhow::Result<()> {
        let log_table = kulprit_clickhouse::schema::declared(self.config.schema(), &self.client)?.remove(0);
        self.client.execute(&log_table).await?;
        let column = "ALTER TABLE otel_logs ADD COLUMN IF NOT EXISTS template_id UInt64";
        Ok(self.client.execute(&statement(column, vec![])).await?)
    }

    /// Fills the log table.
    pub async fn generate(&self, rows: u64) -> anyhow::Result<()> {
        let params = vec![
            ("rows", Value::UInt(rows)),
            ("from", BEGIN.into()),
            ("seconds", Value::UInt(SECONDS)),
        ];
        Ok(self
            .client
            .execute(&statement(include_str!("../sql/generate_logs.sql"), params))
            .await?)
    }

    /// The only value of the only row of `sql`.
    pub async fn number(&self, sql: &str) -> anyhow::Result<u64> {
        Ok(rows_of::<Number>(&self.client, &statement(sql, vec![]))
            .await?
            .first()
            .map_or(0, |row| row.number))
    }

    /// Waits for merges to end, so that they do not run beside what is measured.
    pub async fn settle(&self) -> anyhow::Result<()> {
        while self.number("SELECT count() AS number FROM system.merges").await? > 0 {
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
        Ok(())
    }
}

/// The row of `SELECT 1 AS one`.
#[derive(Row, serde::Deserialize)]
pub struct One {
    one: u8,
}

/// The upper of the two in the middle where there is none in between; NaN of none.
pub fn median(seconds: &[f64]) -> f64 {
    let mut sorted = seconds.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied().unwrap_or(f64::NAN)
}

#[derive(Row, serde::Deserialize)]
struct Number {
    number: u64,
}

async fn rows_of<T: Row + RowOwned + RowRead>(client: &Client, statement: &Statement) -> anyhow::Result<Vec<T>> {
    Ok(client.rows(statement).await?)
}

/// A statement of a bench's own.
pub fn statement(sql: &str, params: Vec<(&str, Value)>) -> Statement {
    Statement {
        params: params
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect(),
        ..Statement::verbatim("bench", sql)
    }
}

/// The last `minutes` of the generated lines against the stretch before.
pub fn question(minutes: i64, services: &[&str], limit: u32) -> anyhow::Result<PatternChanges> {
    let end: jiff::Timestamp = END.parse()?;
    let span = jiff::SignedDuration::from_mins(minutes);
    let window = |to: jiff::Timestamp| -> anyhow::Result<Window> {
        Ok(Window {
            from: to.checked_sub(span)?,
            to,
        })
    };
    let current = window(end)?;
    Ok(PatternChanges {
        current,
        baseline: window(current.from)?.into(),
        services: services.iter().map(|&service| service.to_owned()).collect(),
        attributes: vec![],
        limit,
    })
}
