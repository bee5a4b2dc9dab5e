//! How far the rollup reaches, what is not rolled up yet, and how fresh the log lines are.

use clickhouse::Row;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

use super::tables::{Tables, read_cost};
use super::{Check, LOG_SAYS_MORE, rows};
use crate::config::Config;
use crate::rollups::Extent;
use crate::rollups::logs::{covered_from, extent};
use kulprit_clickhouse::Client;
use kulprit_request::time;

/// Minutes that wait longer wait for somebody to roll them.
const ROLLED_WITHIN: SignedDuration = SignedDuration::from_mins(10);
const FRESH: SignedDuration = SignedDuration::from_mins(15);
const FUTURE: SignedDuration = SignedDuration::from_mins(2);

#[derive(Row, Deserialize)]
struct Pending {
    cells: u64,
    minutes: u64,
    oldest: u32,
}

pub async fn check(config: &Config, client: &Client, tables: &Tables, has_lines: bool) -> Vec<Check> {
    let mut checks = Vec::new();
    // None: nobody looked. Some(None): the log table is empty.
    let mut lines: Option<Option<Extent>> = None;
    if has_lines {
        match extent(client, &config.logs).await {
            Ok(extent) => lines = Some(extent),
            Err(error) => checks.push(Check::failed("freshness", &error, LOG_SAYS_MORE)),
        }
    }
    if tables.has("kulprit_log_coverage") && tables.has("kulprit_log_minutes") {
        match covered_from(client).await {
            Ok(since) => {
                checks.push(coverage(since, lines.flatten()));
                if let Some(since) = since {
                    checks.push(pending(config, client, since).await);
                }
            }
            Err(error) => checks.push(Check::failed("rollup", &error, LOG_SAYS_MORE)),
        }
    }
    let newest = lines.flatten().map(|lines| lines.newest);
    checks.extend(read_cost(config, client, newest).await);
    checks.extend(lines.map(|lines| freshness(lines, Timestamp::now())));
    checks
}

fn coverage(since: Option<Timestamp>, lines: Option<Extent>) -> Check {
    const CHECK: &str = "rollup";
    let Some(since) = since else {
        return Check::warning(
            CHECK,
            "it has not begun: answers read the log table",
            "run `kulprit schema apply`",
        );
    };
    match lines {
        Some(lines) if lines.oldest < since => Check::warning(
            CHECK,
            format!(
                "it begins at {since}, the log table at {}: answers read the lines between from the log table",
                lines.oldest
            ),
            "run `kulprit rollup backfill` (with --from T for less than all)",
        ),
        _ => Check::ok(CHECK, "it reaches back to the first line"),
    }
}

async fn pending(config: &Config, client: &Client, since: Timestamp) -> Check {
    const CHECK: &str = "pending";
    let params = vec![("covered_from", time::whole_seconds(since).into())];
    let row = match rows::<Pending>(config, client, "doctor/pending", params).await {
        Ok(rows) => rows.into_iter().next(),
        Err(error) => return Check::failed(CHECK, &error, LOG_SAYS_MORE),
    };
    let Some(row) = row.filter(|row| row.cells > 0) else {
        return Check::ok(CHECK, "every line is rolled up");
    };
    let oldest = time::of_seconds(row.oldest);
    let found = format!(
        "{} minutes ({} with their services) wait to be rolled up, the earliest {oldest}; answers read them from the log table",
        row.minutes, row.cells
    );
    if Timestamp::now().duration_since(oldest) < ROLLED_WITHIN {
        return Check::ok(CHECK, found);
    }
    Check::warning(
        CHECK,
        found,
        "let `kulprit serve` run with a user who may keep the rollup, or run `kulprit rollup backfill`",
    )
}

fn freshness(lines: Option<Extent>, now: Timestamp) -> Check {
    const CHECK: &str = "freshness";
    let Some(lines) = lines else {
        return Check::warning(
            CHECK,
            "the log table is empty",
            "point your collector at it, or load a file with `kulprit ingest`",
        );
    };
    let found = format!("{} lines, the newest of {}", lines.rows, lines.newest);
    let age = now.duration_since(lines.newest);
    if age > FRESH {
        return Check::warning(
            CHECK,
            found,
            "nothing arrives: look at your collector, unless these logs are meant to be old",
        );
    }
    if age < -FUTURE {
        return Check::warning(
            CHECK,
            format!("{found}: that is in the future"),
            "a sender's clock or time zone is wrong",
        );
    }
    Check::ok(CHECK, found)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::Verdict;
    use super::*;

    fn lines(oldest: &str, newest: &str) -> Extent {
        Extent {
            rows: 5,
            oldest: oldest.parse().unwrap(),
            newest: newest.parse().unwrap(),
        }
    }

    #[test]
    fn old_and_future_lines_are_told() {
        let now = "2026-01-31T10:00:00Z".parse().unwrap();
        for (newest, verdict) in [
            ("2026-01-31T09:59:00Z", Verdict::Ok),
            ("2026-01-31T10:01:00Z", Verdict::Ok),
            ("2026-01-31T09:00:00Z", Verdict::Warning),
            ("2026-01-31T12:00:00Z", Verdict::Warning),
        ] {
            let check = freshness(Some(lines("2026-01-01T00:00:00Z", newest)), now);
            assert_eq!(check.verdict, verdict, "{newest}: {check:?}");
        }
    }

    #[test]
    fn lines_before_the_rollup_ask_for_a_backfill() {
        let lines = lines("2026-01-01T00:00:00Z", "2026-01-31T10:00:00Z");
        let since = |text: &str| Some(text.parse().unwrap());
        let check = coverage(since("2026-01-15T00:00:00Z"), Some(lines));
        assert!(check.advice.unwrap().contains("rollup backfill"));
        assert_eq!(
            coverage(since("2025-01-01T00:00:00Z"), Some(lines)).verdict,
            Verdict::Ok
        );
        assert_eq!(coverage(None, Some(lines)).verdict, Verdict::Warning);
    }
}
