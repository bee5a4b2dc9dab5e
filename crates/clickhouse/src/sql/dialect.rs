//! The forms in which a statement can be shown: with parameters, with the values written in, or with Grafana's macros.

use anyhow::{Result, bail};

use super::header::replace_placeholders;
use super::{Statement, Value, quote_literal};

/// The statement's text with each value as a typed literal. Errors: a placeholder without a value.
pub fn inline_text(statement: &Statement) -> Result<String> {
    rewrite(statement, |_| None)
}

/// The statement's text for a panel: the current window is the dashboard's time range, the baseline the same span before it.
pub fn grafana_text(statement: &Statement) -> Result<String> {
    rewrite(statement, |name| {
        Some(match name {
            "current_from" | "baseline_to" => "toDateTime64($__fromTime_ms, 9, 'UTC')",
            "current_to" => "toDateTime64($__toTime_ms, 9, 'UTC')",
            "baseline_from" => {
                "toDateTime64(fromUnixTimestamp64Milli(2 * toUnixTimestamp64Milli($__fromTime_ms) - toUnixTimestamp64Milli($__toTime_ms)), 9, 'UTC')"
            }
            _ => return None,
        })
    })
}

fn rewrite(statement: &Statement, special: impl Fn(&str) -> Option<&'static str>) -> Result<String> {
    let mut missing = Vec::new();
    let text = replace_placeholders(&statement.text, |name, kind| {
        if let Some(text) = special(name) {
            return text.to_owned();
        }
        match statement.params.iter().find(|(known, _)| *known == name) {
            Some((_, value)) => format!("CAST({}, {})", literal(value), quote_literal(kind)),
            None => {
                missing.push(format!("{name} ({kind})"));
                String::new()
            }
        }
    });
    if !missing.is_empty() {
        bail!(
            "{} needs a value for {}: give it with --param NAME=VALUE",
            statement.name,
            missing.join(", ")
        );
    }
    Ok(text)
}

fn literal(value: &Value) -> String {
    let list = |items: Vec<String>| format!("[{}]", items.join(", "));
    match value {
        Value::Bool(value) => value.to_string(),
        Value::Int(value) => value.to_string(),
        Value::UInt(value) => value.to_string(),
        Value::Float(value) => value.to_string(),
        Value::Text(value) => quote_literal(value),
        Value::Texts(values) => list(values.iter().map(|value| quote_literal(value)).collect()),
        Value::UInts(values) => list(values.iter().map(u64::to_string).collect()),
        Value::Floats(values) => list(values.iter().map(f64::to_string).collect()),
        Value::Pairs(pairs) => list(
            pairs
                .iter()
                .map(|(left, right)| format!("({}, {})", quote_literal(left), quote_literal(right)))
                .collect(),
        ),
    }
}
