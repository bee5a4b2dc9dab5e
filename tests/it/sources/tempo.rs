//! A Tempo of the tests: searches traces by the services in them, and hands out one by its id.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kulprit_testing::{Database, statement};
use regex::Regex;
use serde_json::{Value, json};

use super::server::{Answer, Hit, Server};

/// The spans of a trace, as rows of the table.
type Traces = BTreeMap<String, Vec<Value>>;

/// Serves the spans that stand in the table of `database`.
pub async fn serve(database: &Database) -> Server {
    let read = statement(
        "SELECT toUnixTimestamp64Nano(Timestamp)::Int64 AS start, TraceId, SpanId, ParentSpanId, SpanName, upper(SpanKind) AS kind, \
         ServiceName, ResourceAttributes, SpanAttributes, Duration::Int64 AS duration, StatusCode, StatusMessage \
         FROM otel_traces ORDER BY start SETTINGS output_format_json_quote_64bit_integers = 0",
    );
    let rows = database.client.bytes(&read, "JSONEachRow").await.unwrap();
    let mut traces = Traces::new();
    for row in std::str::from_utf8(&rows).unwrap().lines() {
        let row: Value = serde_json::from_str(row).unwrap();
        traces
            .entry(row["TraceId"].as_str().unwrap().to_owned())
            .or_default()
            .push(row);
    }
    Server::start(move |hit| answer(&traces, hit)).await
}

fn answer(traces: &Traces, hit: &Hit) -> Answer {
    if hit.path == "/api/search" {
        return search(traces, hit);
    }
    if hit.path == "/api/status/buildinfo" {
        return (200, json!({ "version": "2.8.0" }).to_string());
    }
    if hit.path == "/api/v2/search/tag/resource.service.name/values" {
        let names = traces.values().flatten().map(|span| span["ServiceName"].to_string());
        let names: std::collections::BTreeSet<String> = names.collect();
        let values = names
            .iter()
            .map(|name| json!({ "type": "string", "value": name.trim_matches('"') }));
        return (
            200,
            json!({ "tagValues": values.collect::<Vec<_>>(), "metrics": {} }).to_string(),
        );
    }
    let Some(id) = hit.path.strip_prefix("/api/v2/traces/") else {
        return (404, "404 page not found".to_owned());
    };
    // A trace that is not there is an empty answer.
    let Some(spans) = traces.get(&format!("{id:0>32}")) else {
        return (200, json!({ "trace": {}, "metrics": {} }).to_string());
    };
    let resources: Vec<Value> = spans.iter().map(resource).collect();
    (
        200,
        json!({ "trace": { "resourceSpans": resources }, "metrics": {} }).to_string(),
    )
}

fn search(traces: &Traces, hit: &Hit) -> Answer {
    let number = |name: &str| hit.query.get(name).and_then(|text| text.parse::<i64>().ok());
    let (Some(start), Some(end)) = (number("start"), number("end")) else {
        return (400, "start and end".to_owned());
    };
    if end - start > 168 * 3_600 {
        return (400, "range specified by start and end exceeds 168h0m0s".to_owned());
    }
    let query = &hit.query["q"];
    let scoped = Regex::new(r#"^\{resource\.service\.name=~("(?:[^"\\]|\\.)*")\}$"#).unwrap();
    let services = match scoped.captures(query) {
        Some(parts) => {
            let names: String = serde_json::from_str(&parts[1]).unwrap();
            Some(Regex::new(&format!("^(?:{names})$")).unwrap())
        }
        None if query == "{}" => None,
        None => return (400, "invalid TraceQL query: parse error at line 1, col 9".to_owned()),
    };
    let found = traces.iter().filter_map(|(id, spans)| {
        let (first, is_wanted) = (spans.first()?, |span: &&Value| {
            services
                .as_ref()
                .is_none_or(|names| names.is_match(span["ServiceName"].as_str().unwrap()))
        });
        let began = first["start"].as_i64()?;
        let is_within = began / 1_000_000_000 >= start && began / 1_000_000_000 < end;
        spans.iter().find(is_wanted)?;
        is_within.then(|| {
            json!({
                // Zeros at the beginning are left out.
                "traceID": id.trim_start_matches('0'), "rootServiceName": first["ServiceName"],
                "startTimeUnixNano": began.to_string(), "durationMs": 1,
            })
        })
    });
    let limit = number("limit").unwrap_or(20) as usize;
    let found: Vec<Value> = found.take(limit).collect();
    (
        200,
        json!({ "traces": found, "metrics": { "completedJobs": 1 } }).to_string(),
    )
}

/// A span with its resource: each of them has one of its own, which is as well formed as sharing it.
fn resource(row: &Value) -> Value {
    let base64 = |field: &str| {
        let text = row[field].as_str().unwrap();
        let bytes = (0..text.len() / 2).map(|at| u8::from_str_radix(&text[2 * at..2 * at + 2], 16).unwrap());
        STANDARD.encode(bytes.collect::<Vec<u8>>())
    };
    let mut of_resource = row["ResourceAttributes"].clone();
    of_resource["service.name"] = row["ServiceName"].clone();
    let mut span = json!({
        "traceId": base64("TraceId"),
        "spanId": base64("SpanId"),
        "name": row["SpanName"],
        "kind": format!("SPAN_KIND_{}", row["kind"].as_str().unwrap()),
        "startTimeUnixNano": row["start"].to_string(),
        "endTimeUnixNano": (row["start"].as_i64().unwrap() + row["duration"].as_i64().unwrap()).to_string(),
        "attributes": attributes(&row["SpanAttributes"]),
        "status": {},
    });
    if row["ParentSpanId"] != json!("") {
        span["parentSpanId"] = json!(base64("ParentSpanId"));
    }
    if row["StatusCode"] == json!("Error") {
        span["status"] = json!({ "code": "STATUS_CODE_ERROR", "message": row["StatusMessage"] });
    }
    json!({ "resource": { "attributes": attributes(&of_resource) }, "scopeSpans": [{ "spans": [span] }] })
}

fn attributes(map: &Value) -> Value {
    let all = map.as_object().unwrap().iter().map(|(key, value)| {
        let text = value.as_str().unwrap();
        let value = match text.parse::<i64>() {
            Ok(_) => json!({ "intValue": text }),
            Err(_) if text == "true" || text == "false" => json!({ "boolValue": text == "true" }),
            Err(_) => json!({ "stringValue": text }),
        };
        json!({ "key": key, "value": value })
    });
    json!(all.collect::<Vec<_>>())
}
