//! What `kulprit_changes` answers: the patterns that changed, the best explanation first, and totals over all of them.

use super::changes::{Change, Changes, Pattern, ServiceLines, changes};
use super::jensen_shannon_of;

/// The false discovery rate up to which a pattern counts as changed.
const LEVEL: f64 = 0.05;

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
    /// Whether the baseline, any window of it or the past has a line of it.
    pub is_heard: bool,
    /// Its place, from 1, and what it is kept for, once [`Ranking::keep`] has said.
    pub place: u64,
    pub kept_for: u64,
}

/// The answer of [`rank`]: the ranking, the sums, and the baseline count of each pattern.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Ranking {
    pub ranked: Vec<Ranked>,
    pub totals: Totals,
    pub baseline: Vec<u64>,
    /// The services, and which of them each pattern belongs to.
    pub services: Vec<ServiceLines>,
    pub belongs: Vec<usize>,
}

/// Ranks the patterns that either window has.
///
/// Patterns that chance does not explain (q ≤ 0.05) and whose rate moved come first, by their effect (p − q)·ln(p/q)
/// over smoothed shares, by which a pattern that vanished weighs as much as one that appeared; then, likewise, those of
/// services without a past. The rest follows by its evidence. Equals are ordered by their lines, the most first, then by
/// service and `ids`. `sql/log_changes/_changes_sql.sql` is the same in plain SQL.
pub fn rank(patterns: &[Pattern], ids: &[u64], lengths: (f64, f64)) -> Ranking {
    let found = changes(patterns, lengths);
    let status = |index: usize| status(index, patterns, &found, lengths);
    let scores = found.seen.iter().zip(&found.shares).map(|(index, (p, q))| {
        let change = &found.changes[*index];
        let tier = match status(*index) {
            "same" => 2,
            _ if change.q_value > LEVEL => 1,
            _ => 0,
        };
        let score = if tier < 2 {
            (p - q) * (p / q).ln()
        } else {
            change.strength
        };
        (*index, tier, score)
    });
    let mut scores: Vec<_> = scores.collect();
    let lines = |index: usize| u128::from(patterns[index].current) + u128::from(found.baseline[index]);
    let id = |index: usize| ids.get(index).copied().unwrap_or(u64::MAX);
    scores.sort_by(|(one, tier_one, score_one), (other, tier_other, score_other)| {
        let by_score = tier_one.cmp(tier_other).then(score_other.total_cmp(score_one));
        let by_lines = by_score.then_with(|| lines(*other).cmp(&lines(*one)));
        by_lines.then_with(|| (&patterns[*one].service, id(*one)).cmp(&(&patterns[*other].service, id(*other))))
    });
    let ranked = scores.into_iter().map(|(index, _, _)| Ranked {
        index,
        change: found.changes[index],
        status: status(index),
        is_heard: is_heard(&patterns[index]),
        place: 0,
        kept_for: 0,
    });
    let ranked = ranked.collect();
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
        ranked,
        totals,
        baseline: found.baseline,
        services: found.services,
        belongs: found.belongs,
    }
}

/// What a person sees: the direction is the rate's. A pattern whose share alone changed is the same; every pattern of a
/// service without a past is new.
fn status(index: usize, patterns: &[Pattern], found: &Changes, lengths: (f64, f64)) -> &'static str {
    let (current, baseline) = (patterns[index].current, found.baseline[index]);
    let change = &found.changes[index];
    let is_changed = change.q_value <= LEVEL && change.has_moved;
    match (current, baseline) {
        (1.., 0) if is_changed || !found.services[found.belongs[index]].has_past => "new",
        _ if !is_changed => "same",
        (0, _) => "gone",
        _ if current as f64 * lengths.1 > baseline as f64 * lengths.0 => "up",
        _ => "down",
    }
}

fn is_heard(pattern: &Pattern) -> bool {
    pattern.baselines.iter().chain(&pattern.past).any(|lines| *lines > 0)
}
