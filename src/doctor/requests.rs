//! What counts as a request: how many the configuration leaves out, and whether the rollup counts by the same rules.

use clickhouse::Row;
use serde::Deserialize;

use super::tables::Tables;
use super::{Check, LOG_SAYS_MORE, rows};
use crate::config::Config;
use crate::rollups::{Extent, requests};
use crate::{Error, Result};
use kulprit_clickhouse::Client;
use kulprit_request::time::{self, HOUR, MINUTE};

/// The share of requests from which on it is worth a warning that they are left out.
const MOST: f64 = 0.5;

#[derive(Debug, Row, Deserialize)]
struct LeftOut {
    name: String,
    left_out: u64,
    all_left_out: u64,
    total: u64,
}

pub async fn check(config: &Config, client: &Client, tables: &Tables) -> Vec<Check> {
    let mut checks = Vec::new();
    if tables.has("otel_traces") {
        match left_out(config, client).await {
            Ok(found) => checks.extend(found.map(|found| told(&found))),
            Err(Error::NoDataSource(_)) => {}
            Err(error) => checks.push(Check::failed("requests", &error, LOG_SAYS_MORE)),
        }
    }
    if tables.has("kulprit_request_arrivals") {
        checks.push(match requests::counts_by_other_rules(client).await {
            Ok(false) => Check::ok("request rules", "the rollup counts requests by the rules of this configuration"),
            Ok(true) => Check::warning(
                "request rules",
                "the rollup counts requests by the rules of another configuration or version: answers read the spans, and objectives count by those",
                "run `kulprit schema apply` with this configuration, then `kulprit rollup backfill`",
            ),
            Err(error) => Check::failed("request rules", &error, LOG_SAYS_MORE),
        });
    }
    checks
}

/// What is left out of the hour before the newest span; none without spans.
async fn left_out(config: &Config, client: &Client) -> Result<Option<Vec<LeftOut>>> {
    let Some(Extent { newest, .. }) = requests::extent(client).await? else {
        return Ok(None);
    };
    let params = vec![
        ("from", time::parameter(newest - HOUR).into()),
        ("to", time::parameter(newest + MINUTE).into()),
    ];
    rows(config, client, "doctor/left_out", params).await.map(Some)
}

fn told(rows: &[LeftOut]) -> Check {
    const CHECK: &str = "requests";
    let (left_out, total) = rows.first().map_or((0, 0), |row| (row.all_left_out, row.total));
    if left_out == 0 {
        let found =
            format!("none of {total} requests in the hour before the newest span is left out ([requests] ignore)");
        return Check::ok(CHECK, found);
    }
    let share = left_out as f64 / total.max(1) as f64;
    let names: Vec<String> = rows
        .iter()
        .filter(|row| row.left_out > 0)
        .map(|row| format!("{} ({})", row.name, row.left_out))
        .collect();
    let found = format!(
        "{left_out} of {total} requests ({:.1} %) in the hour before the newest span are left out by [requests] ignore: {}",
        share * 100.0,
        names.join(", ")
    );
    if share > MOST {
        let advice = "if people ask for these, name in requests.ignore only what probes ask for";
        return Check::warning(CHECK, found, advice);
    }
    Check::ok(CHECK, found)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::Verdict;
    use super::*;

    #[test]
    fn how_much_is_left_out_is_told_and_too_much_is_a_warning() {
        let row = |left_out, total| LeftOut {
            name: "GET /healthz".to_owned(),
            left_out,
            all_left_out: left_out,
            total,
        };
        assert!(told(&[row(0, 10)]).found.contains("none of 10"));
        let some = told(&[row(5, 100)]);
        assert!(some.found.contains("5 of 100 requests (5.0 %)"), "{}", some.found);
        assert_eq!(some.verdict, Verdict::Ok);
        assert_eq!(told(&[row(80, 100)]).verdict, Verdict::Warning);
    }
}
