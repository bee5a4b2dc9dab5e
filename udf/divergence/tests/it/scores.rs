//! The divergence maths as pure functions: the case table, and what must hold for any counts.

use kulprit_divergence::{LengthMismatch, Score, jensen_shannon, kullback_leibler, scores};
use proptest::prelude::*;

use crate::cases;

fn columns(current: &[u64], baseline: &[u64]) -> Vec<[f64; 5]> {
    scores(current, baseline).unwrap().iter().map(Score::columns).collect()
}

#[test]
fn pure_functions_agree_with_the_case_table() {
    for case in cases::load() {
        cases::assert_scores(&case, &columns(&case.current, &case.baseline));
        let kl = kullback_leibler(&case.current, &case.baseline).unwrap();
        cases::assert_close(&format!("{}.kullback_leibler", case.name), kl, case.kullback_leibler);
        let js = jensen_shannon(&case.current, &case.baseline).unwrap();
        cases::assert_close(&format!("{}.jensen_shannon", case.name), js, case.jensen_shannon);
    }
}

#[test]
fn small_ratios_of_large_counts_keep_their_digits() {
    // By the textbook sum, terms of a million would cancel to 2.5e-7 and leave three digits.
    let case = cases::load()
        .into_iter()
        .find(|case| case.name == "small_change_of_large_counts")
        .unwrap();
    for (found, expected) in scores(&case.current, &case.baseline).unwrap().iter().zip(&case.scores) {
        assert!(
            (found.g2 / expected.g2 - 1.0).abs() < 1e-12,
            "found {:e}, expected {:e}",
            found.g2,
            expected.g2
        );
    }
}

#[test]
fn windows_of_different_length_are_refused() {
    let mismatch = LengthMismatch {
        current: 3,
        baseline: 2,
    };
    assert_eq!(scores(&[1, 2, 3], &[1, 2]), Err(mismatch));
    assert_eq!(kullback_leibler(&[1, 2, 3], &[1, 2]), Err(mismatch));
    assert_eq!(jensen_shannon(&[1, 2, 3], &[1, 2]), Err(mismatch));
}

/// Two windows over the same patterns, with many zeros and now and then a count near the end of the range.
fn windows() -> impl Strategy<Value = (Vec<u64>, Vec<u64>)> {
    let count =
        || prop_oneof![3 => Just(0), 6 => 0..2_000_u64, 2 => 0..10_000_000_000_u64, 1 => (u64::MAX - 9)..=u64::MAX];
    proptest::collection::vec((count(), count()), 0..60).prop_map(|pairs| pairs.into_iter().unzip())
}

proptest! {
    #[test]
    fn scores_stay_in_their_ranges((current, baseline) in windows()) {
        let scores = columns(&current, &baseline);
        prop_assert_eq!(scores.len(), current.len());
        for [kl, relative_change, g2, p_value, q_value] in scores {
            prop_assert!(kl.is_finite() && relative_change.is_finite() && g2.is_finite());
            prop_assert!(g2 >= 0.0);
            prop_assert!((0.0..=1.0).contains(&p_value) && (0.0..=1.0).contains(&q_value));
            // p·n/n may round down by one step.
            prop_assert!(q_value >= p_value * (1.0 - f64::EPSILON));
        }
    }

    #[test]
    fn contributions_add_up_to_the_divergence((current, baseline) in windows()) {
        let sum: f64 = columns(&current, &baseline).iter().map(|score| score[0]).sum();
        let kl = kullback_leibler(&current, &baseline).unwrap();
        prop_assert!((sum - kl).abs() < 1e-9 * kl.max(1.0));
    }

    #[test]
    fn jensen_shannon_is_symmetric_and_bounded((current, baseline) in windows()) {
        let there = jensen_shannon(&current, &baseline).unwrap();
        let back = jensen_shannon(&baseline, &current).unwrap();
        prop_assert!((there - back).abs() < 1e-12);
        prop_assert!((0.0..=std::f64::consts::LN_2).contains(&there));
    }

    #[test]
    fn q_values_rise_with_p_values((current, baseline) in windows()) {
        let mut pairs: Vec<_> = columns(&current, &baseline).into_iter().map(|score| (score[3], score[4])).collect();
        pairs.sort_by(|left, right| left.0.total_cmp(&right.0));
        for pair in pairs.windows(2) {
            prop_assert!(pair[0].1 <= pair[1].1);
            prop_assert!(pair[0].0 < pair[1].0 || pair[0].1 == pair[1].1);
        }
    }

    #[test]
    fn the_order_of_the_patterns_does_not_matter((current, baseline) in windows()) {
        let forward = columns(&current, &baseline);
        let mut backward = columns(
            &current.iter().rev().copied().collect::<Vec<_>>(),
            &baseline.iter().rev().copied().collect::<Vec<_>>(),
        );
        backward.reverse();
        prop_assert_eq!(forward, backward);
    }

    #[test]
    fn equal_windows_have_no_divergence((counts, _) in windows()) {
        for score in columns(&counts, &counts) {
            prop_assert_eq!(score, [0.0, 0.0, 0.0, 1.0, 1.0]);
        }
    }
}
