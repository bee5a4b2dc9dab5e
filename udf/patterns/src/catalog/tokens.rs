//! Cuts the text of a shape into the tokens that the merging rules compare.

use super::words::{BLANK, MASK, MASK_BYTE, Token, Words, is_message_field};
use crate::shape::Mask;

/// How many tokens of a shape count, the first; the rest of a longer shape is not compared.
pub const MAX_TOKENS: usize = 512;

/// The text of a shape with every placeholder as [`MASK_BYTE`], and what the placeholders were.
pub fn erase_kinds(text: &[u8]) -> (Vec<u8>, Vec<Mask>) {
    let (mut erased, mut kinds) = (Vec::with_capacity(text.len()), Vec::new());
    let mut at = 0;
    while at < text.len() {
        if let Some(mask) = Mask::at_start(&text[at..]) {
            erased.push(MASK_BYTE);
            kinds.push(mask);
            at += mask.text().len();
        } else {
            // The two bytes that the catalog uses itself count as blanks.
            erased.push(if text[at] <= 2 { b' ' } else { text[at] });
            at += 1;
        }
    }
    (erased, kinds)
}

/// `erased` with each run of placeholders, and what is only punctuation between them, as one placeholder.
pub fn collapse(erased: &[u8]) -> Vec<u8> {
    let mut out: Vec<u8> = Vec::with_capacity(erased.len());
    let mut at = 0;
    while at < erased.len() {
        let byte = erased[at];
        if byte == MASK_BYTE {
            // `pool-\x01:\x01`: the name of one part of an address varies with the other.
            if joint(erased, at + 1) && erased.get(at + 2) == Some(&MASK_BYTE) {
                let name = |byte: &u8| byte.is_ascii_alphabetic() || b"_.-".contains(byte);
                let kept = out.iter().rposition(|byte| !name(byte)).map_or(0, |last| last + 1);
                out.truncate(kept);
            }
            at = run_end(erased, at);
            at = absent_end(erased, at);
            out.push(MASK_BYTE);
            if ends_with_run(&out[..out.len() - 1]) {
                merge_with_run(&mut out);
            }
            continue;
        }
        if let Some(end) = port_name(erased, at) {
            // `eth0:\x01` and `\x01/dn1`: a name with a number beside a placeholder.
            out.push(MASK_BYTE);
            at = end;
            if ends_with_run(&out[..out.len() - 1]) {
                merge_with_run(&mut out);
            }
            continue;
        }
        out.push(byte);
        at += 1;
        if let Some(closer) = closer(byte)
            && erased.get(at) == Some(&closer)
            && out[..out.len() - 1].last().is_none_or(|before| b" =:".contains(before))
        {
            // `client ()`: an empty value is a value.
            out.push(MASK_BYTE);
        }
    }
    out
}

fn closer(opener: u8) -> Option<u8> {
    match opener {
        b'(' => Some(b')'),
        b'[' => Some(b']'),
        b'{' => Some(b'}'),
        _ => None,
    }
}

/// The end of the dashes behind a placeholder at `at` that stand for absent values up to a closing bracket: `[\x01 - -]`.
fn absent_end(erased: &[u8], at: usize) -> usize {
    let mut end = at;
    while erased[end..].starts_with(b" -") {
        end += 2;
    }
    let closes = matches!(erased.get(end), Some(b')' | b']' | b'}'));
    if closes { end } else { at }
}

fn between(byte: u8) -> bool {
    b" ,:./|@+*x-".contains(&byte)
}

/// The end of the run of placeholders that opens at `at`.
fn run_end(erased: &[u8], at: usize) -> usize {
    let mut end = at + 1;
    loop {
        // Items of a list in quotes: `["\x01","\x01"]`.
        let item = [b"\",\"".as_slice(), b"\", \"", b"','", b"', '"]
            .into_iter()
            .find(|between| erased[end..].starts_with(between) && erased.get(end + between.len()) == Some(&MASK_BYTE));
        if let Some(between) = item {
            end += between.len() + 1;
            continue;
        }
        let mut next = end;
        while erased.get(next).is_some_and(|byte| between(*byte)) {
            // Dashes in a row are a value: flags of which none is set.
            if erased[next..].starts_with(b"--") {
                return end;
            }
            next += 1;
        }
        if erased.get(next) != Some(&MASK_BYTE) {
            return end;
        }
        end = next + 1;
    }
}

/// Whether the byte at `at` joins the parts of an address.
fn joint(erased: &[u8], at: usize) -> bool {
    matches!(erased.get(at), Some(b':' | b'/' | b'@'))
}

/// Whether `out` ends with a placeholder and then only what may stand between two.
fn ends_with_run(out: &[u8]) -> bool {
    let last = out.iter().rposition(|byte| !between(*byte));
    last.is_some_and(|last| out[last] == MASK_BYTE && !out[last..].windows(2).any(|pair| pair == b"--"))
}

fn merge_with_run(out: &mut Vec<u8>) {
    out.pop();
    while out.last().is_some_and(|byte| between(*byte)) {
        out.pop();
    }
}

/// The end of a name with one digit at `at` that `:`, `/` or `@` joins to a placeholder on either side.
fn port_name(erased: &[u8], at: usize) -> Option<usize> {
    let word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    if at > 0 && word(erased[at - 1]) {
        return None;
    }
    let letters = erased[at..]
        .iter()
        .take_while(|byte| byte.is_ascii_alphabetic())
        .count();
    let end = at + letters + 1;
    if letters < 2 || !erased.get(end - 1)?.is_ascii_digit() {
        return None;
    }
    let before = at >= 2
        && joint(erased, at - 1)
        && erased[at - 2] == MASK_BYTE
        && !erased.get(end).is_some_and(|byte| word(*byte));
    let after = joint(erased, end) && erased.get(end + 1) == Some(&MASK_BYTE);
    (before || after).then_some(end)
}

fn is_punctuation(byte: u8) -> bool {
    b"=,;()[]{}\"'<>|?".contains(&byte)
}

/// The tokens of collapsed text, in order; their concatenation is the text.
pub fn tokenize(text: &[u8], words: &mut Words, out: &mut Vec<Token>) {
    out.clear();
    let mut at = 0;
    while at < text.len() && out.len() < MAX_TOKENS {
        let end = token_end(text, at);
        let token = &text[at..end];
        // The full stop that ends a sentence is a token of its own.
        let stop = token
            .iter()
            .rev()
            .take_while(|byte| matches!(byte, b'.' | b'!'))
            .count();
        if stop > 0 && stop < token.len() {
            out.push(words.intern(&token[..token.len() - stop]));
            out.push(words.intern(&token[token.len() - stop..]));
        } else {
            out.push(words.intern(token));
        }
        at = end;
    }
}

fn token_end(text: &[u8], at: usize) -> usize {
    let byte = text[at];
    if byte == b' ' {
        return at + 1;
    }
    if matches!(byte, b'"' | b'\'')
        && let Some(end) = key_end(text, at).or_else(|| quote_end(text, at))
    {
        return end;
    }
    if is_punctuation(byte) || (byte == b':' && text.get(at + 1) != Some(&b':')) {
        return at + 1;
    }
    let mut end = at;
    while let Some(byte) = text.get(end) {
        match byte {
            b':' if text.get(end + 1) == Some(&b':') => end += 2,
            b':' | b' ' => break,
            byte if is_punctuation(*byte) => break,
            _ => end += 1,
        }
    }
    end
}

/// The end of the name of a JSON field, its colon included, that opens at `at`.
fn key_end(text: &[u8], at: usize) -> Option<usize> {
    // `table "a.b": …` is a sentence.
    if !matches!(text[..at].trim_ascii_end().last(), None | Some(b'{' | b',')) {
        return None;
    }
    let inner = text[at + 1..]
        .iter()
        .take(62)
        .take_while(|byte| byte.is_ascii_alphanumeric() || b"_.-@".contains(byte))
        .count();
    let end = at + inner + 3;
    (text[at] == b'"' && inner > 0 && text.get(end - 2..end) == Some(b"\":")).then_some(end)
}

/// Whether the quotation that opens at `at` is the message of a structured line: `msg="cache miss"`.
fn holds_message(text: &[u8], at: usize) -> bool {
    let head = text[..at].trim_ascii_end();
    let Some((b':' | b'=', head)) = head.split_last() else {
        return false;
    };
    let head = head.strip_suffix(b"\"").unwrap_or(head);
    let name = head
        .iter()
        .rev()
        .take_while(|byte| byte.is_ascii_alphabetic() || **byte == b'_')
        .count();
    is_message_field(&head[head.len() - name..].to_ascii_lowercase())
}

/// The end of the short quotation of words that opens at `at`.
fn quote_end(text: &[u8], at: usize) -> Option<usize> {
    let opens = at == 0 || b" =(:,".contains(&text[at - 1]);
    if !opens
        || holds_message(text, at)
        || !text
            .get(at + 1)
            .is_some_and(|byte| byte.is_ascii_alphabetic() || *byte == b'*')
    {
        return None;
    }
    let inner = text[at + 1..]
        .iter()
        .take(62)
        .take_while(|byte| byte.is_ascii_alphanumeric() || **byte >= 0x80 || b"_.*/ -".contains(byte))
        .count();
    let close = at + 1 + inner;
    let closes = text.get(close) == Some(&text[at]) && text.get(close + 1).is_none_or(|byte| b" ,;.)]}".contains(byte));
    closes.then_some(close + 1)
}

/// How many tokens a record may have.
const MAX_RECORD: usize = 16;

/// Keeps one of several equal records that follow each other, such as `node-\x01 \x01 <ok> node-\x01 \x01 <ok>`: the
/// length of a list varies like its items.
pub fn collapse_records(words: &Words, tokens: &mut Vec<Token>) {
    let mut at = 0;
    while at + 1 < tokens.len() {
        let rest = &tokens[at..];
        let record = (2..=MAX_RECORD.min(rest.len() / 2)).find(|length| {
            let (record, next) = rest.split_at(*length);
            next.starts_with(record)
                && record.iter().any(|token| words.get(*token).masked())
                && record.iter().any(|token| *token != MASK && words.get(*token).word())
        });
        match record {
            Some(length) => drop(tokens.drain(at..at + length)),
            None => at += 1,
        }
    }
}

/// How many tokens an item of a list may have.
const MAX_ITEM: usize = 8;

/// Keeps one of the items of a list that are alike but for what is masked in them: `["a/\x01","b/\x01"]`.
pub fn collapse_items(words: &Words, tokens: &mut Vec<Token>) {
    let mut comma = 1;
    while comma + 1 < tokens.len() {
        if words.text(tokens[comma]) != b"," {
            comma += 1;
            continue;
        }
        let next = comma + 1 + usize::from(tokens[comma + 1] == BLANK);
        let length = (1..=MAX_ITEM.min(comma).min(tokens.len() - next)).find(|length| {
            let (item, other) = (&tokens[comma - length..comma], &tokens[next..next + length]);
            let opens =
                comma - length > 0 && matches!(words.text(tokens[comma - length - 1]), b"[" | b"(" | b"{" | b"=");
            let alike = |(one, other): (&Token, &Token)| {
                one == other || (words.get(*one).masked() && words.get(*other).masked())
            };
            opens && item.iter().zip(other).all(alike) && item.iter().any(|token| words.get(*token).masked())
        });
        let Some(length) = length else {
            comma += 1;
            continue;
        };
        for at in 0..length {
            if tokens[comma - length + at] != tokens[next + at] {
                tokens[comma - length + at] = MASK;
            }
        }
        tokens.drain(comma..next + length);
    }
}

/// Masks what is between brackets when it is a row of states: `( on off on )`.
pub fn mask_state_rows(words: &Words, tokens: &mut Vec<Token>) {
    let mut at = 0;
    while let Some(open) = (at..tokens.len()).find(|at| matches!(words.text(tokens[*at]), b"(" | b"[" | b"{")) {
        let inside = tokens[open + 1..]
            .iter()
            .take_while(|token| **token == BLANK || words.get(**token).state())
            .count();
        let close = open + 1 + inside;
        let states = tokens[open + 1..close].iter().filter(|token| **token != BLANK).count();
        let closes = tokens
            .get(close)
            .is_some_and(|token| matches!(words.text(*token), b")" | b"]" | b"}"));
        if closes && states >= 2 {
            tokens.splice(open + 1..close, [MASK]);
        }
        at = open + 1;
    }
}
