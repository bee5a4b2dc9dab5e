//! The text of a pattern, from the texts of the shapes in it.

use super::tokens::{erase_kinds, tokenize};
use super::words::{Kind, MASK_BYTE, Token, Words};
use crate::shape::Mask;

/// How many members of a pattern, the most frequent first, its text is made from.
pub const MAX_MEMBERS: usize = 200;
/// Two texts are compared in full when the product of their lengths is at most this; otherwise only at their ends.
const MAX_CELLS: usize = 1 << 16;

/// The words that all `members` share, laid out as the first of them. `members` are the texts of the shapes, the most
/// frequent first.
pub fn template(members: &[&[u8]], words: &mut Words) -> String {
    let Some(first) = members.first() else {
        return String::new();
    };
    let (erased, mut kinds) = erase_kinds(first);
    let mut layout = Vec::new();
    tokenize(&erased, words, &mut layout);
    let mut common = spoken(words, &layout);
    let mut tokens = Vec::new();
    for member in members.iter().skip(1).take(MAX_MEMBERS) {
        let (other, other_kinds) = erase_kinds(member);
        tokenize(&other, words, &mut tokens);
        if tokens.len() == layout.len() {
            generalise(words, (&layout, &mut kinds), (&tokens, &other_kinds));
        }
        if other != erased {
            common = common_subsequence(&common, &spoken(words, &tokens));
        }
    }
    lay_out(words, &layout, &common, &kinds)
}

fn placeholders(words: &Words, token: Token) -> usize {
    words.text(token).iter().filter(|byte| **byte == MASK_BYTE).count()
}

/// Turns each placeholder of the layout into `<*>` where the other shape has another kind of placeholder or a word.
fn generalise(words: &Words, (layout, kinds): (&[Token], &mut [Mask]), (tokens, other_kinds): (&[Token], &[Mask])) {
    let (mut own, mut other) = (0, 0);
    for (token, other_token) in layout.iter().zip(tokens) {
        let (count, other_count) = (placeholders(words, *token), placeholders(words, *other_token));
        for offset in 0..count {
            let same = count == other_count && kinds.get(own + offset) == other_kinds.get(other + offset);
            if let Some(kind) = kinds.get_mut(own + offset).filter(|_| !same) {
                *kind = Mask::Any;
            }
        }
        own += count;
        other += other_count;
    }
}

fn spoken(words: &Words, tokens: &[Token]) -> Vec<Token> {
    tokens
        .iter()
        .copied()
        .filter(|token| words.get(*token).word())
        .collect()
}

fn lay_out(words: &Words, layout: &[Token], common: &[Token], kinds: &[Mask]) -> String {
    let mut text: Vec<u8> = Vec::new();
    let (mut common, mut kinds) = (common.iter().peekable(), kinds.iter());
    for token in layout {
        let info = words.get(*token);
        let bytes = words.text(*token);
        if info.word() && common.next_if_eq(&token).is_none() {
            kinds.by_ref().take(placeholders(words, *token)).for_each(drop);
            let quote = &bytes[..usize::from(info.kind == Kind::Quote)];
            text.extend_from_slice(quote);
            text.extend_from_slice(Mask::Any.text().as_bytes());
            text.extend_from_slice(quote);
            continue;
        }
        for byte in bytes {
            if *byte == MASK_BYTE {
                let kind = kinds.next().copied().unwrap_or(Mask::Any);
                text.extend_from_slice(kind.text().as_bytes());
            } else {
                text.push(*byte);
            }
        }
    }
    String::from_utf8_lossy(&text).into_owned()
}

/// The longest common subsequence; parts that cost too much to compare are left out of it.
fn common_subsequence(left: &[Token], right: &[Token]) -> Vec<Token> {
    let head = left.iter().zip(right).take_while(|(one, other)| one == other).count();
    let tail = left[head..]
        .iter()
        .rev()
        .zip(right[head..].iter().rev())
        .take_while(|(one, other)| one == other)
        .count();
    let (inner_left, inner_right) = (&left[head..left.len() - tail], &right[head..right.len() - tail]);
    let mut common = left[..head].to_vec();
    if !inner_left.is_empty() && !inner_right.is_empty() && inner_left.len() * inner_right.len() <= MAX_CELLS {
        common.extend(inner_common(inner_left, inner_right));
    }
    common.extend_from_slice(&left[left.len() - tail..]);
    common
}

fn inner_common(left: &[Token], right: &[Token]) -> Vec<Token> {
    let width = right.len() + 1;
    let mut lengths = vec![0u16; (left.len() + 1) * width];
    for row in (0..left.len()).rev() {
        for column in (0..right.len()).rev() {
            lengths[row * width + column] = if left[row] == right[column] {
                lengths[(row + 1) * width + column + 1] + 1
            } else {
                lengths[(row + 1) * width + column].max(lengths[row * width + column + 1])
            };
        }
    }
    let (mut row, mut column) = (0, 0);
    let mut common = Vec::new();
    while row < left.len() && column < right.len() {
        if left[row] == right[column] {
            common.push(left[row]);
            row += 1;
            column += 1;
        } else if lengths[(row + 1) * width + column] >= lengths[row * width + column + 1] {
            row += 1;
        } else {
            column += 1;
        }
    }
    common
}
