//! Words behind a key that tells how something ended: `code=killed`, `"result":"failure"`, `code = Unavailable`.
//!
//! Such a word is no variable while there are few of them. It is compared as a token of its own, marked by [`MARK`].

use super::words::{BLANK, Kind, Token, Words};

/// Opens the text of a marked token.
pub const MARK: u8 = 2;
/// A place that has more values than this holds names, whatever its key is called.
pub const MAX_VALUES: usize = 16;
/// How long a value may be.
const MAX_LENGTH: usize = 32;

const KEYS: [&[u8]; 5] = [b"status", b"code", b"result", b"outcome", b"state"];

/// Marks the words in `tokens` that stand behind such a key.
pub fn mark(words: &mut Words, tokens: &mut [Token]) {
    let mut marked = Vec::new();
    for place in 1..tokens.len() {
        if is_value(words, tokens[place]) && follows_key(words, &tokens[..place]) {
            marked.clear();
            marked.push(MARK);
            marked.extend_from_slice(words.text(tokens[place]));
            tokens[place] = words.intern(&marked);
        }
    }
}

fn is_value(words: &Words, token: Token) -> bool {
    let info = words.get(token);
    let text = words.text(token);
    info.word()
        && !info.numbered()
        && text.len() <= MAX_LENGTH
        && matches!(info.kind, Kind::Plain | Kind::Capitals | Kind::Symbol | Kind::Quote)
        && !text.contains(&b' ')
}

fn follows_key(words: &Words, before: &[Token]) -> bool {
    let near = before.iter().rev().take_while(|token| **token == BLANK).count();
    let Some((sign, head)) = before[..before.len() - near].split_last() else {
        return false;
    };
    if words.get(*sign).kind == Kind::Key {
        return is_key(words.text(*sign));
    }
    let assigns = match words.text(*sign) {
        b"=" => true,
        // `status: starting up` is a sentence.
        b":" => near == 0,
        _ => false,
    };
    let gap = head.iter().rev().take_while(|token| **token == BLANK).count();
    assigns
        && head[..head.len() - gap]
            .last()
            .is_some_and(|key| is_key(words.text(*key)))
}

/// Whether the last part of a name is one of the keys: `grpc.code`, `"order_status":`.
fn is_key(name: &[u8]) -> bool {
    let name = name.strip_suffix(b"\":").unwrap_or(name);
    let last = name
        .iter()
        .rposition(|byte| !byte.is_ascii_alphabetic())
        .map_or(name, |at| &name[at + 1..]);
    KEYS.iter().any(|key| last.eq_ignore_ascii_case(key))
}
