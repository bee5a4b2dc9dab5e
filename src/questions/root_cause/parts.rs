//! Rows of the statements → scores of the services.

use std::collections::{BTreeMap, BTreeSet};

use super::rows::{LatencyScore, LogScore, SaturationScore, SpanScore};
use super::scores::{Finding, PartScores, Shares};
use crate::questions::topology::EdgeRow;

/// Samples that a latency needs in a block to accuse its service.
const FEWEST_SAMPLES: u64 = 4;
/// Standard errors that are taken off a shift before it counts.
const STANDARD_ERRORS: f64 = 3.0;
/// The least wobble of a metric, as a part of its usual level.
const LEAST_WOBBLE: f64 = 0.05;

/// The pattern scores: the larger of what the logs and what the spans show. What calls to something without spans of its own show is held
/// against the one service that calls it, or against it where several do.
pub fn patterns(logs: Vec<LogScore>, spans: Vec<SpanScore>, edges: &[EdgeRow]) -> PartScores {
    let mut part = PartScores::default();
    for row in logs {
        part.tests += if row.block == 0 { row.tests } else { 0 };
        part.note(&row.service, row.block, row.score);
        for (endpoint, event, a, n1, b, n0) in row.best.into_iter().filter(|_| row.block == 0) {
            let shares = Shares { a, n1, b, n0 };
            let finding = Finding::Log {
                endpoint,
                event,
                shares,
            };
            part.add_finding(&row.service, weight(&shares), finding);
        }
    }
    let is_refused = |row: &&SpanScore| row.best.first().is_some_and(|(_, (kind, _), ..)| kind == "refused");
    let refused: BTreeSet<String> = spans.iter().filter(is_refused).map(|row| row.service.clone()).collect();
    for row in spans {
        part.tests += if row.block == 0 { row.tests } else { 0 };
        let is_refused = refused.contains(&row.service);
        let sole_caller = sole_caller(edges, &row.service).filter(|_| is_refused);
        let accused = sole_caller.unwrap_or(&row.service);
        part.note(accused, row.block, row.score);
        for (endpoint, (kind, name), a, n1, b, n0) in row.best.into_iter().filter(|_| row.block == 0) {
            let shares = Shares { a, n1, b, n0 };
            let finding = match kind.as_str() {
                "call" => Finding::Call {
                    endpoint,
                    callee: name,
                    shares,
                },
                "failure" => Finding::Failure { endpoint, name, shares },
                "refused" if sole_caller.is_some() => Finding::Refusal {
                    target: row.service.clone(),
                    name,
                    shares,
                },
                "refused" => Finding::Refused {
                    caller: endpoint,
                    name,
                    shares,
                },
                "silent" => Finding::Silent { shares },
                _ => Finding::Span { endpoint, name, shares },
            };
            part.add_finding(accused, weight(&shares), finding);
        }
    }
    part
}

/// The only service that calls `callee`; none where there are several, or none.
fn sole_caller<'a>(edges: &'a [EdgeRow], callee: &str) -> Option<&'a str> {
    let mut callers = edges
        .iter()
        .filter(|edge| edge.callee == callee)
        .map(|edge| edge.caller.as_str());
    callers.next().filter(|_| callers.next().is_none())
}

/// How much a change tells. Of two that are each other's reverse, what is new tells more than what it displaced.
fn weight(shares: &Shares) -> f64 {
    let g = g_test(shares);
    if shares.now() >= shares.before() { g } else { g / 2.0 }
}

/// Dunning's G, as in sql/root_cause/_g_test.sql.
pub fn g_test(shares: &Shares) -> f64 {
    let [a, n1, b, n0] = [shares.a, shares.n1, shares.b, shares.n0].map(|count| count as f64);
    let p = (a + b) / (n1 + n0);
    if !(p > 0.0 && p < 1.0) || n1 == 0.0 || n0 == 0.0 {
        return 0.0;
    }
    let term = |count: f64, expected: f64| {
        if count > 0.0 {
            count * (count / expected).ln()
        } else {
            0.0
        }
    };
    2.0 * (term(a, n1 * p) + term(b, n0 * p) + term(n1 - a, n1 * (1.0 - p)) + term(n0 - b, n0 * (1.0 - p)))
}

/// The latency scores, in ln units above three standard errors (0.25 is 28 % slower). What is slow on the way between two services may be
/// either's fault, so a service answers for what its neighbour's other edges do not show:
/// - inbound: how much its callers' calls take longer on the way, each less what is typical of that caller's other edges;
/// - outbound: how much the calls to all its callees do, if it has several;
/// - own: the time spent in the service itself;
/// - waiting for what sends no spans: held against it where several services call it, against the one that does otherwise.
pub fn latency(rows: Vec<LatencyScore>, edges: &[EdgeRow]) -> PartScores {
    let mut part = PartScores::default();
    let mut gaps: BTreeMap<i64, Vec<Gap>> = BTreeMap::new();
    for row in rows {
        // A small sample's median is further off than its standard error says.
        let margin = STANDARD_ERRORS * row.se * (1.0 + 2.0 / row.n1.max(1) as f64);
        let sole_caller = sole_caller(edges, &row.b);
        if row.kind == "wait" && sole_caller.is_some() {
            if row.n1 >= FEWEST_SAMPLES {
                part.add(&row.a, row.block, row.shift - margin, || Finding::Wait {
                    target: row.b,
                    shift: row.shift,
                    since: row.since,
                    samples: row.n1,
                });
            }
        } else if row.kind != "self" {
            gaps.entry(row.block).or_default().push(Gap {
                caller: row.a,
                callee: row.b,
                samples: row.n1,
                shift: row.shift,
                margin,
                since: row.since,
                is_whole: row.kind == "wait",
            });
        } else if row.n1 >= FEWEST_SAMPLES {
            part.add(&row.a, row.block, row.shift - margin, || Finding::Own {
                endpoints: row.b,
                shift: row.shift,
                since: row.since,
                samples: row.n1,
            });
        }
    }
    for (block, gaps) in &gaps {
        add_outbound(&mut part, *block, gaps);
        add_inbound(&mut part, *block, gaps);
    }
    part
}

/// What calls from one service to another spend on the way.
struct Gap {
    caller: String,
    callee: String,
    samples: u64,
    shift: f64,
    margin: f64,
    since: i64,
    /// Whether it is all of the calls' time.
    is_whole: bool,
}

fn add_outbound(part: &mut PartScores, block: i64, gaps: &[Gap]) {
    let mut callers: BTreeMap<&str, Vec<&Gap>> = BTreeMap::new();
    for gap in gaps {
        callers.entry(&gap.caller).or_default().push(gap);
    }
    for (caller, callees) in callers.iter().filter(|(_, callees)| callees.len() > 1) {
        let score = lower_median(callees.iter().map(|gap| gap.shift - gap.margin).collect());
        part.add(caller, block, score, || Finding::Outbound {
            callees: callees.len(),
            samples: callees.iter().map(|gap| gap.samples).sum(),
            shift: lower_median(callees.iter().map(|gap| gap.shift).collect()),
            since: callees
                .iter()
                .map(|gap| gap.since)
                .filter(|at| *at > 0)
                .min()
                .unwrap_or(0),
        });
    }
}

fn add_inbound(part: &mut PartScores, block: i64, gaps: &[Gap]) {
    let mut callees: BTreeMap<&str, Vec<(f64, &Gap)>> = BTreeMap::new();
    for gap in gaps.iter().filter(|gap| gap.samples >= FEWEST_SAMPLES) {
        let others = gaps.iter().filter(|other| {
            let touches = other.caller == gap.caller || other.callee == gap.caller;
            touches && (&other.caller, &other.callee) != (&gap.caller, &gap.callee)
        });
        let typical = lower_median(others.map(|other| other.shift).collect()).max(0.0);
        let score = gap.shift - typical - gap.margin;
        callees.entry(&gap.callee).or_default().push((score, gap));
    }
    for (callee, mut callers) in callees {
        callers.sort_by(|(a, _), (b, _)| a.total_cmp(b));
        if let Some((score, gap)) = callers.get((callers.len() - 1) / 2) {
            part.add(callee, block, *score, || Finding::Inbound {
                caller: gap.caller.clone(),
                samples: gap.samples,
                shift: gap.shift,
                since: gap.since,
                is_whole: gap.is_whole,
            });
        }
    }
}

/// The middle value, or the lower of the two middle ones: what at least half of them reach. 0 of none.
fn lower_median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len().saturating_sub(1) / 2).copied().unwrap_or(0.0)
}

/// The saturation scores: how many usual wobbles a metric's level lies above its usual level. A wobble is at least a twentieth of the
/// level, so that the floor of five wobbles is a rise by a quarter.
pub fn saturation(rows: Vec<SaturationScore>) -> PartScores {
    let mut part = PartScores::default();
    for row in rows {
        let scale = row
            .own_scale
            .max(row.common_scale)
            .max(LEAST_WOBBLE * row.usual.abs())
            .max(1e-9);
        part.add(&row.service, row.block, (row.level - row.usual) / scale, || {
            Finding::Metric {
                name: row.metric,
                level: row.level,
                usual: row.usual,
                since: row.since,
            }
        });
    }
    part
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(kind: &str, a: &str, b: &str, shift: f64) -> LatencyScore {
        LatencyScore {
            kind: kind.to_owned(),
            a: a.to_owned(),
            b: b.to_owned(),
            block: 0,
            n1: 100,
            shift,
            se: 0.0,
            since: 0,
        }
    }

    fn latency_of(rows: Vec<LatencyScore>) -> PartScores {
        latency(rows, &[])
    }

    fn scores(part: &PartScores) -> Vec<(&str, f64)> {
        part.current()
            .map(|(service, scores)| (service, scores.now()))
            .collect()
    }

    #[test]
    fn one_slow_edge_accuses_the_callee_and_many_accuse_the_caller() {
        // Only a → c moved: c is accused by all of it, and a by the median over its callees, which did not move.
        let one = latency_of(vec![
            row("gap", "a", "b", 0.0),
            row("gap", "a", "c", 2.0),
            row("gap", "a", "d", 0.0),
        ]);
        assert_eq!(scores(&one), [("a", 0.0), ("b", 0.0), ("c", 2.0), ("d", 0.0)]);
        // All moved alike: the callees are cleared by each other.
        let all = latency_of(vec![
            row("gap", "a", "b", 2.0),
            row("gap", "a", "c", 2.0),
            row("gap", "a", "d", 2.0),
        ]);
        assert_eq!(scores(&all), [("a", 2.0), ("b", 0.0), ("c", 0.0), ("d", 0.0)]);
    }

    #[test]
    fn a_slow_edge_is_the_fault_of_the_end_whose_other_edges_are_slow() {
        // All that comes to and goes from b is late: c, which only b calls, is cleared.
        let late = latency_of(vec![row("gap", "a", "b", 2.0), row("gap", "b", "c", 2.0)]);
        assert_eq!(scores(&late), [("b", 2.0), ("c", 0.0)]);
        // Only one of d's callers sees it late.
        let one_caller = latency_of(vec![row("gap", "a", "d", 2.0), row("gap", "b", "d", 0.0)]);
        assert_eq!(scores(&one_caller), [("d", 0.0)]);
    }

    #[test]
    fn few_samples_accuse_nobody_and_noise_is_taken_off() {
        let mut few = row("self", "a", "GET /", 5.0);
        few.n1 = FEWEST_SAMPLES - 1;
        assert_eq!(scores(&latency_of(vec![few])), []);
        let mut noisy = row("self", "a", "GET /", 1.0);
        noisy.se = 0.1;
        // 1 − 3 · 0.1 · (1 + 2 ÷ 100)
        let part = latency_of(vec![noisy]);
        let found = scores(&part);
        assert!((found[0].1 - 0.694).abs() < 1e-9, "{found:?}");
    }

    #[test]
    fn a_level_is_measured_in_the_larger_of_two_wobbles() {
        let rows = vec![SaturationScore {
            service: "a".to_owned(),
            metric: "cpu".to_owned(),
            block: 0,
            level: 50.0,
            usual: 10.0,
            own_scale: 1.0,
            common_scale: 4.0,
            since: 0,
        }];
        assert_eq!(scores(&saturation(rows.clone())), [("a", 10.0)]);
        // What never wobbled is allowed a twentieth of its level.
        let mut steady = rows;
        (steady[0].own_scale, steady[0].common_scale, steady[0].level) = (0.0, 0.0, 15.0);
        assert_eq!(scores(&saturation(steady)), [("a", 10.0)]);
    }
}
