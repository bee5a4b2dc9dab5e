//! Merges templates that have the same words and differ in what is masked, in punctuation or in units.

use super::absorb::merge_as;
use super::forest::{Buckets, Forest, Node, infos, key};
use super::slot_rules::header_end;
use super::words::{BLANK, Info, Kind, MASK, Token, Words};

/// Templates with the same words are merged only when so many of the words are plain.
pub const MIN_PLAIN: usize = 4;
const MIN_FIELDS: usize = 3;
/// Stands for a masked field in a key.
const FIELD: Token = Token::MAX;

/// Whether `token` is a word that counts: a unit behind a placeholder does not. `after_mask` is the state from token to
/// token: whether a placeholder came last.
pub fn counts_as_spoken(words: &Words, token: Token, after_mask: &mut bool) -> bool {
    let info = words.get(token);
    let counts = info.word() && !(*after_mask && info.unit());
    // A unit leaves the state as it is: another unit may follow.
    if token != BLANK && (counts || !info.word()) {
        *after_mask = token == MASK || (*after_mask && matches!(words.text(token), b"(" | b")"));
    }
    counts
}

/// The words of a template that count.
pub fn said(words: &Words, tokens: &[Token], out: &mut Vec<Token>) {
    out.clear();
    let mut after_mask = false;
    out.extend(
        tokens
            .iter()
            .copied()
            .filter(|token| counts_as_spoken(words, *token, &mut after_mask)),
    );
}

pub fn plain_count(words: &Words, tokens: &[Token]) -> usize {
    infos(words, tokens).filter(|info| info.plain()).count()
}

/// The same words in the same order.
pub fn same_words(forest: &mut Forest, words: &Words) -> bool {
    let mut buckets = Buckets::default();
    let mut spoken = Vec::new();
    for node in forest.live() {
        let tokens = forest.tokens(*node);
        let header = header_end(words, tokens, tokens.len());
        said(words, &tokens[header..], &mut spoken);
        let plain = plain_count(words, &spoken);
        said(words, tokens, &mut spoken);
        if plain >= MIN_PLAIN {
            buckets.push(key(&spoken), *node);
        }
    }
    merge_groups(forest, words, buckets, |_| false)
}

/// The same words in the same order, except names and quotations.
pub fn same_plain_words(forest: &mut Forest, words: &Words) -> bool {
    let mut buckets = Buckets::default();
    let mut spoken = Vec::new();
    for node in forest.live() {
        let tokens = forest.tokens(*node);
        let header = header_end(words, tokens, tokens.len());
        said(words, &tokens[header..], &mut spoken);
        spoken.retain(|token| !is_name(words.get(*token)));
        let plain = plain_count(words, &spoken);
        said(words, tokens, &mut spoken);
        // A quotation that opens the message is the message.
        let opening = tokens[header..].iter().find(|token| words.get(**token).word());
        spoken.retain(|token| {
            !is_name(words.get(*token)) || (Some(token) == opening && words.get(*token).kind == Kind::Quote)
        });
        if plain >= MIN_PLAIN {
            buckets.push(key(&spoken), *node);
        }
    }
    merge_groups(forest, words, buckets, is_name)
}

/// The same fields between blanks, where a field with a placeholder is only its key: `size=\x01` and `size=\x01,\x01`.
pub fn same_fields(forest: &mut Forest, words: &Words) -> bool {
    let mut buckets = Buckets::default();
    let mut fields = Vec::new();
    for node in forest.live() {
        let plain = field_key(words, forest.tokens(*node), &mut fields);
        if plain >= MIN_FIELDS {
            buckets.push(key(&fields), *node);
        }
    }
    merge_groups(forest, words, buckets, |info| info.word())
}

fn is_name(info: &Info) -> bool {
    info.word() && !info.telling() && (info.kind == Kind::Id || (info.kind == Kind::Quote && !info.state()))
}

/// Merges each group into its most frequent template, with the words that `may_vary` and that not all share masked.
fn merge_groups(forest: &mut Forest, words: &Words, buckets: Buckets, may_vary: impl Fn(&Info) -> bool) -> bool {
    let mut groups = Vec::new();
    buckets.groups(|nodes| groups.push(nodes.to_vec()));
    let mut changed = false;
    for nodes in groups {
        let Some(best) = forest.most_frequent(&nodes) else {
            continue;
        };
        let target: Vec<Token> = forest
            .tokens(best)
            .iter()
            .map(|token| {
                let varies = may_vary(words.get(*token)) && !shared(forest, &nodes, *token);
                if varies { MASK } else { *token }
            })
            .collect();
        changed |= merge_as(forest, words, &nodes, target);
    }
    if changed {
        forest.refresh(words);
    }
    changed
}

fn shared(forest: &Forest, nodes: &[Node], token: Token) -> bool {
    nodes.iter().all(|node| forest.tokens(*node).contains(&token))
}

/// Writes the fields of a template as a key; returns how many of them are plain words.
fn field_key(words: &Words, tokens: &[Token], out: &mut Vec<Token>) -> usize {
    out.clear();
    let mut plain = 0;
    for (index, field) in tokens.split(|token| *token == BLANK).enumerate() {
        if index > 0 {
            out.push(BLANK);
        }
        let masked = infos(words, field).any(|info| info.masked());
        if !masked {
            out.extend_from_slice(field);
            plain += usize::from(is_plain_field(words, field));
            continue;
        }
        // A name before a row of dots is one token with its value. What tells how it ended does not vary.
        out.extend(field.iter().filter(|token| {
            let info = words.get(**token);
            info.telling() || info.state() || (info.kind == Kind::Key && info.masked())
        }));
        if let Some(sign) = assignment(words, field)
            && (index > 0 || words.text(field[sign]) == b"=")
        {
            out.extend_from_slice(&field[..=sign]);
        }
        out.push(FIELD);
    }
    plain
}

/// The place of the `=` or `:` between a key and a value that holds a placeholder.
fn assignment(words: &Words, field: &[Token]) -> Option<usize> {
    let sign = field
        .iter()
        .position(|token| words.text(*token).iter().any(|byte| matches!(byte, b'=' | b':')))?;
    let single = matches!(words.text(field[sign]), b"=" | b":");
    let (before, after) = (&field[..sign], &field[sign + 1..]);
    let keyed = infos(words, before).any(|info| info.word()) && !infos(words, before).any(|info| info.masked());
    (single && keyed && infos(words, after).any(|info| info.masked())).then_some(sign)
}

fn is_plain_field(words: &Words, field: &[Token]) -> bool {
    let mut inner = field.iter().filter(|token| {
        !matches!(
            words.text(**token),
            b"." | b"," | b":" | b";" | b"(" | b")" | b"[" | b"]"
        )
    });
    matches!((inner.next(), inner.next()), (Some(word), None) if words.get(*word).plain())
}
