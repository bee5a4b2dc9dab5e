//! What `kulprit_changes` answers: the patterns that changed, the best explanation first, and totals over all of them.

use super::changes::{Change, Pattern, changes};
use super::jensen_shannon_of;

/// The false discovery rate up to which a pattern counts as changed.
const LEVEL: f64 = 0.05;

/// The id that no pattern has: its counts are lines that are not rolled up yet. It is ranked first, since it means that
/// the answer is incomplete.
pub const LEDGER: u64 = 0;

/// Sums over all patterns of either window, also over those that a ranking leaves out.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Totals {
    pub current: u64,
    /// Of each service the median over its baseline windows; with one window, its lines.
    pub baseline: u64,
    pub patterns: u64,
    /// In nats, ≥ 0.
    pub kl: f64,
    /// In nats, 0 to ln 2.
    pub jensen_shannon: f64,
}

/// A pattern's place in the ranking.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ranked {
    /// Its index among the patterns given.
    pub index: usize,
    pub change: Change,
    /// `new`, `gone`, `up`, `down` or `same`.
    pub status: &'static str,
}

/// The answer of [`rank`]: the ranking, the sums, and the baseline count of each pattern.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Ranking {
    pub ranked: Vec<Ranked>,
    pub totals: Totals,
    pub baseline: Vec<u64>,
}

/// Ranks the patterns that either window has.
///
/// Patterns that chance does not explain (q ≤ 0.05) come first, by their effect (p − q)·ln(p/q) over smoothed shares,
/// by which a pattern that vanished weighs as much as one that appeared. The rest follows by its evidence. Equals are
/// ordered by their lines, the most first, then by service and `ids`. [`LEDGER`] comes before all.
/// `sql/log_changes/_changes_sql.sql` is the same in plain SQL.
pub fn rank(patterns: &[Pattern], ids: &[u64], lengths: (f64, f64)) -> Ranking {
    let found = changes(patterns, lengths);
    let scores = found.seen.iter().zip(&found.shares).map(|(index, (p, q))| {
        let change = &found.changes[*index];
        let is_changed = change.q_value <= LEVEL;
        let score = if is_changed {
            (p - q) * (p / q).ln()
        } else {
            change.strength
        };
        (*index, is_changed, score)
    });
    let mut scores: Vec<_> = scores.collect();
    let lines = |index: usize| u128::from(patterns[index].current) + u128::from(found.baseline[index]);
    let id = |index: usize| ids.get(index).copied().unwrap_or(u64::MAX);
    scores.sort_by(|(one, changed_one, score_one), (other, changed_other, score_other)| {
        let by_ledger = (id(*other) == LEDGER).cmp(&(id(*one) == LEDGER));
        let by_score = by_ledger
            .then(changed_other.cmp(changed_one))
            .then(score_other.total_cmp(score_one));
        let by_lines = by_score.then_with(|| lines(*other).cmp(&lines(*one)));
        by_lines.then_with(|| (&patterns[*one].service, id(*one)).cmp(&(&patterns[*other].service, id(*other))))
    });
    let ranked = scores.into_iter().map(|(index, _, _)| Ranked {
        index,
        change: found.changes[index],
        status: status((patterns[index].current, found.baseline[index]), &found.changes[index]),
    });
    let current = found.seen.iter().map(|index| patterns[*index].current);
    let totals = Totals {
        current: current.fold(0, u64::saturating_add),
        baseline: found.baseline_total,
        patterns: found.seen.len() as u64,
        kl: found
            .seen
            .iter()
            .map(|index| found.changes[*index].kl)
            .sum::<f64>()
            .max(0.0),
        jensen_shannon: jensen_shannon_of(found.shares.iter().copied()),
    };
    Ranking {
        ranked: ranked.collect(),
        totals,
        baseline: found.baseline,
    }
}

fn status(counts: (u64, u64), change: &Change) -> &'static str {
    match counts {
        _ if change.q_value > LEVEL => "same",
        (_, 0) => "new",
        (0, _) => "gone",
        _ if change.relative_change > 0.0 => "up",
        _ => "down",
    }
}
