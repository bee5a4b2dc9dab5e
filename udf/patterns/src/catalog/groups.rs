//! Groups of templates: those of one frame, and those that are connected.

use super::forest::{Buckets, Forest, Node, key};
use super::words::Token;

/// Stands for a word in a frame.
const WORD: Token = Token::MAX;

/// The templates that are equal but for the tokens that `may_differ`: groups of two or more, and of each at most the `most` most frequent.
pub fn frames(forest: &Forest, most: usize, may_differ: impl Fn(Token) -> bool) -> Vec<Vec<Node>> {
    let mut buckets = Buckets::default();
    let mut frame = Vec::new();
    for node in forest.live() {
        frame.clear();
        let tokens = forest.tokens(*node).iter();
        frame.extend(tokens.map(|token| if may_differ(*token) { WORD } else { *token }));
        buckets.push(key(&frame), *node);
    }
    let mut groups = Vec::new();
    buckets.groups(|nodes| {
        let mut nodes = nodes.to_vec();
        if nodes.len() > most {
            nodes.sort_by_key(|node| std::cmp::Reverse(forest.count(*node)));
            nodes.truncate(most);
        }
        groups.push(nodes);
    });
    groups
}

/// The nodes in groups of those that are alike, directly or through others; what is like nothing is a group of one. In the order of their
/// first nodes.
pub fn connected(nodes: &[Node], are_alike: impl Fn(Node, Node) -> bool) -> Vec<Vec<Node>> {
    let mut groups: Vec<usize> = (0..nodes.len()).collect();
    for (left, node) in nodes.iter().enumerate() {
        for (right, other) in nodes.iter().enumerate().skip(left + 1) {
            if groups[left] != groups[right] && are_alike(*node, *other) {
                let (kept, gone) = (groups[left].min(groups[right]), groups[left].max(groups[right]));
                groups
                    .iter_mut()
                    .filter(|group| **group == gone)
                    .for_each(|group| *group = kept);
            }
        }
    }
    let mut members: Vec<Vec<Node>> = vec![Vec::new(); nodes.len()];
    for (group, node) in groups.into_iter().zip(nodes) {
        members[group].push(*node);
    }
    members.retain(|group| !group.is_empty());
    members
}
