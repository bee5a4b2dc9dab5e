use super::LengthMismatch;

/// Added to every count: the Krichevsky–Trofimov estimator. An epsilon near zero would make each rare new pattern look
/// enormous; one half keeps it in proportion to what was seen.
const SMOOTHING: f64 = 0.5;

/// How many lines two windows have, and how many patterns.
#[derive(Clone, Copy, Debug)]
pub(super) struct Totals {
    pub(super) current: f64,
    pub(super) baseline: f64,
    pub(super) patterns: f64,
}

impl Totals {
    /// (c + α) ÷ (C + αN) and (b + α) ÷ (B + αN): positive, and each window's add up to 1.
    pub(super) fn smoothed_shares(self, current: f64, baseline: f64) -> (f64, f64) {
        let added = SMOOTHING * self.patterns;
        (
            (current + SMOOTHING) / (self.current + added),
            (baseline + SMOOTHING) / (self.baseline + added),
        )
    }

    /// c ÷ C − b ÷ B, a window without rows counting as share 0.
    pub(super) fn share_difference(self, current: f64, baseline: f64) -> f64 {
        // A pattern of an empty window has count 0, so any positive divisor gives share 0.
        current / self.current.max(1.0) - baseline / self.baseline.max(1.0)
    }
}

/// Two windows over the same patterns, with their totals.
pub(super) struct Windows<'a> {
    current: &'a [u64],
    baseline: &'a [u64],
    pub(super) totals: Totals,
}

impl<'a> Windows<'a> {
    pub(super) fn new(current: &'a [u64], baseline: &'a [u64]) -> Result<Self, LengthMismatch> {
        if current.len() != baseline.len() {
            return Err(LengthMismatch {
                current: current.len(),
                baseline: baseline.len(),
            });
        }
        let totals = Totals {
            current: total(current),
            baseline: total(baseline),
            patterns: current.len() as f64,
        };
        Ok(Self {
            current,
            baseline,
            totals,
        })
    }

    /// The counts of each pattern in the current and the baseline window.
    pub(super) fn counts(&self) -> impl Iterator<Item = (f64, f64)> {
        let pairs = self.current.iter().zip(self.baseline);
        pairs.map(|(current, baseline)| (*current as f64, *baseline as f64))
    }

    /// [`Totals::smoothed_shares`] of every pattern.
    pub(super) fn shares(&self) -> impl Iterator<Item = (f64, f64)> {
        self.counts()
            .map(|(current, baseline)| self.totals.smoothed_shares(current, baseline))
    }
}

/// Adds up in 128 bits, which no array that fits in memory can overflow, and rounds once.
fn total(counts: &[u64]) -> f64 {
    counts.iter().map(|count| u128::from(*count)).sum::<u128>() as f64
}
