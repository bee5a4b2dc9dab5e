//! The ids of patterns.
//!
//! An id is a hash of what stays the same in the merged template while more shapes join the pattern: its plain words,
//! without names, quotations, placeholders and punctuation. Where two patterns have the same plain words, the more
//! frequent one gets that id, and the other the hash of all its words, or of its whole template.

use super::align::said;
use super::forest::{Forest, Node};
use super::words::{Kind, Token, Words};
use crate::shape::text_id;
use std::cmp::Reverse;
use std::collections::HashSet;

/// The ids that a template may have, the most stable first. No other template has the last one.
pub fn candidates(words: &Words, tokens: &[Token]) -> [u64; 3] {
    let mut all = Vec::new();
    said(words, tokens, &mut all);
    let lasting: Vec<Token> = all
        .iter()
        .copied()
        .filter(|token| !matches!(words.get(*token).kind, Kind::Id | Kind::Quote))
        .collect();
    [
        spaced(words, &lasting, b" "),
        spaced(words, &all, b" "),
        spaced(words, tokens, b""),
    ]
}

fn spaced(words: &Words, tokens: &[Token], space: &[u8]) -> u64 {
    let texts: Vec<&[u8]> = tokens.iter().map(|token| words.text(*token)).collect();
    text_id(&texts.join(space))
}

/// Gives each of `patterns`, by its template and its count, an id that is not in `taken`.
pub fn assign(forest: &Forest, words: &Words, patterns: &[(Node, u64)], taken: &mut HashSet<u64>) -> Vec<u64> {
    let mut order: Vec<usize> = (0..patterns.len()).collect();
    order.sort_unstable_by(|left, right| {
        let (one, other) = (patterns[*left], patterns[*right]);
        Reverse(one.1)
            .cmp(&Reverse(other.1))
            .then_with(|| forest.order(words, one.0, other.0))
    });
    let mut ids = vec![0; patterns.len()];
    for index in order {
        ids[index] = first_free(candidates(words, forest.tokens(patterns[index].0)), taken);
    }
    ids
}

pub fn first_free(candidates: [u64; 3], taken: &mut HashSet<u64>) -> u64 {
    let free = candidates.into_iter().find(|id| !taken.contains(id));
    let mut id = free.unwrap_or(candidates[2]);
    while !taken.insert(id) {
        id = id.wrapping_add(1);
    }
    id
}
