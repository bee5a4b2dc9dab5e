//! Merges templates that differ only in tokens that hold a digit: `disk1 of vm7` and `disk2 of vm9`.

use super::absorb::merge_as;
use super::forest::{Buckets, Forest, Node, infos, key};
use super::words::{Kind, MASK, Token, Words};

/// So many distinct values prove that a numbered token varies, whatever they are.
const MIN_VALUES: usize = 3;

pub fn merge(forest: &mut Forest, words: &Words) -> bool {
    let mut buckets = Buckets::default();
    let mut general = Vec::new();
    for node in forest.live() {
        general.clear();
        general.extend(forest.tokens(*node).iter().map(|token| generalised(words, *token)));
        if infos(words, &general).any(|info| info.word()) {
            buckets.push(key(&general), *node);
        }
    }
    let mut merges = Vec::new();
    buckets.groups(|nodes| {
        let varying = varying_places(forest, words, nodes);
        if !varying.is_empty() {
            merges.push((nodes.to_vec(), varying));
        }
    });
    let mut changed = false;
    for (nodes, varying) in merges {
        for node in nodes {
            let mut tokens = forest.tokens(node).to_vec();
            for place in &varying {
                tokens[*place] = MASK;
            }
            changed |= merge_as(forest, words, &[node], tokens);
        }
    }
    if changed {
        forest.refresh(words);
    }
    changed
}

fn generalised(words: &Words, token: Token) -> Token {
    let info = words.get(token);
    if info.word() && info.numbered() && !info.telling() && info.kind != Kind::Key {
        MASK
    } else {
        token
    }
}

fn varying_places(forest: &Forest, words: &Words, nodes: &[Node]) -> Vec<usize> {
    let length = forest.tokens(nodes[0]).len();
    let mut values: Vec<Token> = Vec::new();
    (0..length)
        .filter(|place| {
            values.clear();
            for node in nodes {
                let token = forest.tokens(*node)[*place];
                if !values.contains(&token) {
                    values.push(token);
                }
                if values.len() >= MIN_VALUES {
                    return true;
                }
            }
            values.len() > 1 && (values.contains(&MASK) || numbers_of_one_name(words, &values))
        })
        .collect()
}

/// `sda1` and `sda2`, but not `A1` and `A2`, which may be names of kinds.
fn numbers_of_one_name(words: &Words, values: &[Token]) -> bool {
    let stem = words.get(values[0]).stem;
    values
        .iter()
        .all(|value| words.get(*value).stem == stem && words.get(*value).lower())
}
