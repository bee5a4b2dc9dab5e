/// Benjamini and Hochberg's adjusted p-values (1995), in the order given: q of rank k is the least p·n/j over j ≥ k,
/// so q never falls where p rises, and equal p-values get equal q.
pub(super) fn benjamini_hochberg(p_values: &[f64]) -> Vec<f64> {
    let count = p_values.len() as f64;
    let mut rising: Vec<(f64, usize)> = p_values.iter().copied().zip(0..).collect();
    rising.sort_unstable_by(|left, right| left.0.total_cmp(&right.0));
    let mut q_values = vec![1.0; p_values.len()];
    let mut least: f64 = 1.0;
    for (before, (p_value, index)) in rising.into_iter().enumerate().rev() {
        least = least.min(p_value * count / (before + 1) as f64);
        q_values[index] = least;
    }
    q_values
}
