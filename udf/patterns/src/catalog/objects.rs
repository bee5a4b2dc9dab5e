//! Masks the object of a message that opens with a verb: `Started Rotate log files.`, `Stopping Rotate log files...`.
//!
//! The name of a service or a job may be several words, which a slot of one word does not find. Such names are found by
//! repetition: many phrases each follow several verbs, while in other messages a phrase follows only its own verb.

use super::absorb::merge_as;
use super::forest::{Forest, Node, infos, key};
use super::slot_rules::header_end;
use super::words::{BLANK, MASK, Token, Words};
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::ops::Range;

/// Phrases that must each follow two verbs or more.
const MIN_PHRASES: usize = 3;

/// A template cut into header, verb and phrase.
struct Cut {
    node: Node,
    /// What stands before the verb, as a key.
    header: u64,
    verb: Token,
    /// The places of the phrase, without the punctuation that ends the sentence.
    phrase: Range<usize>,
}

pub fn merge(forest: &mut Forest, words: &Words) -> bool {
    let cuts: Vec<Cut> = forest
        .live()
        .iter()
        .filter_map(|node| cut(forest, words, *node))
        .collect();
    let mut verbs: BTreeMap<(u64, u64), BTreeSet<Token>> = BTreeMap::new();
    for cut in &cuts {
        let phrase = &forest.tokens(cut.node)[cut.phrase.clone()];
        if !infos(words, phrase).any(|info| info.masked()) {
            verbs.entry((cut.header, key(phrase))).or_default().insert(cut.verb);
        }
    }
    let mut phrases: BTreeMap<(u64, Token), usize> = BTreeMap::new();
    for ((header, _), verbs) in verbs.iter().filter(|(_, verbs)| verbs.len() > 1) {
        for verb in verbs {
            *phrases.entry((*header, *verb)).or_default() += 1;
        }
    }
    let takes_any: HashSet<(u64, Token)> = phrases
        .into_iter()
        .filter(|(_, count)| *count >= MIN_PHRASES)
        .map(|(verb, _)| verb)
        .collect();
    let mut changed = false;
    for cut in cuts.iter().filter(|cut| takes_any.contains(&(cut.header, cut.verb))) {
        let mut tokens = forest.tokens(cut.node).to_vec();
        tokens.splice(cut.phrase.clone(), [MASK]);
        changed |= merge_as(forest, words, &[cut.node], tokens);
    }
    if changed {
        forest.refresh(words);
    }
    changed
}

fn cut(forest: &Forest, words: &Words, node: Node) -> Option<Cut> {
    let tokens = forest.tokens(node);
    let mut start = header_end(words, tokens, tokens.len());
    start += tokens[start..].iter().take_while(|token| **token == BLANK).count();
    let verb = *tokens.get(start)?;
    let info = words.get(verb);
    if !info.plain() || !(info.inflected() || info.state()) || tokens.get(start + 1) != Some(&BLANK) {
        return None;
    }
    let mut from = start + 2;
    let mut verb = verb;
    // `Failed to start …`: the verb is the second.
    if let [to, BLANK, second, BLANK, ..] = tokens[from..]
        && words.text(to) == b"to"
        && words.get(second).plain()
    {
        verb = second;
        from += 4;
    }
    let end = |token: &&Token| !words.get(**token).word() && **token != MASK;
    let to = tokens.len() - tokens[from..].iter().rev().take_while(end).count();
    let spoken = infos(words, tokens.get(from..to)?).any(|info| info.word());
    spoken.then(|| Cut {
        node,
        header: key(&tokens[..start]),
        verb,
        phrase: from..to,
    })
}
