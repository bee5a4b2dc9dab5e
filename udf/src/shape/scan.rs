//! The walk over one message: from hot byte to hot byte, masking what is surely variable.

use super::address;
use super::bytes::{BLANK, DIGIT, JOINER, LETTER, OPENER, WORD, class_of, has, is, skip};
use super::header::{self, Spans};
use super::host::is_host;
use super::hot::Hot;
use super::mask::Mask;
use super::sink::Sink;
use super::time;
use super::token::{self, Verdict};

/// How far apart two items of a list may be, the letters before the second included.
const MAX_STEM: usize = 24;

/// The placeholder written last.
#[derive(Clone, Copy)]
struct Last<M> {
    mask: Mask,
    /// What it stands for: `message[start..end]`.
    start: usize,
    end: usize,
    before: M,
    /// Where the literal before it begins.
    floor: usize,
    /// How many items of a list it closes, and the mark behind the first of them.
    items: u32,
    first: M,
}

pub struct Walk<'a, S: Sink> {
    message: &'a [u8],
    sink: S,
    /// Everything before has been written; from here on the message is literal so far.
    written: usize,
    /// Literal bytes written, to tell a header from a sentence.
    literals: usize,
    /// Whether what is not written yet holds blanks that must be squeezed.
    squeeze: bool,
    last: Option<Last<S::Mark>>,
    fixed: Spans,
}

/// Writes the shape of `message` (without blanks at its ends) into `sink` and gives the sink back.
pub fn walk<S: Sink>(message: &[u8], sink: S) -> S {
    let mut walk = Walk {
        message,
        sink,
        written: 0,
        literals: 0,
        squeeze: false,
        last: None,
        fixed: header::spans(message),
    };
    walk.run();
    walk.sink
}

impl<S: Sink> Walk<'_, S> {
    fn run(&mut self) {
        let mut hot = Hot::new(self.message);
        let mut at = 0;
        while let Some(found) = hot.next(at) {
            at = match self.fixed.peek() {
                Some(span) if found >= span.0 => self.put_fixed(span),
                _ => self.step(found).max(found + 1),
            };
        }
        while let Some(span) = self.fixed.peek() {
            self.put_fixed(span);
        }
        self.flush(self.message.len());
    }

    /// Masks a span that the header calls for, unless what stands before has taken it in; returns where to go on.
    fn put_fixed(&mut self, (start, end, mask): (usize, usize, Mask)) -> usize {
        self.fixed.take();
        if start >= self.written {
            self.write(start, end, mask);
        }
        end.max(self.written)
    }

    /// Looks at the hot byte at `at`; returns where to go on.
    #[inline]
    fn step(&mut self, at: usize) -> usize {
        if at < self.written {
            return self.written;
        }
        match self.message[at] {
            byte if is(byte, BLANK) => {
                self.squeeze = true;
                at + 1
            }
            b'.' if !self.between_words(at) => at + 1,
            b'/' if at > 0 && is(self.message[at - 1], WORD) => at + 1,
            b'/' => self.slash(at),
            b'\\' => match address::windows_path(self.message, at, self.written) {
                Some((start, end)) => self.put(start, end, Mask::Path),
                None => at + 1,
            },
            b'<' => match Mask::at_start(&self.message[at..]) {
                Some(mask) => self.put(at, at + mask.text().len(), mask),
                None => at + 1,
            },
            b'@' if !self.between_words(at) => at + 1,
            b'@' => self.email(at).unwrap_or(at + 1),
            _ => self.token(at),
        }
    }

    #[inline]
    fn between_words(&self, at: usize) -> bool {
        at > 0 && is(self.message[at - 1], WORD) && has(self.message, at + 1, WORD)
    }

    fn slash(&mut self, at: usize) -> usize {
        if at > self.written
            && self.message[at - 1] == b':'
            && self.message.get(at + 1) == Some(&b'/')
            && let Some(end) = self.url(at - 1)
        {
            return end;
        }
        match address::path_end(self.message, at) {
            Some(end) => self.put(at, end, Mask::Path),
            None => at + 1,
        }
    }

    /// Masks the URL whose scheme ends at `colon`.
    fn url(&mut self, colon: usize) -> Option<usize> {
        let start = address::scheme_start(self.message, colon, self.written)?;
        let end = address::url_end(self.message, colon + 3)?;
        let from = if address::is_web(&self.message[start..colon]) {
            start
        } else {
            colon + 3
        };
        Some(self.put(from, end, Mask::Url))
    }

    fn email(&mut self, at: usize) -> Option<usize> {
        let start = address::email_start(self.message, at, self.written);
        if !address::is_local_part(&self.message[start..at]) {
            return None;
        }
        let end = address::email_end(self.message, at)?;
        Some(self.put(start, end, Mask::Email))
    }

    /// Looks at the token around `at`, which is a digit or a dot between words.
    fn token(&mut self, at: usize) -> usize {
        let message = self.message;
        if let Some(end) = self.plain_number(at) {
            return self.put(at, end, Mask::Num);
        }
        let mut start = at;
        while start > self.written && is(message[start - 1], WORD | JOINER) {
            if message[start - 1] == b'.' && message[..start].ends_with(b"...") {
                break;
            }
            start -= 1;
        }
        start = skip(message, start, JOINER).min(at);
        let (end, classes) = token_end(message, start);
        if message.get(end) == Some(&b':') {
            if message[end..].starts_with(b"://")
                && let Some(url) = self.url(end)
            {
                return url;
            }
        } else if message.get(end) == Some(&b'@')
            && let Some(email) = self.email(end)
        {
            return email;
        }
        if !classes.digit {
            if is_host(&message[start..end]) {
                return self.put(start, end, Mask::Host);
            }
            return end;
        }
        if is(message[start], DIGIT) || message.get(end) == Some(&b':') || self.colon_before(start) {
            if let Some(end) = time::timestamp_end(message, start) {
                return self.timestamp(start, end);
            }
            if let Some((from, to, mask)) = time::colon_group(message, start, self.written) {
                return if mask == Mask::Time {
                    self.timestamp(from, to)
                } else {
                    self.put(from, to, mask)
                };
            }
            if let Some(end) = time::hour_minute_end(message, start) {
                return self.put(start, end, Mask::Time);
            }
        }
        if classes.dot && is_host(&message[start..end]) {
            return self.put(start, end, Mask::Host);
        }
        let signed = start > self.written
            && matches!(message[start - 1], b'+' | b'-')
            && !(start >= 2 && is(message[start - 2], WORD));
        let start = start - usize::from(signed);
        match token::classify(&message[start..end]) {
            Verdict::Keep => end,
            Verdict::Masked { prefix, mask, suffix } => {
                let percent = usize::from(suffix == 0 && message.get(end) == Some(&b'%'));
                self.put(start + prefix, end - suffix + percent, mask);
                end.max(self.written)
            }
        }
    }

    /// The end of the number at `at` when it is nothing but digits with a blank or a bracket on both sides.
    #[inline]
    fn plain_number(&self, at: usize) -> Option<usize> {
        let opens = at == 0 || matches!(self.message[at - 1], b' ' | b'=' | b'(' | b'[');
        if !opens {
            return None;
        }
        let end = skip(self.message, at, DIGIT);
        let closes = matches!(self.message.get(end), None | Some(b' ' | b',' | b')' | b']' | b';'));
        (closes && end > at).then_some(end)
    }

    fn colon_before(&self, at: usize) -> bool {
        at > self.written && self.message[at - 1] == b':'
    }

    /// Masks a time of day or a date; behind the timestamp of a syslog line the host is masked too.
    fn timestamp(&mut self, start: usize, end: usize) -> usize {
        let early = self.literals <= 16 && start <= 64;
        let dated = self.day_and_month(start);
        self.put(start, end, Mask::Time);
        if !early || !has(self.message, end, BLANK) {
            return self.written;
        }
        let next = skip(self.message, end, BLANK);
        let iso = start == 0 && self.message[start..end].contains(&b'T');
        if let Some(host) = (dated || iso)
            .then(|| header::syslog_host(self.message, next, dated))
            .flatten()
            && !host_is_year(&self.message[host.clone()])
        {
            // The blanks before the name have not been looked at.
            self.squeeze = true;
            return self.put(host.start, host.end, Mask::Host);
        }
        self.written
    }

    /// Whether the day and the month of a syslog timestamp were written right before `start`.
    fn day_and_month(&self, start: usize) -> bool {
        self.last.is_some_and(|last| {
            last.mask == Mask::Time
                && self.message[last.start].is_ascii_alphabetic()
                && self.message[last.end..start].iter().all(|byte| is(*byte, BLANK))
        })
    }

    /// Writes the literal up to `start` and the placeholder for `start..end`; returns where to go on.
    fn put(&mut self, start: usize, end: usize, mask: Mask) -> usize {
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

    fn write(&mut self, start: usize, end: usize, mask: Mask) {
        let mut items = 1;
        if let Some(last) = &mut self.last
            && alike(last.mask, mask)
            && continues_list(self.message, last, start)
            && !has(self.message, end, WORD)
        {
            items = last.items + 1;
            if items >= 3 {
                // Three equal items or more are a list, written as its first item.
                self.sink.rewind(last.first);
                self.written = end;
                self.squeeze = false;
                last.end = end;
                last.items = items;
                return;
            }
        }
        let floor = self.written;
        self.flush(start);
        let before = self.sink.mark();
        self.sink.mask(mask);
        self.written = end;
        let first = match &self.last {
            Some(last) if items == 2 => last.first,
            _ => self.sink.mark(),
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

    /// Takes in the unit behind a number at `end` when it is one of size.
    fn size_unit(&self, end: usize) -> (usize, Mask) {
        let blank = usize::from(self.message.get(end) == Some(&b' '));
        let from = end + blank;
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
            // The month was taken in with what follows it: the day before it belongs to the date.
            (Mask::Num, Mask::Time) => near && text[0].is_ascii_alphabetic(),
            _ => false,
        };
        if !joined {
            return false;
        }
        *mask = Mask::Time;
        self.sink.rewind(last.before);
        self.sink.mask(Mask::Time);
        let after = self.sink.mark();
        self.last = Some(Last {
            mask: Mask::Time,
            end,
            first: after,
            ..last
        });
        true
    }

    /// Takes in `#`, `$`, and a sign of comparison right before a value: `#12`, `<1`, `>=80`, `~5`.
    fn sign_start(&self, start: usize, end: usize) -> usize {
        if start <= self.written {
            return start;
        }
        let before = self.message[start - 1];
        if matches!(before, b'#' | b'$') && !(start >= 2 && is(self.message[start - 2], WORD)) {
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
    fn flush(&mut self, to: usize) {
        let literal = &self.message[self.written.min(to)..to];
        self.literals += literal.len();
        if self.squeeze {
            self.squeeze = false;
            self.flush_squeezed(literal);
        } else {
            self.sink.literal(literal);
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
                self.sink.literal(&literal[from..at]);
                self.sink.literal(b" ");
                from = end;
            }
            at = end;
        }
        self.sink.literal(&literal[from..]);
    }
}

/// Whether only blanks and commas lie between the last placeholder and the letters before `start`, and the same letters
/// stand before both.
#[inline]
fn continues_list<M>(message: &[u8], last: &Last<M>, start: usize) -> bool {
    if start - last.end > MAX_STEM || has(message, last.end, WORD) {
        return false;
    }
    let stem = letters_start(message, start, last.end);
    let gap = &message[last.end..stem];
    !gap.is_empty()
        && gap.iter().all(|byte| is(*byte, BLANK) || matches!(byte, b',' | b';'))
        && message[letters_start(message, last.start, last.floor)..last.start] == message[stem..start]
}

/// Whether items of these kinds make one list: numbers in any notation do, else the kinds must be equal.
fn alike(left: Mask, right: Mask) -> bool {
    let number = |mask| matches!(mask, Mask::Num | Mask::Hex | Mask::Id | Mask::Size);
    left == right || (number(left) && number(right))
}

struct Classes {
    digit: bool,
    dot: bool,
}

/// The end of the token that opens at `start`, and what it holds.
fn token_end(message: &[u8], start: usize) -> (usize, Classes) {
    let (mut end, mut seen) = (start, 0);
    let mut dot = false;
    loop {
        while let Some(byte) = message.get(end).filter(|byte| is(**byte, WORD)) {
            seen |= class_of(*byte);
            end += 1;
        }
        let joined = skip(message, end, JOINER);
        // A row of dots leads the eye from a name to its value; it joins nothing.
        if joined == end || !has(message, joined, WORD) || message[end..joined].starts_with(b"...") {
            break;
        }
        dot |= message[end] == b'.';
        end = joined;
    }
    let digit = seen & DIGIT != 0;
    (end, Classes { digit, dot })
}

/// The start of the letters right before `start`, not before `floor`; `start` itself when a digit stands before them.
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

fn host_is_year(name: &[u8]) -> bool {
    name.len() == 4 && name.iter().all(u8::is_ascii_digit)
}
