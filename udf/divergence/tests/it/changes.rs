//! Which patterns changed by more than their past explains: values worked by hand, and what must hold for any counts.

use kulprit_divergence::{Change, Past, Pattern, Ranking, changes, rank, rate_p_value, unquiet_since};
use proptest::prelude::*;

use crate::cases;

const G2_OF_HALF_AND_QUARTER: f64 = 5.411_532_090_976_832_5;
const P_BY_WALLACE: f64 = 0.274_349_613_551_366_17;

fn pattern(service: &str, counts: (u64, u64), past: &[u64]) -> Pattern {
    Pattern {
        service: service.as_bytes().to_vec(),
        current: counts.0,
        baselines: vec![counts.1],
        past: past.to_vec(),
    }
}

fn scored(patterns: &[Pattern]) -> Vec<Change> {
    changes(patterns, (300.0, 300.0)).changes
}

fn assert_close(found: f64, expected: f64) {
    assert!(
        (found - expected).abs() <= 1e-12 * expected.abs().max(1.0),
        "{found} is not {expected}"
    );
}

#[test]
fn variation_evidence_and_probability_are_as_worked_by_hand() {
    // Two slices of ten lines: χ² = (2² + 8²)/10 · 20/10 − 10 = 3.6 for either pattern, df = 1, so φ of the service is 3.6
    // and φ = (3.6 + 4·3.6)/(1 + 4) = 3.6. G² of 20 of 40 against 10 of 40 is 5.411…; d = 1 + 4.
    let found = scored(&[pattern("a", (20, 10), &[2, 8]), pattern("a", (20, 30), &[8, 2])]);
    assert_close(found[0].g2, G2_OF_HALF_AND_QUARTER);
    assert_close(found[0].dispersion, 3.6);
    assert_close(found[0].strength, G2_OF_HALF_AND_QUARTER / 3.6);
    assert_close(found[0].p_value, P_BY_WALLACE);
    // Either pattern has the same evidence, so the adjustment leaves both where they are.
    assert_close(found[1].q_value, P_BY_WALLACE);
}

#[test]
fn a_steady_pattern_needs_less_than_one_that_comes_in_bursts() {
    let others = pattern("a", (500, 500), &[100; 10]);
    let steady = scored(&[pattern("a", (60, 20), &[4; 10]), others.clone()])[0];
    let bursty = scored(&[pattern("a", (60, 20), &[0, 0, 20, 0, 0, 0, 0, 20, 0, 0]), others])[0];
    assert!(steady.q_value < 0.01, "{steady:?}");
    assert!(bursty.q_value > 0.05 && bursty.dispersion > 5.0, "{bursty:?}");
}

#[test]
fn a_pattern_is_held_against_its_own_service() {
    // The other service's traffic grew tenfold; nothing changed in this one.
    let found = scored(&[
        pattern("calm", (50, 50), &[10; 5]),
        pattern("calm", (100, 100), &[20; 5]),
        pattern("busy", (900, 90), &[18; 5]),
        pattern("busy", (9_000, 900), &[180; 5]),
    ]);
    assert!(found.iter().all(|change| change.q_value > 0.9), "{found:?}");
}

#[test]
fn a_service_with_one_pattern_or_without_a_baseline_is_tested_by_its_rate() {
    let found = scored(&[
        pattern("one", (400, 40), &[8; 5]),
        pattern("steady", (40, 40), &[8; 5]),
        pattern("fresh", (80, 0), &[]),
        pattern("fresh", (50, 0), &[]),
    ]);
    assert!(found[0].q_value < 0.01 && found[1].q_value > 0.5, "{found:?}");
    assert!(
        found[2].q_value < 0.01 && found[2].strength > found[3].strength,
        "{found:?}"
    );
}

#[test]
fn what_only_the_past_has_and_what_is_too_rare_report_nothing() {
    let found = scored(&[
        pattern("a", (0, 0), &[5, 9]),
        pattern("a", (4, 0), &[]),
        pattern("a", (50, 50), &[10, 10]),
    ]);
    assert_eq!((found[0].kl, found[0].p_value, found[0].q_value), (0.0, 1.0, 1.0));
    assert_eq!((found[1].p_value, found[1].q_value), (1.0, 1.0));
}

#[test]
fn a_rate_that_swings_anyway_may_double() {
    assert!(rate_p_value(2_000, 1_000, (5.0, 5.0), &[200; 12]) < 1e-6);
    let swinging = [100, 300, 120, 280, 90, 310, 100, 300, 120, 280, 90, 310];
    assert!(rate_p_value(400, 200, (5.0, 5.0), &swinging) > 0.05);
    assert_close(rate_p_value(50, 50, (5.0, 5.0), &[]), 1.0);
}

#[test]
fn changes_stand_by_effect_the_rest_by_evidence() {
    let patterns = [
        pattern("a", (1_000, 1_000), &[200; 10]),
        pattern("a", (0, 40), &[8; 10]),
        pattern("a", (90, 0), &[]),
        pattern("a", (3, 2), &[1; 10]),
        pattern("b", (0, 0), &[5; 10]),
    ];
    let ids = [11, 12, 13, 14, 15];
    let Ranking { ranked, totals, .. } = rank(&patterns, &ids, (300.0, 300.0));
    let order: Vec<u64> = ranked.iter().map(|place| ids[place.index]).collect();
    assert_eq!(order, [13, 12, 11, 14]);
    assert_eq!(
        (ranked[0].status, ranked[1].status, ranked[3].status),
        ("new", "gone", "same")
    );
    assert_eq!((totals.current, totals.baseline, totals.patterns), (1_093, 1_042, 4));
}

#[test]
fn the_ranking_cases_hold_for_the_pure_functions() {
    for case in cases::load_changes() {
        let of_case = |(service, _, past, current): &(String, String, Vec<u64>, u64)| {
            pattern(service, (*current, past[past.len() - 1]), past)
        };
        let patterns: Vec<Pattern> = case.patterns.iter().map(of_case).collect();
        let ids: Vec<u64> = (1..).take(patterns.len()).collect();
        let lengths = (cases::CHANGES_SECONDS as f64, cases::CHANGES_SECONDS as f64);
        let mut ranking = rank(&patterns, &ids, lengths);
        ranking.keep(&patterns, case.limit as usize, 12, lengths);
        let told = ranking.ranked.iter().map(|ranked| {
            let message = case.patterns[ranked.index].1.clone();
            (message, ranked.status.to_owned(), ranked.kept_for)
        });
        cases::assert_changes(&case, &told.collect::<Vec<_>>());
    }
}

#[test]
fn windows_of_different_length_are_compared_by_their_rates() {
    // Ten minutes against one: 100 lines a minute before and now, 10 a minute that became 30.
    let patterns = [
        pattern("a", (1_000, 100), &[100; 10]),
        pattern("a", (500, 50), &[50; 10]),
        pattern("a", (700, 70), &[70; 10]),
        pattern("a", (300, 10), &[10; 10]),
    ];
    let ranking = rank(&patterns, &[1, 2, 3, 4], (600.0, 60.0));
    let told: Vec<_> = ranking
        .ranked
        .iter()
        .map(|ranked| (ranked.index, ranked.status))
        .collect();
    assert_eq!(told[0], (3, "up"));
    assert!(told[1..].iter().all(|(_, status)| *status == "same"), "{told:?}");
}

fn onset(lines: &[u64], of_service: &[u64]) -> Option<usize> {
    let past = Past {
        lines,
        of_service,
        first: 0,
        slices: lines.len(),
    };
    unquiet_since(&past, 50)
}

#[test]
fn a_past_is_unquiet_from_the_slice_with_which_a_pattern_left_its_rate_and_stayed_away() {
    let service = [500; 12];
    assert_eq!(onset(&[2; 12], &service), None);
    assert_eq!(onset(&[2, 3, 1, 2, 2, 2, 3, 2, 1, 2, 2, 90], &service), Some(11));
    assert_eq!(onset(&[0, 0, 0, 0, 0, 0, 0, 0, 0, 40, 90, 90], &service), Some(9));
    // It was over before the end.
    assert_eq!(onset(&[2, 2, 2, 2, 2, 2, 2, 90, 90, 2, 2, 2], &service), None);
    // A burst of a pattern that comes in bursts.
    assert_eq!(onset(&[0, 60, 0, 0, 55, 0, 70, 0, 0, 0, 0, 65], &service), None);
    assert_eq!(
        onset(&[80, 80, 80, 80, 80, 80, 80, 80, 80, 80, 80, 0], &service),
        Some(11)
    );
    assert_eq!(onset(&[5, 900], &[500; 2]), None);
}

#[test]
fn rare_patterns_do_not_shrink_a_median_baseline() {
    // 520 lines of one pattern in each window, and 480 lines of patterns that each window has for itself.
    let mut patterns = vec![pattern("a", (520, 0), &[]), pattern("a", (480, 0), &[])];
    patterns[0].baselines = vec![520; 3];
    for window in 0..3 {
        let mut only = pattern("a", (0, 0), &[]);
        only.baselines = (0..3).map(|other| if other == window { 480 } else { 0 }).collect();
        patterns.push(only);
    }
    patterns[1].baselines = vec![0; 3];
    let found = changes(&patterns, (300.0, 300.0));
    assert_eq!(
        (found.baseline_total, &found.baseline[..]),
        (1_000, &[520, 0, 0, 0, 0][..])
    );
    assert_close(found.changes[0].g2, 0.0);
}

#[test]
fn a_service_is_held_against_the_windows_that_it_has_lines_in() {
    let mut patterns = [pattern("old", (10, 0), &[]), pattern("young", (70, 0), &[])];
    patterns[0].baselines = vec![10, 12, 11];
    patterns[1].baselines = vec![66, 0, 0];
    let found = changes(&patterns, (300.0, 300.0));
    assert_eq!(found.baseline, [11, 66]);
}

fn patterns() -> impl Strategy<Value = Vec<Pattern>> {
    let count = || prop_oneof![3 => Just(0), 6 => 0..2_000_u64, 1 => (u64::MAX - 9)..=u64::MAX];
    let past = proptest::collection::vec(count(), 0..12);
    let pattern = ("[ab]?", count(), count(), past).prop_map(|(service, current, baseline, past)| Pattern {
        service: service.into_bytes(),
        current,
        baselines: vec![baseline],
        past,
    });
    proptest::collection::vec(pattern, 0..20)
}

proptest! {
    #[test]
    fn every_value_is_finite_and_in_its_range(patterns in patterns(), lengths in (0.0..1e6_f64, 0.0..1e6_f64)) {
        for change in changes(&patterns, lengths).changes {
            let Change { kl, relative_change, g2, dispersion, p_value, q_value, strength, .. } = change;
            let values = [kl, relative_change, g2, dispersion, p_value, q_value, strength];
            prop_assert!(values.iter().all(|value| value.is_finite()), "{:?}", change);
            prop_assert!((0.0..=1.0).contains(&change.p_value) && (0.0..=1.0).contains(&change.q_value), "{:?}", change);
            prop_assert!(change.dispersion >= 1.0 && change.g2 >= 0.0 && change.p_value <= change.q_value + 1e-12, "{:?}", change);
        }
    }
}
