//! A Loki of the tests: lines with labels and structured metadata, and as much of LogQL as selects and counts them.

use std::collections::BTreeMap;

use kulprit_testing::{Database, statement};
use regex::Regex;
use serde_json::{Value, json};

use super::server::{Answer, Hit, Server};

const LARGEST_PAGE: usize = 5_000;
const SECOND: i64 = 1_000_000_000;

/// One line.
#[derive(Debug, Clone)]
struct Line {
    at: i64,
    labels: BTreeMap<String, String>,
    metadata: BTreeMap<String, String>,
    text: String,
}

impl Line {
    fn label(&self, name: &str) -> &str {
        let found = self.labels.get(name).or_else(|| self.metadata.get(name));
        found.map_or("", String::as_str)
    }
}

/// Serves the lines that stand in the log table of `database`, as an OpenTelemetry collector sends them.
pub async fn serve(database: &Database) -> Server {
    let read = statement(
        "SELECT toUnixTimestamp64Nano(Timestamp)::String AS at, ServiceName AS service, SeverityText AS severity, \
         SeverityNumber AS number, TraceId AS trace, SpanId AS span, Body AS text, ResourceAttributes AS resource, \
         LogAttributes AS attributes FROM otel_logs ORDER BY Timestamp, ServiceName, Body",
    );
    let rows = database.client.bytes(&read, "JSONEachRow").await.unwrap();
    let lines: Vec<Line> = std::str::from_utf8(&rows)
        .unwrap()
        .lines()
        .map(|row| line(&serde_json::from_str(row).unwrap()))
        .collect();
    Server::start(move |hit| answer(&lines, hit)).await
}

fn line(row: &Value) -> Line {
    let text = |name: &str| row[name].as_str().unwrap().to_owned();
    let mut labels = BTreeMap::from([("service_name".to_owned(), text("service"))]);
    let mut metadata = BTreeMap::new();
    let undotted = |name: &str| name.replace(['.', '-'], "_");
    for (name, value) in row["resource"].as_object().unwrap() {
        let is_indexed = ["service.", "k8s.", "cloud.", "deployment."]
            .iter()
            .any(|start| name.starts_with(start));
        let place = if is_indexed { &mut labels } else { &mut metadata };
        place.insert(undotted(name), value.as_str().unwrap().to_owned());
    }
    for (name, value) in row["attributes"].as_object().unwrap() {
        metadata.insert(undotted(name), value.as_str().unwrap().to_owned());
    }
    for (name, value) in [
        ("trace_id", text("trace")),
        ("span_id", text("span")),
        ("severity_text", text("severity")),
        ("detected_level", text("severity").to_lowercase()),
    ] {
        if !value.is_empty() {
            metadata.insert(name.to_owned(), value);
        }
    }
    if row["number"] != json!(0) {
        metadata.insert("severity_number".to_owned(), row["number"].to_string());
    }
    Line {
        at: text("at").parse().unwrap(),
        labels,
        metadata,
        text: text("text"),
    }
}

fn answer(lines: &[Line], hit: &Hit) -> Answer {
    let success = |data: Value| (200, json!({ "status": "success", "data": data }).to_string());
    let refuse = |text: String| (400, text);
    match hit.path.as_str() {
        "/loki/api/v1/labels" => {
            let mut names: Vec<&String> = lines.iter().flat_map(|line| line.labels.keys()).collect();
            names.sort();
            names.dedup();
            return success(json!(names));
        }
        path if path.starts_with("/loki/api/v1/label/") => {
            let name = path
                .trim_start_matches("/loki/api/v1/label/")
                .trim_end_matches("/values");
            let mut values: Vec<&str> = lines
                .iter()
                .map(|line| line.label(name))
                .filter(|value| !value.is_empty())
                .collect();
            values.sort();
            values.dedup();
            return success(json!(values));
        }
        "/loki/api/v1/query" => {
            let now = jiff::Timestamp::now().as_second();
            return success(json!({ "resultType": "vector", "result": [{ "metric": {}, "value": [now, "1"] }] }));
        }
        "/loki/api/v1/status/buildinfo" => return (200, json!({ "version": "3.9.9" }).to_string()),
        "/loki/api/v1/query_range" => {}
        _ => return (404, "404 page not found".to_owned()),
    }
    let number = |name: &str| hit.query.get(name).and_then(|text| text.parse::<i64>().ok());
    let (Some(start), Some(end)) = (number("start"), number("end")) else {
        return refuse("start and end".to_owned());
    };
    if end - start > (30 * 24 + 1) * 3_600 * SECOND {
        return refuse("the query time range exceeds the limit (limit: 30d1h)".to_owned());
    }
    let query = &hit.query["query"];
    let counted =
        Regex::new(r#"^sum by \(([a-z_]+)(, detected_level)?\) \(count_over_time\((.*)\[(\d+)s\] offset 1ns\)\)$"#)
            .unwrap();
    if let Some(parts) = counted.captures(query) {
        let step: i64 = parts[4].parse::<i64>().unwrap() * SECOND;
        let Some(matches) = selector(&parts[3]) else {
            return refuse("parse error".to_owned());
        };
        let mut series: BTreeMap<(String, String), BTreeMap<i64, u64>> = BTreeMap::new();
        // The server itself moves the ends to whole steps.
        let (start, end) = (start - start.rem_euclid(step), end);
        for line in lines.iter().filter(|line| matches(line)) {
            let at = line.at - line.at.rem_euclid(step) + step;
            if at >= start && at <= end {
                let level = if parts.get(2).is_some() {
                    line.label("detected_level")
                } else {
                    ""
                };
                let key = (line.label(&parts[1]).to_owned(), level.to_owned());
                *series.entry(key).or_default().entry(at / SECOND).or_default() += 1;
            }
        }
        let series = series.into_iter().map(|((service, level), values)| {
            let mut metric = json!({ &parts[1]: service });
            if !level.is_empty() {
                metric["detected_level"] = json!(level);
            }
            let values: Vec<Value> = values
                .into_iter()
                .map(|(at, lines)| json!([at, lines.to_string()]))
                .collect();
            json!({ "metric": metric, "values": values })
        });
        return success(json!({ "resultType": "matrix", "result": series.collect::<Vec<_>>() }));
    }
    let limit = number("limit").unwrap_or(100) as usize;
    if limit > LARGEST_PAGE {
        return refuse(format!(
            "max entries limit per query exceeded, limit > max_entries_limit_per_query ({limit} > {LARGEST_PAGE})"
        ));
    }
    let Some(matches) = selector(query) else {
        return refuse("parse error at line 1, col 15: syntax error".to_owned());
    };
    let mut found: Vec<&Line> = lines
        .iter()
        .filter(|line| (start..end).contains(&line.at) && matches(line))
        .collect();
    if hit.query.get("direction").map(String::as_str) != Some("forward") {
        found.reverse();
    }
    found.truncate(limit);
    let categorized = hit.headers.get("x-loki-response-encoding-flags").is_some();
    let mut streams: BTreeMap<Vec<(&String, &String)>, Vec<Value>> = BTreeMap::new();
    for line in found {
        let labels = line.labels.iter();
        let (labels, entry): (Vec<_>, _) = match categorized {
            true => (
                labels.collect(),
                json!([line.at.to_string(), line.text, { "structuredMetadata": line.metadata }]),
            ),
            false => (
                labels.chain(&line.metadata).collect(),
                json!([line.at.to_string(), line.text]),
            ),
        };
        streams.entry(labels).or_default().push(entry);
    }
    let streams = streams.into_iter().map(|(labels, values)| {
        let labels: BTreeMap<_, _> = labels.into_iter().collect();
        json!({ "stream": labels, "values": values })
    });
    success(json!({ "resultType": "streams", "result": streams.collect::<Vec<_>>(), "stats": {} }))
}

type Matches = Box<dyn Fn(&Line) -> bool>;

/// What a selector with label filters behind it selects; none where it is no such thing.
fn selector(text: &str) -> Option<Matches> {
    if !text.starts_with('{') {
        return None;
    }
    let (matchers, filters) = split(text);
    let all: Vec<Matches> = matchers.iter().map(|text| matcher(text)).collect::<Option<_>>()?;
    if all.is_empty() {
        return None;
    }
    let filters: Vec<Vec<Matches>> = filters
        .iter()
        .map(|filter| filter.iter().map(|text| matcher(text)).collect::<Option<_>>())
        .collect::<Option<_>>()?;
    Some(Box::new(move |line| {
        all.iter().all(|matches| matches(line)) && filters.iter().all(|any| any.iter().any(|matches| matches(line)))
    }))
}

/// The matchers between the braces, and those of each filter behind them, one of which is enough.
fn split(text: &str) -> (Vec<String>, Vec<Vec<String>>) {
    let one = Regex::new(r#"([a-z_]+)(=~|!=|=)("(?:[^"\\]|\\.)*")"#).unwrap();
    let (mut matchers, mut filters): (Vec<String>, Vec<Vec<String>>) = (vec![], vec![]);
    let mut end = 0;
    for found in one.find_iter(text) {
        let between = &text[end..found.start()];
        end = found.end();
        if between.contains('|') {
            filters.push(vec![]);
        }
        match filters.last_mut() {
            Some(filter) => filter.push(found.as_str().to_owned()),
            None => matchers.push(found.as_str().to_owned()),
        }
    }
    (matchers, filters)
}

fn matcher(text: &str) -> Option<Matches> {
    let at = text.find(['=', '!'])?;
    let (name, rest) = text.split_at(at);
    let name = name.to_owned();
    let quote = rest.find('"')?;
    let value: String = serde_json::from_str(&rest[quote..]).ok()?;
    Some(match &rest[..quote] {
        "=" => Box::new(move |line| line.label(&name) == value),
        "!=" => Box::new(move |line| line.label(&name) != value),
        "=~" => {
            let regex = Regex::new(&format!("^(?:{value})$")).ok()?;
            Box::new(move |line| regex.is_match(line.label(&name)))
        }
        _ => return None,
    })
}
