//! Byte classes: one table look-up says everything the scanner asks about a byte.

pub const DIGIT: u8 = 1;
/// ASCII letters, the underscore and every byte of a multi-byte UTF-8 character.
pub const LETTER: u8 = 2;
pub const HEX: u8 = 4;
pub const BLANK: u8 = 8;
/// `.` and `-`, which join words to one token: `10.0.0.1`, `2024-01-31`, `node-7`.
pub const JOINER: u8 = 16;
/// What a segment of a path may hold.
pub const SEGMENT: u8 = 32;
/// What ends a URL or a Windows path: blanks, quotes, brackets that close, commas.
pub const URL_END: u8 = 64;
/// What a path may follow: the start, a blank, a quote, an opening bracket, a separator.
pub const OPENER: u8 = 128;
pub const WORD: u8 = DIGIT | LETTER;

static TABLE: [u8; 256] = table();

const fn table() -> [u8; 256] {
    let mut table = [0u8; 256];
    let mut index = 0;
    while index < 256 {
        let byte = index as u8;
        let mut class = 0;
        if byte.is_ascii_digit() {
            class |= DIGIT | HEX | SEGMENT;
        }
        if byte.is_ascii_alphabetic() || byte == b'_' || byte >= 0x80 {
            class |= LETTER | SEGMENT;
        }
        if matches!(byte, b'a'..=b'f' | b'A'..=b'F') {
            class |= HEX;
        }
        if matches!(byte, b' ' | 0x09..=0x0d) {
            class |= BLANK | URL_END | OPENER;
        }
        if matches!(byte, b'.' | b'-') {
            class |= JOINER | SEGMENT;
        }
        if matches!(byte, b'+' | b'$' | b'%' | b'~') {
            class |= SEGMENT;
        }
        if matches!(byte, b'"' | b'\'' | b'<' | b'>' | b',' | b';' | b']' | b')' | b'}') {
            class |= URL_END;
        }
        if matches!(
            byte,
            b'=' | b':' | b',' | b';' | b'"' | b'\'' | b'(' | b'[' | b'<' | b'{' | b'|' | b'@'
        ) {
            class |= OPENER;
        }
        table[index] = class;
        index += 1;
    }
    table
}

/// Whether `byte` belongs to any of the classes in `class`.
#[inline(always)]
pub fn is(byte: u8, class: u8) -> bool {
    TABLE[byte as usize] & class != 0
}

/// The classes of `byte`.
#[inline(always)]
pub fn class_of(byte: u8) -> u8 {
    TABLE[byte as usize]
}

/// Whether the byte at `at` exists and belongs to `class`.
#[inline(always)]
pub fn has(message: &[u8], at: usize, class: u8) -> bool {
    message.get(at).is_some_and(|byte| is(*byte, class))
}

/// The first position from `from` on whose byte does not belong to `class`.
#[inline(always)]
pub fn skip(message: &[u8], from: usize, class: u8) -> usize {
    let mut at = from;
    while has(message, at, class) {
        at += 1;
    }
    at
}
