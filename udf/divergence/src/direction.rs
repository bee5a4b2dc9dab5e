//! Whether a pattern's rate moved: what a person sees in the numbers, which a share alone does not say.

use super::significance::rate_likelihood_ratio;
use super::tail::student_tail;

/// A rate that moved by less is the same to whoever reads it.
const VISIBLE: f64 = 0.1;

/// G² beyond which chance alone moves a rate in one of twenty cases (χ², one degree of freedom).
const CRITICAL: f64 = 3.841_458_820_694_124;

/// The level of the tests that take into account how much the pattern varies.
const LEVEL: f64 = 0.05;

/// So many patterns say how the traffic of their service moved; with fewer it counts as steady.
const FEWEST: usize = 3;

/// How a pattern varied: φ and its degrees of freedom.
pub(super) type Wobble = (f64, f64);

/// Current rate ÷ baseline rate.
pub(super) fn rate_ratio(current: f64, baseline: f64, lengths: (f64, f64)) -> f64 {
    current * lengths.1 / (baseline * lengths.0)
}

/// How the traffic of a service moved: the median (of an even number the lower one) of its patterns' rate ratios. One
/// pattern that explodes or vanishes does not move it, as it moves all shares.
pub(super) fn traffic(mut ratios: Vec<f64>) -> f64 {
    if ratios.len() < FEWEST {
        return 1.0;
    }
    ratios.sort_unstable_by(f64::total_cmp);
    ratios[(ratios.len() - 1) / 2]
}

/// Whether the rate moved visibly, by more than chance, and by more than usual: for its service's `traffic`, given how
/// its `share` varied, or for itself, given how its `rate` varied. A pattern of one window alone moved by all it has.
pub(super) fn has_moved(
    (current, baseline): (f64, f64),
    lengths: (f64, f64),
    traffic: f64,
    share: Wobble,
    rate: Wobble,
) -> bool {
    if current == 0.0 || baseline == 0.0 {
        return true;
    }
    let ratio = rate_ratio(current, baseline, lengths);
    let g2 = rate_likelihood_ratio(current, lengths.0, baseline, lengths.1);
    let is_visible = (ratio - 1.0).abs() >= VISIBLE && g2 >= CRITICAL;
    let beyond = rate_likelihood_ratio(current, lengths.0 * traffic, baseline, lengths.1);
    let is_apart = (ratio > 1.0) == (ratio > traffic);
    let is_unusual = |g2: f64, (dispersion, degrees): Wobble| student_tail(g2 / dispersion, degrees) <= LEVEL;
    is_visible && (is_apart && is_unusual(beyond, share) || is_unusual(g2, rate))
}
