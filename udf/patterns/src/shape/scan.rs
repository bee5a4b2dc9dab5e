//! The walk over one message: from hot byte to hot byte, masking what is surely variable.

use super::address;
use super::bytes::{BLANK, DIGIT, JOINER, WORD, class_of, has, is, skip};
use super::header::{self, Spans};
use super::host::{is_addressed, is_host};
use super::hot::Hot;
use super::mask::Mask;
use super::put::Last;
use super::telling;
use super::time;
use super::token::{self, Verdict};

pub struct Walk<'a> {
    pub(super) message: &'a [u8],
    pub(super) out: &'a mut Vec<u8>,
    /// Everything before this position has been written. What follows, up to the position of the walk, is literal.
    pub(super) written: usize,
    /// How many literal bytes have been written: few mean that the walk is still in the header.
    pub(super) literals: usize,
    /// Whether what is not written yet holds blanks that must be squeezed.
    pub(super) squeeze: bool,
    pub(super) last: Option<Last>,
    pub(super) fixed: Spans,
    /// Whether the status of the request that the message is about may still come: not known until one is looked for.
    pub(super) awaits_status: Option<bool>,
}

/// Appends the shape of `message`, which has no blanks at its ends, to `out`.
pub fn walk(message: &[u8], out: &mut Vec<u8>) {
    let mut walk = Walk {
        message,
        out,
        written: 0,
        literals: 0,
        squeeze: false,
        last: None,
        fixed: header::spans(message),
        awaits_status: None,
    };
    walk.run();
}

impl Walk<'_> {
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

    /// Masks a span of the header, unless an earlier placeholder has covered it; returns where to go on.
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
        match address::path_end(self.message, at).or_else(|| address::value_path_end(self.message, at)) {
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
            return self.telling(at, end).unwrap_or_else(|| self.put(at, end, Mask::Num));
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
        if self.colon_before(start)
            && let Some((from, to, mask)) = time::colon_group(message, start, self.written)
            && mask != Mask::Time
        {
            // The last groups of a longer address may look like a time of day.
            return self.put(from, to, mask);
        }
        let beside_colon = message.get(end) == Some(&b':') || self.colon_before(start);
        if (beside_colon || is(message[start], DIGIT))
            && let Some(end) = time::timestamp_end(message, start)
        {
            return self.timestamp(start, end);
        }
        if beside_colon {
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
        if classes.dot && is_host(&message[start..end]) || is_addressed(message, start, end) {
            return self.put(start, end, Mask::Host);
        }
        if matches!(message.get(end), Some(b'+' | b'~')) && is(message[start], DIGIT) && has(message, end + 1, WORD) {
            return self.put(start, version_end(message, end), Mask::Id);
        }
        let signed = start > self.written
            && matches!(message[start - 1], b'+' | b'-')
            && !(start >= 2 && is(message[start - 2], WORD));
        if let Some(end) = self.telling(start, end) {
            return end;
        }
        let start = start - usize::from(signed);
        match token::classify(&message[start..end]) {
            Verdict::Keep => end,
            Verdict::Masked {
                prefix,
                mask: mask @ Mask::Num,
                suffix: 1..,
            } => {
                let (number, end) = duration_end(message, start + prefix, end);
                self.put(start + prefix, number, mask);
                end.max(self.written)
            }
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

    /// Keeps the value at `start..end` when it means something; returns where to go on.
    #[inline]
    fn telling(&mut self, start: usize, end: usize) -> Option<usize> {
        let value = &self.message[start..end];
        let before = *self.message.get(start.wrapping_sub(1))?;
        if value.len() > 12
            || !matches!(
                before,
                b' ' | b'"' | b'\'' | b'=' | b':' | b'(' | b'[' | b'-' | b'|' | b',' | b'\t'
            )
        {
            return None;
        }
        if !value.iter().all(u8::is_ascii_digit) {
            let named = value.len() >= 7 && telling::is_named_code(value);
            let state = value.len() == 5 && telling::fits(telling::Key::Error, value);
            return ((named && telling::follows_error(self.message, start))
                || (state && telling::key(self.message, start) == Some(telling::Key::Error)))
            .then_some(end);
        }
        if value.len() > 5 {
            return None;
        }
        let key = telling::key(self.message, start);
        if telling::is_status(value) && self.is_status(key, start, end) {
            return Some(self.put_class(start, end));
        }
        telling::fits(key?, value).then_some(end)
    }

    /// Whether the number at `start..end` behind this key, which may be a status of HTTP, is one.
    fn is_status(&mut self, key: Option<telling::Key>, start: usize, end: usize) -> bool {
        if telling::has_phrase(self.message, start, end) {
            return true;
        }
        match key {
            // `status=203/EXEC` has a meaning of its own.
            Some(telling::Key::Code) => return self.message.get(end) != Some(&b'/'),
            Some(telling::Key::Http) => return telling::stands_alone(self.message, start, end),
            Some(telling::Key::Error | telling::Key::Exit) => return false,
            None => {}
        }
        if self.awaits_status == Some(false) || !telling::stands_alone(self.message, start, end) {
            return false;
        }
        let awaits = self.awaits_status.is_some() || telling::names_request(self.message);
        // The first one is the status; what follows may be a size.
        self.awaits_status = Some(false);
        awaits
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
}

/// The ends of the last number and of the last unit of a duration whose first part is `start..end`: `2h 3min 15.6s`.
fn duration_end(message: &[u8], start: usize, end: usize) -> (usize, usize) {
    let letters = message[start..end]
        .iter()
        .rev()
        .take_while(|byte| byte.is_ascii_alphabetic())
        .count();
    let mut last = (end - letters, end);
    while message.get(last.1) == Some(&b' ')
        && let Some(next) = token::duration_part(message, last.1 + 1)
        && !has(message, next.1, WORD | JOINER) | (has(message, next.1, JOINER) && !has(message, next.1 + 1, WORD))
    {
        last = next;
    }
    last
}

/// The end of a version with a build or a revision, `2.36-9+deb12u4` or `1.0~rc1`, of which the part up to `end` is known.
fn version_end(message: &[u8], end: usize) -> usize {
    let mut end = end;
    while matches!(message.get(end), Some(b'+' | b'~')) && has(message, end + 1, WORD) {
        end = token_end(message, end + 1).0;
    }
    end
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
        // A row of dots leads from a name to its value; it does not join them to one token.
        if joined == end || !has(message, joined, WORD) || message[end..joined].starts_with(b"...") {
            break;
        }
        dot |= message[end] == b'.';
        end = joined;
    }
    let digit = seen & DIGIT != 0;
    (end, Classes { digit, dot })
}

fn host_is_year(name: &[u8]) -> bool {
    name.len() == 4 && name.iter().all(u8::is_ascii_digit)
}
