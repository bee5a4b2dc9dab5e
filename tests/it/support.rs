//! The engine that the tests share, and a database of each test's own.

use std::path::{Path, PathBuf};
use std::time::Duration;

use bytes::Bytes;
use jiff::Timestamp;
use kulprit::config::Config;
use kulprit::questions::Analyzer;
use kulprit::questions::log_changes::{Answer, PatternChanges, pattern_changes};
use kulprit::rollups::logs::Roller;
use kulprit::scope::Scope;
use kulprit::setup;
use kulprit_clickhouse::Statement;
use kulprit_clickhouse::{Client, Endpoint, Insert};
use kulprit_engine::{Engine, EngineOptions};
use kulprit_request::window::Window;
use tokio::sync::OnceCell;

static ENGINE: OnceCell<Engine> = OnceCell::const_new();

/// Where a test may leave files; emptied before its first use.
pub fn fresh_dir(name: &str) -> PathBuf {
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = std::fs::remove_dir_all(&dir);
    dir
}

/// An engine of this build's own program on `data_dir`.
pub async fn start_engine(data_dir: PathBuf) -> Engine {
    let program = PathBuf::from(env!("CARGO_BIN_EXE_kulprit"));
    let options = EngineOptions {
        program: Some(program.clone()),
        udf_executable: Some(program),
        udf_config: Some(kulprit_udf::CONFIG_XML.to_owned()),
        ..EngineOptions::new(data_dir)
    };
    Engine::start_or_join(options).await.unwrap()
}

/// The shared engine. It ends with this process.
pub async fn engine() -> &'static Engine {
    ENGINE.get_or_init(|| start_engine(fresh_dir("it-engine"))).await
}

/// A database with Kulprit's tables, and what asks it.
pub struct Database {
    pub config: Config,
    pub client: Client,
}

impl Database {
    /// A new database `name` with the whole schema.
    pub async fn new(name: &str) -> Self {
        let database = Self::empty(name).await;
        database.apply_schema().await;
        database
    }

    /// A new database `name` with nothing in it.
    pub async fn empty(name: &str) -> Self {
        Self::on(engine().await, name).await
    }

    pub async fn on(engine: &Engine, name: &str) -> Self {
        let at = engine.endpoint();
        let login = |database: &str| Endpoint {
            url: at.url.clone(),
            user: at.user.clone(),
            password: at.password.clone(),
            database: database.to_owned(),
        };
        let server = Client::new(login("default"), Duration::from_secs(60));
        server
            .execute(&statement(&format!("CREATE DATABASE `{name}`")))
            .await
            .unwrap();
        Self {
            config: Config::default(),
            client: Client::new(login(name), Duration::from_secs(60)),
        }
    }

    pub async fn apply_schema(&self) {
        let differences = setup::apply(&self.config, &self.client).await.unwrap();
        assert_eq!(differences, vec![], "a schema just made has no differences");
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

    /// Stores log lines: time, service, body.
    pub async fn log(&self, lines: &[(&str, &str, &str)]) {
        let mut body = Vec::new();
        for (time, service, message) in lines {
            let row = serde_json::json!({"Timestamp": time.trim_end_matches('Z').replace('T', " "), "ServiceName": service, "Body": message});
            serde_json::to_writer(&mut body, &row).unwrap();
            body.push(b'\n');
        }
        let token = format!("{}-{}", lines.len(), Timestamp::now());
        let insert = Insert {
            table: "otel_logs",
            columns: &[],
            format: "JSONEachRow",
            token: &token,
        };
        self.client.insert(insert, Bytes::from(body)).await.unwrap();
    }

    pub fn roller(&self) -> Roller {
        Roller::new(self.client.clone(), &self.config)
    }

    pub async fn answer(&self, question: &PatternChanges) -> Answer {
        self.try_answer(question).await.unwrap()
    }

    pub async fn try_answer(&self, question: &PatternChanges) -> kulprit::Result<Answer> {
        let scope = Scope {
            org: String::new(),
            services: question.services.clone(),
            attributes: vec![],
            matched_by: "request",
        };
        let analyzer = Analyzer::new(self.client.clone(), self.config.clone());
        pattern_changes(&analyzer, question, scope).await
    }

    /// Fails unless the answer's counts are those of a plain `GROUP BY` over the log table, group by group.
    pub async fn assert_exact(&self, question: &PatternChanges, context: &str) -> Answer {
        let answer = self.answer(question).await;
        let counted: Vec<String> = answer
            .log_groups
            .iter()
            .map(|group| {
                format!(
                    "{}\t{}\t{}\t{}",
                    group.service, group.pattern_id, group.current_count, group.baseline_count
                )
            })
            .collect();
        let inside = |window: &Window| {
            let at = |time: Timestamp| format!("toDateTime64('{}', 9, 'UTC')", time.strftime("%Y-%m-%d %H:%M:%S.%9f"));
            format!("Timestamp >= {} AND Timestamp < {}", at(window.from), at(window.to))
        };
        let (now, before) = (inside(&question.current), inside(&question.baseline.first));
        let mut plain = self
            .lines(&format!(
                "SELECT ServiceName, dictGetOrDefault('kulprit_pattern_of_shape', 'pattern_id', kulprit_shape(Body) AS shape_id, shape_id) AS pattern_id, countIf({now}), countIf({before}) FROM otel_logs WHERE ({now}) OR ({before}) GROUP BY ServiceName, pattern_id"
            ))
            .await;
        let mut counted = counted;
        counted.sort();
        plain.sort();
        assert_eq!(counted, plain, "{context}");
        answer
    }

    /// How many minutes of services are not rolled up.
    pub async fn pending(&self) -> usize {
        let sql = "SELECT service, minute FROM kulprit_log_minutes GROUP BY service, minute \
                   HAVING sum(ledger) != 0";
        self.lines(sql).await.len()
    }
}

pub fn statement(sql: &str) -> Statement {
    Statement {
        name: "test",
        text: sql.to_owned(),
        params: vec![],
    }
}

/// `from..to` against `baseline_from..baseline_to`, all services, up to 100 patterns.
pub fn question(from: &str, to: &str, baseline_from: &str, baseline_to: &str) -> PatternChanges {
    let window = |from: &str, to: &str| Window {
        from: from.parse().unwrap(),
        to: to.parse().unwrap(),
    };
    PatternChanges {
        current: window(from, to),
        baseline: window(baseline_from, baseline_to).into(),
        services: vec![],
        attributes: vec![],
        limit: 100,
    }
}
