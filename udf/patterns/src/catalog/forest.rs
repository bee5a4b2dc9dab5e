//! The templates of a catalog under construction, and which has been merged into which.

use super::words::{HOLE, Info, Token, Words};
use std::cmp::Ordering;
use std::collections::HashMap;
use std::collections::hash_map::Entry;

/// A template by its number in the [`Forest`].
pub type Node = u32;

/// How many tokens a block holds.
const BLOCK: usize = 1 << 20;

/// Where the tokens of a template lie.
#[derive(Clone, Copy, Debug)]
struct Span {
    block: u32,
    start: u32,
    length: u32,
}

#[derive(Clone, Debug, Default)]
pub struct Forest {
    /// The tokens of all templates, in blocks that never move: one growing buffer would be copied, and for a moment be
    /// in memory twice.
    blocks: Vec<Vec<Token>>,
    spans: Vec<Span>,
    counts: Vec<u64>,
    parents: Vec<Node>,
    index: HashMap<u64, Node>,
    /// In how many slots each word has been one of many values.
    values: HashMap<Token, u32>,
    /// The templates that have not been merged into another, in the order of their texts.
    live: Vec<Node>,
}

/// Mixes a token and its place into 64 bits (the finaliser of SplitMix64).
#[inline]
pub fn mix(place: usize, token: Token) -> u64 {
    let mut value = (place as u64) << 32 | u64::from(token);
    value = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

/// A key of a sequence of tokens: a sum over the places, so that exchanging one token costs one addition.
pub fn key(tokens: &[Token]) -> u64 {
    tokens
        .iter()
        .enumerate()
        .fold(mix(usize::MAX, tokens.len() as Token), |sum, (place, token)| {
            sum.wrapping_add(mix(place, *token))
        })
}

/// The key of the sequence with `token` at `place` exchanged for `other`.
#[inline]
pub fn exchange(key: u64, place: usize, token: Token, other: Token) -> u64 {
    key.wrapping_sub(mix(place, token)).wrapping_add(mix(place, other))
}

/// The key of the sequence with the token at `place` exchanged for a hole.
#[inline]
pub fn with_hole(key: u64, place: usize, token: Token) -> u64 {
    exchange(key, place, token, HOLE)
}

/// Collects (key, node) pairs and hands out the nodes that share a key, in the order in which they came.
#[derive(Default)]
pub struct Buckets {
    entries: Vec<(u64, Node)>,
}

impl Buckets {
    pub fn push(&mut self, key: u64, node: Node) {
        self.entries.push((key, node));
    }

    /// Calls `each` with every group of two nodes or more; the groups come in the order of their first nodes.
    pub fn groups(mut self, mut each: impl FnMut(&[Node])) {
        let mut places: HashMap<u64, u32> = HashMap::with_capacity(self.entries.len());
        for (key, _) in &mut self.entries {
            let next = places.len() as u32;
            *key = u64::from(*places.entry(*key).or_insert(next));
        }
        drop(places);
        // Stable: nodes stay in the order in which they came.
        self.entries.sort_by_key(|(place, _)| *place);
        let mut nodes = Vec::new();
        for group in self.entries.chunk_by(|left, right| left.0 == right.0) {
            if group.len() > 1 {
                nodes.clear();
                nodes.extend(group.iter().map(|(_, node)| *node));
                each(&nodes);
            }
        }
    }
}

impl Forest {
    /// The node of `tokens`, made when there is none.
    pub fn node(&mut self, tokens: &[Token]) -> Node {
        let next = self.counts.len() as Node;
        match self.index.entry(key(tokens)) {
            Entry::Occupied(entry) => *entry.get(),
            Entry::Vacant(entry) => {
                entry.insert(next);
                let full = self
                    .blocks
                    .last()
                    .is_none_or(|block| block.len() + tokens.len() > block.capacity());
                if full {
                    self.blocks.push(Vec::with_capacity(BLOCK.max(tokens.len())));
                }
                let number = self.blocks.len() - 1;
                let block = &mut self.blocks[number];
                self.spans.push(Span {
                    block: number as u32,
                    start: block.len() as u32,
                    length: tokens.len() as u32,
                });
                block.extend_from_slice(tokens);
                self.counts.push(0);
                self.parents.push(next);
                next
            }
        }
    }

    /// Frees the tokens of all templates when merging is over; templates are still found by their keys.
    pub fn forget_tokens(&mut self) {
        self.blocks = Vec::new();
        self.live = Vec::new();
    }

    pub fn add(&mut self, node: Node, count: u64) {
        self.counts[node as usize] = self.counts[node as usize].saturating_add(count);
    }

    pub fn tokens(&self, node: Node) -> &[Token] {
        let span = self.spans[node as usize];
        &self.blocks[span.block as usize][span.start as usize..][..span.length as usize]
    }

    pub fn count(&self, node: Node) -> u64 {
        self.counts[node as usize]
    }

    pub fn live(&self) -> &[Node] {
        &self.live
    }

    /// Records the values of a slot.
    pub fn note_values(&mut self, values: &[Token]) {
        for value in values {
            *self.values.entry(*value).or_default() += 1;
        }
    }

    /// In how many slots each word has been one of many values.
    pub fn values(&self) -> &HashMap<Token, u32> {
        &self.values
    }

    /// The live node with this key.
    pub fn live_with_key(&self, key: u64) -> Option<Node> {
        self.index.get(&key).copied().filter(|node| self.is_live(*node))
    }

    /// The node with exactly these tokens, merged or not.
    pub fn lookup(&self, tokens: &[Token]) -> Option<Node> {
        self.index.get(&key(tokens)).copied()
    }

    fn is_live(&self, node: Node) -> bool {
        self.parents[node as usize] == node && self.counts[node as usize] > 0
    }

    /// The live node that `node` has been merged into.
    pub fn root(&self, node: Node) -> Node {
        let mut node = node;
        while self.parents[node as usize] != node {
            node = self.parents[node as usize];
        }
        node
    }

    /// Merges `from` into `to`; says whether that changed anything.
    pub fn merge(&mut self, from: Node, to: Node) -> bool {
        let (from, to) = (self.root(from), self.root(to));
        if from == to {
            return false;
        }
        self.parents[from as usize] = to;
        let count = std::mem::take(&mut self.counts[from as usize]);
        self.add(to, count);
        true
    }

    /// Lists the live nodes anew, after merges.
    pub fn refresh(&mut self, words: &Words) {
        let mut live: Vec<Node> = (0..self.counts.len() as Node)
            .filter(|node| self.is_live(*node))
            .collect();
        live.sort_unstable_by(|left, right| self.order(words, *left, *right));
        self.live = live;
    }

    /// The order of the texts of two nodes.
    pub fn order(&self, words: &Words, left: Node, right: Node) -> Ordering {
        let rank = |token: &Token| words.get(*token).rank;
        self.tokens(left)
            .iter()
            .map(rank)
            .cmp(self.tokens(right).iter().map(rank))
    }

    /// The most frequent of `nodes`, the first in order among equals. `nodes` are in order.
    pub fn most_frequent(&self, nodes: &[Node]) -> Option<Node> {
        nodes.iter().copied().rev().max_by_key(|node| self.count(*node))
    }
}

/// The tokens of a node with what is known of them.
pub fn infos<'a>(words: &'a Words, tokens: &'a [Token]) -> impl Iterator<Item = &'a Info> {
    tokens.iter().map(|token| words.get(*token))
}
