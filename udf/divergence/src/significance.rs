/// G² of the table (c, C − c; b, B − b): 2 Σ O·ln(O/E) over its four cells (Dunning 1993). 0 when a margin is empty.
///
/// The sum is taken as 2 Σ E·φ((O − E)/E) with φ(x) = (1 + x)·ln(1 + x) − x, which is the same because Σ(O − E) = 0.
/// Written as logarithms of O/E its terms cancel, and at a million rows nothing but rounding error would be left of a
/// small G²; here every term is ≥ 0, and equal shares give exactly 0.
pub(super) fn log_likelihood_ratio(current: f64, current_total: f64, baseline: f64, baseline_total: f64) -> f64 {
    let total = current_total + baseline_total;
    let pattern = current + baseline;
    let rest = (current_total - current) + (baseline_total - baseline);
    if current_total == 0.0 || baseline_total == 0.0 || pattern == 0.0 || rest == 0.0 {
        return 0.0;
    }
    // O − E is the same in all four cells of a two-by-two table but for the sign.
    let excess = (current * baseline_total - baseline * current_total) / total;
    let cell = |row: f64, column: f64, excess: f64| {
        let expected = row * (column / total);
        expected * phi(excess / expected)
    };
    2.0 * (cell(current_total, pattern, excess)
        + cell(current_total, rest, -excess)
        + cell(baseline_total, pattern, -excess)
        + cell(baseline_total, rest, excess))
}

/// G² of two Poisson counts over windows of the given lengths, against one rate for both: 2 Σ O·ln(O/E) over the two counts,
/// summed as in [`log_likelihood_ratio`]. 0 when nothing was counted.
pub(super) fn rate_likelihood_ratio(current: f64, current_length: f64, baseline: f64, baseline_length: f64) -> f64 {
    let pattern = current + baseline;
    let length = current_length + baseline_length;
    if pattern == 0.0 || current_length <= 0.0 || baseline_length <= 0.0 {
        return 0.0;
    }
    let expected = pattern * (current_length / length);
    let expected_before = pattern * (baseline_length / length);
    let excess = (current * baseline_length - baseline * current_length) / length;
    2.0 * (expected * phi(excess / expected) + expected_before * phi(-excess / expected_before))
}

/// (1 + x)·ln(1 + x) − x, for x ≥ −1.
fn phi(x: f64) -> f64 {
    if x <= -1.0 {
        // An empty cell: the limit, since (1 + x)·ln(1 + x) goes to 0.
        1.0
    } else if x.abs() < 0.001 {
        // Σ (−x)^k ÷ (k·(k − 1)) from k = 2: the closed form loses digits as 1/x. What is left out is below 2^-53.
        x * x * (1.0 / 2.0 - x * (1.0 / 6.0 - x * (1.0 / 12.0 - x * (1.0 / 20.0 - x * (1.0 / 30.0)))))
    } else {
        (1.0 + x) * x.ln_1p() - x
    }
}

/// The upper tail of χ² with one degree of freedom: erfc(√(G²/2)).
pub(super) fn chi_squared_p_value(g2: f64) -> f64 {
    libm::erfc((g2 / 2.0).sqrt())
}
