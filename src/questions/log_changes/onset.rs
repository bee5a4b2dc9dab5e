//! When a pattern began to change.

use jiff::{SignedDuration, Timestamp};

use kulprit_request::Window;

/// The length of the steps into which the statements cut the current window (`sql/log_changes/_past.sql`): whole minutes, 60 steps
/// at most.
pub(super) fn step_seconds(window: &Window) -> i64 {
    60 * ((seconds(window) + 3599) / 3600)
}

/// The window's length in seconds, rounded up.
pub(super) fn seconds(window: &Window) -> i64 {
    let milliseconds = window.duration().as_millis().clamp(1, i64::MAX.into()) as i64;
    (milliseconds.saturating_add(999)) / 1000
}

/// A pattern's counts in the window's steps, none of them left out; steps that are not there have no lines.
pub(super) fn course(window: &Window, lines: &[u64]) -> Vec<u64> {
    let count = (seconds(window) as usize).div_ceil(step_seconds(window) as usize);
    lines.iter().copied().chain(std::iter::repeat(0)).take(count).collect()
}

/// The start of the step in which a pattern left its rate in the baseline, `usual` lines a second: the change point k that
/// makes the steps most likely when they follow the usual rate before k and their own mean from k on (Poisson; Hinkley 1970).
///
/// A pattern with a usual rate of 0 began with its first line. `lines` are the pattern's counts by step.
pub fn onset(window: &Window, lines: &[u64], usual: f64) -> Timestamp {
    let seconds = step_seconds(window);
    let course: Vec<f64> = course(window, lines).into_iter().map(|lines| lines as f64).collect();
    let first = course.iter().position(|lines| *lines > 0.0);
    // Of a pattern that the baseline does not have, the first line is the change.
    let step = match first {
        Some(first) if usual <= 0.0 => first,
        _ => change_point(&course, usual * seconds as f64),
    };
    let since = step as i64 * seconds;
    let at = window.from.checked_add(SignedDuration::from_secs(since));
    at.unwrap_or(window.from).min(window.to)
}

fn change_point(course: &[f64], usual: f64) -> usize {
    let (mut best, mut at, mut sum) = (f64::NEG_INFINITY, 0, 0.0);
    for (place, lines) in course.iter().enumerate().rev() {
        sum += lines;
        let steps = (course.len() - place) as f64;
        let gain =
            sum * ((sum / steps).max(f64::MIN_POSITIVE) / usual.max(f64::MIN_POSITIVE)).ln() - (sum - usual * steps);
        // The last of equals is the earliest: what has been so all along began with the window.
        if gain >= best {
            (best, at) = (gain, place);
        }
    }
    at
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn window(minutes: i64) -> Window {
        let from: Timestamp = "2026-01-31T10:00:00Z".parse().unwrap();
        Window {
            from,
            to: from.checked_add(SignedDuration::from_mins(minutes)).unwrap(),
        }
    }

    fn since(minutes: i64, counts: &[(usize, u64)], usual_per_minute: f64) -> String {
        let mut lines = vec![0; 60];
        for (step, count) in counts {
            lines[*step] = *count;
        }
        onset(&window(minutes), &lines, usual_per_minute / 60.0).to_string()
    }

    #[test]
    fn a_rise_a_fall_a_new_pattern_and_one_that_is_gone_have_their_minutes() {
        let rise = [(0, 9), (1, 11), (2, 10), (3, 60), (4, 55)];
        assert_eq!(since(5, &rise, 10.0), "2026-01-31T10:03:00Z");
        let fall = [(0, 9), (1, 11), (2, 1)];
        assert_eq!(since(5, &fall, 10.0), "2026-01-31T10:02:00Z");
        assert_eq!(since(10, &[(7, 3), (8, 90), (9, 80)], 0.0), "2026-01-31T10:07:00Z");
        assert_eq!(since(10, &[], 4.0), "2026-01-31T10:00:00Z");
    }

    #[test]
    fn a_long_window_is_told_in_longer_steps() {
        // Six hours are sixty steps of six minutes.
        assert_eq!(since(360, &[(20, 50), (40, 60)], 0.0), "2026-01-31T12:00:00Z");
        assert_eq!(since(1, &[(0, 5), (59, 5)], f64::NAN), "2026-01-31T10:00:00Z");
        assert_eq!(onset(&window(3), &[], 0.0).to_string(), "2026-01-31T10:00:00Z");
    }
}
