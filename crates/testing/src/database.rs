//! A database of a test's own, and what asks it.

use bytes::Bytes;
use jiff::Timestamp;
use kulprit::config::Config;
use kulprit::setup;
use kulprit_clickhouse::{Client, Insert, Metrics, Requests, Statement};
use kulprit_engine::Engine;
use serde_json::{Value, json};

use crate::engine;

/// A database, the configuration that names it, and a client that is logged in as its owner.
pub struct Database {
    pub config: Config,
    pub client: Client,
    reader: Client,
}

impl Database {
    /// A new database `name` with nothing in it.
    pub async fn on(engine: &Engine, name: &str) -> Self {
        let owner = engine.endpoint();
        engine::client(owner, "default")
            .execute(&statement(&format!("CREATE DATABASE `{name}`")))
            .await
            .unwrap_or_else(|error| panic!("database {name}: {error}"));
        let mut config = Config::default();
        config.clickhouse.database = name.to_owned();
        Self {
            config,
            client: engine::client(owner, name),
            reader: engine::client(&engine.reader(), name),
        }
    }

    /// The same database for somebody else.
    pub fn for_user(&self, client: Client) -> Self {
        Self {
            config: self.config.clone(),
            client,
            reader: self.reader.clone(),
        }
    }

    /// The same database for a user who may only read.
    pub fn for_reader(&self) -> Self {
        self.for_user(self.reader.clone())
    }

    /// The same database, whose requests count by these rules.
    pub fn counting(mut self, requests: Requests) -> Self {
        self.config.requests = requests;
        self.client = self.client.with_rules(self.config.rules());
        self
    }

    /// The same database, in which these metrics count requests.
    pub fn with_metrics(mut self, metrics: Metrics) -> Self {
        self.config.metrics = metrics;
        self.client = self.client.with_rules(self.config.rules());
        self
    }

    pub async fn apply_schema(&self) {
        let differences = setup::apply(&self.config, &self.client).await.unwrap();
        assert_eq!(differences, vec![], "a schema just made has no differences");
    }

    /// Creates the log table alone, as its owner made it before there was Kulprit.
    pub async fn create_log_table(&self) {
        let log_table = kulprit_clickhouse::schema::declared(self.config.schema(), &self.client)
            .unwrap()
            .remove(0);
        self.client.execute(&log_table).await.unwrap();
    }

    pub async fn run(&self, sql: &str) {
        self.client
            .execute(&statement(sql))
            .await
            .unwrap_or_else(|error| panic!("{sql}: {error}"));
    }

    /// The rows of `sql` as lines of tab-separated text.
    pub async fn lines(&self, sql: &str) -> Vec<String> {
        let bytes = self
            .client
            .bytes(&statement(sql), "TSV")
            .await
            .unwrap_or_else(|error| panic!("{sql}: {error}"));
        String::from_utf8(bytes.to_vec())
            .unwrap()
            .lines()
            .map(str::to_owned)
            .collect()
    }

    /// Stores rows: log lines, spans or points, as objects of the table's columns.
    pub async fn insert(&self, table: &str, rows: impl IntoIterator<Item = Value>) {
        let rows: Vec<String> = rows.into_iter().map(|row| format!("{row}\n")).collect();
        let insert = Insert {
            table,
            columns: &[],
            format: "JSONEachRow",
            // ClickHouse drops a block whose token it has seen.
            token: &format!("{}-{}", rows.len(), Timestamp::now()),
        };
        self.client.insert(insert, Bytes::from(rows.concat())).await.unwrap();
    }

    /// Stores log lines: time (`2026-01-31 10:00:00`, or RFC 3339), service, message.
    pub async fn log<T, S, M>(&self, lines: impl IntoIterator<Item = (T, S, M)>)
    where
        T: AsRef<str>,
        S: AsRef<str>,
        M: AsRef<str>,
    {
        let rows = lines.into_iter().map(|(time, service, message)| {
            let time = time.as_ref().trim_end_matches('Z').replace('T', " ");
            json!({ "Timestamp": time, "ServiceName": service.as_ref(), "Body": message.as_ref() })
        });
        self.insert("otel_logs", rows).await;
    }
}

/// A statement of a test's own.
pub fn statement(sql: &str) -> Statement {
    Statement::verbatim("test", sql)
}
