//! What the connected user may do, against what each way of using Kulprit needs. The needs stand in `sql/doctor/may_*.sql`.

use super::{Check, Verdict};
use crate::Result;
use crate::config::Config;
use kulprit_clickhouse::Client;
use kulprit_clickhouse::{Options, Statement};

struct Mode {
    check: &'static str,
    query: &'static str,
    /// What the user may do with the privileges.
    means: &'static str,
    /// What becomes of Kulprit without them.
    without: &'static str,
    verdict: Verdict,
}

const MODES: [Mode; 5] = [
    Mode {
        check: "may read logs",
        query: "doctor/may_answer_from_logs",
        means: "answer from the log table",
        without: "no answer can be given",
        verdict: Verdict::Problem,
    },
    Mode {
        check: "may read rollup",
        query: "doctor/may_answer_from_rollup",
        means: "answer from the rollup",
        without: "answers come from the log table by plain SQL",
        verdict: Verdict::Warning,
    },
    Mode {
        check: "may read telemetry",
        query: "doctor/may_answer_reliability",
        means: "read spans and metrics",
        without: "health, objectives, traces and root causes say little or nothing",
        verdict: Verdict::Warning,
    },
    Mode {
        check: "may keep rollup",
        query: "doctor/may_keep_rollup",
        means: "keep the rollup and set mappings",
        without: "another process must keep the rollup, with a user who may",
        verdict: Verdict::Warning,
    },
    Mode {
        check: "may apply schema",
        query: "doctor/may_apply_schema",
        means: "create Kulprit's tables",
        without: "`kulprit schema apply` must run as a user who may, or a DBA runs what `kulprit schema print` prints",
        verdict: Verdict::Warning,
    },
];

/// Of a configuration that names servers to be read in place.
const IN_PLACE: Mode = Mode {
    check: "may read in place",
    query: "doctor/may_read_in_place",
    means: "read servers in place, into temporary tables",
    without: "nothing of [sources] can be read",
    verdict: Verdict::Problem,
};

/// One check a mode.
pub async fn check(config: &Config, client: &Client, user: &str) -> Vec<Check> {
    let mut checks = Vec::new();
    let in_place = (!config.sources.is_empty()).then_some(&IN_PLACE);
    for mode in MODES.iter().chain(in_place) {
        let checked = match missing(config, client, mode.query).await {
            Ok(missing) if missing.is_empty() => Check::ok(mode.check, format!("may {}", mode.means)),
            Ok(missing) => lacking(mode, &missing, client, user),
            Err(error) => Check::failed(mode.check, &error, "see docs/GRANTS.md for what is needed"),
        };
        checks.push(checked);
    }
    checks
}

fn lacking(mode: &Mode, missing: &[String], client: &Client, user: &str) -> Check {
    Check {
        check: mode.check,
        verdict: mode.verdict,
        found: format!("may not {}, so {}", mode.means, mode.without),
        advice: Some(format!(
            "if it should, an administrator runs in database {}: GRANT {} TO `{user}`",
            client.endpoint().database,
            missing.join(", ")
        )),
    }
}

/// The privileges of `query` that the user lacks, as the file has them.
async fn missing(config: &Config, client: &Client, query: &'static str) -> Result<Vec<String>> {
    let options = Options {
        logs: config.logs.clone(),
        ..Options::default()
    };
    let whole = Statement::query(query, &options, Vec::<(String, _)>::new())?;
    if is_granted(client, &whole).await? {
        return Ok(vec![]);
    }
    let (head, needs) = parts(&whole.text);
    let mut missing = Vec::new();
    for need in needs {
        let one = Statement::verbatim(whole.name, format!("{head} {need}"));
        if !is_granted(client, &one).await? {
            missing.push(need);
        }
    }
    Ok(missing)
}

async fn is_granted(client: &Client, statement: &Statement) -> Result<bool> {
    let answer = client.bytes(statement, "TSV").await?;
    Ok(answer.trim_ascii() == b"1")
}

/// The statement's first line, and the privileges of the lines below.
fn parts(text: &str) -> (String, Vec<String>) {
    let mut lines = text.lines().filter(|line| !line.starts_with("--")).map(str::trim);
    let head = lines.next().unwrap_or_default().to_owned();
    let needs = lines
        .map(|line| line.trim_end_matches(',').to_owned())
        .filter(|line| !line.is_empty());
    (head, needs.collect())
}
