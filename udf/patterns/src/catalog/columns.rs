//! Masks columns of a line's header that vary independently of the message: hosts, labels, names of nodes.
//!
//! Lines of one log often open with columns of which some are masked already:
//! `1117838570 gate4 unix.hw 1077804742 1 Link down`. Another column is a variable when several different messages each
//! occur with several of its values. A word of the message does not have the same variants in unrelated messages.

use super::absorb::mask_and_collapse;
use super::align::plain_count;
use super::forest::{Forest, Node, infos, key};
use super::words::{BLANK, MASK, Token, Words};
use crate::shape::text_id;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::ops::Range;

/// How many columns from the start may be masked.
const COLUMNS: usize = 6;
/// Among so many columns from the one in question, a later one must be masked already.
const REACH: usize = 8;
/// Different messages that must each occur with two values of a column or more.
const MIN_MESSAGES: usize = 3;
/// Plain words that a message must have to be told apart from others.
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
    let variable = independent_values(forest, words, column, &found);
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

/// A message without the column: a template that has it, and the values that the column has with it.
struct Message {
    node: Node,
    values: BTreeSet<u64>,
}

/// The values of the column that vary independently: each occurs with enough messages that have other values too.
fn independent_values(forest: &Forest, words: &Words, column: usize, found: &[(Node, u64, u64)]) -> HashSet<u64> {
    let mut messages: BTreeMap<u64, Message> = BTreeMap::new();
    for (node, rest, value) in found {
        if plain_count(words, forest.tokens(*node)) >= MIN_PLAIN {
            let message = messages.entry(*rest).or_insert_with(|| Message {
                node: *node,
                values: BTreeSet::new(),
            });
            message.values.insert(*value);
            // The same message may be there already with its column masked.
            if *value != MASKED && forest.live_with_key(*rest).is_some() {
                message.values.insert(MASKED);
            }
        }
    }
    // For each value the words of its messages. Messages that differ in one word count as one: the word may be a name,
    // and what varies before a name may well be a verb.
    let mut unlike: HashMap<u64, Vec<HashSet<Token>>> = HashMap::new();
    for message in messages.values().filter(|message| message.values.len() > 1) {
        let spoken = words_behind(words, forest.tokens(message.node), column);
        for value in message.values.iter().filter(|value| **value != MASKED) {
            let known = unlike.entry(*value).or_default();
            let differs =
                |other: &HashSet<Token>| spoken.difference(other).count().max(other.difference(&spoken).count()) > 1;
            if known.len() < MIN_MESSAGES && known.iter().all(differs) {
                known.push(spoken.clone());
            }
        }
    }
    unlike
        .into_iter()
        .filter(|(_, messages)| messages.len() >= MIN_MESSAGES)
        .map(|(value, _)| value)
        .collect()
}

fn words_behind(words: &Words, tokens: &[Token], column: usize) -> HashSet<Token> {
    let place = header_column(words, tokens, column).map_or(0, |(place, _)| place.end);
    tokens[place..]
        .iter()
        .copied()
        .filter(|token| words.get(*token).word())
        .collect()
}

/// The place of the column's tokens and a number for its value; `None` where there is no such column in a header.
fn header_column(words: &Words, tokens: &[Token], column: usize) -> Option<(Range<usize>, u64)> {
    let mut start = 0;
    let mut found = None;
    for (index, field) in tokens.split(|token| *token == BLANK).take(column + REACH).enumerate() {
        let range = start..start + field.len();
        start = range.end + 1;
        if index < column {
            // Words before it mean that the message has begun.
            if infos(words, field).any(|info| info.word()) {
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
    let separator = |token: &Token| words.get(*token).separator() || matches!(words.text(*token), b"|" | b"[" | b"]");
    !field.is_empty() && field.iter().all(|token| separator(token) || words.get(*token).level())
}

fn value_of(words: &Words, field: &[Token]) -> Option<u64> {
    if field == [MASK] {
        return Some(MASKED);
    }
    let telling = |token: &Token| {
        let info = words.get(*token);
        info.state() || info.inflected() || info.telling()
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
