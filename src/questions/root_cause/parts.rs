//! Rows of the statements → scores of the services.

use std::collections::BTreeMap;

use super::rows::{LatencyScore, LogScore, SaturationScore, SpanScore};
use super::scores::{Finding, PartScores, Shares};

/// Samples that a latency needs in a block to accuse its service.
const FEWEST_SAMPLES: u64 = 4;
/// Standard errors that are taken off a shift before it counts.
const STANDARD_ERRORS: f64 = 3.0;
/// The least wobble of a metric, as a part of its usual level.
const LEAST_WOBBLE: f64 = 0.05;

/// The pattern scores: the larger of what the logs and what the spans show.
pub fn patterns(logs: Vec<LogScore>, spans: Vec<SpanScore>) -> PartScores {
    let mut part = PartScores::default();
    for row in logs {
        part.tests += if row.block == 0 { row.tests } else { 0 };
        let shares = shares(row.a, row.n1, row.b, row.n0);
        part.add(&row.service, row.block, row.score, || Finding::Log {
            endpoint: row.endpoint,
            site: row.site,
            shape: row.shape,
            shares,
        });
    }
    for row in spans {
        part.tests += if row.block == 0 { row.tests } else { 0 };
        let shares = shares(row.a, row.n1, row.b, row.n0);
        part.add(&row.service, row.block, row.score, || match row.kind.as_str() {
            "call" => Finding::Call {
                endpoint: row.endpoint,
                callee: row.event,
                shares,
            },
            "failure" => Finding::Failure {
                endpoint: row.endpoint,
                name: row.event,
                shares,
            },
            _ => Finding::Span {
                endpoint: row.endpoint,
                name: row.event,
                shares,
            },
        });
    }
    part
}

fn shares(a: u64, n1: u64, b: u64, n0: u64) -> Shares {
    Shares { a, n1, b, n0 }
}

/// The latency scores, in ln units above three standard errors (0.25 is 28 % slower). What is slow on the way between two services may be
/// either's fault, so a service answers for what its neighbour's other edges do not show:
/// - inbound: how much its callers' calls take longer on the way, each less what is typical of that caller's other edges;
/// - outbound: how much the calls to all its callees do, if it has several;
/// - own: the time spent in the service itself.
pub fn latency(rows: Vec<LatencyScore>) -> PartScores {
    let mut part = PartScores::default();
    let mut gaps: BTreeMap<i64, Vec<Gap>> = BTreeMap::new();
    for row in rows {
        // A small sample's median is further off than its standard error says.
        let margin = STANDARD_ERRORS * row.se * (1.0 + 2.0 / row.n1.max(1) as f64);
        if row.kind == "gap" {
            gaps.entry(row.block).or_default().push(Gap {
                caller: row.a,
                callee: row.b,
                samples: row.n1,
                shift: row.shift,
                margin,
                since: row.since,
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

    fn scores(part: &PartScores) -> Vec<(&str, f64)> {
        part.current()
            .map(|(service, scores)| (service, scores.now()))
            .collect()
    }

    #[test]
    fn one_slow_edge_accuses_the_callee_and_many_accuse_the_caller() {
        // Only a → c moved: c is accused by all of it, and a by the median over its callees, which did not move.
        let one = latency(vec![
            row("gap", "a", "b", 0.0),
            row("gap", "a", "c", 2.0),
            row("gap", "a", "d", 0.0),
        ]);
        assert_eq!(scores(&one), [("a", 0.0), ("b", 0.0), ("c", 2.0), ("d", 0.0)]);
        // All moved alike: the callees are cleared by each other.
        let all = latency(vec![
            row("gap", "a", "b", 2.0),
            row("gap", "a", "c", 2.0),
            row("gap", "a", "d", 2.0),
        ]);
        assert_eq!(scores(&all), [("a", 2.0), ("b", 0.0), ("c", 0.0), ("d", 0.0)]);
    }

    #[test]
    fn a_slow_edge_is_the_fault_of_the_end_whose_other_edges_are_slow() {
        // All that comes to and goes from b is late: c, which only b calls, is cleared.
        let late = latency(vec![row("gap", "a", "b", 2.0), row("gap", "b", "c", 2.0)]);
        assert_eq!(scores(&late), [("b", 2.0), ("c", 0.0)]);
        // Only one of d's callers sees it late.
        let one_caller = latency(vec![row("gap", "a", "d", 2.0), row("gap", "b", "d", 0.0)]);
        assert_eq!(scores(&one_caller), [("d", 0.0)]);
    }

    #[test]
    fn few_samples_accuse_nobody_and_noise_is_taken_off() {
        let mut few = row("self", "a", "GET /", 5.0);
        few.n1 = FEWEST_SAMPLES - 1;
        assert_eq!(scores(&latency(vec![few])), []);
        let mut noisy = row("self", "a", "GET /", 1.0);
        noisy.se = 0.1;
        // 1 − 3 · 0.1 · (1 + 2 ÷ 100)
        let part = latency(vec![noisy]);
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
