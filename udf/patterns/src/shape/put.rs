//! Writes what the walk has decided: literals, placeholders, and the runs of placeholders that are one thing.

use super::bytes::{BLANK, LETTER, OPENER, WORD, has, is, skip};
use super::mask::Mask;
use super::scan::Walk;
use super::{time, token};

/// How far apart two items of a list may be, with the letters before the second.
const MAX_STEM: usize = 24;

/// The placeholder written last.
#[derive(Clone, Copy)]
pub struct Last {
    pub(super) mask: Mask,
    /// What it stands for: `message[start..end]`.
    pub(super) start: usize,
    pub(super) end: usize,
    /// Where it begins in the text.
    before: usize,
    /// Where the literal before it begins.
    floor: usize,
    /// How many items of a list end with it, and the mark behind the first of them.
    items: u32,
    first: usize,
}

impl Walk<'_> {
    /// Writes the literal up to `start` and the placeholder for `start..end`; returns where to go on.
    pub(super) fn put(&mut self, start: usize, end: usize, mask: Mask) -> usize {
        let (mut start, mut end, mut mask) = (start, end, mask);
        if mask == Mask::Num {
            (end, mask) = self.size_unit(end);
        }
        if matches!(mask, Mask::Num | Mask::Time) {
            if let Some(from) = self.date_words(start) {
                start = from;
                mask = Mask::Time;
            }
            if self.joins_last_time(start, end, &mut mask) {
                self.written = end;
                return end;
            }
        }
        start = self.sign_start(start, end);
        self.write(start, end, mask);
        end
    }

    /// Writes the literal up to `start` and the class of the status of HTTP at `start..end`: `5xx`.
    pub(super) fn put_class(&mut self, start: usize, end: usize) -> usize {
        self.flush(start + 1);
        self.out.extend_from_slice(b"xx");
        self.written = end;
        end
    }

    pub(super) fn write(&mut self, start: usize, end: usize, mask: Mask) {
        let mut items = 1;
        if let Some(last) = &mut self.last
            && alike(last.mask, mask)
            && continues_list(self.message, last, start)
            && !has(self.message, end, WORD)
        {
            items = last.items + 1;
            if items >= 3 {
                // Three equal items or more are a list, written as its first item.
                self.out.truncate(last.first);
                self.written = end;
                self.squeeze = false;
                last.end = end;
                last.items = items;
                return;
            }
        }
        let floor = self.written;
        self.flush(start);
        let before = self.out.len();
        self.out.extend_from_slice(mask.text().as_bytes());
        self.written = end;
        let first = match &self.last {
            Some(last) if items == 2 => last.first,
            _ => self.out.len(),
        };
        self.last = Some(Last {
            mask,
            start,
            end,
            before,
            floor,
            items,
            first,
        });
    }

    /// Includes the unit behind a number that ends at `end` when it is a unit of size.
    fn size_unit(&self, end: usize) -> (usize, Mask) {
        let from = skip(self.message, end, BLANK);
        if !matches!(
            self.message.get(from),
            Some(b'B' | b'K' | b'k' | b'M' | b'G' | b'T' | b'P')
        ) {
            return (end, Mask::Num);
        }
        let to = skip(self.message, from, WORD);
        if to - from <= 3 && token::is_size_unit(&self.message[from..to]) {
            (to, Mask::Size)
        } else {
            (end, Mask::Num)
        }
    }

    /// The start of the month, or the day of the week, that stands right before `start`.
    fn date_words(&self, start: usize) -> Option<usize> {
        let last = start.checked_sub(1).map(|at| self.message[at])?;
        if !is(last, BLANK)
            || !has(self.message, start.wrapping_sub(2), LETTER | BLANK)
                && !has(self.message, start.wrapping_sub(2), OPENER)
        {
            return None;
        }
        let word_before = |at: usize| {
            let mut end = at;
            while end > self.written && is(self.message[end - 1], BLANK) {
                end -= 1;
            }
            let blank = end < at;
            if blank && end > self.written && self.message[end - 1] == b',' {
                end -= 1;
            }
            let from = time::word_start(self.message, end, self.written);
            (blank && from < end && !(from > 0 && is(self.message[from - 1], WORD))).then_some(from..end)
        };
        let near = word_before(start)?;
        if !matches!(self.message[near.start], b'A'..=b'W') {
            return None;
        }
        let word = &self.message[near.clone()];
        if time::is_month(word) {
            let far = word_before(near.start).filter(|far| time::is_day(&self.message[far.clone()]));
            return Some(far.map_or(near.start, |far| far.start));
        }
        time::is_day(word).then_some(near.start)
    }

    /// Joins `start..end` to the timestamp before it: a date and a time of day, `10 Oct 2024`, or a year.
    fn joins_last_time(&mut self, start: usize, end: usize, mask: &mut Mask) -> bool {
        let Some(last) = self.last else { return false };
        if last.end >= start || start - last.end > 12 || last.items >= 3 {
            return false;
        }
        let gap = &self.message[last.end..start];
        let text = &self.message[start..end];
        let near = gap.iter().all(|byte| is(*byte, BLANK));
        let year = text.len() == 4 && (text.starts_with(b"19") || text.starts_with(b"20"));
        let joined = match (last.mask, *mask) {
            (Mask::Time, Mask::Time) => near,
            (Mask::Time, Mask::Num) => near && year && self.message[last.start].is_ascii_alphabetic(),
            // The month already belongs to what follows it, so the day before it belongs to the date too.
            (Mask::Num, Mask::Time) => near && text[0].is_ascii_alphabetic(),
            _ => false,
        };
        if !joined {
            return false;
        }
        *mask = Mask::Time;
        self.out.truncate(last.before);
        self.out.extend_from_slice(Mask::Time.text().as_bytes());
        let after = self.out.len();
        self.last = Some(Last {
            mask: Mask::Time,
            end,
            first: after,
            ..last
        });
        true
    }

    /// Includes `#`, `$`, or a sign of comparison right before a value: `#12`, `<1`, `>=80`, `~5`.
    fn sign_start(&self, start: usize, end: usize) -> usize {
        if start <= self.written {
            return start;
        }
        let before = self.message[start - 1];
        if matches!(before, b'#' | b'$')
            && !(start >= 2 && (is(self.message[start - 2], WORD) || self.message[start - 2] == b'>'))
        {
            return start - 1;
        }
        let mut from = start;
        if before == b'=' && from >= self.written + 2 && matches!(self.message[from - 2], b'<' | b'>') {
            from -= 2;
        } else if matches!(before, b'<' | b'>' | b'~' | b'*') {
            from -= 1;
        } else {
            return start;
        }
        let opens = from == 0
            || is(self.message[from - 1], BLANK)
            || matches!(self.message[from - 1], b'=' | b':' | b'(' | b'[');
        if opens && self.message.get(end) != Some(&b'>') {
            from
        } else {
            start
        }
    }

    /// Writes the literal up to `to`.
    pub(super) fn flush(&mut self, to: usize) {
        let literal = &self.message[self.written.min(to)..to];
        self.literals += literal.len();
        if self.squeeze {
            self.squeeze = false;
            self.flush_squeezed(literal);
        } else {
            self.out.extend_from_slice(literal);
        }
        self.written = to;
    }

    /// Writes `literal` with every run of blanks as one space.
    fn flush_squeezed(&mut self, literal: &[u8]) {
        let (mut from, mut at) = (0, 0);
        while at < literal.len() {
            if !is(literal[at], BLANK) {
                at += 1;
                continue;
            }
            let end = skip(literal, at, BLANK);
            if end > at + 1 || literal[at] != b' ' {
                self.out.extend_from_slice(&literal[from..at]);
                self.out.extend_from_slice(b" ");
                from = end;
            }
            at = end;
        }
        self.out.extend_from_slice(&literal[from..]);
    }
}

/// Whether only blanks and commas lie between the last placeholder and the letters before `start`, and the same letters
/// stand before both.
#[inline]
fn continues_list(message: &[u8], last: &Last, start: usize) -> bool {
    if start - last.end > MAX_STEM || has(message, last.end, WORD) {
        return false;
    }
    let stem = letters_start(message, start, last.end);
    let gap = &message[last.end..stem];
    !gap.is_empty()
        && gap.iter().all(|byte| is(*byte, BLANK) || matches!(byte, b',' | b';'))
        && message[letters_start(message, last.start, last.floor)..last.start] == message[stem..start]
}

/// Whether items of these kinds make one list: numbers in any notation do; other kinds must be equal.
fn alike(left: Mask, right: Mask) -> bool {
    let number = |mask| matches!(mask, Mask::Num | Mask::Hex | Mask::Id | Mask::Size);
    left == right || (number(left) && number(right))
}

/// The start of the letters right before `start`, at or after `floor`; `start` itself when a digit stands before them.
fn letters_start(message: &[u8], start: usize, floor: usize) -> usize {
    let mut from = start;
    while from > floor && is(message[from - 1], LETTER) {
        from -= 1;
    }
    if from > 0 && is(message[from - 1], WORD) {
        start
    } else {
        from
    }
}
