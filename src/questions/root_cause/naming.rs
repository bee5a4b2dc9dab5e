//! Whether the first suspect is named as the root cause, or nobody stands out. In any window somebody is first; that alone is no accusation.

use kulprit_patterns::shape::Level;

use super::blast::Blast;
use super::confidence::Confidence;
use super::fusion::{Accusation, Suspect};
use super::propagation::BEYOND_DOUBT;
use super::rows::EventExample;
use super::scores::{Finding, Part, Shares};
use crate::questions::topology::{EdgeRow, upstream};

/// The score at the edge of the usual.
pub const USUAL: f64 = 1.0;
/// Half way from there to beyond doubt (2.5 times the usual), where a change is no chance although nobody seems to be hurt.
const CLEAR: f64 = 1.5;
/// The confidence below which others may as well be meant, in per cent of what the kinds of signal that there are could give.
const LEAST_CONFIDENCE: f64 = 5.0;
/// Errors are what is wrong where at least so much more of the requests show them, of at least so many.
const MOSTLY: f64 = 0.5;
const FEW_REQUESTS: u64 = 5;

/// Whether the first suspect stands out: beyond doubt; or surely enough, and there is harm that it explains, errors that are new, or a clear
/// change of what its requests do. A busy processor that nobody feels is none of these.
pub fn stands_out(
    first: &Suspect,
    confidence: &Confidence,
    blast: &Blast,
    edges: &[EdgeRow],
    examples: &[EventExample],
) -> bool {
    let of_what_there_is = confidence.per_cent / confidence.coverage.max(f64::MIN_POSITIVE);
    let is_clear = first.score >= CLEAR
        && first
            .accusations
            .first()
            .is_some_and(|one| one.part != Part::Saturation);
    first.score >= BEYOND_DOUBT
        || first.score >= USUAL
            && of_what_there_is >= LEAST_CONFIDENCE
            && (is_clear || explains_harm(&first.service, blast, edges) || shows_errors(first, examples))
}

/// Whether somebody is hurt by it: itself, or who calls it, directly or not.
fn explains_harm(service: &str, blast: &Blast, edges: &[EdgeRow]) -> bool {
    let callers = upstream(edges, service);
    let is_meant = |hurt: &str| hurt == service || callers.contains_key(hurt);
    blast.affected.iter().any(|affected| is_meant(&affected.service))
}

/// Whether most of its requests fail by themselves, or log errors, and did not before.
fn shows_errors(first: &Suspect, examples: &[EventExample]) -> bool {
    let is_error = |finding: &Finding| match finding {
        Finding::Log { event, shares, .. } => {
            let example = examples
                .iter()
                .find(|example| (example.service.as_str(), example.event) == (first.service.as_str(), *event));
            are_most(shares)
                && example.is_some_and(|example| Level::of_field(example.severity.as_bytes()) >= Some(Level::Error))
        }
        Finding::Failure { shares, .. } | Finding::Measured { shares } => are_most(shares),
        _ => false,
    };
    let findings = |accusation: &Accusation| is_error(&accusation.finding) || accusation.others.iter().any(is_error);
    first.accusations.first().is_some_and(findings)
}

fn are_most(shares: &Shares) -> bool {
    shares.n1 >= FEW_REQUESTS && shares.now() - shares.before() >= MOSTLY
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::blast::{Affected, Class, HurtBy};
    use super::*;

    fn suspect(score: f64, part: Part, finding: Finding) -> Suspect {
        Suspect {
            service: "pay".to_owned(),
            score,
            accusations: vec![Accusation {
                part,
                surprise: score,
                score,
                score_before: None,
                finding,
                others: vec![],
            }],
        }
    }

    fn line(a: u64, b: u64) -> Finding {
        Finding::Log {
            endpoint: String::new(),
            event: 7,
            shares: Shares { a, n1: 20, b, n0: 100 },
        }
    }

    fn sure(per_cent: f64) -> Confidence {
        Confidence {
            per_cent,
            pattern_dominance: 1.0,
            signal_consistency: 0.5,
            temporal_alignment: 0.5,
            margin: 0.3,
            coverage: 1.0,
            support: 0.8,
        }
    }

    fn hurt(service: &str) -> Blast {
        Blast {
            class: Class::Minor,
            affected: vec![Affected {
                service: service.to_owned(),
                by: HurtBy::Latency,
                requests: 100,
                errors: 0,
                error_share: 0.0,
                error_share_before: 0.0,
                slow_share: 0.3,
                slow_share_before: 0.05,
                p_value: 0.0,
                traces: 0,
                traces_failed: 0,
                hops: None,
            }],
            unjudged: vec![],
            requests_share: 0.0,
            traces_share: 0.0,
        }
    }

    fn level(severity: &str) -> Vec<EventExample> {
        vec![EventExample {
            service: "pay".to_owned(),
            event: 7,
            example: String::new(),
            severity: severity.to_owned(),
            first_in_window: 0,
            last_before: 0,
        }]
    }

    fn is_named(suspect: &Suspect, confidence: &Confidence, blast: &Blast, examples: &[EventExample]) -> bool {
        stands_out(suspect, confidence, blast, &[EdgeRow::steady("web", "pay")], examples)
    }

    #[test]
    fn harm_names_the_first_suspect_only_where_it_explains_it() {
        let slow = suspect(1.2, Part::Pattern, line(10, 0));
        assert!(is_named(&slow, &sure(10.0), &hurt("web"), &level("INFO")));
        assert!(is_named(&slow, &sure(10.0), &hurt("pay"), &level("INFO")));
        assert!(!is_named(&slow, &sure(10.0), &hurt("mail"), &level("INFO")));
        assert!(!is_named(&slow, &sure(4.0), &hurt("web"), &level("INFO")));
        // A third of the kinds of signal is all there is.
        let alone = Confidence {
            coverage: 1.0 / 3.0,
            ..sure(4.0)
        };
        assert!(is_named(&slow, &alone, &hurt("web"), &level("INFO")));
        // Within the usual.
        assert!(!is_named(
            &suspect(0.9, Part::Pattern, line(10, 0)),
            &sure(10.0),
            &hurt("web"),
            &level("INFO")
        ));
    }

    #[test]
    fn errors_in_most_requests_are_harm_that_no_status_says() {
        let found = |finding, severity| {
            is_named(
                &suspect(1.1, Part::Pattern, finding),
                &sure(10.0),
                &hurt("mail"),
                &level(severity),
            )
        };
        assert!(found(line(19, 0), "ERROR"));
        assert!(!found(line(19, 0), "INFO"));
        // Everyday errors, and fewer of them than before.
        assert!(!found(line(19, 70), "ERROR"));
        assert!(!found(line(0, 100), "ERROR"));
    }

    #[test]
    fn a_busy_processor_that_nobody_feels_names_nobody_unless_beyond_doubt() {
        let busy = |score| {
            let metric = Finding::Metric {
                name: "cpu".to_owned(),
                level: 50.0,
                usual: 7.0,
                since: 0,
            };
            is_named(
                &suspect(score, Part::Saturation, metric),
                &sure(40.0),
                &hurt("mail"),
                &[],
            )
        };
        assert!(!busy(1.9));
        assert!(busy(2.0));
    }
}
