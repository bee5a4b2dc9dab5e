//! Finds slots: places at which templates that are otherwise equal hold different values.

use super::absorb::merge_as;
use super::contexts::Contexts;
use super::forest::{Buckets, Forest, Node, key, with_hole};
use super::keyed::{MARK, MAX_VALUES};
use super::slot_rules::{Evidence, score};
use super::words::{HOLE, MASK, Token, Words};
use std::cmp::Reverse;
use std::collections::HashSet;

/// The most words of a template in which two slots at once are looked for.
const MAX_WORDS_FOR_PAIRS: usize = 24;
/// The most trials for two slots at once; in a set that needs more, templates that differ in two slots stay apart.
const MAX_TRIALS_FOR_PAIRS: usize = 100_000_000;

/// A place with so many alternatives is taken for a place of names.
const WIDE: usize = 5;

/// Templates that are equal but for the tokens at `places`.
struct Candidate {
    score: u64,
    places: Vec<u16>,
    nodes: Vec<Node>,
}

/// Masks single slots; says whether anything changed.
pub fn merge_single(forest: &mut Forest, words: &Words) -> bool {
    let mut contexts = Contexts::of(forest, words);
    let groups = single_groups(forest, words);
    for (place, nodes) in &groups {
        if nodes.len() >= WIDE {
            contexts.note_alternatives(nodes.iter().map(|node| forest.tokens(*node)[*place as usize]));
        }
    }
    let mut candidates = Vec::new();
    for (place, nodes) in groups {
        propose(forest, words, &contexts, &[place], nodes, &mut candidates);
    }
    apply(forest, words, candidates)
}

/// The groups of templates that are equal but for one place, with that place.
fn single_groups(forest: &Forest, words: &Words) -> Vec<(u16, Vec<Node>)> {
    let longest = forest
        .live()
        .iter()
        .map(|node| forest.tokens(*node).len())
        .max()
        .unwrap_or(0);
    let keys: Vec<u64> = forest.live().iter().map(|node| key(forest.tokens(*node))).collect();
    let mut groups = Vec::new();
    let mut entries: Vec<(u64, Node)> = Vec::new();
    for place in 0..longest {
        entries.clear();
        for (node, key) in forest.live().iter().zip(&keys) {
            if let Some(token) = forest.tokens(*node).get(place).filter(|token| is_value(words, **token)) {
                entries.push((with_hole(*key, place, *token), *node));
            }
        }
        // Stable: the nodes of a group stay in the order of their texts.
        entries.sort_by_key(|(key, _)| *key);
        for group in entries
            .chunk_by(|left, right| left.0 == right.0)
            .filter(|group| group.len() > 1)
        {
            groups.push((place as u16, group.iter().map(|(_, node)| *node).collect()));
        }
    }
    groups
}

/// Masks two slots at once, for templates that differ in both.
pub fn merge_pairs(forest: &mut Forest, words: &Words) -> bool {
    let contexts = Contexts::of(forest, words);
    let mut groups = frame_groups(forest, words);
    // The small ones first, so that the limit leaves out the large ones.
    groups.sort_by_key(|group| group.trials());
    let mut budget = MAX_TRIALS_FOR_PAIRS;
    let mut candidates = Vec::new();
    for group in &groups {
        let Some(rest) = budget.checked_sub(group.trials()) else {
            break;
        };
        budget = rest;
        let keyed: Vec<(u64, Node)> = group
            .nodes
            .iter()
            .map(|node| (key(forest.tokens(*node)), *node))
            .collect();
        for (index, first) in group.places.iter().enumerate() {
            for second in &group.places[index + 1..] {
                collect(forest, words, &contexts, &keyed, &[*first, *second], &mut candidates);
            }
        }
    }
    apply(forest, words, candidates)
}

/// Templates of one frame: equal except for their words. Two that differ only in slots are in the same frame.
struct FrameGroup {
    nodes: Vec<Node>,
    places: Vec<u16>,
}

impl FrameGroup {
    fn trials(&self) -> usize {
        self.nodes.len() * self.places.len() * self.places.len() / 2
    }
}

fn frame_groups(forest: &Forest, words: &Words) -> Vec<FrameGroup> {
    let mut buckets = Buckets::default();
    let mut frame = Vec::new();
    for node in forest.live() {
        frame.clear();
        frame.extend(
            forest
                .tokens(*node)
                .iter()
                .map(|token| if is_value(words, *token) { HOLE } else { *token }),
        );
        buckets.push(key(&frame), *node);
    }
    let mut groups = Vec::new();
    buckets.groups(|nodes| {
        let tokens = forest.tokens(nodes[0]).iter().enumerate();
        let places: Vec<u16> = tokens
            .filter(|(_, token)| is_value(words, **token))
            .map(|(place, _)| place as u16)
            .collect();
        if places.len() <= MAX_WORDS_FOR_PAIRS {
            groups.push(FrameGroup {
                nodes: nodes.to_vec(),
                places,
            });
        }
    });
    groups
}

/// Proposes the groups of `nodes`, each with its key, that are equal but for `places`.
fn collect(
    forest: &Forest,
    words: &Words,
    contexts: &Contexts,
    nodes: &[(u64, Node)],
    places: &[u16],
    candidates: &mut Vec<Candidate>,
) {
    let without_values = |(whole, node): &(u64, Node)| {
        let tokens = forest.tokens(*node);
        let hole = |key, place: &u16| with_hole(key, *place as usize, tokens[*place as usize]);
        (places.iter().fold(*whole, hole), *node)
    };
    let mut entries: Vec<(u64, Node)> = nodes.iter().map(without_values).collect();
    // Stable: the nodes of a group stay in the order of their texts.
    entries.sort_by_key(|(key, _)| *key);
    for group in entries
        .chunk_by(|left, right| left.0 == right.0)
        .filter(|group| group.len() > 1)
    {
        let nodes = group.iter().map(|(_, node)| *node).collect();
        propose(forest, words, contexts, places, nodes, candidates);
    }
}

fn is_value(words: &Words, token: Token) -> bool {
    token == MASK || words.get(token).word()
}

/// Adds the group to the candidates when its values vary at each of `places`.
fn propose(
    forest: &Forest,
    words: &Words,
    contexts: &Contexts,
    places: &[u16],
    mut nodes: Vec<Node>,
    candidates: &mut Vec<Candidate>,
) {
    leave_out_telling(forest, words, places, &mut nodes);
    if nodes.len() < 2 {
        return;
    }
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

/// Takes out of `nodes` those with a value that tells how something ended. Too many different ones behind a key are names.
fn leave_out_telling(forest: &Forest, words: &Words, places: &[u16], nodes: &mut Vec<Node>) {
    let value = |node: Node, place: u16| forest.tokens(node)[place as usize];
    let keyed: HashSet<Token> = nodes
        .iter()
        .flat_map(|node| places.iter().map(|place| value(*node, *place)))
        .filter(|token| words.text(*token).first() == Some(&MARK))
        .collect();
    let are_names = keyed.len() > MAX_VALUES;
    nodes.retain(|node| {
        !places.iter().any(|place| {
            let token = value(*node, *place);
            words.get(token).telling() && !(are_names && keyed.contains(&token))
        })
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
    let mut used = HashSet::new();
    let mut changed = false;
    for candidate in candidates {
        if candidate.nodes.iter().any(|node| used.contains(node)) {
            continue;
        }
        if candidate.nodes.len() >= WIDE {
            for place in &candidate.places {
                let mut values: Vec<Token> = candidate
                    .nodes
                    .iter()
                    .map(|node| forest.tokens(*node)[*place as usize])
                    .collect();
                values.sort_unstable();
                values.dedup();
                forest.note_values(&values);
            }
        }
        let mut tokens = forest.tokens(candidate.nodes[0]).to_vec();
        for place in &candidate.places {
            tokens[*place as usize] = MASK;
        }
        changed |= merge_as(forest, words, &candidate.nodes, tokens);
        used.extend(candidate.nodes);
    }
    if changed {
        forest.refresh(words);
    }
    changed
}
