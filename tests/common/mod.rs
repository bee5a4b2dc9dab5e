//! One embedded engine for the tests of a binary that run at the same time, and a database of its own for each test.

#![allow(dead_code, clippy::unwrap_used)]

use std::sync::{Arc, Weak};
use std::time::Duration;

use bytes::Bytes;
use kulprit::config::Config;
use kulprit::setup;
use kulprit_clickhouse::Statement;
use kulprit_clickhouse::{Client, Endpoint, Insert};
use kulprit_engine::{Engine, EngineOptions};
use tempfile::TempDir;
use tokio::sync::Mutex;

pub const KULPRIT: &str = env!("CARGO_BIN_EXE_kulprit");
const TIMEOUT: Duration = Duration::from_secs(30);

/// The engine stops, and its files go, when the last test that uses it is over.
static SHARED: Mutex<Weak<Shared>> = Mutex::const_new(Weak::new());

struct Shared {
    engine: Engine,
    // After the engine, which writes to it until it has stopped.
    _data: TempDir,
}

/// A database with Kulprit's tables in it.
pub struct Database {
    pub client: Client,
    pub config: Config,
    shared: Arc<Shared>,
}

/// Creates `test_<name>`; the name must differ between the tests of a binary.
pub async fn database(name: &str) -> Database {
    let shared = shared().await;
    let name = format!("test_{name}");
    let at = |database: &str| {
        let endpoint = shared.engine.endpoint();
        let endpoint = Endpoint {
            url: endpoint.url.clone(),
            user: endpoint.user.clone(),
            password: endpoint.password.clone(),
            database: database.to_owned(),
        };
        Client::new(endpoint, TIMEOUT)
    };
    run(&at("default"), &format!("CREATE DATABASE {name}")).await;
    let client = at(&name);
    let mut config = Config::default();
    config.clickhouse.database = name;
    assert_eq!(setup::apply(&config, &client).await.unwrap(), []);
    Database { client, config, shared }
}

async fn shared() -> Arc<Shared> {
    let mut guard = SHARED.lock().await;
    if let Some(shared) = guard.upgrade() {
        return shared;
    }
    let data = TempDir::new().unwrap();
    let options = EngineOptions {
        program: Some(KULPRIT.into()),
        udf_executable: Some(KULPRIT.into()),
        udf_config: Some(kulprit_udf::CONFIG_XML.to_owned()),
        ..EngineOptions::new(data.path())
    };
    let engine = Engine::start_or_join(options).await.unwrap();
    let shared = Arc::new(Shared { engine, _data: data });
    *guard = Arc::downgrade(&shared);
    shared
}

impl Database {
    /// The same database as a user that may only read.
    pub fn reader(&self) -> Client {
        let reader = self.shared.engine.reader();
        let endpoint = Endpoint {
            url: reader.url,
            user: reader.user,
            password: reader.password,
            database: self.config.clickhouse.database.clone(),
        };
        Client::new(endpoint, TIMEOUT)
    }

    /// Stores log lines: time (`2026-01-31 10:00:00`), service, body.
    pub async fn insert_logs(&self, lines: impl IntoIterator<Item = (String, &str, String)>) {
        insert_logs(&self.client, lines).await;
    }

    pub async fn run(&self, sql: &str) {
        run(&self.client, sql).await;
    }
}

/// Stores log lines: time (`2026-01-31 10:00:00`), service, body.
pub async fn insert_logs(client: &Client, lines: impl IntoIterator<Item = (String, &str, String)>) {
    let rows: String = lines
        .into_iter()
        .map(|(time, service, body)| {
            let row = serde_json::json!({ "Timestamp": time, "ServiceName": service, "Body": body });
            format!("{row}\n")
        })
        .collect();
    let insert = Insert {
        table: "otel_logs",
        columns: &["Timestamp", "ServiceName", "Body"].map(str::to_owned),
        format: "JSONEachRow",
        token: "",
    };
    client.insert(insert, Bytes::from(rows)).await.unwrap();
}

pub async fn run(client: &Client, sql: &str) {
    let statement = Statement {
        name: "test",
        text: sql.to_owned(),
        params: vec![],
    };
    client.execute(&statement).await.unwrap();
}
