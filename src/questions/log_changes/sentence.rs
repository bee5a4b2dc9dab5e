//! What changed, in one sentence a person would say.

use jiff::Timestamp;

use super::groups::Finding;
use crate::text::one_line;

/// Longer templates are cut.
const WIDEST: usize = 120;

/// What a sentence about a pattern tells. Of a pair the baseline comes first.
pub struct Told<'a> {
    pub pattern: &'a str,
    pub service: &'a str,
    /// Lines per minute.
    pub rates: (f64, f64),
    /// Of its service's lines.
    pub shares: (f64, f64),
    pub status: &'a str,
    pub finding: Finding,
    /// In the window.
    pub lines: u64,
    pub since: Option<Timestamp>,
}

impl Told<'_> {
    /// "`connection refused to <host>` 3 → 410 per minute in checkout, up since 10:42". Times are UTC.
    pub fn sentence(&self) -> String {
        let place = if self.service.is_empty() {
            String::new()
        } else {
            format!(" in {}", self.service)
        };
        format!(
            "`{}` {} → {} per minute{place}, {}",
            one_line(self.pattern, WIDEST),
            rate(self.rates.0),
            rate(self.rates.1),
            self.end()
        )
    }

    fn end(&self) -> String {
        let since = self
            .since
            .map_or_else(String::new, |since| format!(" since {}", since.strftime("%H:%M")));
        let changed = format!("{}{since}", self.status);
        match self.finding {
            Finding::Significant if self.is_share_apart() => format!("{changed}; {}", self.share()),
            Finding::Significant => changed,
            Finding::NewService => format!("{changed}, as is its service"),
            Finding::SilentService => format!("{changed}, as is all of its service"),
            Finding::FirstSeen => format!("{changed}: {} never seen before, at ERROR or worse", lines(self.lines)),
            Finding::ShareOnly => format!("no change of its rate beyond the usual; {}", self.share()),
            Finding::TooRare => "too few lines to tell".to_owned(),
            Finding::Usual => "no change beyond the usual".to_owned(),
        }
    }

    /// Whether the share went the other way than the rate.
    fn is_share_apart(&self) -> bool {
        let (rose, share_rose) = (self.rates.1 > self.rates.0, self.shares.1 > self.shares.0);
        self.rates.0 > 0.0 && self.rates.1 > 0.0 && rose != share_rose
    }

    fn share(&self) -> String {
        let per_cent = |share: f64| format!("{} %", rate(share * 100.0));
        format!(
            "its share of the service's lines went from {} to {}",
            per_cent(self.shares.0),
            per_cent(self.shares.1)
        )
    }
}

/// "1 line", "12 lines".
pub fn lines(count: u64) -> String {
    match count {
        1 => "1 line".to_owned(),
        count => format!("{count} lines"),
    }
}

/// Three digits at most behind which nobody looks: 0.04, 1.5, 12, 410.
pub fn rate(lines: f64) -> String {
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

    fn told(pattern: &'static str, rates: (f64, f64), status: &'static str, finding: Finding) -> Told<'static> {
        Told {
            pattern,
            service: "checkout",
            rates,
            shares: (0.9, 0.1),
            status,
            finding,
            lines: 2,
            since: (status != "same").then(|| "2026-01-31T10:42:00Z".parse().unwrap()),
        }
    }

    #[test]
    fn a_change_is_told_with_rates_place_and_time() {
        let refused = told(
            "connection refused to <host>",
            (0.0, 410.2),
            "new",
            Finding::Significant,
        );
        assert_eq!(
            refused.sentence(),
            "`connection refused to <host>` 0 → 410 per minute in checkout, new since 10:42"
        );
        let usual = Told {
            service: "",
            ..told("a\nb", (0.04, 1.52), "same", Finding::Usual)
        };
        assert_eq!(
            usual.sentence(),
            "`a b` 0.04 → 1.5 per minute, no change beyond the usual"
        );
    }

    #[test]
    fn a_share_that_went_its_own_way_is_told_after_the_rate() {
        let flat = told("order stored", (960.0, 960.0), "same", Finding::ShareOnly);
        assert_eq!(
            flat.sentence(),
            "`order stored` 960 → 960 per minute in checkout, no change of its rate beyond the usual; its share of the service's lines went from 90 % to 10 %"
        );
        let rose = told("order stored", (9.3, 30.0), "up", Finding::Significant);
        assert!(
            rose.sentence()
                .ends_with("9.3 → 30 per minute in checkout, up since 10:42; its share of the service's lines went from 90 % to 10 %"),
            "{}",
            rose.sentence()
        );
    }

    #[test]
    fn what_is_rare_and_grave_is_told_with_its_count() {
        let fatal = told("disk is gone", (0.0, 0.4), "new", Finding::FirstSeen);
        assert_eq!(
            fatal.sentence(),
            "`disk is gone` 0 → 0.40 per minute in checkout, new since 10:42: 2 lines never seen before, at ERROR or worse"
        );
    }
}
