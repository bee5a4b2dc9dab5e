//! How two windows of pattern counts differ: how much each pattern contributes, and whether chance explains it.
//!
//! Counts are per pattern, over the union of the patterns of both windows: `current[i]` and `baseline[i]` belong to the
//! same pattern, and 0 means that the window does not have it. `sql/log_changes/` computes the same in plain SQL, with
//! the operations in the same order; `udf/testdata/divergence_cases.json` holds both to the same values.

mod changes;
mod direction;
mod dispersion;
mod false_discovery;
mod kept;
mod quiet;
mod ranking;
mod rate;
mod shares;
mod significance;
mod tail;
mod typical;

use std::fmt;

pub use changes::{Change, Changes, Pattern, ServiceLines, changes};
use false_discovery::benjamini_hochberg;
pub use kept::{RESTLESS, SERVICE, SHOWN, UNHEARD};
pub use quiet::{FEWEST as FEWEST_SLICES, Past, unquiet_since};
pub use ranking::{Ranked, Ranking, Totals, rank};
pub use rate::rate_p_value;
use shares::Windows;
use significance::{chi_squared_p_value, log_likelihood_ratio};
pub use typical::add_counts;

/// What [`scores`] says about one pattern. Every field is finite.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Score {
    /// `p·ln(p/q)` in nats, with p and q the pattern's smoothed shares of the current and the baseline window:
    /// positive where the share grew. Over all patterns these add up to the Kullback–Leibler divergence, which is ≥ 0.
    pub kl: f64,
    /// (current share − baseline share) ÷ smoothed baseline share: 1.5 is +150 %. The two shares in the
    /// difference are not smoothed; in a window without rows every share is 0.
    pub relative_change: f64,
    /// Dunning's log-likelihood ratio G² of the pattern against the rest, ≥ 0.
    pub g2: f64,
    /// The probability of such a G² or a larger one when both windows have the same share (χ², one degree of freedom).
    pub p_value: f64,
    /// The lowest false discovery rate at which the pattern counts as changed (Benjamini–Hochberg over all patterns).
    pub q_value: f64,
}

impl Score {
    /// The fields in the order of the tuple that `kulprit_divergence` returns.
    pub fn columns(&self) -> [f64; 5] {
        [self.kl, self.relative_change, self.g2, self.p_value, self.q_value]
    }
}

/// The two windows do not have one count for each pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LengthMismatch {
    pub current: usize,
    pub baseline: usize,
}

impl fmt::Display for LengthMismatch {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "current has {} counts and baseline has {}: give both one count for each pattern, 0 where it is absent",
            self.current, self.baseline
        )
    }
}

impl std::error::Error for LengthMismatch {}

/// Scores each pattern, in the order given. O(n log n).
pub fn scores(current: &[u64], baseline: &[u64]) -> Result<Vec<Score>, LengthMismatch> {
    let windows = Windows::new(current, baseline)?;
    let mut scores: Vec<Score> = windows.counts().map(|counts| score(&windows, counts)).collect();
    let q_values = benjamini_hochberg(&scores.iter().map(|score| score.p_value).collect::<Vec<_>>());
    for (score, q_value) in scores.iter_mut().zip(q_values) {
        score.q_value = q_value;
    }
    Ok(scores)
}

fn score(windows: &Windows, (current, baseline): (f64, f64)) -> Score {
    let totals = windows.totals;
    let (p, q) = totals.smoothed_shares(current, baseline);
    let g2 = log_likelihood_ratio(current, totals.current, baseline, totals.baseline);
    Score {
        kl: p * (p / q).ln(),
        relative_change: totals.share_difference(current, baseline) / q,
        g2,
        p_value: chi_squared_p_value(g2),
        q_value: 1.0,
    }
}

/// The Kullback–Leibler divergence of the current window from the baseline, in nats, ≥ 0.
pub fn kullback_leibler(current: &[u64], baseline: &[u64]) -> Result<f64, LengthMismatch> {
    let windows = Windows::new(current, baseline)?;
    let sum: f64 = windows.shares().map(|(p, q)| p * (p / q).ln()).sum();
    Ok(sum.max(0.0))
}

/// The Jensen–Shannon divergence of the two windows, in nats: symmetric, from 0 (same shares) to ln 2.
///
/// ½ Σ p·ln(p/m) + ½ Σ q·ln(q/m) with m = (p + q) ÷ 2, over smoothed shares (Lin 1991).
pub fn jensen_shannon(current: &[u64], baseline: &[u64]) -> Result<f64, LengthMismatch> {
    let windows = Windows::new(current, baseline)?;
    Ok(jensen_shannon_of(windows.shares()))
}

fn jensen_shannon_of(shares: impl Iterator<Item = (f64, f64)>) -> f64 {
    let parts = shares.map(|(p, q)| {
        let middle = (p + q) / 2.0;
        (p * (p / middle).ln() + q * (q / middle).ln()) / 2.0
    });
    parts.sum::<f64>().clamp(0.0, std::f64::consts::LN_2)
}
