//! What each SQL file promises: its text, its parameters, its columns.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use clickhouse::Row as _;
use kulprit::config::Config;
use kulprit::questions::log_changes::{PatternChange, columns};
use kulprit_clickhouse::{
    FILES, Header, LogTable, Options, Place, Selector, Statement, Value, names, placeholders, render_query,
};
use serde::Deserialize;

use crate::FIXTURE;
use kulprit_testing::statement;

const LONGEST_LINE: usize = 120;
/// Tables that Kulprit reads and does not make.
const FURTHER: [&str; 2] = ["otel_metrics_exponential_histogram", "otel_metrics_summary"];

/// Every structure that a query can take.
fn variants() -> Vec<Options> {
    let mut variants = Vec::new();
    for divergence in ["udf", "sql"] {
        for is_full in [false, true] {
            variants.push(Options {
                logs: LogTable::default(),
                divergence,
                scoped: is_full,
                filtered: is_full,
                median: is_full,
                sliced: is_full,
                uncounted: is_full,
                ignoring: is_full,
                cut: is_full,
                changes_columns: columns(),
                further_points: if is_full {
                    FURTHER.map(str::to_owned).to_vec()
                } else {
                    vec![]
                },
                traced: is_full,
                selector: is_full.then(|| Selector::route("/checkout/*")),
                selected: is_full,
                unsettled: divergence == "sql",
                place: Place {
                    authorized: is_full,
                    of_tenant: is_full,
                    ..Place::default()
                },
                sampled: is_full,
                ..Options::default()
            });
        }
    }
    variants
}

/// The files below `directory`, as paths from `root` without their ending.
fn collect(root: &Path, directory: &Path, found: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(root, &path, found);
        } else {
            let name = path.strip_prefix(root).unwrap().with_extension("");
            found.insert(name.display().to_string());
        }
    }
}

#[test]
fn every_file_is_registered() {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("sql");
    let mut found = BTreeSet::new();
    collect(&root, &root, &mut found);
    found.retain(|name| !name.starts_with("incidents/"));
    let registered: BTreeSet<String> = FILES.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(found, registered);
}

#[test]
fn no_line_of_sql_is_too_long_to_read() {
    for (name, text) in FILES {
        for (number, line) in (1..).zip(text.lines()) {
            assert!(line.chars().count() <= LONGEST_LINE, "{name}:{number}: {line}");
        }
    }
}

#[test]
fn every_parameter_and_column_has_a_meaning_of_its_own() {
    for name in names() {
        for options in variants() {
            let header = Header::parse(&render_query(name, &options).unwrap()).unwrap();
            let params = header.params.iter().map(|param| (&param.name, &param.meaning));
            let columns = header.columns.iter().map(|column| (&column.name, &column.meaning));
            for (described, meaning) in params.chain(columns) {
                let words = meaning
                    .split_whitespace()
                    .filter(|word| word.contains(char::is_alphabetic));
                assert!(words.count() >= 2, "{name} {described}: {meaning:?}");
            }
        }
    }
}

#[test]
fn the_list_of_statements_is_in_the_order_of_their_names() {
    let listed = Command::new(env!("CARGO_BIN_EXE_kulprit"))
        .args(["sql", "list"])
        .env_remove("KULPRIT_CONFIG")
        .output()
        .unwrap();
    let text = String::from_utf8(listed.stdout).unwrap();
    let found: Vec<&str> = text.lines().filter_map(|line| line.split_whitespace().next()).collect();
    let mut sorted: Vec<&str> = names().collect();
    sorted.sort_unstable();
    assert_eq!(found, sorted);
}

/// A column of the function is one of the answer's row, and the other way round.
#[test]
fn the_answers_columns_are_those_that_are_read() {
    let used_inside = ["shape_id", "samples"];
    let beside = ["pattern", "representative_logs", "name", "left_out"];
    let mut of_function: Vec<&str> = columns().iter().map(|column| column.name).collect();
    of_function.retain(|name| !used_inside.contains(name));
    let mut read: Vec<&str> = PatternChange::COLUMN_NAMES.to_vec();
    read.retain(|name| !beside.contains(name));
    assert_eq!(of_function, read);
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
    for table in [
        include_str!("../testdata/otel_metrics_exponential_histogram.sql"),
        include_str!("../testdata/otel_metrics_summary.sql"),
    ] {
        database.run(table).await;
    }
    // What stands in a session otherwise.
    let pages = render_query("sources/loki/begin", &Options::default()).unwrap();
    database.run(&pages.replace("OR REPLACE TEMPORARY ", "")).await;
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
                .map(|param| match param.name.as_str() {
                    "url" => (param.name, "http://127.0.0.1:9/".into()),
                    _ => (param.name, sample(&param.kind)),
                })
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
        kind if kind.starts_with("Array(Tuple(DateTime") => Value::Pairs(vec![(
            "2026-01-30 10:00:00".to_owned(),
            "2026-01-30 10:10:00".to_owned(),
        )]),
        kind if kind.starts_with("Array(String") => Value::Texts(vec!["x".to_owned()]),
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

/// Only a statement with something of a template in it: any other renders as its own source.
#[test]
fn the_rendered_text_is_as_recorded() {
    let golden = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let options = Options {
        logs: LogTable::default(),
        divergence: "udf",
        scoped: true,
        uncounted: true,
        ignoring: true,
        changes_columns: columns(),
        traced: true,
        ..Options::default()
    };
    let is_update = std::env::var_os("UPDATE_GOLDEN").is_some();
    let mut expected = BTreeSet::new();
    for name in names() {
        let text = render_query(name, &options).unwrap();
        let (_, source) = FILES.iter().find(|(known, _)| *known == name).unwrap();
        if !source.contains("{%") && !source.contains("{{") {
            assert_eq!(text, *source, "{name}");
            continue;
        }
        let file = format!("{}.sql", name.replace('/', "__"));
        let path = golden.join(&file);
        if is_update {
            std::fs::write(&path, &text).unwrap();
        }
        let recorded = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(
            recorded == text,
            "{name} is not as in {}: UPDATE_GOLDEN=1 cargo test records it anew",
            path.display()
        );
        expected.insert(file);
    }
    for entry in std::fs::read_dir(&golden).unwrap() {
        let path = entry.unwrap().path();
        let file = path.file_name().unwrap().to_str().unwrap();
        if is_update && !expected.contains(file) {
            std::fs::remove_file(&path).unwrap();
        } else {
            assert!(expected.contains(file), "{file} belongs to no templated statement");
        }
    }
}

#[tokio::test]
async fn each_rule_for_error_lines_finds_what_it_is_for_and_nothing_else() {
    let database = FIXTURE.empty_database("contract_rules").await;
    let asked = Statement::query("error_groups/rules", &Options::default(), [] as [(&str, Value); 0]).unwrap();
    let text = database.client.bytes(&asked, "JSONEachRow").await.unwrap();
    let rules: Vec<Rule> = std::str::from_utf8(&text)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(rules.len(), 13);
    for rule in rules {
        assert_eq!(rule.found, rule.expected, "{}", rule.rule);
        assert!(!rule.expected.is_empty() && !rule.other.is_empty(), "{}", rule.rule);
        assert_eq!(rule.found_in_other, "", "{} in {:?}", rule.rule, rule.other);
    }
}

#[derive(Deserialize)]
struct Rule {
    rule: String,
    expected: String,
    found: String,
    other: String,
    found_in_other: String,
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
