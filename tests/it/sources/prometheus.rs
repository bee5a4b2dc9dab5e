//! A Prometheus of the tests: series with their points, and as much of PromQL as selects them.

use std::collections::BTreeMap;

use kulprit_testing::{Database, statement};
use regex::Regex;
use serde_json::{Value, json};

use super::server::{Answer, Hit, Server};

/// A series by its labels: its points, in seconds.
type Series = BTreeMap<BTreeMap<String, String>, BTreeMap<i64, f64>>;

/// How long the last point of a series stands for the time after it.
const LOOKBACK: i64 = 300;

/// Serves the points that stand in the tables of `database`, whose attributes are labels.
pub async fn serve(database: &Database) -> Server {
    let read = statement(
        "SELECT ServiceName AS service, MetricName AS name, Attributes AS labels, toUnixTimestamp(TimeUnix) AS at, Value AS value, \
         []::Array(UInt64) AS counts, []::Array(Float64) AS bounds, 'counter' AS kind FROM otel_metrics_sum \
         UNION ALL SELECT ServiceName, MetricName, Attributes, toUnixTimestamp(TimeUnix), Value, [], [], 'gauge' FROM otel_metrics_gauge \
         UNION ALL SELECT ServiceName, MetricName, Attributes, toUnixTimestamp(TimeUnix), Count, BucketCounts, ExplicitBounds, 'histogram' \
         FROM otel_metrics_histogram SETTINGS output_format_json_quote_64bit_integers = 0",
    );
    let rows = database.client.bytes(&read, "JSONEachRow").await.unwrap();
    let (mut series, mut gauges) = (Series::new(), serde_json::Map::new());
    for row in std::str::from_utf8(&rows).unwrap().lines() {
        let row: Value = serde_json::from_str(row).unwrap();
        add(&mut series, &row);
        let kind = json!([{ "type": row["kind"], "help": "", "unit": "" }]);
        gauges.insert(row["name"].as_str().unwrap().to_owned(), kind);
    }
    Server::start(move |hit| answer(&series, &gauges, hit)).await
}

fn add(series: &mut Series, row: &Value) {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let mut labels: BTreeMap<String, String> = row["labels"]
        .as_object()
        .unwrap()
        .iter()
        .map(|(name, value)| (name.replace('.', "_"), text(value)))
        .collect();
    labels.insert("service".to_owned(), text(&row["service"]));
    let (name, at) = (text(&row["name"]), row["at"].as_i64().unwrap());
    let mut put = |name: String, more: Option<String>, value: f64| {
        let mut labels = labels.clone();
        labels.insert("__name__".to_owned(), name);
        labels.extend(more.map(|bound| ("le".to_owned(), bound)));
        series.entry(labels).or_default().insert(at, value);
    };
    let value = row["value"].as_f64().unwrap();
    if row["kind"] != json!("histogram") {
        return put(name, None, value);
    }
    put(format!("{name}_count"), None, value);
    put(format!("{name}_sum"), None, 1.0);
    let bounds: Vec<String> = row["bounds"].as_array().unwrap().iter().map(Value::to_string).collect();
    let mut below = 0.0;
    for (bound, count) in bounds
        .into_iter()
        .chain(["+Inf".to_owned()])
        .zip(row["counts"].as_array().unwrap())
    {
        below += count.as_f64().unwrap();
        put(format!("{name}_bucket"), Some(bound), below);
    }
}

fn answer(series: &Series, kinds: &serde_json::Map<String, Value>, hit: &Hit) -> Answer {
    let success = |data: Value| (200, json!({ "status": "success", "data": data }).to_string());
    let number = |name: &str| hit.query.get(name).and_then(|text| text.parse::<i64>().ok());
    match hit.path.as_str() {
        "/api/v1/metadata" => return success(json!(kinds)),
        "/api/v1/status/buildinfo" => return success(json!({ "version": "3.5.0" })),
        "/api/v1/label/__name__/values" => {
            let mut names: Vec<&String> = series.keys().filter_map(|labels| labels.get("__name__")).collect();
            names.dedup();
            return success(json!(names));
        }
        "/api/v1/query" if hit.query.get("query").is_some_and(|query| query == "time()") => {
            let now = jiff::Timestamp::now().as_second();
            return success(json!({ "resultType": "scalar", "result": [now, now.to_string()] }));
        }
        "/api/v1/labels" => return success(json!(["__name__", "job", "service"])),
        _ => {}
    }
    let Some(query) = hit.query.get("query") else {
        return (404, "404 page not found".to_owned());
    };
    let form = Regex::new(r"^(rate\()?(\{.*\})(?:\[(\d+)(s|m)\])?\)?$").unwrap();
    let Some(parts) = form.captures(query) else {
        let error = json!({ "status": "error", "errorType": "bad_data", "error": "parse error" });
        return (400, error.to_string());
    };
    if parts.get(1).is_some() {
        return success(json!({ "resultType": "matrix", "result": [] }));
    }
    let matcher = Regex::new(r#"([a-z_]+)=~("(?:[^"\\]|\\.)*")"#).unwrap();
    let matchers: Vec<(String, Regex)> = matcher
        .captures_iter(&parts[2])
        .map(|parts| {
            let value: String = serde_json::from_str(&parts[2]).unwrap();
            (parts[1].to_owned(), Regex::new(&format!("^(?:{value})$")).unwrap())
        })
        .collect();
    let fits = |labels: &BTreeMap<String, String>| {
        let label = |name: &String| labels.get(name).map_or("", String::as_str);
        matchers.iter().all(|(name, regex)| regex.is_match(label(name)))
    };
    let found = series
        .iter()
        .filter(|(labels, _)| fits(labels))
        .filter_map(|(labels, points)| {
            let values: Vec<Value> = match (parts.get(3), hit.path.as_str()) {
                (Some(seconds), "/api/v1/query") => {
                    let to = number("time").unwrap();
                    let from = to - seconds.as_str().parse::<i64>().unwrap();
                    points
                        .range(from + 1..=to)
                        .map(|(at, value)| json!([at, value.to_string()]))
                        .collect()
                }
                (None, "/api/v1/query_range") => {
                    let (start, end, step) = (
                        number("start").unwrap(),
                        number("end").unwrap(),
                        number("step").unwrap(),
                    );
                    (start..=end)
                        .step_by(step as usize)
                        .filter_map(|at| {
                            let (_, value) = points.range(at - LOOKBACK + 1..=at).next_back()?;
                            Some(json!([at, value.to_string()]))
                        })
                        .collect()
                }
                _ => vec![],
            };
            (!values.is_empty()).then(|| json!({ "metric": labels, "values": values }))
        });
    success(json!({ "resultType": "matrix", "result": found.collect::<Vec<_>>() }))
}
