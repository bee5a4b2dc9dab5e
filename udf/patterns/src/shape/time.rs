//! Dates, times of day, and other groups of digits between colons (MAC and IPv6 addresses).

use super::bytes::{DIGIT, HEX, JOINER, LETTER, WORD, has, is, skip};
use super::mask::Mask;

fn digits(message: &[u8], from: usize, at_most: usize) -> usize {
    (0..at_most)
        .take_while(|offset| has(message, from + offset, DIGIT))
        .count()
}

/// The end of a date at `from`: `2024-01-31`, `2024/01/31`, `2024.01.31`, `31/01/24`, `31/Jan/2024`.
fn date_end(message: &[u8], from: usize) -> Option<usize> {
    let first = digits(message, from, 5);
    let separator = *message.get(from + first)?;
    if !matches!(separator, b'-' | b'/' | b'.') || !matches!(first, 1 | 2 | 4) {
        return None;
    }
    let middle_at = from + first + 1;
    let mut middle = digits(message, middle_at, 3);
    if middle == 0 && message.get(middle_at..middle_at + 3).is_some_and(is_month_short) {
        middle = 3;
    } else if !matches!(middle, 1 | 2) {
        return None;
    }
    let last_at = middle_at + middle + 1;
    if message.get(last_at - 1) != Some(&separator) {
        return None;
    }
    let last = digits(message, last_at, 5);
    let lengths = match (first, last) {
        (4, 1 | 2) | (1 | 2, 4) => true,
        // `10.2.33` is a version, `17/06/09` is a date.
        (2, 2) => separator == b'/',
        _ => false,
    };
    lengths.then_some(last_at + last)
}

/// The end of a time of day at `from`: `18:01:47`, with a fraction and a zone if there are any.
fn clock_end(message: &[u8], from: usize) -> Option<usize> {
    let hours = digits(message, from, 3);
    let pair = |at: usize| message.get(at) == Some(&b':') && digits(message, at + 1, 3) == 2;
    let minutes = from + hours;
    if !matches!(hours, 1 | 2) || !pair(minutes) || !pair(minutes + 3) {
        return None;
    }
    let mut end = minutes + 6;
    if matches!(message.get(end), Some(b'.' | b',' | b':')) && has(message, end + 1, DIGIT) {
        end = skip(message, end + 1, DIGIT);
    }
    if message.get(end) == Some(&b'Z') {
        end += 1;
    } else if matches!(message.get(end), Some(b'+' | b'-')) {
        let hour = digits(message, end + 1, 5);
        if hour == 4 {
            end += 5;
        } else if hour == 2 {
            end += if pair(end + 3) { 6 } else { 3 };
        }
    }
    (!has(message, end, WORD) && message.get(end) != Some(&b':')).then_some(end)
}

/// The end of a timestamp at `from`, a date with or without a time of day, or a time alone.
pub fn timestamp_end(message: &[u8], from: usize) -> Option<usize> {
    let Some(date) = date_end(message, from) else {
        return clock_end(message, from).or_else(|| yearless_end(message, from));
    };
    if matches!(message.get(date), Some(b'T' | b' ' | b'_' | b':' | b'-'))
        && let Some(end) = clock_end(message, date + 1)
    {
        // `[10/Oct/2024:13:55:36 -0700]`: a zone after a blank, as web servers write it.
        let zoned = message.get(end) == Some(&b' ')
            && matches!(message.get(end + 1), Some(b'+' | b'-'))
            && digits(message, end + 2, 5) == 4
            && !has(message, end + 6, WORD);
        return Some(if zoned { end + 6 } else { end });
    }
    let goes_on = has(message, date, WORD) || (has(message, date, JOINER) && has(message, date + 1, WORD));
    (!goes_on).then_some(date)
}

/// The end of a date without a year and a time of day: `03-17 16:13:38.811`.
fn yearless_end(message: &[u8], from: usize) -> Option<usize> {
    let date = from + 5;
    let separated = digits(message, from, 3) == 2
        && matches!(message.get(from + 2), Some(b'-' | b'/' | b'.'))
        && digits(message, from + 3, 3) == 2;
    if separated && message.get(date) == Some(&b' ') {
        clock_end(message, date + 1)
    } else {
        None
    }
}

/// The hexadecimal numbers between colons around the token that opens at `start`: their extent and what they are.
///
/// At least two colons; `::` stands for a gap; an IPv6 zone or a fraction of a second may follow.
pub fn colon_group(message: &[u8], start: usize, floor: usize) -> Option<(usize, usize, Mask)> {
    let mut from = start;
    while from > floor && (is(message[from - 1], HEX) || message[from - 1] == b':') {
        from -= 1;
    }
    if from > 0 && (is(message[from - 1], WORD) || message[from - 1] == b'.') {
        // The digits before belong to a word, as in `eth0:2001:db8::7`.
        if from == start || message[start - 1] != b':' {
            return None;
        }
        from = start;
    }
    let mut end = from;
    let (mut colons, mut group, mut longest, mut pairs) = (0, 0, 0, 0);
    loop {
        match message.get(end) {
            Some(b':') => {
                colons += 1;
                pairs += usize::from(group == 2);
                group = 0;
            }
            Some(byte) if is(*byte, HEX) => group += 1,
            _ => break,
        }
        longest = longest.max(group);
        end += 1;
    }
    pairs += usize::from(group == 2);
    // A colon at the end belongs to the sentence, unless it is the second of a gap.
    if end > from && message[end - 1] == b':' && (end < from + 2 || message[end - 2] != b':') {
        end -= 1;
        colons -= 1;
    }
    if colons < 2 || longest > 4 || end <= from + 3 || end <= start {
        return None;
    }
    if message.get(end) == Some(&b'%') && has(message, end + 1, WORD) {
        end = skip(message, end + 1, WORD);
    } else if matches!(message.get(end), Some(b'.' | b',')) && has(message, end + 1, DIGIT) {
        end = skip(message, end + 1, DIGIT);
    }
    if has(message, end, WORD) {
        return None;
    }
    let mask = if colons == 5 && pairs == 6 {
        Mask::Mac
    } else if colons == 2 && longest <= 2 {
        Mask::Time
    } else {
        Mask::Ip
    };
    Some((from, end, mask))
}

/// The end of hours and minutes at `from`: `18:01`.
pub fn hour_minute_end(message: &[u8], from: usize) -> Option<usize> {
    let hours = digits(message, from, 3);
    let colon = from + hours;
    let end = colon + 3;
    (matches!(hours, 1 | 2)
        && message.get(colon) == Some(&b':')
        && digits(message, colon + 1, 3) == 2
        && !has(message, end, WORD))
    .then_some(end)
}

const MONTHS: [&[u8]; 12] = [
    b"January",
    b"February",
    b"March",
    b"April",
    b"May",
    b"June",
    b"July",
    b"August",
    b"September",
    b"October",
    b"November",
    b"December",
];
const DAYS: [&[u8]; 7] = [
    b"Monday",
    b"Tuesday",
    b"Wednesday",
    b"Thursday",
    b"Friday",
    b"Saturday",
    b"Sunday",
];

fn is_month_short(word: &[u8]) -> bool {
    MONTHS.iter().any(|month| &month[..3] == word)
}

pub fn is_month(word: &[u8]) -> bool {
    word.len() >= 3 && (word == b"Sept" || MONTHS.iter().any(|month| *month == word || &month[..3] == word))
}

pub fn is_day(word: &[u8]) -> bool {
    word.len() >= 3 && DAYS.iter().any(|day| *day == word || &day[..3] == word)
}

/// The start of the word that ends at `end`; at or after `floor`.
pub fn word_start(message: &[u8], end: usize, floor: usize) -> usize {
    let mut start = end;
    // No word that is looked for here is longer than ten bytes.
    while start > floor && end - start < 12 && is(message[start - 1], LETTER) {
        start -= 1;
    }
    start
}
