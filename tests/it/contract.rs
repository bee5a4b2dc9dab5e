//! What each SQL file promises: its text, its parameters, its columns.

use std::collections::BTreeSet;
use std::path::PathBuf;

use kulprit::config::Config;
use kulprit_clickhouse::{FILES, Header, LogTable, Options, Value, names, placeholders, render_query};

use crate::FIXTURE;
use kulprit_testing::statement;

/// A table that Kulprit reads and does not make.
const EXPONENTIAL: &str = "otel_metrics_exponential_histogram";

/// Every structure that a query can take.
fn variants() -> Vec<Options> {
    let mut variants = Vec::new();
    for divergence in ["udf", "sql"] {
        for (scoped, filtered, more_baselines) in
            [(false, false, vec![]), (true, true, vec![]), (true, false, vec![2, 3])]
        {
            variants.push(Options {
                logs: LogTable::default(),
                divergence,
                scoped,
                filtered,
                more_baselines,
                exponential: if scoped { vec![EXPONENTIAL.to_owned()] } else { vec![] },
                traced: scoped,
            });
        }
    }
    variants
}

#[test]
fn every_file_is_registered() {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("sql");
    let mut found = BTreeSet::new();
    for room in std::fs::read_dir(&root).unwrap() {
        for file in std::fs::read_dir(room.unwrap().path()).unwrap() {
            let path = file.unwrap().path();
            found.insert(
                path.strip_prefix(&root)
                    .unwrap()
                    .with_extension("")
                    .display()
                    .to_string(),
            );
        }
    }
    let registered: BTreeSet<String> = FILES
        .iter()
        .map(|(name, _)| (*name).to_owned())
        .filter(|name| root.join(format!("{name}.sql")).exists())
        .collect();
    let found: BTreeSet<String> = found
        .into_iter()
        .filter(|name| !name.starts_with("incidents/"))
        .collect();
    assert_eq!(found, registered);
}

#[test]
fn a_headers_parameters_are_the_placeholders_of_the_text() {
    for name in names() {
        for options in variants() {
            let text = render_query(name, &options).unwrap();
            let header = Header::parse(&text).unwrap();
            let declared: BTreeSet<_> = header
                .params
                .iter()
                .map(|param| (param.name.clone(), param.kind.clone()))
                .collect();
            let used: BTreeSet<_> = placeholders(&text)
                .into_iter()
                .map(|param| (param.name, param.kind))
                .collect();
            assert_eq!(declared, used, "{name}");
            assert!(header.params.iter().all(|param| !param.meaning.is_empty()), "{name}");
        }
    }
}

#[tokio::test]
async fn the_declared_columns_are_what_clickhouse_returns() {
    let database = FIXTURE.database("contract_columns").await;
    database
        .run(include_str!("../testdata/otel_metrics_exponential_histogram.sql"))
        .await;
    for name in names() {
        for options in variants() {
            let text = render_query(name, &options).unwrap();
            let header = Header::parse(&text).unwrap();
            if header.columns.is_empty() {
                continue;
            }
            let mut described = statement(&format!("DESCRIBE ({text}) SETTINGS print_pretty_type_names = 0"));
            described.params = placeholders(&text)
                .into_iter()
                .map(|param| (param.name, sample(&param.kind)))
                .collect();
            let rows = database
                .client
                .bytes(&described, "TSVRaw")
                .await
                .unwrap_or_else(|error| panic!("{name}: {error}"));
            let returned: Vec<String> = std::str::from_utf8(&rows)
                .unwrap()
                .lines()
                .map(|line| line.split('\t').take(2).collect::<Vec<_>>().join(" "))
                .collect();
            let declared: Vec<String> = header
                .columns
                .iter()
                .map(|column| format!("{} {}", column.name, column.kind))
                .collect();
            assert_eq!(declared, returned, "{name}");
        }
    }
}

fn sample(kind: &str) -> Value {
    match kind {
        kind if kind.starts_with("Array(String") => Value::Texts(vec![]),
        kind if kind.starts_with("Array(UInt") => Value::UInts(vec![1]),
        kind if kind.starts_with("Array(Float") => Value::Floats(vec![1.0]),
        kind if kind.starts_with("DateTime64") => "2026-01-31 10:00:00.000000000".into(),
        kind if kind.starts_with("DateTime") => "2026-01-31 10:00:00".into(),
        "Bool" => Value::Bool(false),
        kind if kind.starts_with("UInt") || kind.starts_with("Int") => Value::UInt(1),
        kind if kind.starts_with("Float") => Value::Float(0.5),
        "String" => "x".into(),
        other => panic!("no sample for {other}"),
    }
}

#[test]
fn the_rendered_text_is_as_recorded() {
    let golden = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let usual = names().map(|name| (name, "", vec![]));
    let median = names().filter(|name| name.starts_with("log_changes/pattern_changes"));
    for (name, end, more_baselines) in usual.chain(median.map(|name| (name, ".median", vec![2, 3]))) {
        let options = Options {
            logs: LogTable::default(),
            divergence: "udf",
            scoped: true,
            more_baselines,
            traced: true,
            ..Options::default()
        };
        let text = render_query(name, &options).unwrap();
        let path = golden.join(format!("{}{end}.sql", name.replace('/', "__")));
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            std::fs::write(&path, &text).unwrap();
        }
        let recorded = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(
            recorded == text,
            "{name} is not as in {}: UPDATE_GOLDEN=1 cargo test records it anew",
            path.display()
        );
    }
}

#[test]
fn a_log_tables_hostile_name_is_refused() {
    for table in ["otel_logs`; DROP TABLE x", "a'b", "", "a\nb", "a..b", "x)"] {
        let logs = LogTable {
            table: table.to_owned(),
            ..LogTable::default()
        };
        assert!(
            render_query(
                "log_changes/pattern_changes",
                &Options {
                    logs,
                    divergence: "udf",
                    ..Options::default()
                }
            )
            .is_err(),
            "{table:?}"
        );
    }
}

#[tokio::test]
async fn the_schema_can_be_applied_again_and_reports_what_differs() {
    let database = FIXTURE.empty_database("schema_twice").await;
    database
        .run("CREATE TABLE otel_traces (Timestamp DateTime, TraceId FixedString(32)) ENGINE = MergeTree ORDER BY TraceId")
        .await;
    let config = Config::default();
    // The view that fills the trace index still fits the owner's table.
    let differences = kulprit::setup::apply(&config, &database.client).await.unwrap();
    assert_eq!(differences.len(), 1);
    assert_eq!(differences[0].table, "otel_traces");
    assert!(
        differences[0]
            .columns
            .iter()
            .any(|column| column == "TraceId is FixedString(32), not String"),
        "{differences:?}"
    );
    // Coarser times are read all the same.
    let is_named = differences[0]
        .columns
        .iter()
        .any(|column| column.starts_with("Timestamp"));
    assert!(!is_named, "{differences:?}");
    assert!(
        differences[0]
            .columns
            .iter()
            .any(|column| column.starts_with("Duration")),
        "{differences:?}"
    );
    assert_eq!(
        kulprit::setup::apply(&config, &database.client).await.unwrap(),
        differences
    );
    let columns = database
        .lines(
            "SELECT name FROM system.columns WHERE database = 'schema_twice' AND table = 'otel_traces' ORDER BY name",
        )
        .await;
    assert_eq!(columns, ["Timestamp", "TraceId"], "the owner's table stays as it is");
}
