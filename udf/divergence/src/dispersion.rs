//! How much more than chance a pattern's counts vary from slice to slice of the past.

use super::changes::Pattern;
use super::direction::Wobble;

/// How many degrees of freedom a pattern borrows from its service: with few slices of its own it counts as varying like
/// the other patterns.
const BORROWED: f64 = 4.0;

/// Pearson's χ² of counts over slices, and its degrees of freedom. For a pattern without a past nothing is known of its
/// variation: it has the over-dispersion of its service, and the degrees of freedom of all slices.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Variation {
    chi_squared: Option<f64>,
    degrees: f64,
}

impl Variation {
    /// Of the pattern's share of its service's lines, whose totals by slice are `totals`.
    ///
    /// Σ (l − n·h/N)² ÷ (n·h/N) over the slices is (N/h)·Σ l²/n − h.
    pub(super) fn of_share(pattern: &Pattern, totals: &[f64]) -> Self {
        let squares: f64 = pattern.past().map(|(slice, lines)| lines * lines / totals[slice]).sum();
        Self::of_share_squares(pattern.past_lines(), squares, totals)
    }

    /// The same of counts by slice.
    pub(super) fn of_shares(counts: &[f64], totals: &[f64]) -> Self {
        let filled = counts.iter().zip(totals).filter(|(lines, _)| **lines > 0.0);
        let squares = filled.map(|(lines, total)| lines * lines / total).sum();
        Self::of_share_squares(counts.iter().sum(), squares, totals)
    }

    fn of_share_squares(lines: f64, squares: f64, totals: &[f64]) -> Self {
        let all: f64 = totals.iter().sum();
        let slices = totals.iter().filter(|total| **total > 0.0).count() as f64;
        Self {
            chi_squared: (lines > 0.0).then(|| squares * all / lines - lines),
            degrees: (slices - 1.0).max(0.0),
        }
    }

    /// Of the pattern's rate over `slices` slices of equal length.
    pub(super) fn of_rate(pattern: &Pattern, slices: f64) -> Self {
        let squares: f64 = pattern.past().map(|(_, lines)| lines * lines).sum();
        Self::of_rate_squares(pattern.past_lines(), squares, slices)
    }

    /// The same of counts by slice.
    pub(super) fn of_rates(counts: &[f64]) -> Self {
        let squares = counts.iter().map(|lines| lines * lines).sum();
        Self::of_rate_squares(counts.iter().sum(), squares, counts.len() as f64)
    }

    fn of_rate_squares(lines: f64, squares: f64, slices: f64) -> Self {
        Self {
            chi_squared: (lines > 0.0).then(|| slices * squares / lines - lines),
            degrees: (slices - 1.0).max(0.0),
        }
    }

    /// The over-dispersion φ = max(1, (χ² + 4·φ_service) ÷ (df + 4)), and its degrees of freedom.
    /// `pooled` is the φ of its service.
    pub(super) fn wobble(self, pooled: f64) -> Wobble {
        let degrees = self.degrees + BORROWED;
        let dispersion = self.chi_squared.map_or(pooled, |chi_squared| {
            ((chi_squared + BORROWED * pooled) / degrees).max(1.0)
        });
        (dispersion, degrees)
    }
}

/// Σ χ² and Σ df over a service's patterns.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Pool {
    chi_squared: f64,
    degrees: f64,
}

impl Pool {
    pub(super) fn add(&mut self, variation: Variation) {
        if let Some(chi_squared) = variation.chi_squared {
            self.chi_squared += chi_squared;
            self.degrees += variation.degrees;
        }
    }

    /// χ² ÷ degrees of freedom, at least 1: counts that vary less than by chance count as chance.
    pub(super) fn over_dispersion(self) -> f64 {
        (self.chi_squared / self.degrees.max(1.0)).max(1.0)
    }
}
