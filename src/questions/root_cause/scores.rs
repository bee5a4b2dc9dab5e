//! The three scores of a service, block by block: how far its patterns, its latency and its saturation are from the history.
//!
//! Block 0 is the window; 1, 2, … are stretches of the same length back through the history. The same score over the blocks
//! before is the measure of what is usual, so nothing has to be stored between two questions.

use std::collections::BTreeMap;

/// What a score was computed from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    Pattern,
    Latency,
    Saturation,
}

impl Part {
    pub const ALL: [Self; 3] = [Self::Pattern, Self::Latency, Self::Saturation];
}

/// Requests that show an event: `a` of `n1` in the window, `b` of `n0` in the history.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Shares {
    pub a: u64,
    pub n1: u64,
    pub b: u64,
    pub n0: u64,
}

impl Shares {
    pub fn now(&self) -> f64 {
        share(self.a, self.n1)
    }

    pub fn before(&self) -> f64 {
        share(self.b, self.n0)
    }
}

/// 0 where there is nothing to take a share of.
pub fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

/// What stands behind a service's score in the window.
#[derive(Debug, Clone, PartialEq)]
pub enum Finding {
    /// A log event.
    Log {
        endpoint: String,
        event: u64,
        shares: Shares,
    },
    /// An internal span.
    Span {
        endpoint: String,
        name: String,
        shares: Shares,
    },
    /// Calls to another service.
    Call {
        endpoint: String,
        callee: String,
        shares: Shares,
    },
    /// Failures that no failed call explains: of the span `name`.
    Failure {
        endpoint: String,
        name: String,
        shares: Shares,
    },
    /// Calls from `caller` to it fail, and it sends no spans that would say why. `name` is the call's.
    Refused {
        caller: String,
        name: String,
        shares: Shares,
    },
    /// Calls to what sends no spans fail, and nothing else calls it.
    Refusal {
        target: String,
        name: String,
        shares: Shares,
    },
    /// Calls to it fail, and no span of its own answers them any more.
    Silent { shares: Shares },
    /// Waiting for what sends no spans takes longer.
    Wait {
        target: String,
        shift: f64,
        since: i64,
        samples: u64,
    },
    /// Requests that metrics count fail.
    Measured { shares: Shares },
    /// Calls from `caller` take longer: on the way, or all of them where they are to what sends no spans (`is_whole`). `shift` is in ln units, `since` in nanoseconds since 1970 (0: not known); `samples` are
    /// the window's.
    Inbound {
        caller: String,
        shift: f64,
        since: i64,
        samples: u64,
        is_whole: bool,
    },
    /// Calls to most callees take longer on the way.
    Outbound {
        callees: usize,
        shift: f64,
        since: i64,
        samples: u64,
    },
    /// The service itself takes longer.
    Own {
        endpoints: String,
        shift: f64,
        since: i64,
        samples: u64,
    },
    /// A metric stands higher than it did.
    Metric {
        name: String,
        level: f64,
        usual: f64,
        since: i64,
    },
}

impl Finding {
    /// How much of what could have changed has changed, 0 to 1: the difference of two shares, or the part of a time or of a level
    /// that is new.
    pub fn dominance(&self) -> f64 {
        if let Some(shares) = self.shares() {
            return (shares.now() - shares.before()).abs().clamp(0.0, 1.0);
        }
        let dominance = match self {
            Self::Wait { shift, .. }
            | Self::Inbound { shift, .. }
            | Self::Outbound { shift, .. }
            | Self::Own { shift, .. } => 1.0 - (-shift.max(0.0)).exp(),
            Self::Metric { level, usual, .. } if *level > 0.0 => (level - usual) / level,
            _ => 0.0,
        };
        dominance.clamp(0.0, 1.0)
    }

    /// The requests that show it, now and before; none where it is no share of them.
    pub fn shares(&self) -> Option<&Shares> {
        match self {
            Self::Log { shares, .. }
            | Self::Span { shares, .. }
            | Self::Call { shares, .. }
            | Self::Refused { shares, .. }
            | Self::Refusal { shares, .. }
            | Self::Silent { shares }
            | Self::Measured { shares }
            | Self::Failure { shares, .. } => Some(shares),
            _ => None,
        }
    }

    /// The requests of the window that it was found in; none for a metric, whose points sum many up.
    pub fn requests(&self) -> Option<u64> {
        match self {
            Self::Wait { samples, .. }
            | Self::Inbound { samples, .. }
            | Self::Outbound { samples, .. }
            | Self::Own { samples, .. } => Some(*samples),
            _ => self.shares().map(|shares| shares.n1),
        }
    }
}

/// One part's scores of all services.
#[derive(Debug, Clone, Default)]
pub struct PartScores {
    services: BTreeMap<String, ServiceScores>,
    /// How many comparisons the window's scores are the largest of.
    pub tests: u64,
}

/// One part's scores of one service.
#[derive(Debug, Clone, Default)]
pub struct ServiceScores {
    blocks: BTreeMap<i64, f64>,
    /// The strongest first.
    findings: Vec<(f64, Finding)>,
}

impl PartScores {
    /// Notes a score and what it was found in; the largest score counts where a service and block have several. A score that is no number is
    /// passed over.
    pub fn add(&mut self, service: &str, block: i64, score: f64, finding: impl FnOnce() -> Finding) {
        if self.note(service, block, score) && block == 0 {
            self.add_finding(service, score, finding());
        }
    }

    /// Notes a score. Whether it is one.
    pub fn note(&mut self, service: &str, block: i64, score: f64) -> bool {
        if service.is_empty() || score.is_nan() {
            return false;
        }
        let scores = self.services.entry(service.to_owned()).or_default();
        let held = scores.blocks.entry(block).or_insert(0.0);
        *held = held.max(score);
        true
    }

    /// Adds something that stands behind the window's score; of several the one with the greatest `weight` comes first.
    pub fn add_finding(&mut self, service: &str, weight: f64, finding: Finding) {
        let findings = &mut self.services.entry(service.to_owned()).or_default().findings;
        let place = findings.partition_point(|(held, _)| *held >= weight);
        findings.insert(place, (weight, finding));
    }

    /// Services with a score in the window.
    pub fn current(&self) -> impl Iterator<Item = (&str, &ServiceScores)> {
        self.services
            .iter()
            .filter(|(_, scores)| scores.blocks.contains_key(&0))
            .map(|(service, scores)| (service.as_str(), scores))
    }

    /// Whether some service has scores both in the window and before it.
    pub fn is_covered(&self) -> bool {
        self.current().any(|(_, scores)| scores.blocks.len() > 1)
    }
}

impl ServiceScores {
    /// The window's score.
    pub fn now(&self) -> f64 {
        self.blocks.get(&0).copied().unwrap_or(0.0)
    }

    /// The median over the blocks before, none without any. Not a higher quantile: a history may hold incidents of its own.
    pub fn usual(&self) -> Option<f64> {
        median(self.blocks.range(1..).map(|(_, score)| *score).collect())
    }

    /// The score of the nearest block before, which may be several blocks away.
    pub fn nearest_before(&self) -> Option<f64> {
        self.blocks.range(1..).next().map(|(_, score)| *score)
    }

    /// What stands behind the window's score, the strongest first.
    pub fn findings(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().map(|(_, finding)| finding)
    }
}

/// The middle value, or the mean of the two middle ones.
pub fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    let upper = *values.get(middle)?;
    Some(if values.len() % 2 == 1 {
        upper
    } else {
        (upper + values[middle - 1]) / 2.0
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_score_is_the_median_of_the_blocks_before() {
        let mut part = PartScores::default();
        for (block, score) in [(0, 9.0), (1, 2.0), (2, 100.0), (4, 3.0), (5, 4.0)] {
            part.add("a", block, score, || Finding::Inbound {
                caller: String::new(),
                shift: 0.0,
                since: 0,
                samples: 1,
                is_whole: false,
            });
        }
        let (_, scores) = part.current().next().unwrap();
        assert_eq!(scores.usual(), Some(3.5));
        assert_eq!(scores.nearest_before(), Some(2.0));
        assert!(part.is_covered());
    }

    #[test]
    fn dominance_lies_between_nothing_and_all() {
        let metric = |level, usual| Finding::Metric {
            name: String::new(),
            level,
            usual,
            since: 0,
        };
        assert_eq!(metric(100.0, 25.0).dominance(), 0.75);
        assert_eq!(metric(0.0, -5.0).dominance(), 0.0);
        assert_eq!(metric(10.0, -5.0).dominance(), 1.0);
        let slower = Finding::Own {
            endpoints: String::new(),
            shift: 2f64.ln(),
            since: 0,
            samples: 1,
        };
        assert!((slower.dominance() - 0.5).abs() < 1e-12);
    }
}
