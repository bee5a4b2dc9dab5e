//! The pairs of windows that burn rates are judged by, and what burns how fast there.
//!
//! Source: The Site Reliability Workbook (Google, 2018), chapter 5 "Alerting on SLOs", section 6 "Multiwindow, Multi-Burn-Rate Alerts" and table 5-8
//! (2 % of the budget in 1 h and 5 % in 6 h page, 10 % in 3 d is a ticket; the short window is a twelfth of the long one). The pair of 1 d is the one that
//! Sloth adds (slok/sloth, internal/alert/windows/google-30d.yaml).

/// How urgent a burn is, the most urgent first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    Page,
    Ticket,
    None,
}

impl Severity {
    pub fn word(self) -> &'static str {
        match self {
            Self::Page => "page",
            Self::Ticket => "ticket",
            Self::None => "none",
        }
    }
}

/// Both windows must burn faster than the threshold.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pair {
    pub severity: Severity,
    pub long_seconds: u32,
    pub short_seconds: u32,
    /// The share of the period's budget that the long window has used up at the threshold.
    pub budget_share: f64,
}

impl Pair {
    /// The burn rate from which on the pair fires: 14.4, 6, 3 and 1 for a period of 30 days.
    pub fn threshold(&self, period_seconds: u32) -> f64 {
        self.budget_share * f64::from(period_seconds) / f64::from(self.long_seconds)
    }
}

const MINUTE: u32 = 60;
const HOUR: u32 = 60 * MINUTE;
const DAY: u32 = 24 * HOUR;

const fn pair(severity: Severity, long_seconds: u32, short_seconds: u32, budget_share: f64) -> Pair {
    Pair {
        severity,
        long_seconds,
        short_seconds,
        budget_share,
    }
}

pub const PAIRS: [Pair; 4] = [
    pair(Severity::Page, HOUR, 5 * MINUTE, 0.02),
    pair(Severity::Page, 6 * HOUR, 30 * MINUTE, 0.05),
    pair(Severity::Ticket, DAY, 2 * HOUR, 0.1),
    pair(Severity::Ticket, 3 * DAY, 6 * HOUR, 0.1),
];

/// Every window once, in seconds.
pub fn windows() -> Vec<u32> {
    let mut windows: Vec<u32> = PAIRS
        .iter()
        .flat_map(|pair| [pair.short_seconds, pair.long_seconds])
        .collect();
    windows.sort_unstable();
    windows.dedup();
    windows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thresholds_for_thirty_days_are_those_of_the_book() {
        let thresholds = PAIRS.map(|pair| pair.threshold(30 * DAY));
        for (threshold, want) in thresholds.into_iter().zip([14.4, 6.0, 3.0, 1.0]) {
            assert!((threshold - want).abs() < 1e-12, "{threshold}");
        }
        assert!(PAIRS.iter().all(|pair| pair.short_seconds * 12 == pair.long_seconds));
    }
}
