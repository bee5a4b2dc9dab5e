//! The order in which the merging rules are applied.

use super::forest::Forest;
use super::words::Words;
use super::{absorb, align, columns, crowds, frames, objects, slots, stems};

/// The most rounds of merging. Real logs need three to six; the limit bounds what hostile ones can cost.
const MAX_ROUNDS: usize = 20;
/// The most rounds for a set of more than [`LARGE`] templates, where a round costs seconds.
const MAX_ROUNDS_LARGE: usize = 4;
const LARGE: usize = 100_000;

/// Merges templates until no rule finds more to merge.
///
/// Every rule looks at the whole set and takes its templates in the order of their texts, so the result depends on the
/// set alone. The weaker the evidence, the later a rule comes: first templates that differ at one place; only when none
/// of these are merged, whole frames; and only when none of these are, templates that differ at two places.
pub fn merge_all(forest: &mut Forest, words: &Words) {
    stems::merge(forest, words);
    columns::merge(forest, words);
    objects::merge(forest, words);
    align_all(forest, words);
    let rounds = if forest.live().len() > LARGE {
        MAX_ROUNDS_LARGE
    } else {
        MAX_ROUNDS
    };
    for _ in 0..rounds {
        let mut changed = slots::merge_single(forest, words)
            || frames::merge(forest, words)
            || slots::merge_pairs(forest, words)
            || crowds::merge(forest, words);
        changed |= stems::merge(forest, words);
        changed |= align_all(forest, words);
        if !changed {
            break;
        }
    }
}

fn align_all(forest: &mut Forest, words: &Words) -> bool {
    let mut changed = align::same_words(forest, words);
    changed |= align::same_plain_words(forest, words);
    changed |= absorb::merge(forest, words);
    changed |= align::same_fields(forest, words);
    changed
}
