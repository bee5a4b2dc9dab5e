//! Merges a rare template into a frequent one that it equals but for one word where the other has a placeholder.

use super::align::{MIN_PLAIN, said};
use super::forest::{Forest, Node, infos, key};
use super::words::{MASK, Token, Words};
use std::collections::{HashMap, HashSet};

/// Plain words that must remain when a word is masked; more when it is the first word, which often names the event.
pub const MIN_REST: usize = 2;
pub const MIN_REST_FIRST: usize = 4;

pub fn merge(forest: &mut Forest, words: &Words) -> bool {
    let by_words = by_words(forest, words);
    let mut gone: HashSet<Node> = HashSet::new();
    let mut merges: Vec<(Node, Node)> = Vec::new();
    let (mut trial, mut spoken) = (Vec::new(), Vec::new());
    for node in forest.live() {
        if let Some(hit) = host_of(forest, words, &by_words, *node, &gone, (&mut trial, &mut spoken)) {
            gone.insert(*node);
            merges.push((*node, hit));
        }
    }
    let mut changed = false;
    for (from, to) in merges {
        changed |= forest.merge(from, to);
    }
    if changed {
        forest.refresh(words);
    }
    changed
}

/// The most frequent template of each sequence of words.
pub fn by_words(forest: &Forest, words: &Words) -> HashMap<u64, Node> {
    let mut found: HashMap<u64, Node> = HashMap::new();
    let mut spoken = Vec::new();
    for node in forest.live() {
        said(words, forest.tokens(*node), &mut spoken);
        let best = found.entry(key(&spoken)).or_insert(*node);
        if forest.count(*node) > forest.count(*best) {
            *best = *node;
        }
    }
    found
}

fn host_of(
    forest: &Forest,
    words: &Words,
    by_words: &HashMap<u64, Node>,
    node: Node,
    gone: &HashSet<Node>,
    (trial, spoken): (&mut Vec<Token>, &mut Vec<Token>),
) -> Option<Node> {
    let tokens = forest.tokens(node);
    let has_mask = tokens.contains(&MASK);
    let mut first = true;
    for (place, token) in tokens.iter().enumerate() {
        let info = words.get(*token);
        if !info.word {
            continue;
        }
        let is_first = std::mem::take(&mut first);
        if info.state {
            continue;
        }
        mask_and_collapse(words, tokens, place, trial);
        let rest = infos(words, trial).filter(|info| info.plain).count();
        if rest < if is_first { MIN_REST_FIRST } else { MIN_REST } {
            continue;
        }
        let exact = forest.find_live(trial).filter(|hit| *hit != node);
        let hit = exact.or_else(|| {
            if rest < MIN_PLAIN || !has_mask {
                return None;
            }
            said(words, trial, spoken);
            let hit = *by_words.get(&key(spoken))?;
            (hit != node && masks(forest.tokens(hit)) >= masks(trial)).then_some(hit)
        });
        if let Some(hit) = hit
            && forest.count(hit) >= forest.count(node)
            && !gone.contains(&hit)
        {
            return Some(hit);
        }
    }
    None
}

fn masks(tokens: &[Token]) -> usize {
    tokens.iter().filter(|token| **token == MASK).count()
}

/// `tokens` with the one at `place` masked and the run of placeholders around it as one.
pub fn mask_and_collapse(words: &Words, tokens: &[Token], place: usize, out: &mut Vec<Token>) {
    let mut start = place;
    let mut at = place;
    while at > 0 && (tokens[at - 1] == MASK || words.get(tokens[at - 1]).separator) {
        at -= 1;
        if tokens[at] == MASK {
            start = at;
        }
    }
    let mut end = place + 1;
    at = end;
    while at < tokens.len() && (tokens[at] == MASK || words.get(tokens[at]).separator) {
        at += 1;
        if tokens[at - 1] == MASK {
            end = at;
        }
    }
    out.clear();
    out.extend_from_slice(&tokens[..start]);
    out.push(MASK);
    out.extend_from_slice(&tokens[end..]);
}

/// `tokens` with every run of placeholders, and what is only punctuation between them, as one placeholder.
pub fn collapse_runs(words: &Words, tokens: &mut Vec<Token>) {
    let mut kept = 0;
    // Where the last placeholder stands among the kept tokens, while only separators follow it.
    let mut open: Option<usize> = None;
    for at in 0..tokens.len() {
        let token = tokens[at];
        if token == MASK {
            kept = open.unwrap_or(kept);
            open = Some(kept);
        } else if !words.get(token).separator {
            open = None;
        }
        tokens[kept] = token;
        kept += 1;
    }
    tokens.truncate(kept);
}
