//! Services, the one least like its own past first.

use std::collections::BTreeMap;

use serde::Serialize;

use super::services_question::ServiceWindow;

/// A service and how unlike its past its logs are.
#[derive(Debug, Clone, PartialEq, Serialize, schemars::JsonSchema)]
pub struct ChangedService {
    pub service: String,
    /// `changed`; `new`: without a past; `gone`: silent, after lines in every window of the past.
    pub status: &'static str,
    /// `score` ÷ `usual`; the services are ranked by it.
    pub surprise: f64,
    /// The largest G² of a pattern's share of the service's requests; of a service that is new or gone, G² of its rate.
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

/// Ranks the services, those without a past or without a current window among them.
pub fn ranked(rows: Vec<ServiceWindow>) -> Vec<ChangedService> {
    let patterns: u64 = rows
        .iter()
        .filter(|row| row.window_back == 0)
        .map(|row| row.pattern_total)
        .sum();
    let floor = 2.0 * (patterns.max(2) as f64).ln();
    let windows = rows.iter().map(|row| row.window_back).max().unwrap_or(0) as f64;
    let mut past: BTreeMap<String, Vec<f64>> = BTreeMap::new();
    for row in rows.iter().filter(|row| row.window_back > 0) {
        past.entry(row.service.clone()).or_default().push(row.score);
    }
    let silent = silent(&rows, windows, floor);
    let current = rows.into_iter().filter(|row| row.window_back == 0);
    let mut services: Vec<ChangedService> = current
        .filter(|row| row.past_request_total > 0 || windows > 0.0)
        .map(|row| {
            let is_new = row.past_request_total == 0;
            let score = if is_new {
                2.0 * row.request_total as f64 * windows.ln_1p()
            } else {
                row.score
            };
            let requests = if is_new { row.request_total } else { row.requests };
            let usual = past
                .get_mut(&row.service)
                .map_or(0.0, |scores| median(scores))
                .max(floor);
            ChangedService {
                status: if is_new { "new" } else { "changed" },
                surprise: score / usual,
                score,
                usual,
                requests,
                request_total: row.request_total,
                past_requests: row.past_requests,
                past_request_total: row.past_request_total,
                service: row.service,
            }
        })
        .chain(silent)
        .collect();
    services.sort_by(|one, other| {
        other
            .surprise
            .total_cmp(&one.surprise)
            .then_with(|| one.service.cmp(&other.service))
    });
    services
}

/// The services that have lines in every window of the past and none in the current one. G² of b requests in k windows and
/// none in one more is 2·b·ln(1 + 1/k).
fn silent(rows: &[ServiceWindow], windows: f64, floor: f64) -> Vec<ChangedService> {
    let mut known: BTreeMap<&str, (bool, usize, u64)> = BTreeMap::new();
    for row in rows {
        let (is_current, seen, requests) = known.entry(&row.service).or_default();
        if row.window_back == 0 {
            *is_current = true;
        } else {
            *seen += 1;
            *requests += row.request_total;
        }
    }
    let is_gone = |(_, (is_current, seen, _)): &(&str, (bool, usize, u64))| {
        !is_current && windows >= FEWEST_WINDOWS && *seen as f64 == windows
    };
    let silent = known.into_iter().filter(is_gone);
    silent
        .map(|(service, (_, _, requests))| {
            let score = 2.0 * requests as f64 * windows.recip().ln_1p();
            ChangedService {
                service: service.to_owned(),
                status: "gone",
                surprise: score / floor,
                score,
                usual: floor,
                requests: 0,
                request_total: 0,
                past_requests: requests as i64,
                past_request_total: requests as i64,
            }
        })
        .collect()
}

/// A service is missed only after so many windows in each of which it had lines.
const FEWEST_WINDOWS: f64 = 6.0;

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
    fn a_service_without_a_past_and_one_that_went_silent_are_ranked() {
        let mut rows: Vec<ServiceWindow> = (0..=6).map(|back| row("steady", back, 1.0)).collect();
        rows.extend((1..=6).map(|back| row("silent", back, 1.0)));
        rows.extend((2..=6).map(|back| row("rare", back, 1.0)));
        rows.push(ServiceWindow {
            past_request_total: 0,
            request_total: 149,
            ..row("kernel", 0, 0.0)
        });
        let ranked = ranked(rows);
        let told: Vec<(&str, &str)> = ranked
            .iter()
            .map(|found| (found.service.as_str(), found.status))
            .collect();
        assert_eq!(told, [("kernel", "new"), ("silent", "gone"), ("steady", "changed")]);
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
