//! A cursor over the bytes of a line.

/// Reads forwards; a method that finds something else than it looks for leaves the cursor where it was.
#[derive(Debug, Clone, Copy)]
pub struct Scan<'a> {
    bytes: &'a [u8],
    at: usize,
}

const MONTHS: [&[u8]; 12] = [
    b"jan", b"feb", b"mar", b"apr", b"may", b"jun", b"jul", b"aug", b"sep", b"oct", b"nov", b"dec",
];
const WEEKDAYS: [&[u8]; 7] = [b"mon", b"tue", b"wed", b"thu", b"fri", b"sat", b"sun"];

impl<'a> Scan<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    pub fn at(&self) -> usize {
        self.at
    }

    pub fn rest(&self) -> &'a [u8] {
        &self.bytes[self.at..]
    }

    pub fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    pub fn advance(&mut self, count: usize) {
        self.at = (self.at + count).min(self.bytes.len());
    }

    /// Takes one byte if it is among `set`.
    pub fn one_of(&mut self, set: &[u8]) -> Option<u8> {
        let byte = self.peek().filter(|byte| set.contains(byte))?;
        self.at += 1;
        Some(byte)
    }

    pub fn eat(&mut self, byte: u8) -> Option<()> {
        self.one_of(&[byte]).map(drop)
    }

    pub fn text(&mut self, text: &[u8]) -> Option<()> {
        self.rest().starts_with(text).then(|| self.at += text.len())
    }

    /// Takes all blanks that follow; true if there was one.
    pub fn blanks(&mut self) -> bool {
        let start = self.at;
        while self.one_of(b" \t").is_some() {}
        self.at > start
    }

    /// How many digits follow.
    pub fn digit_run(&self) -> usize {
        self.rest().iter().take_while(|byte| byte.is_ascii_digit()).count()
    }

    /// Takes a number of `least` to `most` digits that no further digit follows; at most 19 digits.
    pub fn number(&mut self, least: usize, most: usize) -> Option<i64> {
        let run = self.digit_run();
        (least..=most).contains(&run).then(|| self.fixed(run)).flatten()
    }

    /// Takes exactly `count` digits, whatever follows; at most 19 digits.
    pub fn fixed(&mut self, count: usize) -> Option<i64> {
        let digits = self
            .rest()
            .get(..count)
            .filter(|digits| digits.iter().all(u8::is_ascii_digit))?;
        let number = digits.iter().try_fold(0i64, |number, digit| {
            number.checked_mul(10)?.checked_add(i64::from(digit - b'0'))
        })?;
        self.at += count;
        Some(number)
    }

    /// Takes a month's English name, short or long; 1 to 12.
    pub fn month(&mut self) -> Option<i64> {
        self.name(
            &MONTHS,
            &[
                b"uary", b"ruary", b"ch", b"il", b"e", b"y", b"ust", b"t", b"tember", b"ober", b"ember",
            ],
        )
        .map(|index| index as i64 + 1)
    }

    /// Takes a weekday's English name, short or long.
    pub fn weekday(&mut self) -> Option<()> {
        self.name(&WEEKDAYS, &[b"day", b"sday", b"nesday", b"rsday", b"urday"])
            .map(drop)
    }

    fn name(&mut self, names: &[&[u8]], endings: &[&[u8]]) -> Option<usize> {
        let letters = self.rest().iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
        let word = &self.rest()[..letters];
        let head = word.get(..3)?;
        let index = names.iter().position(|name| head.eq_ignore_ascii_case(name))?;
        if letters > 3 && !endings.iter().any(|ending| word[3..].eq_ignore_ascii_case(ending)) {
            return None;
        }
        self.at += letters;
        Some(index)
    }

    /// True unless a letter or digit follows: a timestamp is a word of its own.
    pub fn ends_word(&self) -> bool {
        !self.peek().is_some_and(|byte| byte.is_ascii_alphanumeric())
    }
}
