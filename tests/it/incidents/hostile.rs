//! Whatever is sent, the answer is a 2xx or a 4xx.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use kulprit::config::{Config, Mode};
use kulprit::http::{App, routes};
use kulprit_clickhouse::{Client, Endpoint};
use kulprit_incidents::Incidents;
use proptest::prelude::*;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::runtime::Runtime;

use super::service::opening;

struct Api {
    runtime: Runtime,
    app: Arc<App>,
    id: String,
    _directory: TempDir,
}

impl Api {
    fn new() -> Self {
        let directory = TempDir::new().unwrap();
        let endpoint = Endpoint {
            url: "http://127.0.0.1:1".to_owned(),
            user: String::new(),
            password: String::new(),
            database: "default".to_owned(),
        };
        let incidents = Incidents::open(&directory.path().join("incidents.db")).unwrap();
        let client = Client::new(endpoint, Duration::from_secs(5));
        let address = IpAddr::from([127, 0, 0, 1]);
        let mut config = Config::default();
        config.auth.mode = Mode::None;
        let app = App::on(address, client, config, Some(incidents)).unwrap();
        let runtime = Runtime::new().unwrap();
        let mut api = Self {
            runtime,
            app,
            id: String::new(),
            _directory: directory,
        };
        let (status, body) = api.send(
            "POST",
            "/api/v1/incidents",
            &[],
            opening("target").to_string().as_bytes(),
        );
        assert_eq!(status, 201, "{body}");
        let opened: Value = serde_json::from_str(&body).unwrap();
        api.id = opened["id"].as_str().unwrap().to_owned();
        api
    }

    fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> (u16, String) {
        let api = routes(self.app.clone());
        let mut request = warp::test::request()
            .method(method)
            .path(path)
            .header("content-type", "application/json")
            .body(body);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = self.runtime.block_on(request.reply(&api));
        (
            response.status().as_u16(),
            String::from_utf8_lossy(response.body()).into_owned(),
        )
    }

    fn is_fine(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Result<(), TestCaseError> {
        let (status, text) = self.send(method, path, headers, body);
        prop_assert!((200..500).contains(&status), "{method} {path}: {status} {text}");
        Ok(())
    }
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,40}".prop_map(Value::from),
        Just(json!("resolved")),
        Just(json!("critical")),
        Just(json!("now-1h")),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map("[a-z]{0,6}", inner, 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// An object with fields that the API knows, filled with anything.
fn any_body() -> impl Strategy<Value = Vec<u8>> {
    let fields = prop::sample::select(vec![
        "title", "severity", "services", "from", "to", "baseline", "assignee", "labels", "note", "state", "other",
    ]);
    let object = prop::collection::btree_map(fields, any_json(), 0..8).prop_map(|members| {
        let members = members
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect();
        Value::Object(members).to_string().into_bytes()
    });
    prop_oneof![
        object,
        any_json().prop_map(|value| value.to_string().into_bytes()),
        any::<Vec<u8>>()
    ]
}

fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

#[test]
fn no_body_and_no_header_brings_the_service_down() {
    let api = Api::new();
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig::with_cases(150));
    let path = format!("/api/v1/incidents/{}", api.id);
    let visible = "[ -~]{0,30}";
    runner
        .run(&(any_body(), visible, visible), |(body, if_match, key)| {
            api.is_fine("POST", "/api/v1/incidents", &[("idempotency-key", &key)], &body)?;
            api.is_fine("PATCH", &path, &[("if-match", &if_match)], &body)?;
            api.is_fine("POST", &format!("{path}/comments"), &[], &body)?;
            api.is_fine("POST", "/api/v1/incidents/import", &[], &body)
        })
        .unwrap();
}

#[test]
fn no_exported_file_that_was_tampered_with_brings_the_service_down() {
    let api = Api::new();
    let path = format!("/api/v1/incidents/{}/export", api.id);
    let exported: Value = serde_json::from_str(&api.send("GET", &path, &[], b"").1).unwrap();
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig::with_cases(150));
    let places = prop::sample::select(vec![
        "/format",
        "/digest",
        "/snapshot",
        "/history",
        "/history/0",
        "/history/0/at",
        "/history/0/kind",
        "/history/0/version",
        "/incident/id",
        "/incident/title",
        "/incident/from",
        "/incident/opened_at",
        "/incident/updated_at",
        "/incident/services",
        "/incident/labels",
        "/incident/version",
        "/incident/state",
    ]);
    runner
        .run(&(places, any_json()), |(place, value)| {
            let mut file = exported.clone();
            *file.pointer_mut(place).unwrap() = value;
            api.is_fine("POST", "/api/v1/incidents/import", &[], file.to_string().as_bytes())
        })
        .unwrap();
}

#[test]
fn no_query_string_and_no_path_brings_the_service_down() {
    let api = Api::new();
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig::with_cases(300));
    let names = prop::sample::select(vec![
        "state", "severity", "service", "label", "from", "to", "q", "sort", "limit", "cursor", "format", "x",
    ]);
    runner
        .run(&(names, any::<String>(), "\\PC{0,30}"), |(name, value, id)| {
            let query = format!("{name}={}", encoded(&value));
            api.is_fine("GET", &format!("/api/v1/incidents?{query}"), &[], b"")?;
            api.is_fine("GET", &format!("/api/v1/incidents?q={}", encoded(&id)), &[], b"")?;
            api.is_fine("GET", &format!("/api/v1/incidents/stats?{query}"), &[], b"")?;
            for what in ["", "/history", "/export", "/comments"] {
                api.is_fine("GET", &format!("/api/v1/incidents/{}{what}", encoded(&id)), &[], b"")?;
            }
            Ok(())
        })
        .unwrap();
}
