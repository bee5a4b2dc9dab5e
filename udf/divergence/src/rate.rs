use super::significance::rate_likelihood_ratio;
use super::tail::student_tail;

/// The p-value of `current` lines in one window and `baseline` lines in another, when both have the same rate and lines
/// come as unevenly as in the slices of the `past`, from the first to the last that has lines. `lengths` are those of
/// the windows, in any one unit.
///
/// G² of the two counts ÷ φ, φ = max(1, Pearson's χ² of the slices ÷ df), against Student's t with df degrees of
/// freedom. Shares do not show that all patterns rose at once; this does.
pub fn rate_p_value(current: u64, baseline: u64, lengths: (f64, f64), past: &[u64]) -> f64 {
    let g2 = rate_likelihood_ratio(current as f64, lengths.0, baseline as f64, lengths.1);
    let has_lines = |lines: &u64| *lines > 0;
    let past = match (past.iter().position(has_lines), past.iter().rposition(has_lines)) {
        (Some(first), Some(last)) => &past[first..=last],
        _ => &[],
    };
    let slices = past.len() as f64;
    let lines: f64 = past.iter().map(|lines| *lines as f64).sum();
    let squares: f64 = past.iter().map(|lines| (*lines as f64).powi(2)).sum();
    let degrees = (slices - 1.0).max(1.0);
    let dispersion = if lines > 0.0 {
        (slices * squares / lines - lines) / degrees
    } else {
        1.0
    };
    student_tail(g2 / dispersion.max(1.0), degrees)
}
