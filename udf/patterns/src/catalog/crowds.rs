//! Merges templates of one frame that differ at several places at once, where each place by itself is a variable.
//!
//! A rare event shows each combination of its values once: no two of its templates differ at one place only. Taken together they show
//! what varies: the places at which the templates of a crowd have many values. A place with few values tells events apart, and the crowd
//! is cut there.

use super::absorb::merge_as;
use super::contexts::Contexts;
use super::forest::{Forest, Node, infos};
use super::groups::{connected, frames};
use super::slot_rules::{Evidence, score};
use super::words::{HOLE, MASK, Token, Words};
use std::collections::BTreeMap;

/// The most templates of a frame that take part: each is compared with every other.
const MAX_COMPARED: usize = 256;
/// Plain words that the templates of a crowd must all share.
const MIN_SHARED: usize = 3;

/// Merges what belongs together; says whether anything changed.
pub fn merge(forest: &mut Forest, words: &Words) -> bool {
    let contexts = Contexts::of(forest, words);
    let mut crowds = Vec::new();
    let may_differ = |token| (token == MASK || words.get(token).word()) && !words.get(token).telling();
    for nodes in frames(forest, MAX_COMPARED, may_differ) {
        let are_alike = |one, other| share_most(words, forest.tokens(one), forest.tokens(other));
        for crowd in connected(&nodes, are_alike).into_iter().filter(|crowd| crowd.len() > 2) {
            cut(forest, words, &contexts, crowd, &[], &mut crowds);
        }
    }
    let mut changed = false;
    for (nodes, places) in crowds {
        let mut tokens = forest.tokens(nodes[0]).to_vec();
        for place in places {
            tokens[place] = MASK;
        }
        changed |= merge_as(forest, words, &nodes, tokens);
    }
    if changed {
        forest.refresh(words);
    }
    changed
}

fn share_most(words: &Words, left: &[Token], right: &[Token]) -> bool {
    let (mut shared, mut differing) = (0, 0);
    for (one, other) in left.iter().zip(right) {
        if one != other {
            differing += 1;
        } else if words.get(*one).plain() {
            shared += 1;
        }
    }
    shared >= MIN_SHARED && differing <= shared
}

/// Finds the places at which the crowd varies. Where one of them is no variable, the crowd is cut by its values.
fn cut(
    forest: &Forest,
    words: &Words,
    contexts: &Contexts,
    crowd: Vec<Node>,
    proven: &[usize],
    found: &mut Vec<(Vec<Node>, Vec<usize>)>,
) {
    if crowd.len() < if proven.is_empty() { 3 } else { 2 } {
        return;
    }
    let first = forest.tokens(crowd[0]);
    let varying: Vec<usize> = (0..first.len())
        .filter(|place| crowd.iter().any(|node| forest.tokens(*node)[*place] != first[*place]))
        .collect();
    let mut frame = first.to_vec();
    for place in &varying {
        frame[*place] = HOLE;
    }
    let mut variables = proven.to_vec();
    let mut fewest: Option<(usize, usize)> = None;
    for place in varying.iter().filter(|place| !proven.contains(place)) {
        let mut values: Vec<Token> = crowd.iter().map(|node| forest.tokens(*node)[*place]).collect();
        values.sort_unstable();
        values.dedup();
        let evidence = Evidence {
            words,
            contexts,
            frame: &frame,
            place: *place,
            values: &values,
            other_slots: 0,
        };
        let varies = !infos(words, &values).any(|info| info.telling()) && score(&evidence) > 0;
        if varies {
            variables.push(*place);
        } else if fewest.is_none_or(|(count, _)| values.len() < count) {
            fewest = Some((values.len(), *place));
        }
    }
    let Some((_, place)) = fewest else {
        let shared = infos(words, &frame).filter(|info| info.plain()).count();
        if varying.len() + proven.len() > 1 && shared >= MIN_SHARED {
            found.push((crowd, varying));
        }
        return;
    };
    let mut parts: BTreeMap<u32, Vec<Node>> = BTreeMap::new();
    for node in crowd {
        let rank = words.get(forest.tokens(node)[place]).rank;
        parts.entry(rank).or_default().push(node);
    }
    for part in parts.into_values() {
        cut(forest, words, contexts, part, &variables, found);
    }
}
