//! Attaches a new shape to a pattern of a catalog that is already built, at a cost that depends on the shape alone.

use super::CatalogOptions;
use super::absorb::{MIN_REST, MIN_REST_FIRST, mask_and_collapse};
use super::align::{MIN_PLAIN, plain_count};
use super::build::compared_tokens;
use super::forest::{Forest, Node, infos};
use super::ids::{candidates, first_free};
use super::spoken::SpokenKeys;
use super::words::{Token, Words};
use std::collections::{HashMap, HashSet};

/// What is kept of a build to attach shapes: its words, its templates, and indexes to find a template.
#[derive(Clone, Debug)]
pub struct Attacher {
    words: Words,
    forest: Forest,
    by_words: HashMap<u64, Node>,
    patterns: HashMap<Node, u32>,
    taken: HashSet<u64>,
}

/// Where a new shape belongs.
pub enum Attached {
    /// To the pattern of this number.
    To(u32),
    /// To a new pattern with this id.
    New(u64),
}

impl Attacher {
    /// `by_words` has the most frequent template of each sequence of words, `numbers` the pattern of each live one.
    pub fn new(
        words: Words,
        forest: Forest,
        by_words: HashMap<u64, Node>,
        numbers: Vec<(Node, u32)>,
        taken: HashSet<u64>,
    ) -> Self {
        Attacher {
            words,
            forest,
            by_words,
            patterns: numbers.into_iter().collect(),
            taken,
        }
    }

    /// Finds the pattern of the shape: one that holds the same tokens, or the same with one word masked, or the same
    /// words. If there is none, the shape opens the pattern `next`.
    pub fn attach(&mut self, text: &[u8], options: &CatalogOptions, next: u32) -> Attached {
        let mut tokens = Vec::new();
        compared_tokens(text, options, &mut self.words, &mut tokens);
        if let Some(number) = self.pattern_of(self.forest.lookup(&tokens)) {
            return Attached::To(number);
        }
        let found = self
            .with_one_word_masked(&tokens)
            .or_else(|| self.with_the_same_words(&tokens));
        let node = self.forest.node(&tokens);
        self.patterns.insert(node, found.unwrap_or(next));
        found.map_or_else(
            || Attached::New(first_free(candidates(&self.words, &tokens), &mut self.taken)),
            Attached::To,
        )
    }

    fn pattern_of(&self, node: Option<Node>) -> Option<u32> {
        self.patterns.get(&self.forest.root(node?)).copied()
    }

    fn with_one_word_masked(&self, tokens: &[Token]) -> Option<u32> {
        let mut trial = Vec::new();
        let mut first = true;
        for (place, token) in tokens.iter().enumerate() {
            let info = self.words.get(*token);
            if !info.word() {
                continue;
            }
            let least = if std::mem::take(&mut first) && !info.numbered() {
                MIN_REST_FIRST
            } else {
                MIN_REST
            };
            if info.state() || info.telling() {
                continue;
            }
            mask_and_collapse(&self.words, tokens, place..place + 1, &mut trial);
            if infos(&self.words, &trial).filter(|info| info.plain()).count() < least {
                continue;
            }
            if let Some(number) = self.pattern_of(self.forest.lookup(&trial)) {
                return Some(number);
            }
        }
        None
    }

    fn with_the_same_words(&self, tokens: &[Token]) -> Option<u32> {
        if plain_count(&self.words, tokens) < MIN_PLAIN {
            return None;
        }
        let spoken = SpokenKeys::of(&self.words, tokens).whole();
        self.pattern_of(self.by_words.get(&spoken).copied())
    }
}
