//! Whether ClickHouse runs the executable functions, and those of this version.

use clickhouse::Row;
use kulprit_divergence::{Score, scores};
use kulprit_patterns::shape::{shape_id, shape_text};
use serde::Deserialize;

use super::{Check, rows};
use crate::config::Config;
use crate::{Error, Result};
use kulprit_clickhouse::Client;
use kulprit_clickhouse::code;
use kulprit_clickhouse::{Options, Statement, Value};

/// Something of every kind that is masked, so that a change in any of the rules shows.
const MESSAGE: &str = "2026-01-31T10:05:00.123Z [worker-7] GET https://shop.example/cart/4711?user=ann@example.com from 10.0.0.7:5432 \
                       took 12.5ms id=6ba7b810-9dad-11d1-80b4-00c04fd430c8 0xdeadbeef /var/lib/x \"retry 3\" Smörgås\n\tat a.b.C(D.java:42)";
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

pub async fn check(client: &Client) -> [Check; 2] {
    [shapes(client).await, divergence(client).await]
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
        Err(error) => return failed(CHECK, &error, "log answers come from plain SQL"),
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
    if error.code() == Some(code::UNKNOWN_FUNCTION) {
        return Check::warning(check, format!("not there: {without}"), INSTALL);
    }
    Check::failed(check, error, INSTALL)
}
