//! Which patterns an answer keeps besides those that it shows, since they say something of the whole.

use super::changes::Pattern;
use super::quiet::FEWEST;
use super::ranking::Ranking;

/// The pattern is among the first of the ranking, as many as were asked for.
pub const SHOWN: u64 = 1;
/// Too rare to be tested, and neither the baseline nor the past has a line of it.
pub const UNHEARD: u64 = 2;
/// The end of the past is unlike its first half: the baseline may not be quiet.
pub const RESTLESS: u64 = 4;
/// It stands for its service, whose lines rose or fell by half or more.
pub const SERVICE: u64 = 8;

/// At most so many of each kind but [`SHOWN`].
const MOST: usize = 20;

/// A service with fewer lines in both windows together says nothing.
const SUPPORT: f64 = 5.0;

/// (l − m)² ÷ (m + 1) from which the last slice's lines l are unlike a mean of m.
const UNLIKE: f64 = 25.0;

impl Ranking {
    /// Marks each ranked pattern by what it is kept for, and drops those that are kept for nothing. `slices` is the
    /// number of slices of the past; `lengths` are those of the current and a baseline window.
    pub fn keep(&mut self, patterns: &[Pattern], limit: usize, slices: usize, lengths: (f64, f64)) {
        let mut marks = vec![0_u64; self.ranked.len()];
        for (place, ranked) in self.ranked.iter().enumerate() {
            if place < limit {
                marks[place] |= SHOWN;
            }
            if !ranked.is_heard && ranked.status == "same" && patterns[ranked.index].current > 0 {
                marks[place] |= UNHEARD;
            }
        }
        cap(&mut marks, UNHEARD);
        self.mark(&mut marks, RESTLESS, |index| restless(patterns, index, slices));
        let mut known = vec![false; self.services.len()];
        self.mark(&mut marks, SERVICE, |index| {
            let service = self.belongs[index];
            let is_first = !std::mem::replace(&mut known[service], true);
            let lines = &self.services[service];
            let (current, before) = (lines.current as f64, lines.baseline as f64);
            let (now, usual) = (current * lengths.1, before * lengths.0);
            let is_odd = 2.0 * now >= 3.0 * usual || 3.0 * now <= 2.0 * usual;
            (is_first && is_odd && current + before >= SUPPORT).then(|| (now - usual).abs())
        });
        for (ranked, (kept_for, place)) in self.ranked.iter_mut().zip(marks.into_iter().zip(1..)) {
            (ranked.kept_for, ranked.place) = (kept_for, place);
        }
        self.ranked.retain(|ranked| ranked.kept_for != 0);
    }

    /// Marks those of the greatest weight; of equals the first in the ranking.
    fn mark(&self, marks: &mut [u64], mark: u64, mut weight: impl FnMut(usize) -> Option<f64>) {
        let places = self.ranked.iter().enumerate();
        let weighed = places.filter_map(|(place, ranked)| Some((weight(ranked.index)?, place)));
        let mut weighed: Vec<(f64, usize)> = weighed.collect();
        weighed.sort_by(|one, other| other.0.total_cmp(&one.0));
        for (_, place) in weighed.into_iter().take(MOST) {
            marks[place] |= mark;
        }
    }
}

fn cap(marks: &mut [u64], mark: u64) {
    for kept_for in marks.iter_mut().filter(|marks| **marks & mark != 0).skip(MOST) {
        *kept_for &= !mark;
    }
}

/// How unlike the first half of the past the last slice is; None where it is not.
fn restless(patterns: &[Pattern], index: usize, slices: usize) -> Option<f64> {
    let first = first_slice(patterns)?;
    let half = slices.checked_sub(first)? / 2;
    if half < FEWEST {
        return None;
    }
    let past = &patterns[index].past;
    let lines = |slice: usize| past.get(slice).copied().unwrap_or(0) as f64;
    let mean = (first..first + half).map(lines).sum::<f64>() / half as f64;
    let last = lines(slices - 1);
    let weight = (last - mean) * (last - mean) / (mean + 1.0);
    (weight >= UNLIKE && (last >= 2.0 * mean || 2.0 * last <= mean)).then_some(weight)
}

fn first_slice(patterns: &[Pattern]) -> Option<usize> {
    let firsts = patterns.iter().filter_map(|pattern| pattern.past().next());
    firsts.map(|(slice, _)| slice).min()
}
