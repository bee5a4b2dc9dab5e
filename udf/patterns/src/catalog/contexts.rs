//! Where each word stands: whether a word is used in one place only or is part of the common language of the logs.

use super::forest::Forest;
use super::words::{BLANK, Token, Words};
use std::collections::HashMap;

/// What stands at the ends of a template, seen as a neighbour.
pub const EDGE: Token = Token::MAX;
const MANY: u64 = u64::MAX;
const NONE: u64 = u64::MAX - 1;

/// How each word is used.
pub struct Contexts {
    /// The only pair of neighbours that each word has, [`MANY`] for several, [`NONE`] for a word that is not used.
    seen: Vec<u64>,
    /// How often each word stands in a template.
    uses: Vec<u32>,
    /// How often it is one of many alternatives at its place.
    alternatives: HashMap<Token, u32>,
    /// In how many of the slots found so far it was one of many values.
    slots: HashMap<Token, u32>,
}

fn pair(before: Token, after: Token) -> u64 {
    u64::from(before) << 32 | u64::from(after)
}

impl Contexts {
    pub fn of(forest: &Forest, words: &Words) -> Self {
        let mut seen = vec![NONE; words.info.len()];
        let mut uses = vec![0; words.info.len()];
        for node in forest.live() {
            let mut before = EDGE;
            let mut previous: Option<(Token, Token)> = None;
            let mut note = |token: Token, before: Token, after: Token| {
                if words.get(token).word() {
                    uses[token as usize] += 1;
                    let context = pair(before, after);
                    let entry = &mut seen[token as usize];
                    *entry = match *entry {
                        NONE => context,
                        known if known == context => context,
                        _ => MANY,
                    };
                }
            };
            for token in forest.tokens(*node).iter().copied().filter(|token| *token != BLANK) {
                if let Some((word, left)) = previous {
                    note(word, left, token);
                }
                previous = Some((token, before));
                before = token;
            }
            if let Some((word, left)) = previous {
                note(word, left, EDGE);
            }
        }
        Contexts {
            alternatives: HashMap::new(),
            slots: forest.values().clone(),
            seen,
            uses,
        }
    }

    /// Records words that are alternatives at one place.
    pub fn note_alternatives(&mut self, words: impl Iterator<Item = Token>) {
        for word in words {
            *self.alternatives.entry(word).or_default() += 1;
        }
    }

    /// Whether `word` also stands between other neighbours, and not only as one of many alternatives. Names of users or
    /// services stand in many places too, but as one of many alternatives in each.
    pub fn elsewhere(&self, word: Token, before: Token, after: Token) -> bool {
        let context = self.seen[word as usize];
        let free = self.uses[word as usize] > times(&self.alternatives, word);
        free && context != NONE && context != pair(before, after)
    }

    /// Whether `word` is one of many alternatives at more than one place.
    pub fn recurring(&self, word: Token) -> bool {
        times(&self.alternatives, word) + times(&self.slots, word) > 1
    }
}

fn times(counts: &HashMap<Token, u32>, word: Token) -> u32 {
    counts.get(&word).copied().unwrap_or(0)
}
