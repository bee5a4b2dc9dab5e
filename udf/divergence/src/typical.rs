//! One baseline out of several windows.

/// The median of `counts`, one for each baseline window, over the windows in which `of_service` has any line.
///
/// A window in which a service has no line is no baseline for it (its data may not reach so far back), so it does not
/// pull the median down. Of an even number of windows the median is the mean of the two in the middle, rounded down. A
/// missing count is 0.
pub(super) fn typical(counts: &[u64], of_service: &[u64]) -> u64 {
    let windows = of_service.iter().enumerate().filter(|(_, lines)| **lines > 0);
    let mut counts: Vec<u64> = windows
        .map(|(window, _)| counts.get(window).copied().unwrap_or(0))
        .collect();
    counts.sort_unstable();
    let middle = counts.len() / 2;
    let upper = counts.get(middle).copied().unwrap_or(0);
    let lower = if counts.len().is_multiple_of(2) && middle > 0 {
        counts[middle - 1]
    } else {
        upper
    };
    lower + (upper - lower) / 2
}

/// Adds `counts` to `sums`, place by place.
pub fn add_counts(sums: &mut Vec<u64>, counts: &[u64]) {
    if sums.len() < counts.len() {
        sums.resize(counts.len(), 0);
    }
    for (sum, count) in sums.iter_mut().zip(counts) {
        *sum = sum.saturating_add(*count);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_odd_window_does_not_move_the_baseline() {
        let service = [17, 1_200, 21];
        assert_eq!(typical(&[10, 900, 12], &service), 12);
        assert_eq!(typical(&[0, 300, 0], &service), 0);
        assert_eq!(typical(&service, &service), 21);
    }

    #[test]
    fn a_window_without_lines_is_no_baseline() {
        assert_eq!(typical(&[10, 0, 13], &[14, 0, 21]), 11);
        assert_eq!(typical(&[], &[14, 0]), 0);
        assert_eq!(typical(&[0, 0], &[0, 0]), 0);
    }

    #[test]
    fn a_single_window_is_its_own_median() {
        assert_eq!(typical(&[3], &[9]), 3);
        assert_eq!(typical(&[u64::MAX, u64::MAX], &[1, 1]), u64::MAX);
    }
}
