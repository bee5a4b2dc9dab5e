//! The tuples of `kulprit_changes`, read back by the declared list of columns.

use std::collections::HashMap;
use std::io::Read as _;

use kulprit_udf::functions::{Function, run_reporting};
use kulprit_udf::wire::{read_string, read_varint};
use kulprit_udf::{CHANGES_COLUMNS, Column};

use crate::cases;
use crate::chunks::{self, Counts};

#[derive(Debug, PartialEq)]
enum Value {
    UInt64(u64),
    Float64(f64),
    String(String),
    Strings(Vec<String>),
    UInt64s(Vec<u64>),
}

fn read_u64(input: &mut &[u8]) -> u64 {
    let mut bytes = [0; 8];
    input.read_exact(&mut bytes).unwrap();
    u64::from_le_bytes(bytes)
}

fn read_text(input: &mut &[u8]) -> String {
    let text = read_string(input, &mut Vec::new(), <[u8]>::to_vec).unwrap();
    String::from_utf8(text).unwrap()
}

fn read_value(input: &mut &[u8], column: &Column) -> Value {
    match column.kind {
        "UInt64" => Value::UInt64(read_u64(input)),
        "Float64" => Value::Float64(f64::from_bits(read_u64(input))),
        "String" => Value::String(read_text(input)),
        "Array(String)" => Value::Strings((0..read_varint(input).unwrap()).map(|_| read_text(input)).collect()),
        "Array(UInt64)" => Value::UInt64s((0..read_varint(input).unwrap()).map(|_| read_u64(input)).collect()),
        kind => panic!("{}: no reader for {kind}", column.name),
    }
}

/// The tuples of the answer for one row of `patterns`, each by the names of its columns.
fn tuples(patterns: &[Counts]) -> Vec<HashMap<&'static str, Value>> {
    answered(&chunks::row_binary_patterns(&[patterns.to_vec()]))
}

/// The tuples of the answer to a chunk of one row.
fn answered(chunk: &[u8]) -> Vec<HashMap<&'static str, Value>> {
    let mut output = Vec::new();
    run_reporting(Function::Changes, chunk, &mut output, std::io::sink()).unwrap();
    let mut input = &output[..];
    let read_tuple = |input: &mut &[u8]| {
        let values = CHANGES_COLUMNS
            .iter()
            .map(|column| (column.name, read_value(input, column)));
        values.collect()
    };
    let tuples = (0..read_varint(&mut input).unwrap())
        .map(|_| read_tuple(&mut input))
        .collect();
    assert!(input.is_empty(), "{} bytes follow the last tuple", input.len());
    tuples
}

#[test]
fn every_column_has_the_value_that_its_name_says() {
    // Service a: pattern 7 came up. Service b: pattern 8 went away.
    let tuples = tuples(&[
        (b'a', 6, 100, 100),
        (b'a', 7, 60, 20),
        (b'b', 8, 0, 40),
        (b'b', 9, 90, 90),
    ]);
    assert_eq!(tuples.len(), 4);
    let text = |text: &str| Value::String(text.to_owned());
    let gone = &tuples[0];
    for (name, expected) in [
        ("place", Value::UInt64(1)),
        ("service", text("b")),
        ("pattern_id", Value::UInt64(8)),
        ("shape_id", Value::UInt64(8)),
        ("samples", Value::Strings(vec!["m".to_owned()])),
        ("current_count", Value::UInt64(0)),
        ("baseline_count", Value::UInt64(40)),
        ("status", text("gone")),
        ("current_total", Value::UInt64(250)),
        ("baseline_total", Value::UInt64(250)),
        ("pattern_total", Value::UInt64(4)),
        ("baseline_totals", Value::UInt64s(vec![250])),
        ("kept_for", Value::UInt64(1)),
        ("service_lines", Value::UInt64s(vec![90, 130, 4 + 5, 5 + 5])),
        ("past_lines", Value::UInt64s(vec![9 + 3 + 4 + 5, 20])),
    ] {
        assert_eq!(gone[name], expected, "{name}");
    }
    let number = |tuple: &HashMap<&str, Value>, name: &str| match tuple[name] {
        Value::Float64(value) => value,
        ref other => panic!("{name}: {other:?}"),
    };
    let sum: f64 = tuples.iter().map(|tuple| number(tuple, "kl_contribution")).sum();
    assert!((sum - number(gone, "kl_total")).abs() < 1e-12);
    assert!(number(gone, "relative_change") < 0.0 && number(gone, "jensen_shannon") > 0.0);
    assert!(number(gone, "dispersion") >= 1.0 && number(gone, "p_value") <= number(gone, "q_value"));
    let strength = number(gone, "g2") / number(gone, "dispersion");
    assert!((number(gone, "strength") - strength).abs() < 1e-12);
    let places: Vec<_> = tuples.iter().map(|tuple| &tuple["place"]).collect();
    assert_eq!(places, [1, 2, 3, 4].map(Value::UInt64).iter().collect::<Vec<_>>());
}

#[test]
fn the_ranking_cases_hold_for_the_bytes_that_clickhouse_reads() {
    for case in cases::load_changes() {
        let tuples = answered(&chunks::row_binary_case(&case));
        let told = tuples.iter().map(|tuple| {
            let (Value::UInt64(id), Value::UInt64(kept_for)) = (&tuple["pattern_id"], &tuple["kept_for"]) else {
                panic!("{tuple:?}");
            };
            let Value::String(status) = &tuple["status"] else {
                panic!("{tuple:?}");
            };
            (case.patterns[*id as usize - 1].1.clone(), status.clone(), *kept_for)
        });
        cases::assert_changes(&case, &told.collect::<Vec<_>>());
    }
}

/// The shapes of a pattern are added up, whatever their order, and the one with the most lines stands for it.
#[test]
fn the_shapes_of_a_pattern_count_as_one() {
    let whole = answered(&chunks::row_binary_shapes(&[
        (b'a', 6, 6, 100, 100),
        (b'a', 7, 7, 60, 20),
        (b'b', 7, 7, 0, 40),
    ]));
    let split = chunks::row_binary_shapes(&[
        (b'a', 7, 71, 20, 5),
        (b'a', 6, 6, 100, 100),
        (b'a', 7, 7, 40, 15),
        (b'b', 7, 7, 0, 40),
    ]);
    let counts = |tuple: &HashMap<&'static str, Value>| {
        let told = [
            "service",
            "pattern_id",
            "shape_id",
            "current_count",
            "baseline_count",
            "g2",
            "status",
        ];
        told.map(|name| format!("{:?}", tuple[name]))
    };
    let split = answered(&split);
    assert_eq!(
        split.iter().map(counts).collect::<Vec<_>>(),
        whole.iter().map(counts).collect::<Vec<_>>()
    );
}
