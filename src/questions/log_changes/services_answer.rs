//! Services, the one least like its own past first.

use std::collections::BTreeMap;

use serde::Serialize;

use super::services_question::ServiceWindow;

/// A service and how unlike its past its logs are.
#[derive(Debug, Clone, PartialEq, Serialize, schemars::JsonSchema)]
pub struct ChangedService {
    pub service: String,
    /// `score` ÷ `usual`; the services are ranked by it.
    pub surprise: f64,
    /// The largest G² of a pattern's share of the service's requests.
    pub score: f64,
    /// The median of that score over the past windows, at least what chance gives: 2·ln(patterns tested), the typical largest
    /// of so many χ² values.
    pub usual: f64,
    /// Requests with that pattern and all requests, in the window and before it.
    pub requests: u64,
    pub request_total: u64,
    pub past_requests: i64,
    pub past_request_total: i64,
}

/// Ranks the services that have both a current window and a past.
pub fn ranked(rows: Vec<ServiceWindow>) -> Vec<ChangedService> {
    let patterns: u64 = rows
        .iter()
        .filter(|row| row.window_back == 0)
        .map(|row| row.pattern_total)
        .sum();
    let floor = 2.0 * (patterns.max(2) as f64).ln();
    let mut past: BTreeMap<String, Vec<f64>> = BTreeMap::new();
    for row in rows.iter().filter(|row| row.window_back > 0) {
        past.entry(row.service.clone()).or_default().push(row.score);
    }
    let current = rows.into_iter().filter(|row| row.window_back == 0);
    let mut services: Vec<ChangedService> = current
        .map(|row| {
            let usual = past
                .get_mut(&row.service)
                .map_or(0.0, |scores| median(scores))
                .max(floor);
            ChangedService {
                surprise: row.score / usual,
                score: row.score,
                usual,
                requests: row.requests,
                request_total: row.request_total,
                past_requests: row.past_requests,
                past_request_total: row.past_request_total,
                service: row.service,
            }
        })
        .collect();
    services.sort_by(|one, other| {
        other
            .surprise
            .total_cmp(&one.surprise)
            .then_with(|| one.service.cmp(&other.service))
    });
    services
}

fn median(scores: &mut [f64]) -> f64 {
    scores.sort_by(f64::total_cmp);
    let middle = scores.len() / 2;
    match scores.len() {
        0 => 0.0,
        length if length % 2 == 1 => scores[middle],
        _ => (scores[middle - 1] + scores[middle]) / 2.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(service: &str, window_back: i64, score: f64) -> ServiceWindow {
        ServiceWindow {
            service: service.to_owned(),
            window_back,
            score,
            pattern_total: 10,
            event: String::new(),
            requests: 1,
            request_total: 2,
            past_requests: 3,
            past_request_total: 4,
        }
    }

    #[test]
    fn a_service_that_is_always_restless_stands_behind_one_that_never_was() {
        let rows = vec![
            row("restless", 0, 90.0),
            row("restless", 1, 60.0),
            row("restless", 2, 50.0),
            row("restless", 3, 500.0),
            row("quiet", 0, 80.0),
            row("quiet", 1, 2.0),
        ];
        let ranked = ranked(rows);
        assert_eq!(
            ranked
                .iter()
                .map(|service| service.service.as_str())
                .collect::<Vec<_>>(),
            ["quiet", "restless"]
        );
        assert_eq!(ranked[1].usual, 60.0);
        assert_eq!(ranked[0].usual, 2.0 * 20_f64.ln());
    }
}
