//! Finds slots: places at which templates that are otherwise equal hold different values.

use super::absorb::collapse_runs;
use super::contexts::Contexts;
use super::forest::{Forest, Node, key, with_hole};
use super::slot_rules::{Evidence, score};
use super::words::{HOLE, MASK, Token, Words};
use std::cmp::Reverse;

/// Two slots at once are looked for only in templates of so many words at most.
const MAX_WORDS_FOR_PAIRS: usize = 24;
/// … and only while so many trials suffice; a set that needs more keeps templates apart that differ in two slots.
const MAX_TRIALS_FOR_PAIRS: usize = 20_000_000;

/// Templates that are equal but for the tokens at `places`.
struct Candidate {
    score: u64,
    places: Vec<u16>,
    nodes: Vec<Node>,
}

/// Masks single slots; says whether anything changed.
pub fn merge_single(forest: &mut Forest, words: &Words) -> bool {
    let contexts = Contexts::of(forest, words);
    let longest = forest
        .live()
        .iter()
        .map(|node| forest.tokens(*node).len())
        .max()
        .unwrap_or(0);
    let mut candidates = Vec::new();
    let mut entries: Vec<(u64, Node)> = Vec::new();
    let keys: Vec<u64> = forest.live().iter().map(|node| key(forest.tokens(*node))).collect();
    for place in 0..longest {
        entries.clear();
        for (node, key) in forest.live().iter().zip(&keys) {
            if let Some(token) = forest.tokens(*node).get(place).filter(|token| is_value(words, **token)) {
                entries.push((with_hole(*key, place, *token), *node));
            }
        }
        collect(forest, words, &contexts, &mut entries, &[place as u16], &mut candidates);
    }
    apply(forest, words, candidates)
}

/// Masks two slots at once, for templates that differ in both.
pub fn merge_pairs(forest: &mut Forest, words: &Words) -> bool {
    let contexts = Contexts::of(forest, words);
    let values: Vec<Vec<u16>> = forest
        .live()
        .iter()
        .map(|node| value_places(forest, words, *node))
        .collect();
    let trials: usize = values.iter().map(|places| places.len() * places.len() / 2).sum();
    if trials > MAX_TRIALS_FOR_PAIRS {
        return false;
    }
    let mut entries: Vec<(u32, u64, Node)> = Vec::with_capacity(trials);
    for (node, places) in forest.live().iter().zip(&values) {
        let tokens = forest.tokens(*node);
        let whole = key(tokens);
        for (index, first) in places.iter().enumerate() {
            let one = with_hole(whole, *first as usize, tokens[*first as usize]);
            for second in &places[index + 1..] {
                let two = with_hole(one, *second as usize, tokens[*second as usize]);
                entries.push((u32::from(*first) << 16 | u32::from(*second), two, *node));
            }
        }
    }
    entries.sort_by_key(|(places, key, _)| (*places, *key));
    let mut candidates = Vec::new();
    for group in entries.chunk_by(|left, right| (left.0, left.1) == (right.0, right.1)) {
        if group.len() > 1 {
            let places = [(group[0].0 >> 16) as u16, group[0].0 as u16];
            let nodes = group.iter().map(|entry| entry.2).collect();
            propose(forest, words, &contexts, &places, nodes, &mut candidates);
        }
    }
    apply(forest, words, candidates)
}

fn is_value(words: &Words, token: Token) -> bool {
    token == MASK || words.get(token).word
}

fn value_places(forest: &Forest, words: &Words, node: Node) -> Vec<u16> {
    let tokens = forest.tokens(node).iter().enumerate();
    let places: Vec<u16> = tokens
        .filter(|(_, token)| is_value(words, **token))
        .map(|(place, _)| place as u16)
        .collect();
    if places.len() > MAX_WORDS_FOR_PAIRS {
        Vec::new()
    } else {
        places
    }
}

fn collect(
    forest: &Forest,
    words: &Words,
    contexts: &Contexts,
    entries: &mut [(u64, Node)],
    places: &[u16],
    candidates: &mut Vec<Candidate>,
) {
    // Stable: the nodes of a group stay in the order of their texts.
    entries.sort_by_key(|(key, _)| *key);
    for group in entries.chunk_by(|left, right| left.0 == right.0) {
        if group.len() > 1 {
            let nodes = group.iter().map(|(_, node)| *node).collect();
            propose(forest, words, contexts, places, nodes, candidates);
        }
    }
}

/// Adds the group to the candidates when its values vary at each of `places`.
fn propose(
    forest: &Forest,
    words: &Words,
    contexts: &Contexts,
    places: &[u16],
    nodes: Vec<Node>,
    candidates: &mut Vec<Candidate>,
) {
    let mut frame = forest.tokens(nodes[0]).to_vec();
    for place in places {
        frame[*place as usize] = HOLE;
    }
    let mut lowest = u64::MAX;
    for place in places {
        let mut values: Vec<Token> = nodes.iter().map(|node| forest.tokens(*node)[*place as usize]).collect();
        values.sort_unstable();
        values.dedup();
        let evidence = Evidence {
            words,
            contexts,
            frame: &frame,
            place: *place as usize,
            values: &values,
            other_slots: places.len() - 1,
        };
        let score = if values.len() > 1 { score(&evidence) } else { 0 };
        if score == 0 {
            return;
        }
        lowest = lowest.min(score);
    }
    candidates.push(Candidate {
        score: lowest,
        places: places.to_vec(),
        nodes,
    });
}

/// Masks the candidates, the most certain first; a template takes part in one only.
fn apply(forest: &mut Forest, words: &Words, mut candidates: Vec<Candidate>) -> bool {
    candidates.sort_by(|left, right| {
        let rank = |candidate: &Candidate| (Reverse(candidate.score), candidate.places.clone());
        rank(left)
            .cmp(&rank(right))
            .then_with(|| forest.order(words, left.nodes[0], right.nodes[0]))
    });
    let mut used = std::collections::HashSet::new();
    let mut changed = false;
    for candidate in candidates {
        if candidate.nodes.iter().any(|node| used.contains(node)) {
            continue;
        }
        let mut tokens = forest.tokens(candidate.nodes[0]).to_vec();
        for place in &candidate.places {
            tokens[*place as usize] = MASK;
        }
        collapse_runs(words, &mut tokens);
        let target = forest.node(&tokens);
        for node in candidate.nodes {
            used.insert(node);
            changed |= forest.merge(node, target);
        }
    }
    if changed {
        forest.refresh(words);
    }
    changed
}
