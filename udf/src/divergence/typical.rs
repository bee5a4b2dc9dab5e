//! One baseline out of several windows.

/// The baseline count of each pattern: the median of its counts over the windows that have any line at all, and how many lines each
/// window has. `counts[pattern][window]`; a window that a pattern does not name counts as 0 there.
///
/// A window without lines is no baseline (the data may not reach so far back), so it does not pull the median down. Of an even
/// number of windows the median is the mean of the two in the middle, rounded down.
pub fn typical(counts: &[Vec<u64>]) -> (Vec<u64>, Vec<u64>) {
    let windows = counts.iter().map(Vec::len).max().unwrap_or(0);
    let mut totals = vec![0_u64; windows];
    for of_pattern in counts {
        for (total, count) in totals.iter_mut().zip(of_pattern) {
            *total = total.saturating_add(*count);
        }
    }
    let mut filled = Vec::with_capacity(windows);
    let medians = counts.iter().map(|of_pattern| {
        filled.clear();
        let windows = totals.iter().enumerate().filter(|(_, total)| **total > 0);
        filled.extend(windows.map(|(window, _)| of_pattern.get(window).copied().unwrap_or(0)));
        median(&mut filled)
    });
    (medians.collect(), totals)
}

fn median(counts: &mut [u64]) -> u64 {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_odd_window_does_not_move_the_baseline() {
        let counts = [vec![10, 900, 12], vec![0, 300, 0], vec![7, 0, 9]];
        assert_eq!(typical(&counts), (vec![12, 0, 7], vec![17, 1_200, 21]));
    }

    #[test]
    fn a_window_without_lines_is_no_baseline() {
        let counts = [vec![10, 0, 13], vec![4, 0, 8]];
        assert_eq!(typical(&counts), (vec![11, 6], vec![14, 0, 21]));
        assert_eq!(typical(&[vec![0, 0], vec![]]), (vec![0, 0], vec![0, 0]));
        assert_eq!(typical(&[]), (vec![], vec![]));
    }

    #[test]
    fn a_single_window_is_its_own_median() {
        assert_eq!(typical(&[vec![3], vec![u64::MAX]]), (vec![3, u64::MAX], vec![u64::MAX]));
        assert_eq!(typical(&[vec![u64::MAX, u64::MAX]]).0, [u64::MAX]);
    }
}
