//! `kulprit serve` as a process, and what calls it.

use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

use crate::http::{Answer, Http};
use crate::{Process, Signal};

/// How long a service may take to come to the state that a test waits for.
const PATIENCE: Duration = Duration::from_secs(60);

/// A running service. Dropping it kills it; its engine ends with it.
pub struct Service {
    pub process: Process,
    pub url: String,
    http: Http,
    // Where the service keeps what it is given no other place for: not among the user's own files.
    _data: TempDir,
}

impl Service {
    /// Runs `command`, which must serve on a port of its choice and say where it listens.
    pub fn start(mut command: Command) -> Self {
        let data = TempDir::new().unwrap();
        command.env("KULPRIT_DATA", data.path());
        let mut process = Process::start(command);
        let url = process.announced("listening on ");
        Self {
            process,
            url,
            http: Http::default(),
            _data: data,
        }
    }

    /// Sends a request; `None` when the service went away meanwhile.
    pub fn try_call(&self, method: &str, path: &str, headers: &[(&str, &str)], body: Option<&Value>) -> Option<Answer> {
        let url = format!("{}{path}", self.url);
        let Some(body) = body else {
            return self.http.send(method, &url, headers, None).ok();
        };
        let headers = [&[("content-type", "application/json")], headers].concat();
        self.http.send(method, &url, &headers, Some(&body.to_string())).ok()
    }

    pub fn call(&self, method: &str, path: &str, headers: &[(&str, &str)], body: Option<&Value>) -> Answer {
        self.try_call(method, path, headers, body)
            .unwrap_or_else(|| panic!("{method} {path} is not answered: {}", self.process.stderr()))
    }

    pub fn get(&self, path: &str) -> Answer {
        self.call("GET", path, &[], None)
    }

    pub fn post(&self, path: &str, body: &Value) -> Answer {
        self.call("POST", path, &[], Some(body))
    }

    /// Asks until the answer has that status: GET without a body, else POST.
    pub fn wait_for(&self, path: &str, status: u16, body: Option<&Value>) -> Value {
        let method = if body.is_some() { "POST" } else { "GET" };
        let deadline = Instant::now() + PATIENCE;
        loop {
            let answer = self.call(method, path, &[], body);
            if answer.status == status {
                return answer.json();
            }
            let found = answer.status;
            assert!(
                Instant::now() < deadline,
                "{path} still answers {found}: {}",
                answer.text
            );
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Ends the service with a signal; its exit code (-1 when it was killed) and what it said on stderr.
    pub fn end(self, signal: Signal) -> (i32, String) {
        self.process.end(signal)
    }
}
