//! How sure the first suspect is, in per cent: 100 · coverage · support · margin · (0.4 · dominance + 0.4 · consistency + 0.2 · alignment).
//!
//! It is a cautious number and no probability. What it separates, and how well, `cargo bench --bench root_cause` measures.

use super::fusion::Suspect;
use super::scores::{Part, PartScores};

/// The margin between the first two suspects told right from wrong better than anything else, hence it multiplies.
const MARGIN_SCALE: f64 = 0.8;
/// Requests that convince by half.
const FEW_REQUESTS: f64 = 5.0;
/// The surprise at which one part alone convinces.
const CONVINCING: f64 = 3.0;

/// The confidence and what it is made of; each part lies between 0 and 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Confidence {
    /// 0 to 100.
    pub per_cent: f64,
    /// How much of what could have changed has changed: the difference of the shares of requests that show the leading pattern, now and
    /// before (for a latency or a level: the part of it that is new).
    pub pattern_dominance: f64,
    /// How much the three kinds of signal agree on the suspect: 1 − Π (1 − min(surprise, 3) ÷ 3).
    pub signal_consistency: f64,
    /// How suddenly it came: 1 − score just before ÷ score now; 0.5 when nothing is known of before.
    pub temporal_alignment: f64,
    /// How far ahead of the best competitor, which is not a caller that the first suspect hurts: 1 − exp(−(first − rival) ÷ 0.8).
    pub margin: f64,
    /// The share of the three kinds of signal that have data both in the window and before it.
    pub coverage: f64,
    /// Whether more than a few requests show the leading evidence: n ÷ (n + 5); 1 for a metric.
    pub support: f64,
}

/// The confidence in the first of `ranked`, whose best competitor has the score `rival`; none when nothing speaks against anybody.
pub fn confidence(ranked: &[Suspect], rival: f64, parts: &[(Part, PartScores)]) -> Option<Confidence> {
    let first = ranked.first().filter(|first| first.score > 0.0)?;
    let leading = first.accusations.first()?;
    let unconvinced: f64 = first
        .accusations
        .iter()
        .map(|accusation| 1.0 - accusation.surprise.min(CONVINCING) / CONVINCING)
        .product();
    let covered = parts.iter().filter(|(_, scores)| scores.is_covered()).count();
    let mut confidence = Confidence {
        per_cent: 0.0,
        pattern_dominance: leading.finding.dominance(),
        signal_consistency: 1.0 - unconvinced,
        temporal_alignment: match leading.score_before {
            Some(before) if leading.score > 0.0 => 1.0 - (before / leading.score).min(1.0),
            _ => 0.5,
        },
        margin: 1.0 - (-(first.score - rival).max(0.0) / MARGIN_SCALE).exp(),
        // Without any history at all there is still the window to speak from.
        coverage: covered.max(1) as f64 / Part::ALL.len() as f64,
        support: leading
            .finding
            .requests()
            .map_or(1.0, |requests| requests as f64 / (requests as f64 + FEW_REQUESTS)),
    };
    let weighed =
        0.4 * confidence.pattern_dominance + 0.4 * confidence.signal_consistency + 0.2 * confidence.temporal_alignment;
    confidence.per_cent =
        (100.0 * confidence.coverage * confidence.support * confidence.margin * weighed).clamp(0.0, 100.0);
    Some(confidence)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::fusion::rank;
    use super::super::scores::{Finding, Shares};
    use super::*;

    fn pattern(service: &str, scores: &[f64]) -> PartScores {
        let mut part = PartScores::default();
        add(&mut part, service, scores);
        part
    }

    fn add(part: &mut PartScores, service: &str, scores: &[f64]) {
        for (block, score) in scores.iter().enumerate() {
            part.add(service, block as i64, *score, || Finding::Log {
                endpoint: String::new(),
                event: 1,
                shares: Shares {
                    a: 90,
                    n1: 100,
                    b: 40,
                    n0: 400,
                },
            });
        }
    }

    fn sure(parts: &[(Part, PartScores)]) -> Option<Confidence> {
        let ranked = rank(parts);
        confidence(&ranked, ranked.get(1).map_or(0.0, |second| second.score), parts)
    }

    #[test]
    fn each_part_is_as_reckoned_by_hand() {
        // The floor without tests is 2·ln e = 2: surprises 1 + log10(200 ÷ 2) ÷ 0.8 = 3.5 and 1 + log10(20 ÷ 2) ÷ 0.8 = 2.25.
        let mut scores = pattern("a", &[200.0, 2.0]);
        add(&mut scores, "b", &[20.0, 2.0]);
        let parts = [(Part::Pattern, scores)];
        let found = sure(&parts).unwrap();
        assert!((found.pattern_dominance - 0.8).abs() < 1e-12); // 0.9 − 0.1
        assert!((found.signal_consistency - 1.0).abs() < 1e-12);
        assert!((found.temporal_alignment - 0.99).abs() < 1e-12);
        assert!((found.margin - (1.0 - (-1.251_25_f64 / 0.8).exp())).abs() < 1e-9);
        assert!((found.coverage - 1.0 / 3.0).abs() < 1e-12);
        assert!((found.support - 100.0 / 105.0).abs() < 1e-12);
        let want = 100.0 / 3.0 * found.support * found.margin * (0.32 + 0.4 + 0.198);
        assert!((found.per_cent - want).abs() < 1e-9);
    }

    #[test]
    fn two_equal_suspects_leave_no_confidence() {
        let mut scores = pattern("a", &[200.0, 2.0]);
        add(&mut scores, "b", &[200.0, 2.0]);
        let parts = [(Part::Pattern, scores)];
        assert!(sure(&parts).unwrap().per_cent < 1e-9);
    }

    #[test]
    fn nobody_is_accused_of_nothing() {
        let parts = [(Part::Pattern, pattern("a", &[0.0, 2.0]))];
        assert_eq!(sure(&parts), None);
        assert_eq!(confidence(&[], 0.0, &[]), None);
    }
}
