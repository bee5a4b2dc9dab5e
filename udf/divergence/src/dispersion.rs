//! How much more than chance a pattern's counts vary from slice to slice of the past.

use super::changes::Pattern;

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
        let lines = pattern.past_lines();
        let all: f64 = totals.iter().sum();
        let slices = totals.iter().filter(|total| **total > 0.0).count() as f64;
        let squares: f64 = pattern.past().map(|(slice, lines)| lines * lines / totals[slice]).sum();
        Self {
            chi_squared: (lines > 0.0).then(|| squares * all / lines - lines),
            degrees: (slices - 1.0).max(0.0),
        }
    }

    /// Of the pattern's rate over `slices` slices of equal length.
    pub(super) fn of_rate(pattern: &Pattern, slices: f64) -> Self {
        let lines = pattern.past_lines();
        let squares: f64 = pattern.past().map(|(_, lines)| lines * lines).sum();
        Self {
            chi_squared: (lines > 0.0).then(|| slices * squares / lines - lines),
            degrees: (slices - 1.0).max(0.0),
        }
    }

    /// The over-dispersion φ = max(1, (χ² + 4·φ_service) ÷ (df + 4)).
    pub(super) fn over_dispersion(self, of_service: f64) -> f64 {
        self.chi_squared.map_or(of_service, |chi_squared| {
            ((chi_squared + BORROWED * of_service) / (self.degrees + BORROWED)).max(1.0)
        })
    }

    /// The degrees of freedom of [`Self::over_dispersion`].
    pub(super) fn degrees_of_freedom(self) -> f64 {
        self.degrees + BORROWED
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
