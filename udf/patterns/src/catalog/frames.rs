//! Merges templates of one frame of punctuation that share most words and differ only where values stand.

use super::absorb::merge_as;
use super::forest::Forest;
use super::groups::{connected, frames};
use super::slot_rules::{Setting, header_end, opens_message, setting_at};
use super::words::{Info, Kind, MASK, Token, Words};

/// Words that two templates must share; they must also share at least as many as they differ in.
const MIN_SHARED: usize = 3;
/// Plain words that must be shared before the first word may differ.
const MIN_SHARED_FIRST: usize = 4;
/// The most templates of a frame that take part, the most frequent: each is compared with every other.
const MAX_COMPARED: usize = 1024;

pub fn merge(forest: &mut Forest, words: &Words) -> bool {
    let mut clusters = Vec::new();
    for nodes in frames(forest, MAX_COMPARED, |token| token == MASK || words.get(token).word()) {
        let are_alike = |one, other| differ_in_values(words, forest.tokens(one), forest.tokens(other));
        clusters.extend(
            connected(&nodes, are_alike)
                .into_iter()
                .filter(|cluster| cluster.len() > 1),
        );
    }
    let mut changed = false;
    for nodes in clusters {
        let mut tokens = forest.tokens(nodes[0]).to_vec();
        for node in &nodes[1..] {
            for (token, other) in tokens.iter_mut().zip(forest.tokens(*node)) {
                if *token != *other {
                    *token = MASK;
                }
            }
        }
        changed |= merge_as(forest, words, &nodes, tokens);
    }
    if changed {
        forest.refresh(words);
    }
    changed
}

/// Whether two templates of a frame differ in what may be values only.
fn differ_in_values(words: &Words, left: &[Token], right: &[Token]) -> bool {
    let (mut shared, mut differing) = (0, 0);
    let header = header_end(words, left, left.len());
    for (one, other) in left.iter().zip(right).skip(header) {
        if one != other {
            differing += 1;
        } else if words.get(*one).word() {
            shared += 1;
        }
    }
    if shared < MIN_SHARED || differing > shared {
        return false;
    }
    let mut before = false;
    for place in 0..left.len() {
        // The first word of the message, whatever the header holds.
        before &= place != header;
        if left[place] != right[place] && !is_value_change(words, (left, right), place, !before, shared) {
            return false;
        }
        before |= words.get(left[place]).word();
    }
    true
}

fn is_value_change(
    words: &Words,
    (left, right): (&[Token], &[Token]),
    place: usize,
    first: bool,
    shared: usize,
) -> bool {
    let (one, other): (&Info, &Info) = (words.get(left[place]), words.get(right[place]));
    let telling = (one.state() && other.state())
        || one.telling()
        || other.telling()
        || one.kind == Kind::Key
        || other.kind == Kind::Key;
    if telling || opens_message(words, &left[..place]) {
        return false;
    }
    let both = |kind: Kind| one.kind == kind && other.kind == kind;
    if first {
        let names = |info: &Info| matches!(info.kind, Kind::Id | Kind::Mask);
        return shared >= MIN_SHARED_FIRST && names(one) && names(other);
    }
    if one.kind == Kind::Mask || other.kind == Kind::Mask {
        return true;
    }
    if both(Kind::Capitals) {
        return setting_at(words, left, place) == Setting::Quoted;
    }
    both(Kind::Id) || both(Kind::Quote) || setting_at(words, left, place) != Setting::Open
}
