//! The embedded engine, run by the program under test.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use kulprit_clickhouse::{Client, Endpoint};
use kulprit_engine::{Engine, EngineOptions};

/// How long one statement may take on a machine that does much else.
const TIMEOUT: Duration = Duration::from_secs(600);

/// An engine on `data_dir` as the product starts it: `program` hosts it and runs the functions.
pub fn options(program: &Path, data_dir: impl Into<PathBuf>) -> EngineOptions {
    EngineOptions {
        program: Some(program.to_owned()),
        udf_executable: Some(program.to_owned()),
        udf_config: Some(kulprit_udf::CONFIG_XML.clone()),
        ..EngineOptions::new(data_dir)
    }
}

/// A client that is logged in at the engine and asks in `database`.
pub fn client(endpoint: &kulprit_engine::Endpoint, database: &str) -> Client {
    let endpoint = Endpoint {
        url: endpoint.url.clone(),
        user: endpoint.user.clone(),
        password: endpoint.password.clone(),
        database: database.to_owned(),
    };
    Client::new(endpoint, TIMEOUT)
}

/// The engine's process on `data_dir`, as it announces itself to those who want to join it.
pub fn host_pid(data_dir: &Path) -> u32 {
    let text = std::fs::read(data_dir.join("endpoint.json")).unwrap();
    let announcement: serde_json::Value = serde_json::from_slice(&text).unwrap();
    announcement["pid"].as_u64().unwrap().try_into().unwrap()
}

/// The processes that the engine on `data_dir` keeps for the functions whose command begins with `command`.
pub fn function_pids(data_dir: &Path, command: &str) -> Vec<u32> {
    let output = Command::new("ps")
        .args(["-o", "pid=,args=", "--ppid", &host_pid(data_dir).to_string()])
        .output()
        .unwrap();
    let children = String::from_utf8_lossy(&output.stdout).into_owned();
    let functions = children
        .lines()
        .filter(|line| line.contains(&format!("kulprit-udf {command}")));
    functions
        .filter_map(|line| line.split_whitespace().next()?.parse().ok())
        .collect()
}

/// The password of the engine's owner on `data_dir`, whose name is `kulprit`.
pub fn password(data_dir: &Path) -> String {
    let text = std::fs::read_to_string(data_dir.join("credentials")).unwrap();
    let mut lines = text.lines();
    let password = lines.find_map(|line| line.strip_prefix("kulprit:"));
    password.unwrap().to_owned()
}

/// Status and text of the answer to a statement, by a connection of its own; 0 when nobody answers. An answer that is cut off keeps
/// its status.
pub fn ask(endpoint: &kulprit_engine::Endpoint, sql: &str) -> (u16, String) {
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .proxy(None)
        .timeout_global(Some(Duration::from_secs(60)))
        .build()
        .into();
    let answer = agent
        .post(&endpoint.url)
        .header("x-clickhouse-user", &endpoint.user)
        .header("x-clickhouse-key", &endpoint.password)
        .send(sql);
    let Ok(mut answer) = answer else {
        return (0, String::new());
    };
    let text = answer.body_mut().read_to_string().unwrap_or_default();
    (answer.status().as_u16(), text.trim_end().to_owned())
}

/// The text of the answer to a statement that must be answered.
pub fn answer(endpoint: &kulprit_engine::Endpoint, sql: &str) -> String {
    let (status, text) = ask(endpoint, sql);
    assert_eq!(status, 200, "{sql}: {text}");
    text
}

/// Starts the engine with `options`, or joins the one that runs there.
pub async fn start(options: EngineOptions) -> Engine {
    Engine::start_or_join(options).await.unwrap()
}
