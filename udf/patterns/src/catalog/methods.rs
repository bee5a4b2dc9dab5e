//! Methods of HTTP: which one a request has is a value of it, as its path is.

use super::absorb::collapse_runs;
use super::words::{BLANK, MASK, Token, Words};

const METHODS: [&[u8]; 8] = [
    b"GET", b"POST", b"PUT", b"DELETE", b"HEAD", b"PATCH", b"OPTIONS", b"CONNECT",
];

/// Masks the methods in `tokens` that stand before a masked path, unless the method opens the message: then it names
/// what happened.
pub fn mask(words: &Words, tokens: &mut Vec<Token>) {
    let mut changed = false;
    let mut spoken = false;
    for place in 0..tokens.len() {
        let info = words.get(tokens[place]);
        if !info.word() {
            continue;
        }
        if METHODS.contains(&words.text(tokens[place])) && (spoken || in_request_line(words, tokens, place)) {
            let gap = tokens[place + 1..]
                .iter()
                .take_while(|token| **token == BLANK || words.text(**token) == b"\"");
            let behind = place + 1 + gap.count();
            if behind > place + 1 && tokens.get(behind) == Some(&MASK) {
                tokens[place] = MASK;
                changed = true;
            }
        }
        spoken |= !info.telling();
    }
    if changed {
        collapse_runs(words, tokens);
    }
}

/// Whether the protocol follows: `GET <path> HTTP/1.1`.
fn in_request_line(words: &Words, tokens: &[Token], place: usize) -> bool {
    tokens[place + 1..]
        .iter()
        .take(8)
        .any(|token| words.text(*token).starts_with(b"HTTP/"))
}
