//! The forms in which a statement can be shown: with parameters, with the values written in, or with Grafana's macros.

use anyhow::{Result, bail};

use super::header::replace_placeholders;
use super::parameter::HIDDEN;
use super::{Statement, Value, quote_literal};

/// The statement's text with each value as a typed literal. Errors: a placeholder without a value.
pub fn inline_text(statement: &Statement) -> Result<String> {
    rewrite(statement, |_, _| None)
}

/// The statement's text for a panel: its window is the dashboard's time range, the baseline the same span before it, the history three
/// hours before it. Every time without a value of its own follows the dashboard.
pub fn grafana_text(statement: &Statement) -> Result<String> {
    rewrite(statement, |name, kind| {
        let is_given = statement.params.iter().any(|(known, _)| known == name);
        let of_window = matches!(
            name,
            "current_from" | "current_to" | "baseline_from" | "baseline_to" | "from" | "to" | "history_from"
        );
        if !kind.starts_with("DateTime") || (is_given && !of_window) {
            return None;
        }
        let time = match name {
            "current_to" | "to" | "until" | "at" => "$__toTime_ms",
            "baseline_from" => {
                "fromUnixTimestamp64Milli(2 * toUnixTimestamp64Milli($__fromTime_ms) - toUnixTimestamp64Milli($__toTime_ms))"
            }
            "history_from" => "$__fromTime_ms - toIntervalHour(3)",
            // Nothing is rolled up: the log table answers for all.
            "covered_from" => "toDateTime64('2100-01-01 00:00:00', 3, 'UTC')",
            // A ten-minute bucket.
            "bucket" => "toStartOfTenMinutes($__fromTime_ms)",
            _ => "$__fromTime_ms",
        };
        Some(match kind.starts_with("DateTime64") {
            true => format!("toDateTime64({time}, 9, 'UTC')"),
            false => format!("toDateTime({time}, 'UTC')"),
        })
    })
}

fn rewrite(statement: &Statement, special: impl Fn(&str, &str) -> Option<String>) -> Result<String> {
    let mut missing = Vec::new();
    let text = replace_placeholders(&statement.text, |name, kind| {
        if let Some(text) = special(name, kind) {
            return text;
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
        Value::Secret(_) => quote_literal(HIDDEN),
        Value::Pairs(pairs) => list(
            pairs
                .iter()
                .map(|(left, right)| format!("({}, {})", quote_literal(left), quote_literal(right)))
                .collect(),
        ),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::{Header, Options, names};

    #[test]
    fn every_statement_with_a_time_follows_the_dashboard() {
        for name in names() {
            let options = Options {
                divergence: "udf",
                ..Options::default()
            };
            let mut statement = Statement::query(name, &options, [] as [(&str, Value); 0]).unwrap();
            let params = Header::parse(&statement.text).unwrap().params;
            let (times, others): (Vec<_>, Vec<_>) = params.iter().partition(|param| param.kind.starts_with("DateTime"));
            statement.params = others
                .iter()
                .map(|param| (param.name.clone(), Value::UInt(1)))
                .collect();
            let text = grafana_text(&statement).unwrap_or_else(|error| panic!("{name}: {error}"));
            let follows = text.contains("$__fromTime_ms") || text.contains("$__toTime_ms");
            let has_window = times.iter().any(|param| param.name != "covered_from");
            assert_eq!(follows, has_window, "{name}: {text}");
        }
    }
}
