//! Decides when different values at one place of otherwise equal templates are a variable.

use super::contexts::{Contexts, EDGE};
use super::forest::infos;
use super::words::{Announcer, BLANK, Kind, MASK, Token, Words};

// How many distinct values prove a variable, by what the values are and where they stand.
const IDS: usize = 3;
const ASSIGNED_IDS: usize = 2;
const QUOTED: usize = 2;
const ASSIGNED: usize = 3;
const SYMBOLS: usize = 4;
const PLAIN: usize = 4;
const CAPITALS: usize = 10;
/// Words in capitals between quotes, alone in brackets or behind `=`.
const CAPITALS_ASSIGNED: usize = 4;
const ANY: usize = 10;
const BEHIND_NAMER: usize = 2;
const BEHIND_PREPOSITION: usize = 3;
/// Values each of which is one of many alternatives at another place too.
const RECURRING: usize = 5;
const FIRST_ANY: usize = 12;
const FIRST_IDS: usize = 3;
const FIRST_MANY_IDS: usize = 5;
/// Plain words that must agree before the first word of a message may vary: it often names the event.
const FIRST_PLAIN: usize = 4;
/// Other words that must agree.
const AGREEING: usize = 2;
/// How far a header behind a timestamp may reach, in tokens.
const HEADER: usize = 16;

/// The values found at one place, and what surrounds it.
pub struct Evidence<'a> {
    pub words: &'a Words,
    pub contexts: &'a Contexts,
    /// The template with holes; `place` is one of them.
    pub frame: &'a [Token],
    pub place: usize,
    pub values: &'a [Token],
    pub other_slots: usize,
}

/// 0 when the values mean different events; otherwise the higher, the more certain that they are values of a variable.
pub fn score(evidence: &Evidence) -> u64 {
    let words = evidence.words;
    let distinct = evidence.values.len();
    let surely = |score: u64| score + distinct as u64;
    let when = |condition: bool, score: u64| if condition { surely(score) } else { 0 };
    let extra = evidence.other_slots;

    let has_mask = evidence.values.contains(&MASK);
    let values: Vec<Token> = evidence.values.iter().copied().filter(|value| *value != MASK).collect();
    let count = values.len().max(1);
    let any_state = infos(words, &values).any(|info| info.state());
    // Words in the header of a line do not belong to its message.
    let header = header_end(words, evidence.frame, evidence.place);
    let start = if evidence.place >= header { header } else { 0 };
    let rest = |from: usize, to: usize| infos(words, &evidence.frame[from..to]);
    let others = || rest(start, evidence.place).chain(rest(evidence.place + 1, evidence.frame.len()));
    let agreeing = others().filter(|info| info.word()).count();
    let plain = others().filter(|info| info.plain()).count();
    let first = !rest(start, evidence.place).any(|info| info.word());

    if values.len() > 1 && infos(words, &values).all(|info| info.unit()) {
        return surely(100);
    }
    if agreeing == 0 || says_what_happened(words, &values) || opens_message(words, &evidence.frame[..evidence.place]) {
        return 0;
    }
    if values.len() > 1 && infos(words, &values).all(|info| info.stem == words.get(values[0]).stem) {
        return when(distinct >= 3, 30);
    }
    let (before, after) = neighbours(evidence.frame, evidence.place);
    let elsewhere = values
        .iter()
        .filter(|value| evidence.contexts.elsewhere(**value, before, after))
        .count();
    let mostly = |kind: Kind| infos(words, &values).filter(|info| info.kind == kind).count();

    if evidence.place < header {
        // The same message from another program or class.
        let message = rest(header, evidence.frame.len()).filter(|info| info.plain()).count();
        if message >= FIRST_PLAIN && !any_state && !infos(words, &values).any(|info| info.level()) {
            return surely(10);
        }
    }
    if first {
        if has_mask && plain >= FIRST_PLAIN && !any_state {
            return surely(50);
        }
        if plain >= FIRST_PLAIN && mostly(Kind::Id) * 2 >= count && distinct >= FIRST_IDS + extra {
            return surely(0);
        }
        // What stands in brackets before the message does not name the event.
        let bracketed = setting(words, before, after) == Setting::Assigned && agreeing >= AGREEING && !any_state;
        if bracketed && distinct >= ASSIGNED + extra {
            return surely(0);
        }
        if mostly(Kind::Id) == count && distinct >= FIRST_MANY_IDS + extra {
            return surely(0);
        }
        return when(
            distinct >= FIRST_ANY && elsewhere * 2 < count && agreeing >= AGREEING,
            0,
        );
    }
    if agreeing < AGREEING {
        let recurring = values
            .iter()
            .filter(|value| evidence.contexts.recurring(**value))
            .count();
        if distinct >= RECURRING && elsewhere == 0 && recurring * 2 > count && !any_state {
            return surely(0);
        }
        return when(distinct >= ANY && elsewhere * 2 < count, 0);
    }
    if has_mask {
        return surely(50);
    }
    if mostly(Kind::Capitals) * 2 > count {
        let enough = if setting(words, before, after) == Setting::Open {
            CAPITALS
        } else {
            CAPITALS_ASSIGNED
        };
        return when(distinct >= enough + extra && !any_state, 0);
    }
    let announced = announced(words, &evidence.frame[..evidence.place]);
    if announced == Some(Announcer::Class)
        && !any_state
        && infos(words, &values).all(|info| !(info.plain() && info.lower()))
    {
        return when(distinct >= BEHIND_NAMER + extra, 0);
    }
    if mostly(Kind::Id) * 2 >= count {
        let assigned = before != EDGE && words.text(before) == b"=";
        return when(distinct >= if assigned { ASSIGNED_IDS } else { IDS } + extra, 20);
    }
    let quoted = mostly(Kind::Quote) * 2 >= count || in_one_value(words, evidence.frame, evidence.place);
    let setting = if quoted {
        Setting::Quoted
    } else {
        setting(words, before, after)
    };
    match setting {
        Setting::Quoted if distinct >= QUOTED + extra => return surely(20),
        Setting::Assigned if distinct >= ASSIGNED + extra => return surely(20),
        _ => {}
    }
    let inflected = infos(words, &values).filter(|info| info.inflected()).count() * 2 >= count;
    if !any_state && mostly(Kind::Plain) * 2 >= count && !inflected {
        match announced {
            Some(Announcer::Namer) if distinct >= BEHIND_NAMER + extra => return surely(0),
            Some(Announcer::Preposition) if distinct >= BEHIND_PREPOSITION + extra && elsewhere * 2 <= count => {
                return surely(0);
            }
            _ => {}
        }
    }
    if distinct >= ANY || kinds_of_one_thing(words, &values) {
        return surely(0);
    }
    if mostly(Kind::Symbol) * 2 >= count {
        return when(distinct >= SYMBOLS + extra, 0);
    }
    // Right behind a placeholder stands what is counted, or the message behind the columns of a header.
    if before == MASK {
        return 0;
    }
    when(distinct >= PLAIN + extra && elsewhere * 2 <= count && !inflected, 0)
}

/// Whether the values are names in code that end with the same word: `ReceiptJob` and `StockJob`. Classes of failures tell
/// events apart.
fn kinds_of_one_thing(words: &Words, values: &[Token]) -> bool {
    let last_hump = |token: &Token| {
        let text = words.text(*token);
        let hump = text.iter().rposition(u8::is_ascii_uppercase)?;
        let camel = hump > 0 && text[hump - 1].is_ascii_lowercase() && text.len() >= hump + 3;
        (camel && text.iter().all(u8::is_ascii_alphabetic)).then(|| &text[hump..])
    };
    let Some(kind) = values.first().and_then(last_hump) else {
        return false;
    };
    values.len() > 1
        && !matches!(kind, b"Exception" | b"Error" | b"Failure" | b"Timeout" | b"Fault")
        && values.iter().all(|value| last_hump(value) == Some(kind))
}

/// Whether the values are of a kind that tells events apart.
fn says_what_happened(words: &Words, values: &[Token]) -> bool {
    infos(words, values).all(|info| info.state())
        || infos(words, values).all(|info| info.level())
        || infos(words, values).any(|info| info.kind == Kind::Key)
}

/// Whether what follows is the first word of the message of a structured line: `msg="` or `"message": "`.
pub fn opens_message(words: &Words, before: &[Token]) -> bool {
    let sign = |token: &&Token| matches!(words.text(**token), b"\"" | b"'" | b" " | b"=" | b":");
    let signs = before.iter().rev().take_while(sign).count();
    let field = before[..before.len() - signs].last();
    // The sign between field and value is part of the name in JSON.
    field.is_some_and(|field| words.get(*field).says() && (signs > 0 || words.get(*field).kind == Kind::Key))
        && (before[before.len() - signs..]
            .iter()
            .any(|token| matches!(words.text(*token), b"=" | b":"))
            || field.is_some_and(|field| words.get(*field).kind == Kind::Key))
}

/// The end of the header of a line that opens with a timestamp: the first `:` or `-` before a blank that has a word
/// before it. 0 when there is none.
pub fn header_end(words: &Words, frame: &[Token], place: usize) -> usize {
    let dated = frame.first() == Some(&MASK) || (frame.len() > 1 && words.text(frame[0]) == b"[" && frame[1] == MASK);
    if !dated {
        return 0;
    }
    // Columns between bars are a header up to the last bar.
    let bar = frame.iter().take(HEADER).rposition(|token| words.text(*token) == b"|");
    if let Some(bar) = bar.filter(|bar| *bar < place) {
        return bar + 1;
    }
    let reach = HEADER.min(frame.len().saturating_sub(2));
    (1..reach)
        .find(|at| {
            let closes = match words.text(frame[*at]) {
                b":" | b"-" => true,
                // `source.go:114] message`: a closing bracket without an opening one.
                b"]" => !frame[..*at].iter().any(|token| words.text(*token) == b"["),
                _ => false,
            };
            closes && frame[at + 1] == BLANK && (place < *at || infos(words, &frame[..*at]).any(|info| info.word()))
        })
        .map_or(0, |at| at + 1)
}

fn neighbours(frame: &[Token], place: usize) -> (Token, Token) {
    let near = |token: &&Token| **token != BLANK;
    let before = frame[..place].iter().rev().find(near);
    let after = frame[place + 1..].iter().find(near);
    (before.copied().unwrap_or(EDGE), after.copied().unwrap_or(EDGE))
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Setting {
    /// Between quotes.
    Quoted,
    /// Behind `=` or alone in brackets.
    Assigned,
    Open,
}

/// In what setting a place between these neighbours stands.
pub fn setting(words: &Words, before: Token, after: Token) -> Setting {
    let text = |token: Token| {
        if token == EDGE {
            b"".as_slice()
        } else {
            words.text(token)
        }
    };
    match (text(before), text(after)) {
        (b"\"" | b"'", b"\"" | b"'") => Setting::Quoted,
        (b"=", _) => Setting::Assigned,
        (b"(" | b"[" | b"{" | b"<", b")" | b"]" | b"}" | b">") => Setting::Assigned,
        _ => Setting::Open,
    }
}

/// Whether the place is part of a quotation without blanks, which is one value: `"cart:\x01"`.
fn in_one_value(words: &Words, frame: &[Token], place: usize) -> bool {
    let quote = |token: &Token| {
        let text = words.text(*token);
        matches!(text, b"\"" | b"'").then_some(text)
    };
    let edge = |token: &Token| *token == BLANK || quote(token).is_some();
    let opens = frame[..place].iter().rev().find(|token| edge(token)).and_then(quote);
    let closes = frame[place + 1..].iter().find(|token| edge(token)).and_then(quote);
    opens.is_some() && opens == closes
}

pub fn setting_at(words: &Words, tokens: &[Token], place: usize) -> Setting {
    let (before, after) = neighbours(tokens, place);
    setting(words, before, after)
}

/// How the word before a place announces a name; only blanks, quotes, `=` and `:` may lie between.
fn announced(words: &Words, before: &[Token]) -> Option<Announcer> {
    for token in before.iter().rev() {
        let info = words.get(*token);
        if info.word() {
            return info.announces;
        }
        if !matches!(words.text(*token), b" " | b"\"" | b"'" | b"=" | b":") {
            return None;
        }
    }
    None
}
