//! What the API refuses, and how: without a socket and without ClickHouse.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use kulprit::config::Config;
use kulprit::http::{App, routes};
use kulprit_clickhouse::{Client, Endpoint};
use kulprit_testing::Api;
use serde_json::{Value, json};
use warp::http::Response;

/// An application whose ClickHouse is away: nothing listens on port 1.
fn application(config: Config) -> Arc<App> {
    let endpoint = Endpoint {
        url: "http://127.0.0.1:1".to_owned(),
        user: String::new(),
        password: String::new(),
        database: "default".to_owned(),
    };
    App::new(Client::new(endpoint, Duration::from_secs(5)), config).unwrap()
}

fn api(config: Config) -> Api {
    routes(application(config))
}

fn with_token() -> Config {
    // Wrong tokens are answered at once, so that the tests need not wait.
    Config::parse("[server]\ntoken = \"sesame\"\n[auth]\ntokens = false\nmax_failure_delay_ms = 0").unwrap()
}

fn valid() -> Value {
    json!({
        "org": "my-org",
        "dashboard": "my-dashboard",
        "panel_title": "my-panel",
        "metric_name": "A-series",
        "start_time": "2025-10-22T04:00:00Z",
        "end_time": "2025-10-22T05:00:00Z",
    })
}

fn changed(field: &str, value: Value) -> Vec<u8> {
    let mut body = valid();
    body[field] = value;
    body.to_string().into_bytes()
}

fn without(field: &str) -> Vec<u8> {
    let mut body = valid();
    body.as_object_mut().unwrap().remove(field);
    body.to_string().into_bytes()
}

async fn post(body: Vec<u8>) -> Response<Bytes> {
    warp::test::request()
        .method("POST")
        .path("/query_logs")
        .body(body)
        .reply(&api(Config::default()))
        .await
}

/// Every error has this body, whatever its kind.
fn error(response: &Response<Bytes>, status: u16) -> String {
    let body = String::from_utf8_lossy(response.body()).into_owned();
    assert_eq!(response.status(), status, "{body}");
    let parsed: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(parsed["code"], status, "{body}");
    assert!(!parsed["error"].as_str().unwrap().is_empty(), "{body}");
    parsed["message"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_bad_field_is_named() {
    let mut cases: Vec<(&str, Vec<u8>)> = Vec::new();
    for field in [
        "org",
        "dashboard",
        "panel_title",
        "metric_name",
        "start_time",
        "end_time",
    ] {
        cases.push((field, without(field)));
        for value in [
            json!(""),
            json!("  \t"),
            json!(null),
            json!(7),
            json!(["x"]),
            json!({ "a": 1 }),
            json!(true),
            json!("x".repeat(1_001)),
        ] {
            cases.push((field, changed(field, value)));
        }
    }
    for value in [
        "yesterday",
        "9999-01-01T00:00:00Z",
        "1950-01-01T00:00:00Z",
        "2025-13-01T00:00:00Z",
        "2025-10-22",
        "NaN",
        "1e300",
        "2025-10-22T04:00:00Z\u{0}",
        "'; DROP TABLE otel_logs; --",
    ] {
        cases.push(("start_time", changed("start_time", json!(value))));
        cases.push(("end_time", changed("end_time", json!(value))));
    }
    for value in ["2025-10-22T03:59:59Z", "2025-10-22T04:00:00Z", "2099-01-01T00:00:00Z"] {
        cases.push(("end_time", changed("end_time", json!(value))));
    }
    for value in [
        json!(0),
        json!(101),
        json!(-1),
        json!(1.5),
        json!("10"),
        json!([10]),
        json!(true),
        json!(1e300),
    ] {
        cases.push(("limit", changed("limit", value)));
    }
    for value in [
        json!("checkout"),
        json!({ "0": "checkout" }),
        json!([""]),
        json!(["checkout", " "]),
        json!(["checkout", 7]),
        json!([null]),
        json!([["checkout"]]),
        json!(["x".repeat(1_001)]),
        json!((0..101).map(|at| format!("service-{at}")).collect::<Vec<_>>()),
    ] {
        cases.push(("services", changed("services", value)));
    }
    for value in [
        json!(""),
        json!("month"),
        json!(7),
        json!("a..b"),
        json!(".."),
        json!("2025-10-22T03:00:00Z..2025-10-22T02:00:00Z"),
        json!("2025-10-22T03:00:00Z.."),
        json!("' OR 1=1 --"),
    ] {
        cases.push(("baseline", changed("baseline", value)));
    }
    let twice = valid().to_string().replacen('{', "{\"org\":\"other\",", 1);
    cases.push(("org", twice.into_bytes()));

    for (field, body) in cases {
        let shown = String::from_utf8_lossy(&body).chars().take(200).collect::<String>();
        let message = error(&post(body).await, 400);
        assert!(message.starts_with(field), "{shown}: {message}");
    }
}

#[tokio::test]
async fn a_body_that_is_no_json_object_is_refused() {
    let valid = valid().to_string();
    let latin1 = valid
        .replace("my-org", "caf\u{e9}")
        .replace('\u{e9}', "\u{1}")
        .into_bytes();
    for (body, said) in [
        (Vec::new(), "empty"),
        (b" \n".to_vec(), "empty"),
        (b"{".to_vec(), "line 1 column"),
        (b"{\"org\": \"x\",\n  nonsense}".to_vec(), "line 2 column 3"),
        (valid.trim_end_matches('}').as_bytes().to_vec(), "not JSON"),
        (format!("{valid} x").into_bytes(), "not JSON"),
        (b"[]".to_vec(), "JSON object"),
        (b"7".to_vec(), "JSON object"),
        (b"\"text\"".to_vec(), "JSON object"),
        (b"null".to_vec(), "JSON object"),
        (b"org=x&dashboard=y".to_vec(), "not JSON"),
        (valid.replace("my-org", "a\u{0}b").into_bytes(), "not JSON"),
        (
            latin1
                .iter()
                .map(|byte| if *byte == 1 { 0xe9 } else { *byte })
                .collect(),
            "not JSON",
        ),
        (
            format!("{{\"org\": {}{}}}", "[".repeat(10_000), "]".repeat(10_000)).into_bytes(),
            "not JSON",
        ),
        (b"\xff\xfe{\x00}\x00".to_vec(), "not JSON"),
    ] {
        let message = error(&post(body.clone()).await, 400);
        assert!(message.contains(said), "{}: {message}", String::from_utf8_lossy(&body));
    }
}

#[tokio::test]
async fn a_body_over_one_mebibyte_is_refused() {
    for length in [1 << 20, 10 << 20] {
        error(&post(changed("dashboard", json!("x".repeat(length)))).await, 413);
    }
    let padded = format!("{}{}", without_end(), " ".repeat((1 << 20) - without_end().len()));
    assert!(error(&post(padded.into_bytes()).await, 400).starts_with("end_time"));
}

fn without_end() -> String {
    String::from_utf8(without("end_time")).unwrap()
}

#[tokio::test]
async fn a_name_that_is_not_known_is_refused_and_the_known_ones_are_given() {
    let message = error(
        &post(changed("from_a_newer_plugin", json!({ "deep": [1, 2] }))).await,
        400,
    );
    assert!(
        message.starts_with("from_a_newer_plugin") && message.contains("start_time"),
        "{message}"
    );
    let request = warp::test::request().path("/api/v1/services?windows=1h");
    let message = error(&request.reply(&api(Config::default())).await, 400);
    assert!(
        message.starts_with("windows") && message.contains("baseline"),
        "{message}"
    );
}

/// A page of another origin cannot say so without asking first.
#[tokio::test]
async fn what_changes_something_is_sent_as_json() {
    let api = api(Config::default());
    for kind in ["text/plain", "application/x-www-form-urlencoded", ""] {
        let mut request = warp::test::request().method("PUT").path("/api/v1/mappings");
        if !kind.is_empty() {
            request = request.header("content-type", kind);
        }
        let body = json!({ "org": "o", "services": ["s"] });
        error(&request.body(body.to_string()).reply(&api).await, 415);
    }
}

#[tokio::test]
async fn what_can_be_understood_is_taken() {
    let mut body = valid();
    body["limit"] = json!(null);
    body["services"] = json!(null);
    body["baseline"] = json!(null);
    let plain = body.to_string();
    for body in [plain.clone(), format!("\u{feff}{plain}"), format!("\n{plain}\n")] {
        // As far as ClickHouse, which is away.
        error(&post(body.into_bytes()).await, 503);
    }
    body["start_time"] = json!("1761105600");
    body["end_time"] = json!("1761109200000");
    error(&post(body.to_string().into_bytes()).await, 503);
}

#[tokio::test]
async fn the_content_type_matters_only_where_the_body_is_no_json() {
    let valid = valid().to_string();
    for (kind, body, status) in [
        ("text/plain", valid.as_str(), 503),
        ("application/json; charset=utf-8", &valid, 503),
        ("application/x-www-form-urlencoded", &valid, 503),
        ("application/x-www-form-urlencoded", "org=x", 415),
        ("multipart/form-data; boundary=x", "--x", 415),
        ("application/json", "org=x", 400),
    ] {
        let response = warp::test::request()
            .method("POST")
            .path("/query_logs")
            .header("content-type", kind)
            .body(body)
            .reply(&api(Config::default()))
            .await;
        error(&response, status);
    }
}

#[tokio::test]
async fn a_compressed_body_is_refused_as_such() {
    for (encoding, status) in [("gzip", 415), ("br, identity", 415), ("identity", 503)] {
        let request = warp::test::request()
            .method("POST")
            .path("/query_logs")
            .header("content-encoding", encoding)
            .body(valid().to_string());
        error(&request.reply(&api(Config::default())).await, status);
    }
}

#[tokio::test]
async fn a_wrong_method_learns_the_right_one_and_a_wrong_path_that_it_is_wrong() {
    let api = api(Config::default());
    for (path, method, allow) in [
        ("/query_logs", "GET", "POST"),
        ("/query_logs", "PUT", "POST"),
        ("/query_logs", "DELETE", "POST"),
        ("/analyze", "GET", "POST"),
        ("/health", "POST", "GET"),
        ("/ready", "POST", "GET"),
        ("/metrics", "DELETE", "GET"),
        ("/api/v1/mappings", "POST", "GET, PUT, DELETE"),
        ("/api/v1/choices", "POST", "GET, PUT"),
        ("/api/v1/sql/log_changes/pattern_changes", "POST", "GET"),
    ] {
        let response = warp::test::request().method(method).path(path).reply(&api).await;
        error(&response, 405);
        let allowed = response.headers()["allow"].to_str().unwrap();
        assert!(allowed.starts_with(allow), "{method} {path}: {allowed}");
    }
    let response = warp::test::request()
        .method("OPTIONS")
        .path("/query_logs")
        .reply(&api)
        .await;
    assert_eq!(
        (response.status().as_u16(), &response.headers()["allow"]),
        (204, &"POST, OPTIONS".parse().unwrap())
    );
    // The page's own errors are pages.
    let response = warp::test::request().method("POST").path("/").reply(&api).await;
    assert_eq!(
        (response.status().as_u16(), &response.headers()["allow"]),
        (405, &"GET, OPTIONS".parse().unwrap())
    );
    for path in [
        "/query_logs/x",
        "/query",
        "/api",
        "/api/v1/nothing",
        "/%00",
        "/query_logs%2f",
    ] {
        error(&warp::test::request().method("POST").path(path).reply(&api).await, 404);
    }
}

/// Another value than the one that was meant must not be taken for it.
#[tokio::test]
async fn a_percent_sign_that_encodes_nothing_is_refused_in_a_query_too() {
    let api = api(Config::default());
    for (query, named) in [
        ("service=%zz", "service"),
        ("service=100%", "service"),
        ("service=%ff", "service"),
        ("from=now-1h&service=a%2", "service"),
        ("serv%ice=a", "%25"),
    ] {
        let path = format!("/api/v1/services?{query}");
        let response = warp::test::request().path(&path).reply(&api).await;
        let message = error(&response, 400);
        assert!(message.contains(named), "{query}: {message}");
    }
}

#[tokio::test]
async fn the_panel_may_call_at_the_other_path_too() {
    let response = warp::test::request()
        .method("POST")
        .path("/analyze")
        .body("{}")
        .reply(&api(Config::default()))
        .await;
    assert!(error(&response, 400).starts_with("org"));
}

#[tokio::test]
async fn without_clickhouse_the_service_is_alive_but_not_ready() {
    let api = api(Config::default());
    let response = warp::test::request().path("/health").reply(&api).await;
    assert_eq!(response.status(), 200);
    for (path, method) in [
        ("/ready", "GET"),
        ("/query_logs", "POST"),
        ("/api/v1/mappings?org=x", "GET"),
    ] {
        let request = warp::test::request()
            .method(method)
            .path(path)
            .body(valid().to_string());
        let response = request.reply(&api).await;
        let message = error(&response, 503);
        assert!(response.headers().contains_key("retry-after"));
        // What the system said is for the log.
        assert!(!message.contains("os error"), "{message}");
    }
}

#[tokio::test]
async fn more_than_the_limit_is_told_to_come_back() {
    let refused = Config::parse("[server]\nmax_requests = 0").unwrap_err().to_string();
    assert!(refused.contains("server.max_requests"), "{refused}");
    // No room at all stands for no room left.
    let mut config = Config::default();
    config.server.max_requests = 0;
    let request = warp::test::request()
        .method("POST")
        .path("/query_logs")
        .body(valid().to_string());
    let response = request.reply(&api(config)).await;
    error(&response, 429);
    assert!(response.headers().contains_key("retry-after"));
}

#[tokio::test]
async fn a_token_is_asked_for_where_one_is_set() {
    let api = api(with_token());
    for (authorization, status) in [
        (None, 401),
        (Some("Basic c2VzYW1l"), 401),
        (Some("sesame"), 401),
        (Some("Bearer wrong"), 403),
        (Some("Bearer sesame2"), 403),
        (Some("Bearer "), 401),
        (Some("Bearer sesame"), 400),
        (Some("bearer  sesame"), 400),
    ] {
        for (method, path) in [
            ("POST", "/query_logs"),
            ("POST", "/analyze"),
            ("GET", "/api/v1/mappings"),
            ("PUT", "/api/v1/mappings"),
        ] {
            let mut request = warp::test::request().method(method).path(path).json(&json!({}));
            if let Some(authorization) = authorization {
                request = request.header("authorization", authorization);
            }
            let response = request.reply(&api).await;
            error(&response, status);
            assert_eq!(response.headers().contains_key("www-authenticate"), status == 401);
        }
    }
    for (path, status) in [
        ("/health", 200),
        ("/metrics", 200),
        ("/ready", 503),
        ("/api/v1/sql", 401),
    ] {
        assert_eq!(
            warp::test::request().path(path).reply(&api).await.status(),
            status,
            "{path}"
        );
    }
}

#[tokio::test]
async fn a_browser_may_call_from_the_origins_that_are_allowed() {
    let config =
        Config::parse("[server]\ntoken = \"sesame\"\nallowed_origins = [\"https://grafana.example.com\"]").unwrap();
    let api = api(config);
    let preflight = |origin: &'static str| {
        warp::test::request()
            .method("OPTIONS")
            .path("/query_logs")
            .header("origin", origin)
            .header("access-control-request-method", "POST")
            .header("access-control-request-headers", "content-type,authorization")
    };
    let response = preflight("https://grafana.example.com").reply(&api).await;
    assert_eq!(response.status(), 200);
    assert_eq!(
        response.headers()["access-control-allow-origin"],
        "https://grafana.example.com"
    );
    let headers = response.headers()["access-control-allow-headers"].to_str().unwrap();
    assert!(
        headers.contains("content-type") && headers.contains("authorization"),
        "{headers}"
    );
    assert!(
        response.headers()["access-control-allow-methods"]
            .to_str()
            .unwrap()
            .contains("POST")
    );
    error(&preflight("https://elsewhere.example.com").reply(&api).await, 403);

    // The panel can only show an error that the browser lets it read.
    for (body, status) in [("{}", 401), ("{", 401)] {
        let request = warp::test::request().method("POST").path("/query_logs").body(body);
        let response = request
            .header("origin", "https://grafana.example.com")
            .reply(&api)
            .await;
        error(&response, status);
        assert_eq!(
            response.headers()["access-control-allow-origin"],
            "https://grafana.example.com"
        );
    }
}

#[tokio::test]
async fn the_sql_behind_an_answer_is_shown() {
    let api = api(Config::default());
    let get = async |path: &str| warp::test::request().path(path).reply(&api).await;
    let list: Value = serde_json::from_slice(get("/api/v1/sql").await.body()).unwrap();
    assert!(list["queries"].as_array().unwrap().len() > 10);
    for query in list["queries"].as_array().unwrap() {
        let name = query["name"].as_str().unwrap();
        let response = get(&format!("/api/v1/sql/{name}")).await;
        assert_eq!(response.status(), 200, "{name}");
        let shown: Value = serde_json::from_slice(response.body()).unwrap();
        assert_eq!(shown["name"], name);
        let sql = shown["sql"].as_str().unwrap();
        for param in shown["params"].as_array().unwrap() {
            let placeholder = format!(
                "{{{}:{}}}",
                param["name"].as_str().unwrap(),
                param["type"].as_str().unwrap()
            );
            assert!(sql.contains(&placeholder), "{name}: {placeholder}");
        }
    }
    let path = "/api/v1/sql/log_changes/pattern_changes";
    let shown: Value = serde_json::from_slice(get(&format!("{path}?scoped=true&divergence=sql")).await.body()).unwrap();
    assert!(shown["sql"].as_str().unwrap().contains("{services:Array(String)}"));
    assert_eq!(get("/api/v1/sql/log_changes%2Fpattern_changes").await.status(), 200);
    for missing in [
        "/api/v1/sql/nothing",
        "/api/v1/sql/log_changes/_ranked",
        "/api/v1/sql/../../etc/passwd",
    ] {
        error(&get(missing).await, 404);
    }
    for (query, field) in [("scoped=1", "scoped"), ("divergence=none", "divergence")] {
        assert!(error(&get(&format!("{path}?{query}")).await, 400).starts_with(field));
    }
}

#[tokio::test]
async fn a_mapping_that_says_nothing_is_refused() {
    let api = api(Config::default());
    for (body, field) in [
        (json!({}), "org"),
        (json!({ "org": "o" }), "services"),
        (
            json!({ "org": "o", "dashboard": "d", "services": ["s"] }),
            "panel_title",
        ),
        (
            json!({ "org": "o", "metric_name": "m", "services": ["s"] }),
            "dashboard",
        ),
        (json!({ "org": "o", "services": "s" }), "services"),
        (json!({ "org": "o", "services": [""] }), "services[0]"),
        (json!({ "org": "o", "attributes": ["s"] }), "attributes"),
        (json!({ "org": "o", "attributes": { "k": 1 } }), "attributes.k"),
    ] {
        let request = warp::test::request().method("PUT").path("/api/v1/mappings");
        let message = error(&request.json(&body).reply(&api).await, 400);
        assert!(message.starts_with(field), "{body}: {message}");
    }
    for (method, query, field) in [
        ("GET", "", "org"),
        ("DELETE", "", "org"),
        ("DELETE", "?org=o&dashboard=d", "panel_title"),
    ] {
        let request = warp::test::request()
            .method(method)
            .path(&format!("/api/v1/mappings{query}"));
        let message = error(&request.reply(&api).await, 400);
        assert!(message.starts_with(field), "{method} {query}: {message}");
    }
}

#[tokio::test]
async fn a_decision_about_a_pattern_that_cannot_be_understood_is_refused() {
    let api = api(Config::default());
    for (body, field) in [
        (json!({}), "org"),
        (json!({ "org": "o" }), "pattern_id"),
        (json!({ "org": "o", "pattern_id": 7 }), "pattern_id"),
        (json!({ "org": "o", "pattern_id": "-7" }), "pattern_id"),
        (
            json!({ "org": "o", "pattern_id": "18446744073709551616" }),
            "pattern_id",
        ),
        (json!({ "org": "o", "pattern_id": "7", "name": "a\nb" }), "name"),
        (
            json!({ "org": "o", "pattern_id": "7", "name": "x".repeat(101) }),
            "name",
        ),
        (json!({ "org": "o", "pattern_id": "7", "ignored": "yes" }), "ignored"),
        (
            json!({ "org": "o", "pattern_id": "7", "pattern": "x".repeat(1_001) }),
            "pattern",
        ),
        (json!({ "org": "o", "pattern_id": "7", "names": "x" }), "names"),
    ] {
        let request = warp::test::request().method("PUT").path("/api/v1/choices");
        let message = error(&request.json(&body).reply(&api).await, 400);
        assert!(message.starts_with(field), "{body}: {message}");
    }
    let request = warp::test::request().path("/api/v1/choices");
    assert!(error(&request.reply(&api).await, 400).starts_with("org"));
}

#[tokio::test]
async fn responses_are_counted_by_endpoint_and_status() {
    let api = api(Config::default());
    for path in ["/health", "/health", "/nothing", "/nothing/else", "/api/v1/sql/nothing"] {
        warp::test::request().path(path).reply(&api).await;
    }
    let response = warp::test::request().path("/metrics").reply(&api).await;
    assert!(
        response.headers()["content-type"]
            .to_str()
            .unwrap()
            .starts_with("text/plain")
    );
    let text = String::from_utf8_lossy(response.body()).into_owned();
    for line in [
        "kulprit_http_requests_total{endpoint=\"/health\",status=\"200\"} 2",
        "kulprit_http_requests_total{endpoint=\"other\",status=\"404\"} 2",
        "kulprit_http_requests_total{endpoint=\"/api/v1/sql/{*name}\",status=\"404\"} 1",
        "kulprit_http_request_duration_seconds_bucket{endpoint=\"/health\",le=\"+Inf\"} 2",
        "kulprit_http_request_duration_seconds_count{endpoint=\"/health\"} 2",
        "kulprit_coalesced_requests_total 0",
        "kulprit_requests_in_flight 0",
        "kulprit_rollup_uncounted_parts 0",
    ] {
        assert!(text.lines().any(|found| found == line), "no {line} in\n{text}");
    }
}
