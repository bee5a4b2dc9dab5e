//! Keys of the words of a template, from which a word can be left out in constant time.

use super::align::counts_as_spoken;
use super::forest::mix;
use super::words::{MASK, Token, Words};
use std::ops::Range;

/// An odd base, so that it has an inverse modulo 2^64.
const BASE: u64 = 0x9e37_79b9_7f4a_7c15;
const INVERSE: u64 = inverse(BASE);

/// Newton's iteration for the inverse modulo 2^64; each step doubles the bits that are right.
const fn inverse(odd: u64) -> u64 {
    let mut inverse = odd;
    let mut step = 0;
    while step < 6 {
        inverse = inverse.wrapping_mul(2u64.wrapping_sub(odd.wrapping_mul(inverse)));
        step += 1;
    }
    inverse
}

/// The sums Σ wordᵢ·baseⁱ up to each token of a template, over the words that count.
pub struct SpokenKeys {
    /// Before each token, and behind the last one: the sum so far, and base to the power of the number of words so far.
    sums: Vec<(u64, u64)>,
}

impl SpokenKeys {
    pub fn of(words: &Words, tokens: &[Token]) -> Self {
        let mut sums = Vec::with_capacity(tokens.len() + 1);
        let (mut sum, mut power) = (0u64, 1u64);
        sums.push((sum, power));
        let mut after_mask = false;
        for token in tokens {
            if counts_as_spoken(words, *token, &mut after_mask) {
                sum = sum.wrapping_add(mix(0, *token).wrapping_mul(power));
                power = power.wrapping_mul(BASE);
            }
            sums.push((sum, power));
        }
        SpokenKeys { sums }
    }

    /// The key of all words.
    pub fn whole(&self) -> u64 {
        self.sums.last().map_or(0, |(sum, power)| sum ^ power)
    }

    /// The key when the words at `places` are masked; `None` when masking them changes which words behind them count.
    pub fn without(&self, words: &Words, tokens: &[Token], places: Range<usize>) -> Option<u64> {
        let next = tokens[places.end..]
            .iter()
            .find(|token| words.get(**token).word() || **token == MASK);
        if next.is_some_and(|token| words.get(*token).unit()) {
            return None;
        }
        let left_out = infos_spoken(&self.sums, &places);
        let (before, _) = self.sums[places.start];
        let (through, _) = self.sums[places.end];
        let (total, power) = *self.sums.last()?;
        let mut rest = total.wrapping_sub(through);
        let mut power = power;
        for _ in 0..left_out {
            rest = rest.wrapping_mul(INVERSE);
            power = power.wrapping_mul(INVERSE);
        }
        Some(before.wrapping_add(rest) ^ power)
    }
}

/// How many words count at `places`.
fn infos_spoken(sums: &[(u64, u64)], places: &Range<usize>) -> usize {
    sums[places.start..=places.end]
        .windows(2)
        .filter(|pair| pair[0].1 != pair[1].1)
        .count()
}
