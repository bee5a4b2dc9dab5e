//! Builds the patterns of a catalog from all its shapes.

use super::absorb::by_words;
use super::attach::Attacher;
use super::forest::{Forest, Node};
use super::merge::merge_all;
use super::tokens::{MAX_TOKENS, collapse, collapse_items, collapse_records, erase_kinds, mask_state_rows, tokenize};
use super::words::{MASK_BYTE, Token, Words};
use super::{CatalogOptions, Entry, Pattern, display, ids, keyed, methods};
use std::cmp::Reverse;
use std::collections::HashSet;

/// Merges `entries` and writes the number of its pattern into each. Returns the patterns, and what attaches more
/// shapes.
pub fn build(entries: &mut [Entry], options: &CatalogOptions) -> (Vec<Pattern>, Attacher) {
    let mut order: Vec<u32> = (0..entries.len() as u32).collect();
    order.sort_unstable_by(|left, right| entries[*left as usize].text.cmp(&entries[*right as usize].text));
    let (mut words, mut forest) = (Words::new(), Forest::default());
    let mut tokens = Vec::new();
    // The node of each entry, or nothing for one that belongs to a pattern made by hand.
    let mut nodes: Vec<Option<Node>> = vec![None; entries.len()];
    for index in &order {
        let entry = &entries[*index as usize];
        if hand_made(&entry.text, options).is_none() {
            compared_tokens(&entry.text, options, &mut words, &mut tokens);
            let node = forest.node(&tokens);
            forest.add(node, entry.count.max(1));
            nodes[*index as usize] = Some(node);
        }
    }
    words.rank();
    forest.refresh(&words);
    merge_all(&mut forest, &words);

    let mut patterns = named_patterns(entries, options);
    let named = patterns.len();
    let mut members: Vec<(Node, u32)> = order
        .iter()
        .filter_map(|index| Some((forest.root(nodes[*index as usize]?), *index)))
        .collect();
    // Stable: equally frequent members stay in the order of their texts.
    members.sort_by_key(|(node, index)| (*node, Reverse(entries[*index as usize].count)));
    let groups: Vec<&mut [(Node, u32)]> = members.chunk_by_mut(|left, right| left.0 == right.0).collect();
    let numbers: Vec<(Node, u32)> = groups.iter().map(|group| group[0].0).zip(named as u32..).collect();
    let mut taken: HashSet<u64> = patterns.iter().map(|pattern| pattern.id).collect();
    let counted: Vec<(Node, u64)> = numbers.iter().map(|(node, _)| (*node, forest.count(*node))).collect();
    let ids = ids::assign(&forest, &words, &counted, &mut taken);
    let by_words = by_words(&forest, &words);
    // Freed now: the texts of a million patterns need the memory.
    forest.forget_tokens();
    for (group, id) in groups.into_iter().zip(ids) {
        put_representative_first(group, entries);
        let number = patterns.len() as u32;
        let texts: Vec<&[u8]> = group
            .iter()
            .take(display::MAX_MEMBERS + 1)
            .map(|(_, index)| &*entries[*index as usize].text)
            .collect();
        let template = display::template(&texts, &mut words);
        patterns.push(Pattern {
            id,
            ignored: options.ignore.iter().any(|rule| rule.matches(template.as_bytes())),
            template,
            name: None,
            count: 0,
            shapes: 0,
        });
        for (_, index) in group.iter() {
            entries[*index as usize].pattern = number;
        }
    }
    for entry in entries.iter() {
        let pattern = &mut patterns[entry.pattern as usize];
        pattern.count = pattern.count.saturating_add(entry.count);
        pattern.shapes += 1;
    }
    (patterns, Attacher::new(words, forest, by_words, numbers, taken))
}

/// Moves the member that gives the pattern its layout to the front: the first in order of those that are at least a
/// quarter as frequent as the most frequent one. Members of about the same frequency overtake each other as logs grow,
/// and that should not change the text.
fn put_representative_first(group: &mut [(Node, u32)], entries: &[Entry]) {
    let count = |member: &(Node, u32)| entries[member.1 as usize].count;
    let most = group.iter().map(count).max().unwrap_or(0);
    let frequent = group
        .iter()
        .enumerate()
        .filter(|(_, member)| count(member) >= most.div_ceil(4));
    let first = frequent
        .min_by_key(|(_, member)| &entries[member.1 as usize].text)
        .map_or(0, |(place, _)| place);
    group[..=first].rotate_right(1);
}

/// The patterns made by hand, with their number written into the entries that belong to them.
fn named_patterns(entries: &mut [Entry], options: &CatalogOptions) -> Vec<Pattern> {
    for entry in entries.iter_mut() {
        if let Some(number) = hand_made(&entry.text, options) {
            entry.pattern = number;
        }
    }
    options
        .patterns
        .iter()
        .map(|named| Pattern {
            id: crate::shape::text_id(named.text.source().as_bytes()),
            template: named.text.source().to_owned(),
            name: Some(named.name.clone()),
            ignored: options
                .ignore
                .iter()
                .any(|rule| rule.matches(named.text.source().as_bytes())),
            count: 0,
            shapes: 0,
        })
        .collect()
}

/// The number of the first pattern made by hand that the text of a shape matches.
pub fn hand_made(text: &[u8], options: &CatalogOptions) -> Option<u32> {
    options
        .patterns
        .iter()
        .position(|named| named.text.matches(text))
        .map(|number| number as u32)
}

/// The tokens by which a shape is compared with others.
pub fn compared_tokens(text: &[u8], options: &CatalogOptions, words: &mut Words, out: &mut Vec<Token>) {
    let (mut erased, _) = erase_kinds(text);
    if !options.masks.is_empty() {
        erased = mask_words(&erased, options);
    }
    tokenize(&collapse(&erased), words, out);
    out.truncate(MAX_TOKENS);
    collapse_records(words, out);
    collapse_items(words, out);
    mask_state_rows(words, out);
    keyed::mark(words, out);
    methods::mask(words, out);
}

/// `erased` with the words masked that a mask of the user matches. A word ends at blanks, quotes, brackets and `=,;:`.
fn mask_words(erased: &[u8], options: &CatalogOptions) -> Vec<u8> {
    let ends = |byte: &u8| b" \"'()[]{}<>=,;:|".contains(byte);
    let mut masked = Vec::with_capacity(erased.len());
    for piece in erased.chunk_by(|left, right| !ends(left) && !ends(right)) {
        if options.masks.iter().any(|mask| mask.matches(piece)) && !piece.iter().all(ends) {
            masked.push(MASK_BYTE);
        } else {
            masked.extend_from_slice(piece);
        }
    }
    masked
}
