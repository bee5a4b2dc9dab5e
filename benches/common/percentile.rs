//! A percentile of what was measured.

/// NaN of none. Sorts what it is given.
pub fn percentile(of: &mut [f64], share: f64) -> f64 {
    of.sort_by(f64::total_cmp);
    let place = (of.len() as f64 * share) as usize;
    of.get(place.min(of.len().saturating_sub(1)))
        .copied()
        .unwrap_or(f64::NAN)
}
