//! Log tables of well-known makes, and how each is named in `[logs]`.

use clickhouse::Row;
use serde::Deserialize;

use super::rows;
use crate::Result;
use crate::config::Config;
use kulprit_clickhouse::{Client, LogTable};

/// A table as the server has it.
#[derive(Debug, Row, Deserialize)]
pub struct Seen {
    database: String,
    table: String,
    columns: Vec<String>,
}

struct Make {
    name: &'static str,
    /// Columns by which it is recognised; all must be there.
    marks: &'static [&'static str],
    /// The keys of `[logs]`, without the table.
    keys: &'static [(&'static str, &'static str)],
}

/// The first that fits is taken.
const MAKES: &[Make] = &[
    Make {
        name: "SigNoz",
        marks: &[
            "ts_bucket_start",
            "timestamp",
            "body",
            "resources_string",
            "attributes_string",
        ],
        keys: &[
            ("timestamp", "timestamp"),
            ("timestamp_unit", "ns"),
            ("time_bucket", "ts_bucket_start"),
            ("service", "resources_string['service.name']"),
            ("body", "body"),
            ("severity", "severity_text"),
            ("trace_id", "trace_id"),
            ("resource_attributes", "resources_string"),
            (
                "log_attributes",
                "attributes_string, attributes_number, attributes_bool",
            ),
        ],
    },
    Make {
        name: "Uptrace",
        marks: &["project_id", "time", "service_name", "log_message", "log_severity"],
        keys: &[
            ("timestamp", "time"),
            ("service", "service_name"),
            ("body", "log_message"),
            ("severity", "log_severity"),
            ("trace_id", "trace_id"),
            ("resource_attributes", ""),
            ("log_attributes", ""),
        ],
    },
    Make {
        name: "ClickStack (HyperDX)",
        marks: &[
            "Timestamp",
            "ServiceName",
            "Body",
            "__hdx_materialized_k8s.cluster.name",
        ],
        keys: &[],
    },
    Make {
        name: "the OpenTelemetry exporter or Coroot",
        marks: &["Timestamp", "ServiceName", "Body", "SeverityText"],
        keys: &[],
    },
    Make {
        name: "Vector, with a service",
        marks: &["timestamp", "message", "service"],
        keys: VECTOR_SERVICE,
    },
    Make {
        name: "Vector, with Kubernetes",
        marks: &["timestamp", "message", "kubernetes.container_name"],
        keys: VECTOR_KUBERNETES,
    },
    Make {
        name: "Vector, with hosts",
        marks: &["timestamp", "message", "host"],
        keys: VECTOR_HOST,
    },
];

macro_rules! vector {
    ($service:literal) => {
        &[
            ("timestamp", "timestamp"),
            ("service", $service),
            ("body", "message"),
            ("severity", ""),
            ("trace_id", ""),
            ("resource_attributes", ""),
            ("log_attributes", ""),
        ]
    };
}
const VECTOR_SERVICE: &[(&str, &str)] = vector!("service");
const VECTOR_KUBERNETES: &[(&str, &str)] = vector!("kubernetes.container_name");
const VECTOR_HOST: &[(&str, &str)] = vector!("host");

/// Columns that a make may have and that then are of use, where its mapping has none: the key and the names, the first that is there.
const USUAL: &[(&str, &[&str])] = &[
    ("severity", &["severity", "level", "log_level"]),
    ("trace_id", &["trace_id", "traceId"]),
    ("log_attributes", &["attributes", "fields", "labels"]),
];

/// The tables of known makes that are there.
pub async fn seen(config: &Config, client: &Client) -> Result<Vec<Seen>> {
    rows(config, client, "doctor/log_tables", vec![]).await
}

/// The `[logs]` of each table of a known make, but of the one that is configured as it should be.
pub fn suggestions(seen: &[Seen], current_database: &str, configured: &LogTable) -> Vec<String> {
    let mut suggestions = Vec::new();
    for table in seen {
        let has = |column: &&str| table.columns.iter().any(|found| found == column);
        let Some(make) = MAKES.iter().find(|make| make.marks.iter().all(has)) else {
            continue;
        };
        let keys = keys(make, table, current_database);
        if !is_configured(&keys, configured) {
            suggestions.push(text(make, &keys));
        }
    }
    suggestions
}

fn keys(make: &Make, table: &Seen, current_database: &str) -> Vec<(&'static str, String)> {
    let has = |column: &str| table.columns.iter().any(|found| found == column);
    let mut keys = vec![("table", place(table, current_database))];
    for (key, column) in make.keys {
        let usual = USUAL
            .iter()
            .find(|(known, _)| known == key && column.is_empty())
            .and_then(|(_, names)| names.iter().find(|name| has(name)));
        // Of several columns, those that are there.
        let there: Vec<&str> = column
            .split(", ")
            .filter(|column| column.contains('[') || has(column))
            .collect();
        let value = match key {
            &"timestamp_unit" => (*column).to_owned(),
            _ => usual.map_or_else(|| there.join(", "), |name| (*name).to_owned()),
        };
        keys.push((*key, value));
    }
    keys
}

fn place(table: &Seen, current_database: &str) -> String {
    let quoted = |name: &str| {
        let is_plain = name
            .chars()
            .all(|letter| letter.is_ascii_alphanumeric() || letter == '_');
        if is_plain { name.to_owned() } else { format!("`{name}`") }
    };
    if table.database == current_database {
        return quoted(&table.table);
    }
    format!("{}.{}", quoted(&table.database), quoted(&table.table))
}

fn is_configured(keys: &[(&str, String)], logs: &LogTable) -> bool {
    keys.iter().all(|(key, value)| {
        let configured = match *key {
            "table" => &logs.table,
            "timestamp" => &logs.timestamp,
            "timestamp_unit" => &logs.timestamp_unit,
            "time_bucket" => &logs.time_bucket,
            "service" => &logs.service,
            "body" => &logs.body,
            "severity" => &logs.severity,
            "trace_id" => &logs.trace_id,
            "resource_attributes" => &logs.resource_attributes,
            _ => &logs.log_attributes,
        };
        configured == value
    })
}

fn text(make: &Make, keys: &[(&str, String)]) -> String {
    let lines = keys.iter().map(|(key, value)| format!("{key} = \"{value}\""));
    format!(
        "a log table of {}: [logs] {}",
        make.name,
        lines.collect::<Vec<_>>().join("; ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(database: &str, table: &str, columns: &[&str]) -> Seen {
        Seen {
            database: database.to_owned(),
            table: table.to_owned(),
            columns: columns.iter().map(|column| (*column).to_owned()).collect(),
        }
    }

    #[test]
    fn each_make_is_recognised_and_named_with_what_to_write() {
        let signoz = [
            "ts_bucket_start",
            "timestamp",
            "body",
            "severity_text",
            "trace_id",
            "resources_string",
            "attributes_string",
        ];
        for (table, expected) in [
            (
                seen("signoz_logs", "logs_v2", &signoz),
                [
                    "SigNoz",
                    "service = \"resources_string['service.name']\"",
                    "time_bucket = \"ts_bucket_start\"",
                ],
            ),
            (
                seen(
                    "uptrace",
                    "logs_index",
                    &[
                        "project_id",
                        "time",
                        "service_name",
                        "log_message",
                        "log_severity",
                        "trace_id",
                    ],
                ),
                ["Uptrace", "table = \"uptrace.logs_index\"", "body = \"log_message\""],
            ),
            (
                seen("default", "app-logs", &["timestamp", "message", "host", "level"]),
                ["Vector", "table = \"`app-logs`\"", "severity = \"level\""],
            ),
            (
                seen(
                    "coroot",
                    "otel_logs",
                    &["Timestamp", "ServiceName", "Body", "SeverityText"],
                ),
                ["Coroot", "table = \"coroot.otel_logs\"", "[logs]"],
            ),
        ] {
            let found = suggestions(&[table], "default", &LogTable::default()).concat();
            for words in expected {
                assert!(found.contains(words), "{words} is not in {found}");
            }
        }
        let own = seen(
            "default",
            "otel_logs",
            &["Timestamp", "ServiceName", "Body", "SeverityText"],
        );
        assert!(suggestions(&[own], "default", &LogTable::default()).is_empty());
    }
}
