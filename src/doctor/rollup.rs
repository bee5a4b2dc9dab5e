//! How far the rollup reaches, what is not rolled up yet, and how fresh the log lines are.

use jiff::{SignedDuration, Timestamp};

use super::tables::{Tables, read_cost};
use super::{Check, LOG_SAYS_MORE};
use crate::config::Config;
use crate::rollups::Extent;
use crate::rollups::logs::{covered_from, extent, source};
use crate::{Error, Result};
use kulprit_clickhouse::Client;

/// Minutes that wait longer wait for somebody to roll them.
const ROLLED_WITHIN: SignedDuration = SignedDuration::from_mins(10);
const FRESH: SignedDuration = SignedDuration::from_mins(15);
const FUTURE: SignedDuration = SignedDuration::from_mins(2);

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
    let is_kept = [
        "kulprit_log_coverage",
        "kulprit_log_minutes",
        "kulprit_rolled_parts",
        "kulprit_rollup_agreements",
    ];
    if tables.has_parts() && is_kept.iter().all(|name| tables.has(name)) {
        match covered_from(client).await {
            Ok(since) => {
                checks.push(coverage(since, lines.flatten()));
                if since.is_some() {
                    checks.push(pending(config, client).await);
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

/// Whether the rollup counts the log table as it is now, and when it last did.
async fn pending(config: &Config, client: &Client) -> Check {
    const CHECK: &str = "pending";
    match agreement(config, client).await {
        Ok((changes, agreed_at)) => told(changes, agreed_at, Timestamp::now()),
        Err(error @ Error::NoDataSource(_)) => Check::warning(
            CHECK,
            format!("this user may not see which parts the log table has ({error}): answers read the log table"),
            "GRANT SELECT ON system.parts to the user (docs/GRANTS.md)",
        ),
        Err(error) => Check::failed(CHECK, &error, LOG_SAYS_MORE),
    }
}

/// How many parts of the log table were added or removed that the rollup has not counted, and when there was none.
async fn agreement(config: &Config, client: &Client) -> Result<(usize, Option<Timestamp>)> {
    let source = source(&config.logs);
    let changes = source.changes(client).await?;
    Ok((changes.count(), source.agreed_at(client).await?))
}

fn told(changes: usize, agreed_at: Option<Timestamp>, now: Timestamp) -> Check {
    const CHECK: &str = "pending";
    let agreed = agreed_at.map_or_else(|| "never".to_owned(), |at| at.to_string());
    if changes == 0 {
        return Check::ok(
            CHECK,
            format!("the rollup counts the log table as it is; last written down: {agreed}"),
        );
    }
    let found = format!(
        "{changes} parts of the log table were added or removed that the rollup does not count yet; answers read them from the log table; \
         it last agreed: {agreed}"
    );
    if agreed_at.is_some_and(|at| now.duration_since(at) < ROLLED_WITHIN) {
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
    fn changes_that_wait_for_long_ask_for_a_roller() {
        let now = "2026-01-31T10:00:00Z".parse().unwrap();
        let at = |text: &str| Some(text.parse().unwrap());
        for (changes, agreed_at, verdict) in [
            (0, None, Verdict::Ok),
            (3, at("2026-01-31T09:55:00Z"), Verdict::Ok),
            (3, at("2026-01-31T09:00:00Z"), Verdict::Warning),
            (3, None, Verdict::Warning),
        ] {
            let check = told(changes, agreed_at, now);
            assert_eq!(check.verdict, verdict, "{changes} {agreed_at:?}: {check:?}");
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
