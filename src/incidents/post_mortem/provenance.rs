//! Where the numbers come from, so that a reader can check them.

use super::text::{clock, excerpt, plain, table, unknown_as};
use crate::incidents::Frozen;
use crate::incidents::document::AskedStatement;
use kulprit_incidents::Exported;

/// Letters of a statement's parameters.
const PARAMETERS: usize = 300;

pub(super) fn provenance(file: &Exported, frozen: &Frozen) -> String {
    let versions = &frozen.versions;
    let mut out = format!(
        "Frozen {} (UTC) by Kulprit {} from ClickHouse {}; digest of the snapshot `{}`.\n",
        frozen.taken_at.map_or_else(|| "at an unknown time".to_owned(), clock),
        unknown_as("unknown", &versions.kulprit),
        versions
            .clickhouse
            .as_deref()
            .map_or_else(|| "unknown".to_owned(), plain),
        file.digest,
    );
    let mut rows = Vec::new();
    for part in &frozen.parts {
        for (line, statement) in part.sql.iter().enumerate() {
            rows.push(vec![
                if line == 0 {
                    excerpt(&part.name, 80)
                } else {
                    String::new()
                },
                excerpt(&statement.name, 80),
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

fn parameters(statement: &AskedStatement) -> String {
    let params = statement.params.iter();
    let params: Vec<_> = params
        .map(|param| format!("{} = {}", param.name, param.value))
        .collect();
    excerpt(&params.join(", "), PARAMETERS)
}
