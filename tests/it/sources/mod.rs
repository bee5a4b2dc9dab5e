//! Servers that are read in place: answers from them are those from the same rows in tables.

mod log_lines;
mod loki;
mod metrics;
mod prometheus;
mod reach;
mod server;
mod spans;
mod tempo;

use kulprit::config::Config;
use kulprit_testing::{Api, Database};
use serde_json::Value;

/// What is answered, whatever its status.
async fn get(api: &Api, path: &str) -> (u16, Value) {
    let response = warp::test::request().path(path).reply(api).await;
    let text = String::from_utf8_lossy(response.body()).into_owned();
    let body = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{path}: {error}: {text}"));
    (response.status().as_u16(), body)
}

/// What must be answered.
async fn answer(api: &Api, path: &str) -> Value {
    let (status, body) = get(api, path).await;
    assert_eq!(status, 200, "{path}: {body}");
    body
}

/// Likewise to a body.
async fn post(api: &Api, path: &str, body: &Value) -> (u16, Value) {
    let response = warp::test::request()
        .method("POST")
        .path(path)
        .json(body)
        .reply(api)
        .await;
    (
        response.status().as_u16(),
        serde_json::from_slice(response.body()).unwrap(),
    )
}

/// The API over `database`, which reads in place what `sources` names.
fn reading(database: &Database, sources: &str) -> Api {
    let mut config: Config = Config::parse(sources).unwrap();
    config.clickhouse = database.config.clickhouse.clone();
    database.api_with(config)
}

/// `value` without what differs between places to read from.
fn without(mut value: Value, fields: &[&str]) -> Value {
    if let Some(object) = value.as_object_mut() {
        object.retain(|name, _| !fields.contains(&name.as_str()));
    }
    value
}
