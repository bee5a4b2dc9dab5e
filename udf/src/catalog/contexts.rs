//! Where each word stands: whether a word is used in one place only or is part of the common language of the logs.

use super::forest::Forest;
use super::words::{BLANK, Token, Words};

/// What stands at the ends of a template, seen as a neighbour.
pub const EDGE: Token = Token::MAX;
const MANY: u64 = u64::MAX;
const NONE: u64 = u64::MAX - 1;

/// For each word its one pair of neighbours, or that it has several.
pub struct Contexts {
    seen: Vec<u64>,
}

fn pair(before: Token, after: Token) -> u64 {
    u64::from(before) << 32 | u64::from(after)
}

impl Contexts {
    pub fn of(forest: &Forest, words: &Words) -> Self {
        let mut seen = vec![NONE; words.info.len()];
        for node in forest.live() {
            let mut before = EDGE;
            let mut previous: Option<(Token, Token)> = None;
            let mut note = |token: Token, before: Token, after: Token| {
                if words.get(token).word {
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
        Contexts { seen }
    }

    /// Whether `word` is seen between other neighbours than these.
    pub fn elsewhere(&self, word: Token, before: Token, after: Token) -> bool {
        let context = self.seen[word as usize];
        context != NONE && context != pair(before, after)
    }
}
