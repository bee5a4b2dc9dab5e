//! Stretches of time in nanoseconds, as the servers that are read in place know them.

use jiff::Timestamp;
use kulprit_request::Window;

/// Nanoseconds since 1970.
pub type Nanos = i64;
pub const SECOND: Nanos = 1_000_000_000;

/// The stretches of `windows`, in their order, no instant twice.
pub fn disjoint(windows: &[Window]) -> Vec<(Nanos, Nanos)> {
    let nanos = |at: Timestamp| Nanos::try_from(at.as_nanosecond()).unwrap_or(Nanos::MAX);
    let mut found: Vec<(Nanos, Nanos)> = Vec::new();
    for window in windows {
        let mut open = vec![(nanos(window.from).max(0), nanos(window.to))];
        for (from, to) in &found {
            let cut = open
                .into_iter()
                .flat_map(|(begin, end)| [(begin, end.min(*from)), (begin.max(*to), end)]);
            open = cut.filter(|(begin, end)| begin < end).collect();
        }
        found.extend(open.into_iter().filter(|(begin, end)| begin < end));
    }
    found
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn windows_that_overlap_are_read_once() {
        let window = |from: i64, to: i64| Window {
            from: Timestamp::from_second(from).unwrap(),
            to: Timestamp::from_second(to).unwrap(),
        };
        let windows = [window(100, 200), window(0, 150), window(50, 300)];
        let seconds: Vec<_> = disjoint(&windows)
            .into_iter()
            .map(|(from, to)| (from / SECOND, to / SECOND))
            .collect();
        assert_eq!(seconds, [(100, 200), (0, 100), (200, 300)]);
    }
}
