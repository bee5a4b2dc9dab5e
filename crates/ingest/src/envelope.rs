//! Objects that hold many records: what exporters and query tools write.

use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};

use super::convert::Object;

/// Keys whose value is the list of the records.
const LISTS: &[&str] = &[
    "events",
    "Records",
    "records",
    "logs",
    "entries",
    "data",
    "hits",
    "messages",
    "logEvents",
    "results",
];

/// The records in an envelope, each as a JSON object; `None` if the object is a record itself.
pub fn open(object: &Object<'_>) -> Option<Vec<String>> {
    let (key, raw) = object.0.iter().find(|(key, raw)| {
        let value = raw.get();
        match key.as_str() {
            "resourceLogs" | "resource_logs" | "streams" => value.starts_with('['),
            key => LISTS.contains(&key) && value.starts_with(['[', '{']),
        }
    })?;
    match key.as_str() {
        "resourceLogs" | "resource_logs" => otlp(raw.get()),
        "streams" => loki(raw.get()),
        _ => list(raw.get(), object),
    }
}

/// Fields that hold a whole record as a text, where a shipper has not taken it apart.
const TEXTS: &[&str] = &[
    "log",
    "message",
    "msg",
    "line",
    "textPayload",
    "_raw",
    "@message",
    "MESSAGE",
];
/// Fields by which such a record is known, and those of its time.
const MESSAGES: &[&str] = &[
    "message",
    "msg",
    "event",
    "@m",
    "@mt",
    "short_message",
    "MESSAGE",
    "text",
    "body",
];
const TIMES: &[&str] = &[
    "time",
    "timestamp",
    "ts",
    "@timestamp",
    "date",
    "asctime",
    "datetime",
    "t",
    "@t",
    "_time",
];

/// The record that stands in another one as a text, with the fields around it: `{"log": "{\"msg\": …}", "kubernetes": …}`.
pub fn unwrapped(object: &Object<'_>) -> Option<String> {
    object.0.iter().find_map(|(key, raw)| {
        let held = TEXTS.contains(&key.as_str()) && raw.get().starts_with("\"{");
        let text: String = held.then(|| serde_json::from_str(raw.get()).ok())??;
        let inner: Object = serde_json::from_str(text.trim()).ok()?;
        let has = |names: &[&str]| inner.0.iter().any(|(name, _)| names.contains(&name.as_str()));
        if !has(MESSAGES) {
            return None;
        }
        let timed = has(TIMES);
        let around = object.0.iter().filter(|(name, _)| {
            name != key && !(timed && TIMES.contains(&name.as_str())) && !inner.0.iter().any(|(known, _)| known == name)
        });
        let fields = inner.0.iter().chain(around);
        let fields: Option<Vec<String>> = fields
            .map(|(name, raw)| Some(format!("{}:{}", serde_json::to_string(name).ok()?, raw.get())))
            .collect();
        Some(format!("{{{}}}", fields?.join(",")))
    })
}

/// The objects of a list, or of the list in an object (`data.result`, `hits.hits`).
fn list(text: &str, around: &Object<'_>) -> Option<Vec<String>> {
    if text.starts_with('{') {
        let inner: Object = serde_json::from_str(text).ok()?;
        // A record may well have an object called `data`.
        let (key, raw) = inner.0.iter().find(|(key, raw)| {
            ["result", "hits", "logs", "events"].contains(&key.as_str()) && raw.get().starts_with('[')
        })?;
        return if key == "result" {
            loki(raw.get())
        } else {
            list(raw.get(), around)
        };
    }
    let items: Vec<&RawValue> = serde_json::from_str(text).ok()?;
    if let Some(records) = fields_and_values(&items) {
        return Some(records);
    }
    let objects = items.iter().all(|item| item.get().starts_with('{'));
    // A record with a message and a list called `events` is a record.
    let record = around.0.iter().any(|(key, _)| {
        [
            "message",
            "msg",
            "Body",
            "body",
            "time",
            "timestamp",
            "@timestamp",
            "ts",
        ]
        .contains(&key.as_str())
    });
    if !objects || record {
        return None;
    }
    let whole = |item: &&RawValue| -> String {
        #[derive(Deserialize)]
        struct Hit<'a> {
            #[serde(rename = "_source", alias = "attributes", borrow)]
            source: Option<&'a RawValue>,
            #[serde(rename = "type", borrow, default)]
            kind: Option<std::borrow::Cow<'a, str>>,
        }
        match serde_json::from_str::<Hit>(item.get()) {
            Ok(Hit {
                source: Some(source),
                kind,
            }) if source.get().starts_with('{')
                && (item.get().contains("\"_source\"") || kind.as_deref() == Some("log")) =>
            {
                source.get().to_owned()
            }
            _ => item.get().to_owned(),
        }
    };
    Some(items.iter().map(whole).collect())
}

/// Records as lists of `{"field": …, "value": …}`, as CloudWatch answers a query.
fn fields_and_values(items: &[&RawValue]) -> Option<Vec<String>> {
    #[derive(Deserialize)]
    struct Pair {
        field: String,
        value: Value,
    }
    let record = |item: &&RawValue| {
        let pairs: Vec<Pair> = serde_json::from_str(item.get()).ok()?;
        let fields: Map<String, Value> = pairs.into_iter().map(|pair| (pair.field, pair.value)).collect();
        Some(Value::Object(fields).to_string())
    };
    (!items.is_empty())
        .then(|| items.iter().map(record).collect())
        .flatten()
}

/// Loki's streams: labels, and pairs of time and line.
fn loki(text: &str) -> Option<Vec<String>> {
    #[derive(Deserialize)]
    struct Stream {
        stream: Map<String, Value>,
        values: Vec<Vec<Value>>,
    }
    let streams: Vec<Stream> = serde_json::from_str(text).ok()?;
    let mut records = Vec::new();
    for Stream { stream, values } in streams {
        for value in values {
            let mut labels = stream.clone();
            if let Some(Value::Object(more)) = value.get(2) {
                labels.extend(more.clone());
            }
            records.push(json!({"timestamp": value.first(), "line": value.get(1), "labels": labels}).to_string());
        }
    }
    Some(records)
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct ResourceLogs {
    resource: Attributed,
    #[serde(alias = "scope_logs", alias = "instrumentationLibraryLogs")]
    scope_logs: Vec<ScopeLogs>,
    #[serde(alias = "schema_url")]
    schema_url: String,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Attributed {
    attributes: Vec<KeyValue>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct ScopeLogs {
    scope: Scope,
    #[serde(alias = "log_records", alias = "logs")]
    log_records: Vec<LogRecord>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Scope {
    name: String,
    version: String,
    attributes: Vec<KeyValue>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct LogRecord {
    #[serde(alias = "time_unix_nano")]
    time_unix_nano: Value,
    #[serde(alias = "observed_time_unix_nano")]
    observed_time_unix_nano: Value,
    #[serde(alias = "severity_number")]
    severity_number: Value,
    #[serde(alias = "severity_text")]
    severity_text: String,
    body: Value,
    attributes: Vec<KeyValue>,
    #[serde(alias = "trace_id")]
    trace_id: String,
    #[serde(alias = "span_id")]
    span_id: String,
    flags: u32,
    #[serde(alias = "event_name")]
    event_name: String,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct KeyValue {
    key: String,
    value: Value,
}

/// OTLP's JSON, as the collector's file exporter writes it.
fn otlp(text: &str) -> Option<Vec<String>> {
    let resources: Vec<ResourceLogs> = serde_json::from_str(text).ok()?;
    let mut records = Vec::new();
    for resource in &resources {
        let resource_attributes = map(&resource.resource.attributes);
        for scope in &resource.scope_logs {
            for record in &scope.log_records {
                let zero = |time: &Value| match time {
                    Value::String(text) => text.is_empty() || text == "0",
                    Value::Number(number) => number.as_u64() == Some(0),
                    _ => true,
                };
                let time = if zero(&record.time_unix_nano) {
                    &record.observed_time_unix_nano
                } else {
                    &record.time_unix_nano
                };
                let mut row = json!({
                    "Timestamp": time,
                    "SeverityText": record.severity_text,
                    "SeverityNumber": severity_number(&record.severity_number),
                    "Body": plain(&record.body),
                    "TraceId": record.trace_id,
                    "SpanId": record.span_id,
                    "TraceFlags": record.flags & 0xff,
                    "EventName": record.event_name,
                    "ResourceAttributes": resource_attributes,
                    "ResourceSchemaUrl": resource.schema_url,
                    "ScopeName": scope.scope.name,
                    "ScopeVersion": scope.scope.version,
                    "ScopeAttributes": map(&scope.scope.attributes),
                    "LogAttributes": map(&record.attributes),
                });
                if let Value::Object(fields) = &mut row {
                    fields.retain(|_, value| !is_empty(value));
                }
                records.push(row.to_string());
            }
        }
    }
    Some(records)
}

/// The number, or the name that protobuf's JSON may have instead (`SEVERITY_NUMBER_ERROR`).
fn severity_number(value: &Value) -> Value {
    match value {
        Value::String(name) => {
            let word = name
                .trim_start_matches("SEVERITY_NUMBER_")
                .trim_end_matches(|sign: char| sign.is_ascii_digit());
            super::severity::of_word(word.as_bytes()).map_or(Value::Null, |(_, number)| number.into())
        }
        Value::Number(number) if number.as_u64() == Some(0) => Value::Null,
        other => other.clone(),
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Object(map) => map.is_empty(),
        _ => false,
    }
}

fn map(attributes: &[KeyValue]) -> Map<String, Value> {
    attributes
        .iter()
        .map(|KeyValue { key, value }| (key.clone(), plain(value)))
        .collect()
}

/// A value without OTLP's name for its type.
fn plain(value: &Value) -> Value {
    let Value::Object(typed) = value else {
        return value.clone();
    };
    let Some((kind, inner)) = typed.iter().next().filter(|_| typed.len() == 1) else {
        return value.clone();
    };
    match kind.as_str() {
        "stringValue" | "boolValue" | "doubleValue" | "bytesValue" | "string_value" | "bool_value" | "double_value" => {
            inner.clone()
        }
        "intValue" | "int_value" => match inner {
            Value::String(text) => text.parse::<i64>().map_or_else(|_| inner.clone(), Value::from),
            _ => inner.clone(),
        },
        "arrayValue" | "array_value" => {
            let values = inner.get("values").and_then(Value::as_array);
            Value::Array(
                values
                    .map(|values| values.iter().map(plain).collect())
                    .unwrap_or_default(),
            )
        }
        "kvlistValue" | "kvlist_value" => {
            let values = inner.get("values").cloned().unwrap_or_default();
            let pairs: Vec<KeyValue> = serde_json::from_value(values).unwrap_or_default();
            Value::Object(map(&pairs))
        }
        _ => value.clone(),
    }
}
