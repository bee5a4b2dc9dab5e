//! Where the numbers come from, so that a reader can check them.

use serde_json::Value;

use super::list;
use super::text::{clock, excerpt, plain, table, time, unknown_as};
use kulprit_incidents::Exported;

/// Letters of a statement's parameters.
const PARAMETERS: usize = 300;

pub(super) fn provenance(file: &Exported) -> String {
    let versions = &file.snapshot["versions"];
    let known = |value: &Value| unknown_as("unknown", value.as_str().unwrap_or_default());
    let mut out = format!(
        "Frozen {} (UTC) by Kulprit {} from ClickHouse {}; digest of the snapshot `{}`.\n",
        time(&file.snapshot["taken_at"]).map_or_else(|| "at an unknown time".to_owned(), clock),
        known(&versions["kulprit"]),
        known(&versions["clickhouse"]),
        file.digest,
    );
    let mut rows = Vec::new();
    for part in list(&file.snapshot, "parts") {
        for (line, statement) in list(part, "sql").enumerate() {
            let name = excerpt(&part["name"], 80);
            rows.push(vec![
                if line == 0 { name } else { String::new() },
                excerpt(&statement["name"], 80),
                parameters(statement),
            ]);
        }
    }
    if !rows.is_empty() {
        out.push_str(&format!("\n{}", table(&["part", "statement", "parameters"], &rows)));
        out.push_str(&format!(
            "\nThe texts of the statements, as they were sent: `kulprit incidents export {} --format json`, `snapshot.parts[].sql[].text`.\n",
            plain(&file.incident.id)
        ));
    }
    out
}

fn parameters(statement: &Value) -> String {
    let params: Vec<_> = list(statement, "params")
        .map(|param| format!("{} = {}", param["name"].as_str().unwrap_or_default(), param["value"]))
        .collect();
    excerpt(&Value::from(params.join(", ")), PARAMETERS)
}
