//! Which column a key of a JSON object or a CSV header means.

use super::table::{ColumnType, Table};

/// Names that log libraries give the columns of `otel_logs`, the likeliest first; another table takes its own
/// column names only.
const LOG_ALIASES: &[(&str, &[&str])] = &[
    (
        "Timestamp",
        &[
            "timestamp",
            "@timestamp",
            "time",
            "ts",
            "datetime",
            "asctime",
            "@t",
            "eventTime",
            "__REALTIME_TIMESTAMP",
        ],
    ),
    (
        "Body",
        &[
            "body",
            "message",
            "msg",
            "log",
            "event",
            "text",
            "MESSAGE",
            "short_message",
            "@m",
            "@message",
        ],
    ),
    (
        "SeverityText",
        &[
            "severity_text",
            "severityText",
            "level",
            "severity",
            "lvl",
            "loglevel",
            "log.level",
            "levelname",
            "@l",
        ],
    ),
    ("SeverityNumber", &["severity_number", "severityNumber"]),
    (
        "ServiceName",
        &[
            "service.name",
            "service_name",
            "serviceName",
            "service",
            "app",
            "SYSLOG_IDENTIFIER",
        ],
    ),
    ("TraceId", &["trace_id", "traceId", "traceID", "traceid", "trace.id"]),
    ("SpanId", &["span_id", "spanId", "spanID", "spanid", "span.id"]),
    ("TraceFlags", &["trace_flags", "traceFlags"]),
    (
        "ResourceAttributes",
        &["resource_attributes", "resourceAttributes", "resource"],
    ),
    ("LogAttributes", &["attributes", "log_attributes", "logAttributes"]),
];

/// The column that a key means, by its place in the table, and how good the match is: 0 for the column's own name,
/// more for likelier to less likely aliases. Of two keys for one column, the better match is the column.
pub fn column_of(table: Table, key: &str) -> Option<(usize, usize)> {
    if let Some(index) = table.column_index(key) {
        return Some((index, 0));
    }
    if table != Table::OtelLogs {
        return None;
    }
    LOG_ALIASES.iter().find_map(|(column, aliases)| {
        let rank = aliases.iter().position(|alias| *alias == key)?;
        Some((table.column_index(column)?, rank + 1))
    })
}

/// For each column of the table, the field of `keys` that fills it, if any. A field goes by an alias only where
/// `suits` says that its value could be one: `"event": {…}` is an attribute, not the message.
pub fn assign(table: Table, keys: &[&str], suits: impl Fn(usize, ColumnType) -> bool) -> Vec<Option<usize>> {
    let mut best: Vec<Option<(usize, usize)>> = vec![None; table.columns().len()];
    for (field, key) in keys.iter().enumerate() {
        if let Some((column, rank)) = column_of(table, key) {
            let better = best[column].is_none_or(|(_, known)| rank < known);
            if better && (rank == 0 || suits(field, table.columns()[column].1)) {
                best[column] = Some((field, rank));
            }
        }
    }
    best.into_iter().map(|field| field.map(|(field, _)| field)).collect()
}

/// The table's column names, for messages.
pub fn known(table: Table) -> String {
    table
        .columns()
        .iter()
        .map(|(name, _)| *name)
        .collect::<Vec<_>>()
        .join(", ")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_columns_own_name_beats_an_alias() {
        let fields = assign(Table::OtelLogs, &["msg", "ts", "Body", "level"], |_, _| true);
        let field = |name| fields[Table::OtelLogs.column_index(name).unwrap()];
        assert_eq!(
            (field("Body"), field("Timestamp"), field("SeverityText")),
            (Some(2), Some(1), Some(3))
        );
    }

    #[test]
    fn other_tables_know_their_own_names_only() {
        assert_eq!(column_of(Table::OtelTraces, "trace_id"), None);
        assert!(column_of(Table::OtelTraces, "TraceId").is_some());
    }
}
