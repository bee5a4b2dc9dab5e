//! Masks columns of a line's header that vary independently of the message: hosts, labels, names of nodes.
//!
//! Lines of one log often open with columns of which some are masked already: `1117838570 gate4 unix.hw 1077804742 1
//! Link down`. That one of the other columns is a variable shows in this: several different messages occur with several of
//! its values each, whereas a word of the message does not come with the same variants in unrelated messages.

use super::absorb::mask_and_collapse;
use super::align::plain_count;
use super::forest::{Forest, Node, infos, key};
use super::words::{BLANK, MASK, Token, Words};
use crate::shape::text_id;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::ops::Range;

/// How many columns from the start may be masked, and within how many a masked column must follow.
const COLUMNS: usize = 6;
const REACH: usize = 8;
/// Different messages that must each occur with two values of a column or more.
const MIN_MESSAGES: usize = 3;
/// Plain words that make a message tell apart from others.
const MIN_PLAIN: usize = 2;
/// Stands for a column that an earlier rule has masked already.
const MASKED: u64 = 0;

pub fn merge(forest: &mut Forest, words: &Words) -> bool {
    let mut changed = false;
    for column in 0..COLUMNS {
        while mask_column(forest, words, column) {
            changed = true;
        }
    }
    changed
}

fn mask_column(forest: &mut Forest, words: &Words, column: usize) -> bool {
    let mut trial = Vec::new();
    // Each template with the column masked: the key of what remains, and the value that was there.
    let mut found: Vec<(Node, u64, u64)> = Vec::new();
    for node in forest.live() {
        let tokens = forest.tokens(*node);
        if let Some((place, value)) = header_column(words, tokens, column) {
            mask_and_collapse(words, tokens, place, &mut trial);
            if plain_count(words, &trial) >= MIN_PLAIN || value != MASKED {
                found.push((*node, key(&trial), value));
            }
        }
    }
    let variable = independent_values(forest, words, &found);
    if variable.is_empty() {
        return false;
    }
    let mut changed = false;
    for (node, _, value) in found {
        if variable.contains(&value) {
            let tokens = forest.tokens(node);
            if let Some((place, _)) = header_column(words, tokens, column) {
                mask_and_collapse(words, tokens, place, &mut trial);
                let target = forest.node(&trial);
                changed |= forest.merge(node, target);
            }
        }
    }
    if changed {
        forest.refresh(words);
    }
    changed
}

/// The values of the column that occur with the same message as another value does, in enough messages.
fn independent_values(forest: &Forest, words: &Words, found: &[(Node, u64, u64)]) -> HashSet<u64> {
    let mut values: HashMap<u64, BTreeSet<u64>> = HashMap::new();
    for (node, rest, value) in found {
        if plain_count(words, forest.tokens(*node)) >= MIN_PLAIN {
            values.entry(*rest).or_default().insert(*value);
            // The template may stand there already with its column masked.
            if *value != MASKED && forest.live_with_key(*rest).is_some() {
                values.entry(*rest).or_default().insert(MASKED);
            }
        }
    }
    let mut messages: HashMap<u64, usize> = HashMap::new();
    for values in values.values().filter(|values| values.len() > 1) {
        for value in values {
            *messages.entry(*value).or_default() += 1;
        }
    }
    messages.retain(|value, messages| *value != MASKED && *messages >= MIN_MESSAGES);
    messages.into_keys().collect()
}

/// The place of the column's tokens and a number for its value; `None` where it is no column of a header.
fn header_column(words: &Words, tokens: &[Token], column: usize) -> Option<(Range<usize>, u64)> {
    let mut start = 0;
    let mut found = None;
    for (index, field) in tokens.split(|token| *token == BLANK).take(column + REACH).enumerate() {
        let range = start..start + field.len();
        start = range.end + 1;
        if index < column {
            // Words before it mean that the message has begun.
            if infos(words, field).any(|info| info.word) {
                return None;
            }
        } else if index == column {
            found = Some((range, value_of(words, field)?));
        } else if field == [MASK] || (index == column + 1 && closes_column(words, field)) {
            return found;
        }
    }
    None
}

/// Whether the field can only stand between columns: a separator or a severity.
fn closes_column(words: &Words, field: &[Token]) -> bool {
    let separator = |token: &Token| words.get(*token).separator || matches!(words.text(*token), b"|" | b"[" | b"]");
    !field.is_empty() && field.iter().all(|token| separator(token) || words.get(*token).level)
}

fn value_of(words: &Words, field: &[Token]) -> Option<u64> {
    if field == [MASK] {
        return Some(MASKED);
    }
    let telling = |token: &Token| {
        let info = words.get(*token);
        info.state || info.inflected || info.level
    };
    // A column that ends with a colon is the tag of the program, one in brackets a level or a thread.
    let tag = field
        .iter()
        .any(|token| matches!(words.text(*token), b":" | b"[" | b"]" | b"(" | b")"));
    if field.is_empty() || tag || field.iter().any(telling) {
        return None;
    }
    let texts: Vec<&[u8]> = field.iter().map(|token| words.text(*token)).collect();
    Some(text_id(&texts.concat()).max(1))
}
