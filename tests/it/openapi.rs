//! The contract is what the running service does, in both directions.

use std::collections::BTreeSet;
use std::net::IpAddr;

use kulprit::config::Config;
use kulprit::demo::load;
use kulprit::demo::plan::Plan;
use kulprit::http::openapi::DOCUMENT;
use kulprit::http::{App, routes};
use kulprit_incidents::Incidents;
use serde_json::{Value, json};

use crate::FIXTURE;

const METHODS: [&str; 5] = ["get", "put", "post", "patch", "delete"];

fn document() -> Value {
    serde_json::from_str(&DOCUMENT).unwrap()
}

fn paths(document: &Value) -> Vec<(String, Value)> {
    let paths = document["paths"].as_object().unwrap().iter();
    paths.map(|(path, item)| (path.clone(), item.clone())).collect()
}

/// The path with something in its places.
fn address(path: &str) -> String {
    path.replace("{name}", "nothing").replace("{id}", "nothing")
}

#[tokio::test]
async fn every_documented_path_answers_its_methods_and_no_others() {
    let database = FIXTURE.database("openapi_paths").await;
    let api = database.api();
    for (path, item) in paths(&document()) {
        for method in METHODS {
            let documented = item.get(method);
            let request = warp::test::request()
                .method(&method.to_uppercase())
                .path(&address(&path));
            let response = request.json(&serde_json::json!({})).reply(&api).await;
            let status = response.status().as_str().to_owned();
            let text = String::from_utf8_lossy(response.body()).into_owned();
            let Some(operation) = documented else {
                assert_eq!(status, "405", "{method} {path} is not documented: {text}");
                let allowed = response.headers()["allow"].to_str().unwrap();
                let allowed: BTreeSet<String> = allowed
                    .split(", ")
                    .map(str::to_lowercase)
                    .filter(|name| name != "options")
                    .collect();
                let known: BTreeSet<String> = METHODS
                    .iter()
                    .filter(|method| item.get(**method).is_some())
                    .map(|method| (*method).to_owned())
                    .collect();
                assert_eq!(allowed, known, "{path}");
                continue;
            };
            assert!(!text.contains("there is no such path"), "{method} {path}: {text}");
            assert!(
                operation["responses"].get(&status).is_some(),
                "{method} {path} answered {status}, which is not documented: {text}"
            );
        }
    }
}

/// Of every operation whose answer is described in detail, the answer is held against the description.
#[tokio::test]
async fn answers_have_the_documented_shape() {
    let database = FIXTURE.database("openapi_shapes").await;
    let plan = Plan::new(3, "2026-02-03T14:25:00Z".parse().unwrap(), 30, 4.0);
    load::load(&database.client, &plan, |_| {}).await.unwrap();
    let api = database.open_api();
    let document = document();
    let ask = async |method: &str, path: &str, body: Option<Value>| -> Value {
        let request = warp::test::request().method(method).path(path);
        let request = match &body {
            Some(body) => request.json(body),
            None => request,
        };
        let response = request.reply(&api).await;
        assert_eq!(response.status(), 200, "{path}: {:?}", response.body());
        serde_json::from_slice(response.body()).unwrap()
    };
    let (from, to) = (plan.incident_window().from, plan.incident_window().to);
    let window = format!("from={from}&to={to}");
    let list = ask("GET", &format!("/api/v1/traces?failed=true&{window}"), None).await;
    let trace = format!("/api/v1/traces/{}", list["traces"][0]["trace_id"].as_str().unwrap());
    let question = json!({"org": "1", "dashboard": "d", "panel_title": "p", "metric_name": "m", "start_time": from, "end_time": to});
    let mut with_differences = question.clone();
    with_differences["differences"] = json!(true);
    let mapping = json!({"org": "1", "dashboard": "d", "panel_title": "p", "metric_name": "m", "services": ["payment"], "attributes": {"k": "v"}});
    let choice = json!({"org": "1", "pattern_id": "7", "name": "seven", "pattern": "seven of <num>"});
    let get = |path: &'static str, query: &str| ("GET", path, format!("{path}{query}"), None);
    let asked = [
        get("/health", ""),
        get("/api/v1/services", &format!("?{window}")),
        (
            "GET",
            "/api/v1/services/{name}",
            format!("/api/v1/services/payment?{window}"),
            None,
        ),
        get("/api/v1/slo", &format!("?at={to}")),
        get("/api/v1/patterns", &format!("?{window}")),
        get("/api/v1/traces", &format!("?{window}")),
        ("GET", "/api/v1/traces/{id}", trace, None),
        get("/api/v1/topology", &format!("?{window}")),
        get("/api/v1/differences", &format!("?{window}")),
        get("/api/v1/sql", ""),
        (
            "GET",
            "/api/v1/sql/{name}",
            "/api/v1/sql/log_changes/pattern_changes".to_owned(),
            None,
        ),
        get("/ready", ""),
        ("PUT", "/api/v1/mappings", "/api/v1/mappings".to_owned(), Some(mapping)),
        get("/api/v1/mappings", "?org=1"),
        ("PUT", "/api/v1/choices", "/api/v1/choices".to_owned(), Some(choice)),
        get("/api/v1/choices", "?org=1"),
        ("POST", "/query_logs", "/query_logs".to_owned(), Some(with_differences)),
        ("POST", "/analyze", "/analyze".to_owned(), Some(question)),
        (
            "POST",
            "/api/v1/correlate",
            "/api/v1/correlate".to_owned(),
            Some(json!({"from": from, "to": to})),
        ),
    ];
    let mut checked = BTreeSet::new();
    for (method, documented, path, body) in asked {
        let operation = &document["paths"][documented][method.to_lowercase()];
        let schema = &operation["responses"]["200"]["content"]["application/json"]["schema"];
        check(&document, schema, &ask(method, &path, body).await, documented);
        checked.insert((method.to_lowercase(), documented.to_owned()));
    }
    // Those of incidents are held against a store of their own, below.
    let others = paths(&document)
        .into_iter()
        .filter(|(path, _)| !path.starts_with("/api/v1/incidents") && path.as_str() != "/api/v1/alerts");
    for (path, item) in others {
        for (method, operation) in item.as_object().unwrap() {
            let schema = &operation["responses"]["200"]["content"]["application/json"]["schema"];
            let is_described = schema["$ref"].is_string() || schema["properties"].is_object();
            let is_checked = checked.contains(&(method.clone(), path.clone()));
            assert!(
                is_checked || !is_described,
                "{method} {path} is described and not checked"
            );
        }
    }
}

/// Grafana's Infinity data source draws flat arrays of objects: numbers and texts, or lists of them. What is nested is named here.
#[test]
fn lists_of_answers_are_flat() {
    let document = document();
    const NESTED: [&str; 3] = [
        "/query_logs log_groups.differences",
        "/api/v1/correlate suspects.evidence",
        "/api/v1/traces/{id} spans.attributes",
    ];
    // What stands behind a name, and the type of what may be null.
    let resolved = |schema: &Value| {
        let mut choices = schema["anyOf"].as_array().into_iter().flatten();
        let schema = choices.find(|choice| choice["type"] != "null").unwrap_or(schema);
        match schema["$ref"].as_str() {
            Some(name) => document.pointer(name.trim_start_matches('#')).unwrap().clone(),
            None => schema.clone(),
        }
    };
    let mut lists = 0;
    for (path, method) in [
        ("/api/v1/services", "get"),
        ("/api/v1/slo", "get"),
        ("/api/v1/patterns", "get"),
        ("/api/v1/traces", "get"),
        ("/api/v1/traces/{id}", "get"),
        ("/api/v1/topology", "get"),
        ("/api/v1/differences", "get"),
        ("/api/v1/correlate", "post"),
        ("/query_logs", "post"),
    ] {
        let answer = &document["paths"][path][method]["responses"]["200"]["content"]["application/json"]["schema"];
        let answer = resolved(answer);
        let properties = answer["properties"].as_object().unwrap();
        for (name, list) in properties.iter().filter(|(_, schema)| schema["type"] == "array") {
            let item = resolved(&list["items"]);
            for (field, schema) in item["properties"].as_object().into_iter().flatten() {
                let (schema, field) = (resolved(schema), format!("{path} {name}.{field}"));
                let items = resolved(&schema["items"]);
                let is_flat = schema["type"] != "object" && items["type"] != "object" && items["type"] != "array";
                assert!(is_flat || NESTED.contains(&field.as_str()), "{field} is nested");
            }
            lists += usize::from(item["properties"].is_object());
        }
    }
    assert!(lists >= 12, "{lists} lists of objects");
}

#[tokio::test]
async fn incidents_have_the_documented_shape() {
    let database = FIXTURE.database("openapi_incidents").await;
    let directory = tempfile::TempDir::new().unwrap();
    let incidents = Incidents::open(&directory.path().join("incidents.db")).unwrap();
    let address = IpAddr::from([127, 0, 0, 1]);
    let mut config = database.config.clone();
    config.auth = Config::parse("auth = \"none\"").unwrap().auth;
    let app = App::on(address, database.client.clone(), config, Some(incidents)).unwrap();
    let api = routes(app);
    let document = document();
    let ask = async |method: &str, path: &str, body: Value, documented: (&str, &str)| -> Value {
        let request = warp::test::request().method(method).path(path);
        let response = request.json(&body).reply(&api).await;
        let answer: Value = serde_json::from_slice(response.body()).unwrap();
        let (path, status) = documented;
        assert_eq!(response.status().as_str(), status, "{method} {path}: {answer}");
        let operation = &document["paths"][path][method.to_lowercase()];
        let schema = &operation["responses"][status]["content"]["application/json"]["schema"];
        check(&document, schema, &answer, &format!("{method} {path}"));
        answer
    };
    let opening =
        json!({"title": "x", "severity": "low", "from": "now-10m", "to": "now", "services": ["a"], "labels": ["b"]});
    let opened = ask("POST", "/api/v1/incidents", opening, ("/api/v1/incidents", "201")).await;
    let alerts = json!({
        "status": "firing", "groupKey": "k",
        "alerts": [{ "status": "firing", "startsAt": "2026-01-31T10:00:00Z", "labels": { "service": "a" } }],
    });
    ask("POST", "/api/v1/alerts", alerts, ("/api/v1/alerts", "200")).await;
    let path = format!("/api/v1/incidents/{}", opened["id"].as_str().unwrap());
    let note = json!({ "note": "seen" });
    let comments = format!("{path}/comments");
    ask("POST", &comments, note, ("/api/v1/incidents/{id}/comments", "201")).await;
    let step = json!({ "state": "resolved" });
    ask("PATCH", &path, step, ("/api/v1/incidents/{id}", "200")).await;
    for (path, documented) in [
        ("/api/v1/incidents".to_owned(), "/api/v1/incidents"),
        ("/api/v1/incidents/stats".to_owned(), "/api/v1/incidents/stats"),
        (path.clone(), "/api/v1/incidents/{id}"),
        (format!("{path}/history"), "/api/v1/incidents/{id}/history"),
        (format!("{path}/export"), "/api/v1/incidents/{id}/export"),
    ] {
        ask("GET", &path, Value::Null, (documented, "200")).await;
    }
}

/// JSON Schema, as far as the document uses it; a property that is not documented is an error.
fn check(document: &Value, schema: &Value, value: &Value, at: &str) {
    if let Some(choices) = schema["anyOf"].as_array() {
        // What may be left out: its type, or null.
        let is_null = |choice: &Value| choice["type"] == "null";
        let choice = choices.iter().find(|choice| is_null(choice) == value.is_null());
        let choice = choice.unwrap_or_else(|| panic!("{at} is {value}, not {schema}"));
        return check(document, choice, value, at);
    }
    if let Some(name) = schema["$ref"].as_str() {
        let schema = document.pointer(name.trim_start_matches('#')).unwrap();
        return check(document, schema, value, at);
    }
    if let Some(choices) = schema["oneOf"].as_array() {
        // A word of several, each with its meaning.
        let is_one = |choice: &Value| {
            let words = choice["enum"].as_array();
            choice["const"] == *value || words.is_some_and(|words| words.contains(value))
        };
        assert!(choices.iter().any(is_one), "{at} is {value}, not {schema}");
        return;
    }
    let kinds: Vec<&str> = match &schema["type"] {
        Value::String(kind) => vec![kind],
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).collect(),
        // A snapshot is as the version wrote it that took it.
        Value::Null if at.ends_with(".snapshot") => return,
        other => panic!("{at}: {other}"),
    };
    let is_of = |kind: &str| match kind {
        "string" => value.is_string(),
        "number" => value.is_number(),
        "integer" => value.is_i64() || value.is_u64(),
        "boolean" => value.is_boolean(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        "null" => value.is_null(),
        other => panic!("{at}: {other}"),
    };
    assert!(kinds.into_iter().any(is_of), "{at} is {value}, not {schema}");
    if let Some(choices) = schema["enum"].as_array() {
        assert!(choices.contains(value), "{at} is {value}");
    }
    for item in value.as_array().into_iter().flatten() {
        check(document, &schema["items"], item, &format!("{at}[]"));
    }
    if let (Some(properties), Some(value)) = (schema["properties"].as_object(), value.as_object()) {
        for name in schema["required"].as_array().into_iter().flatten() {
            assert!(value.contains_key(name.as_str().unwrap()), "{at} lacks {name}");
        }
        for (name, inner) in value {
            let known = properties
                .get(name)
                .unwrap_or_else(|| panic!("{at}.{name} is not documented"));
            check(document, known, inner, &format!("{at}.{name}"));
        }
    }
}
