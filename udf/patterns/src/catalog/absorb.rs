//! Merges a rare template into a frequent one that differs only at one place: a word in the rare one, a placeholder in
//! the frequent one.

use super::align::MIN_PLAIN;
use super::forest::{Forest, Node, exchange, infos, key};
use super::slot_rules::opens_message;
use super::spoken::SpokenKeys;
use super::words::{BLANK, Kind, MASK, Token, Words};
use std::collections::{HashMap, HashSet};
use std::ops::Range;

/// Plain words that must remain when a word is masked. More must remain when it is the first word, which often names
/// the event, unless it holds a number.
pub const MIN_REST: usize = 2;
pub const MIN_REST_FIRST: usize = 4;

/// The most words of a name.
const MAX_NAME: usize = 4;

pub fn merge(forest: &mut Forest, words: &Words) -> bool {
    let by_words = by_words(forest, words);
    let mut gone: HashSet<Node> = HashSet::new();
    let mut merges: Vec<(Node, Node)> = Vec::new();
    let mut absorbed: Vec<Token> = Vec::new();
    let mut trial = Vec::new();
    for node in forest.live() {
        if let Some((hit, word)) = host_of(forest, words, &by_words, *node, &gone, &mut trial) {
            gone.insert(*node);
            merges.push((*node, hit));
            absorbed.push(word);
        }
    }
    forest.note_values(&absorbed);
    let mut changed = false;
    for (from, to) in merges {
        changed |= forest.merge(from, to);
    }
    if changed {
        forest.refresh(words);
    }
    changed
}

/// The most frequent template of each sequence of words.
pub fn by_words(forest: &Forest, words: &Words) -> HashMap<u64, Node> {
    let mut found: HashMap<u64, Node> = HashMap::new();
    for node in forest.live() {
        let best = found
            .entry(SpokenKeys::of(words, forest.tokens(*node)).whole())
            .or_insert(*node);
        if forest.count(*node) > forest.count(*best) {
            *best = *node;
        }
    }
    found
}

/// A template whose words are tried one by one.
struct Tried<'a> {
    node: Node,
    tokens: &'a [Token],
    key: u64,
    plain: usize,
    masks: usize,
    spoken: SpokenKeys,
}

/// The template that `node` is merged into, and the word of `node` for which that template has a placeholder.
fn host_of(
    forest: &Forest,
    words: &Words,
    by_words: &HashMap<u64, Node>,
    node: Node,
    gone: &HashSet<Node>,
    trial: &mut Vec<Token>,
) -> Option<(Node, Token)> {
    let tokens = forest.tokens(node);
    let tried = Tried {
        node,
        tokens,
        key: key(tokens),
        plain: infos(words, tokens).filter(|info| info.plain()).count(),
        masks: masks(tokens),
        spoken: SpokenKeys::of(words, tokens),
    };
    let mut first = true;
    for (place, token) in tokens.iter().enumerate() {
        let info = words.get(*token);
        if !info.word() {
            continue;
        }
        let least = if std::mem::take(&mut first) && !info.numbered() {
            MIN_REST_FIRST
        } else {
            MIN_REST
        };
        if info.state()
            || info.telling()
            || info.kind == Kind::Key
            || tried.plain < least
            || opens_message(words, &tokens[..place])
        {
            continue;
        }
        let name = name_end(words, tokens, place);
        for end in [place + 1, name].into_iter().take(1 + usize::from(name > place + 1)) {
            let rest = tried.plain - infos(words, &tokens[place..end]).filter(|info| info.plain()).count();
            if rest < least {
                break;
            }
            let hit = tried.equal_when_masked(forest, words, place..end, trial).or_else(|| {
                let spoken = tried.spoken.without(words, tokens, place..end)?;
                let hit = (rest >= MIN_PLAIN && tried.masks > 0)
                    .then(|| by_words.get(&spoken).copied())
                    .flatten()?;
                (hit != node && masks(forest.tokens(hit)) > tried.masks).then_some(hit)
            });
            if let Some(hit) = hit
                && forest.count(hit) >= forest.count(node)
                && !gone.contains(&hit)
            {
                return Some((hit, *token));
            }
        }
    }
    None
}

impl Tried<'_> {
    /// The live template that equals this one with the tokens at `places` masked.
    fn equal_when_masked(
        &self,
        forest: &Forest,
        words: &Words,
        places: Range<usize>,
        trial: &mut Vec<Token>,
    ) -> Option<Node> {
        let stops = |token: &&Token| **token == MASK || !words.get(**token).separator();
        let before = self.tokens[..places.start].iter().rev().find(stops);
        let after = self.tokens[places.end..].iter().find(stops);
        let alone = places.len() == 1 && before != Some(&MASK) && after != Some(&MASK);
        let key = if alone {
            // No run to collapse: the key changes at one place only.
            exchange(self.key, places.start, self.tokens[places.start], MASK)
        } else {
            mask_and_collapse(words, self.tokens, places, trial);
            key(trial)
        };
        forest.live_with_key(key).filter(|hit| *hit != self.node)
    }
}

fn masks(tokens: &[Token]) -> usize {
    tokens.iter().filter(|token| **token == MASK).count()
}

/// The end of the name that opens at `place`: words with capital initials follow each other in it.
fn name_end(words: &Words, tokens: &[Token], place: usize) -> usize {
    let titled = |at: usize| {
        tokens
            .get(at)
            .is_some_and(|token| words.get(*token).plain() && words.text(*token)[0].is_ascii_uppercase())
    };
    let mut end = place + 1;
    while end < place + 2 * MAX_NAME - 1 && titled(end - 1) && tokens.get(end) == Some(&BLANK) && titled(end + 1) {
        end += 2;
    }
    end
}

/// `tokens` with those at `places` masked and the run of placeholders around them as one.
pub fn mask_and_collapse(words: &Words, tokens: &[Token], places: Range<usize>, out: &mut Vec<Token>) {
    let mut start = places.start;
    let mut at = start;
    while at > 0 && (tokens[at - 1] == MASK || words.get(tokens[at - 1]).separator()) {
        at -= 1;
        if tokens[at] == MASK {
            start = at;
        }
    }
    let mut end = places.end;
    at = end;
    while at < tokens.len() && (tokens[at] == MASK || words.get(tokens[at]).separator()) {
        at += 1;
        if tokens[at - 1] == MASK {
            end = at;
        }
    }
    out.clear();
    out.extend_from_slice(&tokens[..start]);
    out.push(MASK);
    out.extend_from_slice(&tokens[end..]);
}

/// Merges `nodes` into the template of `tokens`, whose runs of placeholders are collapsed. Says whether anything changed.
pub fn merge_as(forest: &mut Forest, words: &Words, nodes: &[Node], mut tokens: Vec<Token>) -> bool {
    collapse_runs(words, &mut tokens);
    let target = forest.node(&tokens);
    let mut changed = false;
    for node in nodes {
        changed |= forest.merge(*node, target);
    }
    changed
}

/// `tokens` with every run of placeholders, and what is only punctuation between them, as one placeholder.
pub fn collapse_runs(words: &Words, tokens: &mut Vec<Token>) {
    let mut kept = 0;
    // Where the last placeholder stands among the kept tokens, while only separators follow it.
    let mut open: Option<usize> = None;
    for at in 0..tokens.len() {
        let token = tokens[at];
        if token == MASK {
            kept = open.unwrap_or(kept);
            open = Some(kept);
        } else if !words.get(token).separator() {
            open = None;
        }
        tokens[kept] = token;
        kept += 1;
    }
    tokens.truncate(kept);
}
