//! Scores of three kinds → one order of suspects.
//!
//! Each score is turned into surprise, in units of its own noise: max(0, 1 + log10(score ÷ usual) ÷ 0.8), where `usual` is the
//! median of the same score over the stretches before, or a floor below which nothing is news. A service's rank is by its most
//! surprising part: sums and fusions of ranks reward services that are a little odd in every way over the one that is broken in one.

use std::collections::BTreeMap;
use std::f64::consts::E;

use super::scores::{Finding, Part, PartScores};

/// A surprise of 2 is a score of 10^0.8 ≈ 6.3 times the usual one.
const DECADE: f64 = 0.8;
/// A latency that grew by less than e^0.25 − 1 = 28 % beyond its noise is no news.
const LATENCY_FLOOR: f64 = 0.25;
/// Nor is a level within five usual wobbles.
const SATURATION_FLOOR: f64 = 5.0;
/// What is left of a busy processor's accusation when the service's requests are as fast as ever.
const SATURATION_ALONE: f64 = 0.5;
/// Breaks ties between equal maxima, too small to do more.
const SUM_WEIGHT: f64 = 0.001;

/// A service and how much speaks against it.
#[derive(Debug, Clone, PartialEq)]
pub struct Suspect {
    pub service: String,
    pub score: f64,
    /// By part, the most surprising first.
    pub accusations: Vec<Accusation>,
}

/// What one part says against a service.
#[derive(Debug, Clone, PartialEq)]
pub struct Accusation {
    pub part: Part,
    pub surprise: f64,
    /// Of the window, in the part's own unit: G, ln units, wobbles.
    pub score: f64,
    /// The score of the nearest stretch before the window; none without a history.
    pub score_before: Option<f64>,
    pub finding: Finding,
    /// What else changed, the strongest first.
    pub others: Vec<Finding>,
}

/// The suspects, first the one to look at. Services of which nothing is known in the window are not among them.
pub fn rank(parts: &[(Part, PartScores)]) -> Vec<Suspect> {
    let mut accused: BTreeMap<&str, Vec<Accusation>> = BTreeMap::new();
    for (part, scores) in parts {
        let floor = floor(*part, scores.tests);
        for (service, score) in scores.current() {
            let mut findings = score.findings().cloned();
            let Some(finding) = findings.next() else { continue };
            let usual = score.usual().unwrap_or(0.0).max(floor);
            accused.entry(service).or_default().push(Accusation {
                part: *part,
                surprise: surprise(score.now(), usual),
                score: score.now(),
                score_before: score.nearest_before(),
                finding,
                others: findings.collect(),
            });
        }
    }
    let mut suspects: Vec<Suspect> = accused
        .into_iter()
        .map(|(service, accusations)| suspect(service, accusations))
        .collect();
    suspects.sort_by(|a, b| b.score.total_cmp(&a.score).then_with(|| a.service.cmp(&b.service)));
    suspects
}

fn suspect(service: &str, mut accusations: Vec<Accusation>) -> Suspect {
    let latency = accusations
        .iter()
        .find(|accusation| accusation.part == Part::Latency)
        .map(|accusation| accusation.surprise.min(1.0));
    if let Some(latency) = latency {
        for accusation in accusations
            .iter_mut()
            .filter(|accusation| accusation.part == Part::Saturation)
        {
            accusation.surprise *= SATURATION_ALONE + (1.0 - SATURATION_ALONE) * latency;
        }
    }
    accusations.sort_by(|a, b| b.surprise.total_cmp(&a.surprise));
    let most = accusations.first().map_or(0.0, |accusation| accusation.surprise);
    let sum: f64 = accusations.iter().map(|accusation| accusation.surprise).sum();
    Suspect {
        service: service.to_owned(),
        score: most + SUM_WEIGHT * sum,
        accusations,
    }
}

/// What the part's score may be when nothing happened. The largest of m independent χ² values with one degree of freedom lies near 2·ln m.
fn floor(part: Part, tests: u64) -> f64 {
    match part {
        Part::Pattern => 2.0 * (tests as f64).max(E).ln(),
        Part::Latency => LATENCY_FLOOR,
        Part::Saturation => SATURATION_FLOOR,
    }
}

fn surprise(score: f64, usual: f64) -> f64 {
    (1.0 + (score.max(1e-9) / usual).log10() / DECADE).max(0.0)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn finding() -> Finding {
        Finding::Inbound {
            caller: String::new(),
            shift: 0.0,
            since: 0,
            samples: 1,
            is_whole: false,
        }
    }

    fn part(scores: &[(&str, i64, f64)], tests: u64) -> PartScores {
        let mut part = PartScores::default();
        part.tests = tests;
        for (service, block, score) in scores {
            part.add(service, *block, *score, finding);
        }
        part
    }

    #[test]
    fn surprise_counts_orders_of_magnitude_over_the_usual() {
        assert!((surprise(10.0, 10.0) - 1.0).abs() < 1e-12);
        assert!((surprise(10f64.powf(1.8), 10.0) - 2.0).abs() < 1e-12);
        assert_eq!(surprise(0.0, 10.0), 0.0);
    }

    #[test]
    fn a_service_that_is_always_odd_gives_way_to_one_that_has_become_so() {
        // The floor for 10 tests is 2·ln 10 = 4.6; a is usually at 100 and b at nothing.
        let scores = part(&[("a", 0, 200.0), ("a", 1, 100.0), ("b", 0, 60.0), ("b", 1, 1.0)], 10);
        let ranked = rank(&[(Part::Pattern, scores)]);
        let order: Vec<_> = ranked.iter().map(|suspect| suspect.service.as_str()).collect();
        assert_eq!(order, ["b", "a"]);
        // 1 + log10(2) ÷ 0.8
        let second = ranked[1].accusations[0].surprise;
        assert!((second - 1.376_287_494).abs() < 1e-6, "{second}");
    }

    #[test]
    fn a_busy_processor_that_slows_nothing_is_half_a_suspect() {
        let busy = part(&[("a", 0, 50.0), ("b", 0, 50.0)], 0);
        let latency = part(&[("a", 0, 0.0), ("b", 0, 2.5)], 0);
        let ranked = rank(&[(Part::Saturation, busy), (Part::Latency, latency)]);
        let of = |service: &str| {
            let suspect = ranked.iter().find(|suspect| suspect.service == service).unwrap();
            suspect
                .accusations
                .iter()
                .find(|accusation| accusation.part == Part::Saturation)
                .unwrap()
                .surprise
        };
        // 1 + log10(50 ÷ 5) ÷ 0.8 = 2.25
        assert!((of("a") - 1.125).abs() < 1e-12);
        assert!((of("b") - 2.25).abs() < 1e-12);
    }
}
