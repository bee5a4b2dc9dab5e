//! What changed, in one sentence a person would say.

use jiff::Timestamp;

use crate::text::one_line;

/// Longer templates are cut.
const WIDEST: usize = 120;

/// "`connection refused to <host>` 3 → 410 per minute in checkout, new since 10:42". Rates are lines per minute, times UTC.
pub fn of_group(pattern: &str, rates: (f64, f64), service: &str, status: &str, since: Option<Timestamp>) -> String {
    let (before, now) = (rate(rates.0), rate(rates.1));
    let end = match since {
        Some(since) => format!("{status} since {}", since.strftime("%H:%M")),
        None => "no change beyond the usual".to_owned(),
    };
    let place = if service.is_empty() {
        String::new()
    } else {
        format!(" in {service}")
    };
    format!(
        "`{}` {before} → {now} per minute{place}, {end}",
        one_line(pattern, WIDEST)
    )
}

/// Three digits at most behind which nobody looks: 0.04, 1.5, 12, 410.
fn rate(lines: f64) -> String {
    let digits = match lines {
        lines if lines >= 10.0 || lines == lines.round() => 0,
        lines if lines >= 1.0 => 1,
        _ => 2,
    };
    format!("{lines:.digits$}")
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_told_with_rates_place_and_time() {
        let since = Some("2026-01-31T10:42:00Z".parse().unwrap());
        assert_eq!(
            of_group("connection refused to <host>", (3.0, 410.2), "checkout", "new", since),
            "`connection refused to <host>` 3 → 410 per minute in checkout, new since 10:42"
        );
        assert_eq!(
            of_group("a\nb", (0.04, 1.52), "", "same", None),
            "`a b` 0.04 → 1.5 per minute, no change beyond the usual"
        );
    }
}
