//! `kulprit serve` as a process with a configuration and a store of its own.

use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;
use ureq::http::Request;

/// A directory for the configuration and the store; it outlives the services that use it.
pub struct Home {
    pub directory: TempDir,
}

/// A running service. Dropping it kills it.
pub struct Service {
    process: Child,
    pub url: String,
    agent: ureq::Agent,
}

/// What the service answered.
pub struct Answer {
    pub status: u16,
    pub etag: Option<String>,
    pub headers: ureq::http::HeaderMap,
    pub text: String,
}

impl Home {
    /// A home whose ClickHouse is away, with `config` besides. Incidents are opened all the same; their analyses have failed.
    pub fn new(config: &str) -> Self {
        let directory = TempDir::new().unwrap();
        let home = Self { directory };
        let store = home.store();
        let clickhouse = if config.contains("[clickhouse]") {
            ""
        } else {
            "[clickhouse]\nurl = \"http://127.0.0.1:1\"\n"
        };
        let text = format!(
            "{config}\n[incidents]\npath = \"{}\"\norg = \"shop\"\n{clickhouse}",
            store.display()
        );
        std::fs::write(home.config(), text).unwrap();
        home
    }

    /// A home whose ClickHouse is that database, with `config` besides.
    pub fn over(client: &kulprit_clickhouse::Client, config: &str) -> Self {
        let at = client.endpoint();
        Self::new(&format!(
            "{config}\n[clickhouse]\nurl = \"{}\"\nuser = \"{}\"\npassword = \"{}\"\ndatabase = \"{}\"\n",
            at.url, at.user, at.password, at.database
        ))
    }

    pub fn config(&self) -> PathBuf {
        self.directory.path().join("config.toml")
    }

    pub fn store(&self) -> PathBuf {
        self.directory.path().join("incidents.db")
    }

    /// Runs a command of kulprit to its end and returns what it printed.
    pub fn run(&self, arguments: &[&str]) -> String {
        let output = Command::new(crate::program())
            .arg("--config")
            .arg(self.config())
            .args(arguments)
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments:?}: {said}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// Makes an API token.
    pub fn token(&self, org: &str, role: &str) -> String {
        self.run(&["token", "create", "--org", org, "--role", role, "--name", role])
            .trim()
            .to_owned()
    }

    /// What the service that was started last has said on stderr.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.log_file()).unwrap()
    }

    fn log_file(&self) -> PathBuf {
        self.directory.path().join("serve.log")
    }

    pub fn serve(&self) -> Service {
        let mut command = Command::new(crate::program());
        command
            .arg("--config")
            .arg(self.config())
            .args(["serve", "--port", "0"])
            .stderr(std::fs::File::create(self.log_file()).unwrap());
        Service::start(command)
    }
}

impl Service {
    /// Starts the service; `command` must listen on a free port.
    pub fn start(mut command: Command) -> Self {
        let mut process = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.as_mut().unwrap())
            .read_line(&mut line)
            .unwrap();
        let url = line.trim().strip_prefix("listening on ").map(str::to_owned);
        let agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .proxy(None)
            .timeout_global(Some(Duration::from_secs(300)))
            .build()
            .into();
        let url = url.unwrap_or_else(|| panic!("it does not listen: {line:?}"));
        Self { process, url, agent }
    }

    /// Sends a request; `None` when the service went away meanwhile.
    pub fn try_call(&self, method: &str, path: &str, headers: &[(&str, &str)], body: Option<&Value>) -> Option<Answer> {
        let mut request = Request::builder().method(method).uri(format!("{}{path}", self.url));
        if method != "GET" {
            request = request.header("content-type", "application/json");
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let sent = match body {
            Some(body) => self.agent.run(request.body(body.to_string()).unwrap()),
            None => self.agent.run(request.body(()).unwrap()),
        };
        let mut response = sent.inspect_err(|error| eprintln!("{method} {path}: {error}")).ok()?;
        Some(Answer {
            status: response.status().as_u16(),
            etag: response
                .headers()
                .get("etag")
                .map(|tag| tag.to_str().unwrap().to_owned()),
            headers: response.headers().clone(),
            text: response.body_mut().read_to_string().ok()?,
        })
    }

    pub fn call(&self, method: &str, path: &str, headers: &[(&str, &str)], body: Option<&Value>) -> Answer {
        self.try_call(method, path, headers, body).unwrap()
    }

    /// kill -9.
    pub fn kill(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }

    pub fn pid(&self) -> u32 {
        self.process.id()
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        self.kill();
    }
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }
}

/// The body that opens an incident.
pub fn opening(title: &str) -> Value {
    serde_json::json!({
        "title": title, "severity": "high", "services": ["checkout"],
        "from": "2026-01-31T10:00:00Z", "to": "2026-01-31T10:10:00Z",
    })
}
