//! Whether the end of the past is like what was before it: a baseline that an incident has reached already hides it.

use super::direction::rate_ratio;
use super::dispersion::Variation;
use super::significance::{log_likelihood_ratio, rate_likelihood_ratio};
use super::tail::student_tail;

/// What a pattern without slices of its own is taken to vary by: more than chance, since usual bursts are no incident.
const USUAL_DISPERSION: f64 = 4.0;

/// The probability, over all patterns and all onsets together, of calling a quiet past restless. It is small, since bursts come more
/// often than half a past of them tells, and a baseline further away is a worse one.
const LEVEL: f64 = 1e-4;

/// With fewer slices in the first half of the past nothing is known of it.
pub const FEWEST: usize = 4;

/// A rate that rose or fell by less is no incident.
const FACTOR: f64 = 2.0;

/// Lines by slice, the oldest first: of a pattern, and of its service.
#[derive(Clone, Copy, Debug)]
pub struct Past<'a> {
    pub lines: &'a [u64],
    pub of_service: &'a [u64],
    /// The first slice of which anything is known, and the number of all slices.
    pub first: usize,
    pub slices: usize,
}

/// The slice in the second half of the past with which a pattern left its rate, to stay away until the past's end; None
/// where it did not. `patterns` is the number of those among which this one was looked for.
///
/// Each slice of the second half is tried as the onset: G² of the lines from there on against those before it ÷ φ of those
/// before it, with Bonferroni's bound over onsets and patterns. The strongest evidence decides.
pub fn unquiet_since(past: &Past<'_>, patterns: u64) -> Option<usize> {
    let half = Some(past.slices.checked_sub(past.first)? / 2).filter(|half| *half >= FEWEST)?;
    let onsets = past.first + half..past.slices;
    let tests = onsets.len() as f64 * patterns.max(1) as f64;
    let found = onsets.rev().filter_map(|onset| {
        let (strength, p_value) = evidence(past, onset)?;
        (p_value * tests <= LEVEL).then_some((strength, onset))
    });
    let strongest = found.max_by(|one, other| one.0.total_cmp(&other.0));
    strongest.map(|(_, onset)| onset)
}

/// G² ÷ φ and its p-value; None where the rate did not change by [`FACTOR`] and stay there.
fn evidence(past: &Past<'_>, onset: usize) -> Option<(f64, f64)> {
    let part = |counts: &[u64], from: usize, to: usize| -> Vec<f64> {
        let at = |slice: usize| counts.get(slice).copied().unwrap_or(0) as f64;
        (from..to).map(at).collect()
    };
    let sum = |counts: &[f64]| counts.iter().sum::<f64>();
    let before = part(past.lines, past.first, onset);
    let before_of_service = part(past.of_service, past.first, onset);
    let (head, head_all) = (sum(&before), sum(&before_of_service));
    let tail = sum(&part(past.lines, onset, past.slices));
    let tail_all = sum(&part(past.of_service, onset, past.slices));
    let lengths = ((past.slices - onset) as f64, (onset - past.first) as f64);
    let last = part(past.lines, past.slices - 1, past.slices)[0];
    let ratio = rate_ratio(tail, head, lengths);
    let last_ratio = rate_ratio(last, head, (1.0, lengths.1));
    let is_apart = |ratio: f64| ratio >= FACTOR || ratio <= 1.0 / FACTOR;
    if !is_apart(ratio) || !is_apart(last_ratio) || (ratio > 1.0) != (last_ratio > 1.0) {
        return None;
    }
    let has_no_others = tail_all == 0.0 || head_all == 0.0 || tail + head == tail_all + head_all;
    let (g2, variation) = if has_no_others {
        let g2 = rate_likelihood_ratio(tail, lengths.0, head, lengths.1);
        (g2, Variation::of_rates(&before))
    } else {
        let g2 = log_likelihood_ratio(tail, tail_all, head, head_all);
        (g2, Variation::of_shares(&before, &before_of_service))
    };
    let (dispersion, degrees) = variation.wobble(USUAL_DISPERSION);
    let strength = g2 / dispersion;
    Some((strength, student_tail(strength, degrees)))
}
