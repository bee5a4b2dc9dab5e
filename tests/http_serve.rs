//! `kulprit serve` as a process: it starts, survives the loss of its engine, and ends in order.

#![allow(clippy::unwrap_used)]

mod common;

use std::io::{BufRead as _, BufReader, Read as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use common::KULPRIT;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::{Value, json};
use tempfile::TempDir;

const PATIENCE: Duration = Duration::from_secs(60);

/// A running service. Dropping it kills it; its engine ends with it.
struct Service {
    process: Child,
    url: String,
    _home: Option<TempDir>,
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn serve(arguments: &[&str]) -> Service {
    // Where the incidents go unless --data says otherwise: not among the user's own.
    let home = TempDir::new().unwrap();
    let mut process = Command::new(KULPRIT)
        .env("KULPRIT_DATA", home.path())
        .args(["serve", "--port", "0"])
        .args(arguments)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(process.stdout.as_mut().unwrap())
        .read_line(&mut line)
        .unwrap();
    let url = line.trim().strip_prefix("listening on ").map(str::to_owned);
    let mut service = Service {
        process,
        url: url.clone().unwrap_or_default(),
        _home: Some(home),
    };
    if url.is_none() {
        let mut said = String::new();
        let _ = service.process.stderr.take().unwrap().read_to_string(&mut said);
        panic!("it does not listen: {line:?} {said}");
    }
    service
}

impl Service {
    fn send(&self, signal: Signal) {
        kill(Pid::from_raw(self.process.id().try_into().unwrap()), signal).unwrap();
    }

    /// Status and body of an answer.
    fn call(&self, path: &str, body: Option<&Value>) -> (u16, Value) {
        let agent: ureq::Agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .proxy(None)
            .build()
            .into();
        let url = format!("{}{path}", self.url);
        let answered = match body {
            Some(body) => agent.post(&url).send(body.to_string()),
            None => agent.get(&url).call(),
        };
        let mut response = answered.unwrap();
        let text = response.body_mut().read_to_string().unwrap();
        (response.status().as_u16(), serde_json::from_str(&text).unwrap())
    }

    fn wait_for(&self, path: &str, status: u16, body: Option<&Value>) -> Value {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let (found, answer) = self.call(path, body);
            if found == status {
                return answer;
            }
            assert!(Instant::now() < deadline, "{path} still answers {found}: {answer}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    fn end(mut self, signal: Signal) -> (i32, String) {
        self.send(signal);
        let deadline = Instant::now() + PATIENCE;
        let status = loop {
            if let Some(status) = self.process.try_wait().unwrap() {
                break status;
            }
            assert!(Instant::now() < deadline, "it does not end");
            std::thread::sleep(Duration::from_millis(20));
        };
        let mut said = String::new();
        self.process.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        (status.code().unwrap_or(-1), said)
    }
}

fn body() -> Value {
    json!({
        "org": "o", "dashboard": "d", "panel_title": "p", "metric_name": "m",
        "start_time": "2026-01-31T10:10:00Z", "end_time": "2026-01-31T10:20:00Z",
    })
}

fn engine_pid(data: &Path) -> i32 {
    let announcement: Value = serde_json::from_slice(&std::fs::read(data.join("endpoint.json")).unwrap()).unwrap();
    announcement["pid"].as_i64().unwrap().try_into().unwrap()
}

#[test]
fn when_its_engine_is_killed_it_answers_503_and_brings_it_back() {
    let data = TempDir::new().unwrap();
    let service = serve(&["--data", data.path().to_str().unwrap()]);
    assert_eq!(service.call("/ready", None).0, 200);
    let mapping = json!({ "org": "o", "services": ["cart"] });
    let agent = ureq::Agent::new_with_defaults();
    agent
        .put(format!("{}/api/v1/mappings", service.url))
        .send(mapping.to_string())
        .unwrap();
    let before = service.call("/query_logs", Some(&body()));
    assert_eq!((before.0, &before.1["scope"]["services"]), (200, &json!(["cart"])));

    let killed = engine_pid(data.path());
    kill(Pid::from_raw(killed), Signal::SIGKILL).unwrap();
    service.wait_for("/query_logs", 503, Some(&body()));
    assert_eq!(service.call("/health", None).0, 200);
    let after = service.wait_for("/query_logs", 200, Some(&body()));
    assert_eq!(after, before.1);
    service.wait_for("/ready", 200, None);

    let back = engine_pid(data.path());
    assert_ne!(back, killed);
    let (code, said) = service.end(Signal::SIGTERM);
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("the embedded ClickHouse is back"), "{said}");
    // The engine was stopped, not left behind.
    assert!(kill(Pid::from_raw(back), None).is_err());
}

#[test]
fn when_the_engine_of_another_process_goes_away_it_starts_its_own() {
    let data = TempDir::new().unwrap();
    let data_argument = ["--data", data.path().to_str().unwrap()];
    let host = serve(&data_argument);
    let guest = serve(&data_argument);
    assert_eq!(guest.call("/ready", None).0, 200);
    let (code, said) = host.end(Signal::SIGINT);
    assert_eq!(code, 0, "{said}");
    guest.wait_for("/query_logs", 200, Some(&body()));
    guest.wait_for("/ready", 200, None);
    assert_eq!(guest.end(Signal::SIGHUP).0, 0);
}

#[test]
fn it_starts_without_clickhouse_and_serves_when_it_comes() {
    // A port that is free for the engine that comes later.
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let data = TempDir::new().unwrap();
    let engine = || {
        let mut process = Command::new(KULPRIT)
            .args(["engine", "--port", &port.to_string(), "--data"])
            .arg(data.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.as_mut().unwrap())
            .read_line(&mut line)
            .unwrap();
        assert!(line.starts_with("ready"), "{line:?}");
        Service {
            process,
            url: String::new(),
            _home: None,
        }
    };
    // The first start makes the passwords.
    assert_eq!(engine().end_engine(), Some(0));
    let credentials = std::fs::read_to_string(data.path().join("credentials")).unwrap();
    let password = credentials
        .lines()
        .find_map(|line| line.strip_prefix("kulprit:"))
        .unwrap();
    let service = serve(&[
        "--url",
        &format!("http://127.0.0.1:{port}"),
        "--user",
        "kulprit",
        "--password",
        password,
    ]);
    let (status, answer) = service.call("/query_logs", Some(&body()));
    assert_eq!(status, 503, "{answer}");
    assert_eq!(service.call("/ready", None).0, 503);
    let _engine = engine();
    service.wait_for("/ready", 200, None);
    assert_eq!(service.call("/query_logs", Some(&body())).0, 200);
    assert_eq!(service.end(Signal::SIGTERM).0, 0);
}

impl Service {
    fn end_engine(mut self) -> Option<i32> {
        self.send(Signal::SIGTERM);
        self.process.wait().unwrap().code()
    }
}

#[test]
fn a_port_that_is_taken_or_an_origin_that_is_none_stops_the_start() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let directory = TempDir::new().unwrap();
    let config = directory.path().join("config.toml");
    std::fs::write(&config, "[server]\nallowed_origins = [\"grafana\"]\n").unwrap();
    let url = "http://127.0.0.1:1";
    for (arguments, named) in [
        (["--port", &port, "--url", url].as_slice(), port.as_str()),
        (
            ["--port", "0", "--url", url, "--config", config.to_str().unwrap()].as_slice(),
            "grafana",
        ),
    ] {
        let output = Command::new(KULPRIT)
            .env("KULPRIT_DATA", directory.path())
            .arg("serve")
            .args(arguments)
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(said.contains(named) && output.stdout.is_empty(), "{said}");
    }
}

#[test]
fn who_listens_to_the_world_without_a_token_is_warned_and_idle_clients_do_not_hold_up_the_end() {
    let service = serve(&["--host", "0.0.0.0", "--url", "http://127.0.0.1:1"]);
    let port = service.url.rsplit(':').next().unwrap().parse().unwrap();
    let _idle = TcpStream::connect(("127.0.0.1", port)).unwrap();
    let (code, said) = service.end(Signal::SIGTERM);
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("server.token"), "{said}");
}
