//! The rankings that are held side by side, over the same counts.

use kulprit::questions::log_changes::{Answer, LogGroup};

/// A ranking's name and its score of a group; larger is better.
pub type Ranking = (&'static str, fn(&Counts) -> f64);

/// A group's counts and what its answer says of it.
pub struct Counts {
    pub group: LogGroup,
    current_total: f64,
    baseline_total: f64,
}

pub const RANKINGS: [Ranking; 4] = [
    ("epsilon KL", epsilon_kl),
    ("G2", g2),
    ("chi-square", chi_squared),
    ("kulprit", kulprit),
];

/// The answer's groups, each with the totals.
pub fn counts(answer: Answer) -> Vec<Counts> {
    let (current_total, baseline_total) = (answer.totals.current_count as f64, answer.totals.baseline_count as f64);
    let groups = answer.log_groups.into_iter();
    groups
        .map(|group| Counts {
            group,
            current_total,
            baseline_total,
        })
        .collect()
}

/// The place, from 1, of the first group that `is_wanted`; groups with equal scores keep their places in the answer, which is
/// reversed first so that no other ranking profits from Kulprit's order.
pub fn place(counts: &[Counts], score: fn(&Counts) -> f64, is_wanted: impl Fn(&LogGroup) -> bool) -> usize {
    let is_own = std::ptr::fn_addr_eq(score, kulprit as fn(&Counts) -> f64);
    let mut ranked: Vec<&Counts> = counts.iter().collect();
    if !is_own {
        ranked.reverse();
        ranked.sort_by(|one, other| score(other).total_cmp(&score(one)));
    }
    ranked
        .iter()
        .position(|counts| is_wanted(&counts.group))
        .map_or(counts.len() + 1, |place| place + 1)
}

/// The Go service's score: shares with 1e-10 in place of nothing.
fn epsilon_kl(counts: &Counts) -> f64 {
    let p = counts.group.current_count as f64 / counts.current_total.max(1.0);
    let q = counts.group.baseline_count as f64 / counts.baseline_total.max(1.0);
    p * ((p + 1e-10) / (q + 1e-10)).ln()
}

fn table(counts: &Counts) -> [(f64, f64); 4] {
    let (c, b) = (counts.group.current_count as f64, counts.group.baseline_count as f64);
    let (current, baseline) = (counts.current_total, counts.baseline_total);
    let share = (c + b) / (current + baseline).max(1.0);
    [
        (c, current * share),
        (current - c, current * (1.0 - share)),
        (b, baseline * share),
        (baseline - b, baseline * (1.0 - share)),
    ]
}

/// Dunning's G² against all other lines.
fn g2(counts: &Counts) -> f64 {
    let cells = table(counts);
    2.0 * cells
        .iter()
        .filter(|cell| cell.0 > 0.0)
        .map(|(seen, expected)| seen * (seen / expected).ln())
        .sum::<f64>()
}

/// Pearson's χ² of the same table.
fn chi_squared(counts: &Counts) -> f64 {
    let cells = table(counts);
    cells
        .iter()
        .filter(|cell| cell.1 > 0.0)
        .map(|(seen, expected)| (seen - expected).powi(2) / expected)
        .sum()
}

/// The answer's own order.
fn kulprit(_: &Counts) -> f64 {
    0.0
}
