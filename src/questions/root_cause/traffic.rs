//! Requests that stopped: a service that used to be asked and is not any more.

use std::collections::BTreeMap;

use super::rows::Traffic;

/// Requests that a window of its length would usually hold, from which on none at all is no chance.
const LEAST_EXPECTED: f64 = 20.0;
/// What is left of them at most where they stopped.
const LEFT: f64 = 0.02;

/// A service whose requests stopped.
#[derive(Debug, Clone, PartialEq)]
pub struct Stopped {
    pub service: String,
    /// Requests that a window of this length usually holds.
    pub expected: f64,
    /// How many of them are the root of their trace.
    pub expected_roots: f64,
    pub requests: u64,
    /// When the last one began, in nanoseconds since 1970.
    pub last_at: i64,
}

/// The services whose requests stopped. `scale` is how many requests of the window stand for one that was read in a block of the history, by
/// length and by how many traces were drawn. Blocks in which a service had none count, so that one that comes and goes is not missed.
pub fn stopped(rows: &[Traffic], scale: f64) -> Vec<Stopped> {
    let blocks = rows.iter().map(|row| row.block).max().unwrap_or(0);
    let mut services: BTreeMap<&str, Vec<&Traffic>> = BTreeMap::new();
    for row in rows {
        services.entry(&row.service).or_default().push(row);
    }
    services
        .into_iter()
        .filter_map(|(service, rows)| {
            let usual = |count: fn(&Traffic) -> u64| {
                let before = rows.iter().filter(|row| row.block > 0);
                let mut counts: Vec<u64> = before.map(|row| count(row)).collect();
                counts.resize(usize::try_from(blocks).unwrap_or(0).max(counts.len()), 0);
                counts.sort_unstable();
                counts.get(counts.len().saturating_sub(1) / 2).copied().unwrap_or(0) as f64 * scale
            };
            let found = Stopped {
                service: service.to_owned(),
                expected: usual(|row| row.requests),
                expected_roots: usual(|row| row.roots),
                requests: rows.iter().filter(|row| row.block == 0).map(|row| row.requests).sum(),
                last_at: rows.iter().map(|row| row.last_at).max().unwrap_or(0),
            };
            let has_stopped = found.expected >= LEAST_EXPECTED && found.requests as f64 <= LEFT * found.expected;
            has_stopped.then_some(found)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(service: &str, block: i64, requests: u64) -> Traffic {
        Traffic {
            service: service.to_owned(),
            block,
            requests,
            roots: requests,
            last_at: 0,
        }
    }

    #[test]
    fn what_was_asked_all_the_time_and_is_not_any_more_has_stopped() {
        let mut rows: Vec<Traffic> = (1..=5).map(|block| row("web", block, 100)).collect();
        rows.extend((0..=5).map(|block| row("cart", block, 100)));
        rows.extend([row("nightly", 3, 5_000), row("rare", 1, 3)]);
        let found = stopped(&rows, 1.0);
        let names: Vec<&str> = found.iter().map(|stopped| stopped.service.as_str()).collect();
        assert_eq!(names, ["web"]);
        assert_eq!(found.first().map(|stopped| stopped.expected), Some(100.0));
        // A window of a tenth of a block's length expects a tenth.
        assert!(stopped(&rows, 0.1).is_empty());
    }
}
