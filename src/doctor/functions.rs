//! Whether ClickHouse runs the executable functions that the statements call, and those of this version.

use std::collections::BTreeSet;

use clickhouse::Row;
use kulprit_divergence::{Pattern, Score, rank, scores};
use kulprit_patterns::shape::{shape_id, shape_text};
use kulprit_udf::Function;
use serde::Deserialize;

use super::{Check, rows};
use crate::config::Config;
use crate::questions::log_changes::columns;
use crate::{Error, Result};
use kulprit_clickhouse::{Client, Header, Options, Statement, Value, code, names, render_query};

/// Something of every kind that is masked, so that a change in any of the rules shows.
const MESSAGE: &str = "2026-01-31T10:05:00.123Z [worker-7] GET https://shop.example/cart/4711?user=ann@example.com from 10.0.0.7:5432 \
                       took 12.5ms id=6ba7b810-9dad-11d1-80b4-00c04fd430c8 0xdeadbeef /var/lib/x \"retry 3\" HTTP/1.1 502 exit code 137 Smörgås\n\tat a.b.C(D.java:42)";
const CURRENT: [u64; 4] = [0, 3, 40, 500];
const BASELINE: [u64; 4] = [7, 0, 41, 450];
const INSTALL: &str = "run `kulprit udf install` on the server, then SYSTEM RELOAD FUNCTIONS";

#[derive(Row, Deserialize)]
struct Shape {
    shape: u64,
    text: String,
}

#[derive(Deserialize)]
struct Scores {
    scores: Vec<Named>,
}

/// The function's tuple, as JSON has it.
#[derive(Debug, Deserialize)]
struct Named {
    kl: f64,
    relative_change: f64,
    g2: f64,
    p_value: f64,
    q_value: f64,
}

/// Patterns of two services, one of each status: service, id, lines in the current window, lines in the baseline.
const PATTERNS: [(&str, u64, u64, u64); 6] = [
    ("cart", 1, 400, 90),
    ("cart", 2, 0, 80),
    ("cart", 3, 500, 510),
    ("shop", 4, 70, 0),
    ("shop", 5, 20, 300),
    ("shop", 6, 3, 1),
];

#[derive(Row, Deserialize)]
struct Version {
    name: String,
    version: u64,
}

#[derive(Debug, Row, Deserialize)]
struct Changed {
    pattern_id: u64,
    status: String,
    kl_contribution: f64,
    g2: f64,
    strength: f64,
    q_value: f64,
}

impl Changed {
    fn is(&self, other: &Self) -> bool {
        let numbers = |row: &Self| [row.kl_contribution, row.g2, row.strength, row.q_value];
        (self.pattern_id, &self.status) == (other.pattern_id, &other.status)
            && numbers(self)
                .iter()
                .zip(numbers(other))
                .all(|(a, b)| (a - b).abs() <= 1e-9)
    }
}

pub async fn check(client: &Client) -> [Check; 4] {
    [
        shapes(client).await,
        changes(client).await,
        divergence(client).await,
        versions(client).await,
    ]
}

/// The functions that some statement calls, in the order of their names.
fn called() -> Vec<Function> {
    let options = Options {
        changes_columns: columns(),
        divergence: "udf",
        ..Options::default()
    };
    let texts = names().filter_map(|name| render_query(name, &options).ok());
    let headers = texts.filter_map(|text| Header::parse(&text).ok());
    let calls: BTreeSet<String> = headers.flat_map(|header| header.calls).collect();
    let mut called: Vec<Function> = Function::ALL
        .into_iter()
        .filter(|function| calls.contains(function.sql_name()))
        .collect();
    called.sort_by_key(|function| function.sql_name());
    called
}

/// The executable tells its versions, so this works whatever else is wrong with a function.
async fn versions(client: &Client) -> Check {
    const CHECK: &str = "function versions";
    let called = called();
    let names: Vec<String> = called.iter().map(|function| function.sql_name().to_owned()).collect();
    let answer = match rows::<Version>(
        &Config::default(),
        client,
        "doctor/versions",
        vec![("names", names.into())],
    )
    .await
    {
        Ok(answer) => answer,
        Err(error) if error.code() == Some(code::UNKNOWN_FUNCTION) => {
            return Check::warning(
                CHECK,
                "kulprit_version is not there: the server has no functions of Kulprit's, or those of an older version",
                INSTALL,
            );
        }
        Err(error) => return failed(CHECK, &error, ""),
    };
    let found = |function: &Function| {
        answer
            .iter()
            .find(|row| row.name == function.sql_name())
            .map_or(0, |row| row.version)
    };
    let others: Vec<String> = called
        .iter()
        .filter(|function| found(function) != function.version())
        .map(|function| match found(function) {
            0 => format!("{} is not in the server's executable", function.sql_name()),
            version => format!(
                "{} is version {version} on the server and {} here",
                function.sql_name(),
                function.version()
            ),
        })
        .collect();
    if others.is_empty() {
        let all: Vec<&str> = called.iter().map(|function| function.sql_name()).collect();
        return Check::ok(CHECK, format!("the same on the server: {}", all.join(", ")));
    }
    Check::problem(CHECK, others.join("; "), INSTALL)
}

async fn changes(client: &Client) -> Check {
    const CHECK: &str = "changes function";
    let params = vec![
        ("services", PATTERNS.map(|pattern| pattern.0.to_owned()).to_vec().into()),
        ("pattern_ids", Value::UInts(PATTERNS.map(|pattern| pattern.1).to_vec())),
        ("current", Value::UInts(PATTERNS.map(|pattern| pattern.2).to_vec())),
        ("baseline", Value::UInts(PATTERNS.map(|pattern| pattern.3).to_vec())),
    ];
    let answer = match rows::<Changed>(&Config::default(), client, "doctor/changes", params).await {
        Ok(answer) => answer,
        Err(error) => return failed(CHECK, &error, "log answers come from plain SQL over the raw rows"),
    };
    let expected = expected_changes();
    let is_same =
        answer.len() == expected.len() && answer.iter().zip(&expected).all(|(found, expected)| found.is(expected));
    if is_same {
        return Check::ok(CHECK, "kulprit_changes is this version's");
    }
    Check::problem(
        CHECK,
        format!("the server's executable is another version's: it makes {answer:?} where this one makes {expected:?}"),
        INSTALL,
    )
}

fn expected_changes() -> Vec<Changed> {
    let patterns = PATTERNS.map(|(service, _, current, baseline)| Pattern {
        service: service.as_bytes().to_vec(),
        current,
        baselines: vec![baseline],
        past: vec![baseline],
    });
    let ids = PATTERNS.map(|pattern| pattern.1);
    let ranking = rank(&patterns, &ids, (60.0, 60.0));
    let ranked = ranking.ranked.iter();
    ranked
        .map(|ranked| Changed {
            pattern_id: ids[ranked.index],
            status: ranked.status.to_owned(),
            kl_contribution: ranked.change.kl,
            g2: ranked.change.g2,
            strength: ranked.change.strength,
            q_value: ranked.change.q_value,
        })
        .collect()
}

async fn shapes(client: &Client) -> Check {
    const CHECK: &str = "shape functions";
    let params = vec![("message", MESSAGE.into())];
    let answer = match rows::<Shape>(&Config::default(), client, "doctor/shapes", params).await {
        Ok(answer) => answer,
        Err(error) => return failed(CHECK, &error, "patterns are masked by plain SQL"),
    };
    let mut text = Vec::new();
    shape_text(MESSAGE.as_bytes(), &mut text);
    let (shape, text) = (shape_id(MESSAGE.as_bytes()), String::from_utf8_lossy(&text));
    match answer.first() {
        Some(row) if row.shape == shape && row.text == text => {
            Check::ok(CHECK, "kulprit_shape and kulprit_shape_text are this version's")
        }
        Some(row) => Check::problem(
            CHECK,
            format!(
                "the server's executable is another version's: it makes {:?} where this one makes {text:?}",
                row.text
            ),
            format!("{INSTALL}; shapes that are rolled up already keep their old ids"),
        ),
        None => Check::problem(CHECK, "the functions answered nothing", INSTALL),
    }
}

async fn divergence(client: &Client) -> Check {
    const CHECK: &str = "divergence function";
    let answer = match server_scores(client).await {
        Ok(answer) => answer,
        Err(error) => return failed(CHECK, &error, "log_changes/divergence_of_arrays cannot run"),
    };
    let expected: Vec<[f64; 5]> =
        scores(&CURRENT, &BASELINE).map_or_else(|_| vec![], |scores| scores.iter().map(Score::columns).collect());
    let is_same = answer.len() == expected.len()
        && answer.iter().zip(&expected).all(|(found, expected)| {
            let found = [found.kl, found.relative_change, found.g2, found.p_value, found.q_value];
            found.iter().zip(expected).all(|(a, b)| (a - b).abs() <= 1e-9)
        });
    if is_same {
        return Check::ok(CHECK, "kulprit_divergence is this version's");
    }
    Check::problem(
        CHECK,
        format!("the server's executable is another version's: it makes {answer:?} where this one makes {expected:?}"),
        INSTALL,
    )
}

/// As JSON: the client's binary format has no names inside a tuple.
async fn server_scores(client: &Client) -> Result<Vec<Named>> {
    let params = [
        ("current", Value::UInts(CURRENT.to_vec())),
        ("baseline", Value::UInts(BASELINE.to_vec())),
    ];
    let statement = Statement::query("log_changes/divergence_of_arrays", &Options::default(), params)?;
    let answer = client.bytes(&statement, "JSONEachRow").await?;
    let scores: Scores = serde_json::from_slice(&answer)
        .map_err(|error| Error::internal(format_args!("kulprit_divergence answers what cannot be read: {error}")))?;
    Ok(scores.scores)
}

fn failed(check: &'static str, error: &Error, without: &str) -> Check {
    match error.code() {
        Some(code::UNKNOWN_FUNCTION) => Check::warning(check, format!("not there: {without}"), INSTALL),
        // Another number of arguments, other types, or another result than this version's.
        Some(
            code::NUMBER_OF_ARGUMENTS_DOESNT_MATCH
            | code::ILLEGAL_TYPE_OF_ARGUMENT
            | code::UNKNOWN_IDENTIFIER
            | code::NOT_FOUND_COLUMN_IN_BLOCK,
        ) => Check::problem(
            check,
            format!("the server's functions file is another version's ({error}): {without}"),
            INSTALL,
        ),
        _ => Check::failed(check, error, INSTALL),
    }
}
