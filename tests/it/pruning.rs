//! Every statement with a time reads but a small part of its table, however the table is sorted.

use std::collections::BTreeMap;

use kulprit_clickhouse::{Header, LogTable, Options, Statement, Value, names, placeholders};
use kulprit_testing::{Database, statement};

use crate::FIXTURE;
use kulprit::questions::log_changes::columns;

/// Of a table of four days a question about ten minutes, with two hours before them, reads so much at most.
const BOUND: f64 = 0.08;
/// Statements that are about all lines.
const OF_ALL: &[&str] = &[
    "rollups/logs/newest_line",
    "rollups/logs/recent_since",
    "rollups/logs/seed_shapes",
    "rollups/logs/unrolled_buckets",
    "rollups/requests/extent",
    "rollups/metered/extent",
];

/// Five services that write a line every ten seconds.
const LINES: &str = "SELECT toDateTime64('2026-02-01 00:00:00', 9, 'UTC') + 10 * intDiv(number, 5) AS t, \
                     concat('s', toString(number % 5)) AS s FROM numbers(172800)";

fn value(name: &str, kind: &str) -> Value {
    let time = match name {
        "current_from" | "from" | "baseline_to" | "bucket" | "uncounted_from" | "first_minute" => "2026-02-03 10:00:00",
        "current_to" | "to" | "settled_to" | "uncounted_to" | "last_minute" => "2026-02-03 10:10:00",
        "baseline_from" => "2026-02-03 09:50:00",
        "past_from" => "2026-02-03 09:00:00",
        "since" => "2026-02-04 23:50:00",
        "history_from" => "2026-02-03 08:00:00",
        // Nothing is rolled up.
        "covered_from" => "2100-01-01 00:00:00",
        _ => "",
    };
    match kind {
        _ if !time.is_empty() => time.into(),
        kind if kind.starts_with("Array(Tuple(DateTime") => Value::Pairs(vec![(
            "2026-02-02 10:00:00".to_owned(),
            "2026-02-02 10:10:00".to_owned(),
        )]),
        kind if kind.starts_with("Array(String") => Value::Texts(vec!["s1".to_owned()]),
        kind if kind.starts_with("Array(UInt") => Value::UInts(vec![1]),
        kind if kind.starts_with("Array(Float") => Value::Floats(vec![1.0]),
        "Bool" => Value::Bool(true),
        kind if kind.starts_with("UInt") || kind.starts_with("Int") => Value::UInt(1),
        kind if kind.starts_with("Float") => Value::Float(0.5),
        "String" => "x".into(),
        other => panic!("no value for {name} {other}"),
    }
}

/// How many granules each statement reads of `table`, the most that one of its parts reads.
async fn reads(database: &Database, table: &str, options: &Options) -> BTreeMap<&'static str, u64> {
    let mut found = BTreeMap::new();
    for name in names().filter(|name| !OF_ALL.contains(name)) {
        let asked = Statement::query(name, options, [] as [(&str, Value); 0]).unwrap();
        let header = Header::parse(&asked.text).unwrap();
        let is_about_time = header.params.iter().any(|param| param.kind.starts_with("DateTime"));
        if !header.reads.iter().any(|read| read == table) || !is_about_time {
            continue;
        }
        let fitted = database.client.fitted(&asked).await.unwrap();
        // What an INSERT, or the making of a session's table, reads is what stands after its first line.
        let body: String = fitted
            .text
            .lines()
            .filter(|line| !line.starts_with("--"))
            .collect::<Vec<_>>()
            .join("\n");
        let body = if body.starts_with("INSERT") || body.starts_with("CREATE") {
            let at = [body.find("\nSELECT"), body.find("\nWITH")]
                .into_iter()
                .flatten()
                .min()
                .unwrap();
            body[at..].to_owned()
        } else {
            body
        };
        let mut explain = statement(&format!("EXPLAIN indexes = 1 {body}"));
        explain.params = placeholders(&body)
            .into_iter()
            .map(|param| {
                let value = value(&param.name, &param.kind);
                (param.name, value)
            })
            .collect();
        let plan = database
            .client
            .bytes(&explain, "TSVRaw")
            .await
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        if let Some(granules) = most_granules(std::str::from_utf8(&plan).unwrap(), table) {
            found.insert(name, granules);
        }
    }
    found
}

fn most_granules(plan: &str, table: &str) -> Option<u64> {
    let place = table.replace('`', "");
    let mut lines = plan.lines();
    let mut most = None;
    while let Some(line) = lines.next() {
        let read = line
            .split_once("ReadFromMergeTree (")
            .and_then(|(_, rest)| rest.split_once(')'));
        if !read.is_some_and(|(read, _)| read == place || read.ends_with(&format!(".{place}"))) {
            continue;
        }
        let granules = lines
            .find_map(|line| line.split_once("| Granules: "))
            .and_then(|(_, count)| count.split_whitespace().next()?.parse().ok());
        most = most.max(granules);
    }
    most
}

async fn total(database: &Database, table: &str) -> u64 {
    let marks = format!(
        "SELECT sum(marks) FROM system.parts WHERE active AND database = currentDatabase() AND table = '{table}'"
    );
    database.lines(&marks).await[0].parse().unwrap()
}

async fn assert_pruned(database: &Database, table: &str, options: &Options, least: usize) {
    let all = total(database, table).await;
    assert!(all > 1_000, "{table} has {all} granules");
    let found = reads(database, table, options).await;
    assert!(found.len() >= least, "{table}: {found:?}");
    for (name, granules) in found {
        assert!(
            granules as f64 <= BOUND * all as f64,
            "{name} reads {granules} of {all} granules of {table}"
        );
    }
}

fn options(logs: LogTable, is_full: bool) -> Options {
    Options {
        logs,
        divergence: "udf",
        scoped: is_full,
        median: is_full,
        sliced: is_full,
        uncounted: is_full,
        changes_columns: columns(),
        traced: true,
        ..Options::default()
    }
}

#[tokio::test]
async fn log_tables_of_every_layout_are_not_read_whole() {
    let text = |text: &str| text.to_owned();
    let usual = LogTable::default();
    for (layout, columns, sorting, parting, logs) in [
        (
            "current",
            "Timestamp DateTime64(9)",
            "toStartOfFiveMinutes(Timestamp), ServiceName, Timestamp",
            "toDate(Timestamp)",
            usual.clone(),
        ),
        (
            "older",
            "Timestamp DateTime64(9), TimestampTime DateTime DEFAULT toDateTime(Timestamp)",
            "ServiceName, TimestampTime, Timestamp",
            "toDate(TimestampTime)",
            usual.clone(),
        ),
        (
            "coroot",
            "Timestamp DateTime64(9)",
            "ServiceName, SeverityText, toUnixTimestamp(Timestamp), TraceId",
            "toDate(Timestamp)",
            usual.clone(),
        ),
        (
            "plain",
            "Timestamp DateTime64(3)",
            "ServiceName, Timestamp",
            "tuple()",
            usual.clone(),
        ),
        (
            "falling",
            "Timestamp DateTime",
            "ServiceName, -toUnixTimestamp(Timestamp)",
            "tuple()",
            usual.clone(),
        ),
        (
            "zoned",
            "Timestamp DateTime('Asia/Kolkata')",
            "toStartOfHour(Timestamp), ServiceName, Timestamp",
            "toYYYYMM(Timestamp)",
            usual.clone(),
        ),
        (
            "numbers",
            "ts_bucket_start UInt64, Timestamp UInt64",
            "ts_bucket_start, Timestamp",
            "toDate(Timestamp / 1000000000)",
            LogTable {
                timestamp_unit: text("ns"),
                time_bucket: text("ts_bucket_start"),
                ..usual.clone()
            },
        ),
    ] {
        let mut database = FIXTURE.empty_database(&format!("pruning_{layout}")).await;
        database
            .run(&format!(
                "CREATE TABLE otel_logs ({columns}, ServiceName LowCardinality(String), SeverityText LowCardinality(String), TraceId String, Body String,
                 ResourceAttributes Map(String, String), LogAttributes Map(String, String))
                 ENGINE = MergeTree PARTITION BY {parting} ORDER BY ({sorting}) SETTINGS index_granularity = 64"
            ))
            .await;
        let time = match layout {
            "numbers" => {
                "intDiv(toUnixTimestamp(t), 1800) * 1800 AS ts_bucket_start, toUnixTimestamp64Nano(t) AS Timestamp"
            }
            _ => "t AS Timestamp",
        };
        let names = if layout == "numbers" {
            "ts_bucket_start, Timestamp"
        } else {
            "Timestamp"
        };
        database
            .run(&format!(
                "INSERT INTO otel_logs ({names}, ServiceName, SeverityText, TraceId, Body) SELECT {time}, s, 'INFO', '', 'x' FROM ({LINES})"
            ))
            .await;
        database.config.logs = logs.clone();
        kulprit::setup::apply(&database.config, &database.client).await.unwrap();
        for is_full in [false, true] {
            assert_pruned(&database, "otel_logs", &options(logs.clone(), is_full), 8).await;
        }
    }
}

#[tokio::test]
async fn spans_and_metrics_of_every_layout_are_not_read_whole() {
    for (layout, sorting, of_points, time) in [
        (
            "current",
            "ServiceName, SpanName, toDateTime(Timestamp)",
            "ServiceName, MetricName, toStartOfHour(TimeUnix), cityHash64(Attributes), TimeUnix",
            "DateTime",
        ),
        (
            "older",
            "ServiceName, SpanName, toUnixTimestamp(Timestamp), TraceId",
            "ServiceName, MetricName, Attributes, toUnixTimestamp64Nano(TimeUnix)",
            "DateTime64(9)",
        ),
    ] {
        let database = FIXTURE.database(&format!("pruning_spans_{layout}")).await;
        database.run("DROP TABLE kulprit_request_arrivals").await;
        database.run("DROP TABLE otel_traces_trace_id_ts_mv").await;
        database
            .run("RENAME TABLE otel_traces TO former_traces, otel_metrics_sum TO former_sum")
            .await;
        database
            .run(&format!(
                "CREATE TABLE otel_traces AS former_traces ENGINE = MergeTree PARTITION BY toDate(Timestamp) ORDER BY ({sorting}) SETTINGS index_granularity = 64"
            ))
            .await;
        database
            .run(&format!(
                "INSERT INTO otel_traces (Timestamp, ServiceName, SpanName, SpanKind, TraceId, SpanId) SELECT t, s, 'GET /', 'Server', toString(rand()), '1' FROM ({LINES})"
            ))
            .await;
        database
            .run(&format!(
                "CREATE TABLE otel_metrics_sum (ResourceAttributes Map(String, String), ScopeName String, ServiceName LowCardinality(String),
                 MetricName LowCardinality(String), MetricUnit String, Attributes Map(String, String), StartTimeUnix {time}, TimeUnix {time}, Value Float64,
                 AggregationTemporality Int32, IsMonotonic Bool)
                 ENGINE = MergeTree PARTITION BY toDate(TimeUnix) ORDER BY ({of_points}) SETTINGS index_granularity = 64"
            ))
            .await;
        database
            .run(&format!(
                "INSERT INTO otel_metrics_sum (TimeUnix, ServiceName, MetricName, Value) SELECT t, s, 's1', 1 FROM ({LINES})"
            ))
            .await;
        assert_pruned(&database, "otel_traces", &options(LogTable::default(), true), 8).await;
        assert_pruned(&database, "otel_metrics_sum", &options(LogTable::default(), true), 3).await;
    }
}
