//! The distinct tokens of a set of shapes, each with the properties that the merging rules use.

use super::keyed::MARK;
use crate::level::{is_level, lettered};
use crate::shape::text_id;

/// A token by its number in the [`Words`].
pub type Token = u32;

/// The token that stands for anything that varies.
pub const MASK: Token = 0;
/// Stands for the position under examination in a template with a hole.
pub const HOLE: Token = 1;
pub const BLANK: Token = 2;

/// The byte that stands for a placeholder inside a token: `blk_\x01`.
pub const MASK_BYTE: u8 = 1;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Mask,
    /// Quoted text.
    Quote,
    /// Holds a digit, a placeholder, or the punctuation of addresses and paths.
    Id,
    /// Written in capitals only.
    Capitals,
    /// A name in code: `snake_case`, `camelCase`, `a::b`.
    Symbol,
    Plain,
    /// The name of a field, of JSON (`"status":`) or before a row of dots.
    Key,
    Punctuation,
}

/// What a word says of the one behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Announcer {
    /// `user`, `by`: a name almost always.
    Namer,
    /// `for`, `to`: a name often.
    Preposition,
    /// `client`, `service`: a name when it is written like one.
    Class,
}

/// The properties of a token. There may be millions of tokens, so each that is true or false takes one bit.
#[derive(Clone, Copy, Debug)]
pub struct Info {
    pub kind: Kind,
    /// Whether a name tends to follow.
    pub announces: Option<Announcer>,
    traits: u16,
    /// The number of the token without the digits at its end.
    pub stem: Token,
    /// Place in the order of the texts.
    pub rank: u32,
}

/// A bit of [`Info`].
#[derive(Clone, Copy)]
enum Trait {
    Word,
    Plain,
    State,
    Level,
    Unit,
    Says,
    Inflected,
    Numbered,
    Masked,
    Lower,
    Separator,
    Telling,
}

impl Info {
    fn has(&self, bit: Trait) -> bool {
        self.traits & 1 << bit as u16 != 0
    }

    /// Holds a letter and is not the mask.
    #[inline]
    pub fn word(&self) -> bool {
        self.has(Trait::Word)
    }

    /// Letters only, with inner `'`, `-` or `/`.
    #[inline]
    pub fn plain(&self) -> bool {
        self.has(Trait::Plain)
    }

    /// A word of state or truth (`up`, `failed`, `true`): telling it from its opposite is the point of the message.
    #[inline]
    pub fn state(&self) -> bool {
        self.has(Trait::State)
    }

    /// The name of a severity.
    #[inline]
    pub fn level(&self) -> bool {
        self.has(Trait::Level)
    }

    /// Says how grave a line is or how something ended: a severity, a number that the shape has kept, a column of flags.
    /// It is never a variable.
    #[inline]
    pub fn telling(&self) -> bool {
        self.has(Trait::Telling)
    }

    /// A unit of time or size.
    #[inline]
    pub fn unit(&self) -> bool {
        self.has(Trait::Unit)
    }

    /// The name of the field that holds the message, its severity or what went wrong.
    #[inline]
    pub fn says(&self) -> bool {
        self.has(Trait::Says)
    }

    /// Ends like a verb form (`-ed`, `-ing`): it says what happened.
    #[inline]
    pub fn inflected(&self) -> bool {
        self.has(Trait::Inflected)
    }

    /// Holds a digit or a placeholder.
    #[inline]
    pub fn numbered(&self) -> bool {
        self.has(Trait::Numbered)
    }

    /// Holds a placeholder.
    #[inline]
    pub fn masked(&self) -> bool {
        self.has(Trait::Masked)
    }

    /// Holds no capital.
    #[inline]
    pub fn lower(&self) -> bool {
        self.has(Trait::Lower)
    }

    /// Consists of what may stand between placeholders of one run.
    #[inline]
    pub fn separator(&self) -> bool {
        self.has(Trait::Separator)
    }
}

/// Words of state or truth. Two messages that differ in one of them say opposite things.
const STATES: &str = " true false yes no on off null none nil enabled disabled enable disable up down start started stop \
    stopped begin end open opened close closed success successful failed failure fail ok error read write in out enter \
    exit entered exited active inactive refused rejected accepted established lost denied granted allowed blocked \
    succeeded passed healthy unhealthy connected disconnected available unavailable valid invalid online offline \
    reachable unreachable aborted completed ";
const UNITS: &str = " ns us ms s sec secs second seconds msec msecs usec usecs min mins minute minutes hour hours day \
    days millis milliseconds microseconds b kb mb gb tb bytes byte ";
/// Names of the fields that structured logs keep the message, its severity and what went wrong in.
const MESSAGE_FIELDS: &str = " err error event exception level log lvl message msg severity ";
/// The words behind which a name stands almost always, and those behind which one stands often.
const NAMERS: &str = " user by from host dev comm keyspace namespace tenant customer account topic queue bucket backend \
    database table index pod container ";
const CLASSES: &str = " class client device driver job module node package plugin process server service task thread ";
const PREPOSITIONS: &str = " for to on at name named account in of with ";

/// Marks a place that holds no number.
const FREE: Token = Token::MAX;

/// The distinct tokens. All texts lie in one buffer, so that millions of them cost little more than their bytes.
#[derive(Clone, Debug, Default)]
pub struct Words {
    /// A hash table of the numbers of the texts: each is at the place of its hash, or at the next free one behind it.
    /// The hashes are not stored: for millions of tokens they would take more memory than the texts.
    places: Vec<Token>,
    bytes: Vec<u8>,
    ends: Vec<usize>,
    pub info: Vec<Info>,
}

impl Words {
    pub fn new() -> Self {
        let mut words = Words::default();
        words.intern(&[MASK_BYTE]);
        words.intern(&[2]);
        words.intern(b" ");
        words
    }

    pub fn intern(&mut self, text: &[u8]) -> Token {
        if self.ends.len() * 4 >= self.places.len() * 3 {
            self.make_room();
        }
        let place = self.place_of(text);
        let number = self.ends.len() as Token;
        match self.places[place] {
            FREE => self.places[place] = number,
            known => return known,
        }
        self.bytes.extend_from_slice(text);
        self.ends.push(self.bytes.len());
        self.info.push(describe(text, number));
        let digits = text.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
        if digits > 0 {
            let stem = self.intern(&text[..text.len() - digits]);
            self.info[number as usize].stem = stem;
        }
        number
    }

    /// The place that holds the number of `text`, or the free one where it belongs.
    fn place_of(&self, text: &[u8]) -> usize {
        let last = self.places.len() - 1;
        let mut place = text_id(text) as usize & last;
        while self.places[place] != FREE && self.text(self.places[place]) != text {
            place = (place + 1) & last;
        }
        place
    }

    /// Doubles the number of places, which is a power of two.
    fn make_room(&mut self) {
        self.places = vec![FREE; (self.places.len() * 2).max(64)];
        for number in 0..self.ends.len() as Token {
            let place = self.place_of(self.text(number));
            self.places[place] = number;
        }
    }

    pub fn text(&self, token: Token) -> &[u8] {
        let token = token as usize;
        let start = if token == 0 { 0 } else { self.ends[token - 1] };
        &self.bytes[start..self.ends[token]]
    }

    #[inline]
    pub fn get(&self, token: Token) -> &Info {
        &self.info[token as usize]
    }

    /// Numbers the tokens in the order of their texts, so that ties fall the same way in every catalog that holds them.
    pub fn rank(&mut self) {
        let mut order: Vec<Token> = (0..self.ends.len() as Token).collect();
        order.sort_unstable_by(|left, right| self.text(*left).cmp(self.text(*right)));
        for (rank, token) in order.into_iter().enumerate() {
            self.info[token as usize].rank = rank as u32;
        }
    }
}

fn is_letter(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte >= 0x80
}

fn listed(list: &str, lower: &[u8]) -> bool {
    !lower.is_empty()
        && lower.iter().all(u8::is_ascii_lowercase)
        && std::str::from_utf8(lower).is_ok_and(|word| list.split_ascii_whitespace().any(|entry| entry == word))
}

fn describe(text: &[u8], number: Token) -> Info {
    let lower: Vec<u8> = text.to_ascii_lowercase();
    let bare: &[u8] = unquoted(&lower);
    let telling = is_telling(text, bare);
    let word = telling || text.iter().any(|byte| is_letter(*byte));
    let traits = [
        (Trait::Word, word),
        (Trait::Plain, is_plain(text)),
        (Trait::State, listed(STATES, bare)),
        (Trait::Level, is_severity(bare)),
        (Trait::Unit, listed(UNITS, bare)),
        (Trait::Says, is_message_field(bare)),
        (Trait::Inflected, lower.ends_with(b"ed") || lower.ends_with(b"ing")),
        (
            Trait::Numbered,
            text.iter().any(|byte| byte.is_ascii_digit() || *byte == MASK_BYTE),
        ),
        (Trait::Masked, text.contains(&MASK_BYTE)),
        (Trait::Lower, !text.iter().any(u8::is_ascii_uppercase)),
        (
            Trait::Separator,
            !telling && text.iter().all(|byte| b" ,:./|@+*x-".contains(byte)),
        ),
        (Trait::Telling, telling),
    ];
    Info {
        kind: if telling { Kind::Plain } else { kind_of(text, word) },
        traits: traits
            .into_iter()
            .filter(|(_, holds)| *holds)
            .fold(0, |traits, (bit, _)| traits | 1 << bit as u16),
        announces: announces(&lower),
        stem: number,
        rank: 0,
    }
}

/// Whether a token says how grave a line is or how something ended.
fn is_telling(text: &[u8], bare: &[u8]) -> bool {
    (text.len() > 1 && text[0] == MARK)
        || is_level(bare)
        || is_one_letter_level(text)
        || is_kept_number(bare)
        || is_flags(text)
}

fn is_one_letter_level(text: &[u8]) -> bool {
    matches!(text, [letter] if letter.is_ascii_uppercase() && lettered(*letter).is_some())
}

/// Whether a word in small letters names a severity: the same message at two of them is two events.
fn is_severity(bare: &[u8]) -> bool {
    match bare {
        [letter] => lettered(*letter).is_some(),
        word => is_level(word),
    }
}

/// A number that the shape has kept, since it has masked all others: `5xx`, `137`, `1/FAILURE`, `28P01`, `ORA-01017`.
fn is_kept_number(text: &[u8]) -> bool {
    let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let capitals = |text: &[u8]| {
        text.iter()
            .all(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase())
    };
    match &text[digits..] {
        b"" => digits > 0,
        b"xx" => digits == 1,
        [b'/', rest @ ..] => digits > 0 && rest.iter().all(|byte| byte.is_ascii_alphabetic() || *byte == b'/'),
        _ if text.len() == 5 && digits > 0 => capitals(text),
        _ => {
            let letters = text.iter().take_while(|byte| byte.is_ascii_uppercase()).count();
            (2..=5).contains(&letters)
                && text.len() >= letters + 5
                && text[letters] == b'-'
                && text[letters + 1..].iter().all(u8::is_ascii_digit)
        }
    }
}

/// A column of four flags, of which a dash is one that is not set: `----`, `sH--`.
fn is_flags(text: &[u8]) -> bool {
    text.len() == 4
        && text.ends_with(b"-")
        && !text.starts_with(b"-") | (text == b"----")
        && text.iter().all(|byte| byte.is_ascii_alphabetic() || *byte == b'-')
}

/// Whether the value of the field with this name is the message itself, or its severity.
pub fn is_message_field(lower: &[u8]) -> bool {
    listed(MESSAGE_FIELDS, lower.strip_suffix(b":").map_or(lower, unquoted))
}

fn announces(lower: &[u8]) -> Option<Announcer> {
    let lists = [
        (NAMERS, Announcer::Namer),
        (PREPOSITIONS, Announcer::Preposition),
        (CLASSES, Announcer::Class),
    ];
    lists
        .into_iter()
        .find(|(list, _)| listed(list, lower))
        .map(|(_, kind)| kind)
}

fn unquoted(text: &[u8]) -> &[u8] {
    match text {
        [b'"' | b'\'', inner @ .., b'"' | b'\''] => inner,
        _ => text,
    }
}

fn is_plain(text: &[u8]) -> bool {
    let edge = |byte: Option<&u8>| byte.is_some_and(|byte| is_letter(*byte));
    edge(text.first())
        && edge(text.last())
        && text.iter().all(|byte| is_letter(*byte) || b"'/-".contains(byte))
        && !text.windows(2).any(|pair| !is_letter(pair[0]) && !is_letter(pair[1]))
}

/// One capital that is no severity, or a letter with a sign (`X`, `z-`): a coordinate, a drive or a direction, not a
/// word.
fn names_axis(text: &[u8]) -> bool {
    match text {
        [letter] => letter.is_ascii_uppercase() && lettered(*letter).is_none(),
        [letter, b'+' | b'-'] => letter.is_ascii_alphabetic(),
        _ => false,
    }
}

fn kind_of(text: &[u8], word: bool) -> Kind {
    if text == [MASK_BYTE] {
        return Kind::Mask;
    }
    if text.len() > 2 && text.starts_with(b"\"") && text.ends_with(b"\":") {
        return Kind::Key;
    }
    if text.len() > 2 && matches!(text[0], b'"' | b'\'') {
        return Kind::Quote;
    }
    // A row of dots leads from the name of a value to the value: `prefetch depth......\x01`.
    if let Some(name) = text.strip_suffix(&[MASK_BYTE])
        && name.ends_with(b"...")
        && name.iter().any(u8::is_ascii_alphabetic)
    {
        return Kind::Key;
    }
    if names_axis(text) {
        return Kind::Id;
    }
    // `eth0` and `md5` count as words.
    let text = match text {
        [name @ .., last] if last.is_ascii_digit() && name.len() >= 2 && name.iter().all(u8::is_ascii_alphabetic) => {
            name
        }
        _ => text,
    };
    if text.iter().any(|byte| byte.is_ascii_digit() || *byte == MASK_BYTE) {
        return Kind::Id;
    }
    if !word {
        return Kind::Punctuation;
    }
    if text.windows(2).any(|pair| pair == b"::") {
        return Kind::Symbol;
    }
    if text.iter().any(|byte| b".@/\\$".contains(byte)) {
        return Kind::Id;
    }
    if text.len() > 1 && !text.iter().any(|byte| byte.is_ascii_lowercase() || *byte >= 0x80) {
        return Kind::Capitals;
    }
    let camel = text
        .windows(2)
        .any(|pair| pair[0].is_ascii_lowercase() && pair[1].is_ascii_uppercase());
    if camel || text.contains(&b'_') {
        Kind::Symbol
    } else {
        Kind::Plain
    }
}
