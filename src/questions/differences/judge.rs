//! Which of the differences are facts of their own. A pod's host, version and region mark the same lines as the pod, and when one pod
//! has more of the lines than usual all others have less: that is one fact, and one row.
//!
//! It is told by witnesses: some lines of both sides, of which each row says which have its value.

use std::cmp::Reverse;
use std::collections::HashSet;

use super::rows::DifferenceRow;

/// χ² with one degree of freedom at p = 0.001: there are many pairs, and a row too few is better than one too many.
const SURELY: f64 = 10.83;
/// Below this effect, in nats, nobody would call it a difference.
const LEAST_EFFECT: f64 = 0.01;
/// With fewer usual witnesses a share of them says nothing.
const ENOUGH: usize = 20;
/// An attribute with more values than these is not the most specific one any more but an id.
const MOST_NAMES: u64 = 100;

/// A fact: the row that says it best, and the rows that say the same.
#[derive(Debug, Clone, PartialEq)]
pub struct Fact<'a> {
    pub row: &'a DifferenceRow,
    pub same: Vec<&'a DifferenceRow>,
}

/// The lines that witness a row.
struct Witnesses<'a> {
    row: &'a DifferenceRow,
    target: HashSet<u32>,
    usual: HashSet<u32>,
}

impl<'a> Witnesses<'a> {
    fn new(row: &'a DifferenceRow) -> Self {
        Self {
            row,
            target: row.target_witnesses.iter().copied().collect(),
            usual: row.usual_witnesses.iter().copied().collect(),
        }
    }

    /// Whether nearly all lines that witness this row also witness `other`.
    fn implies(&self, other: &Self) -> bool {
        let (own, all) = if self.row.is_up() {
            (&self.row.target_witnesses, &other.target)
        } else {
            (&self.row.usual_witnesses, &other.usual)
        };
        !own.is_empty() && count(own, |line| all.contains(&line)) as f64 >= 0.95 * own.len() as f64
    }
}

/// The facts among the rows of one group, the one with the largest effect first; what is more frequent than usual stands before what is
/// missing. `all` is the row of the group itself.
pub fn facts<'a>(all: &'a DifferenceRow, rows: &'a [DifferenceRow]) -> Vec<Fact<'a>> {
    let mut found: Vec<(Witnesses<'a>, Vec<&'a DifferenceRow>)> = Vec::new();
    for row in ranked(rows) {
        let row = Witnesses::new(row);
        let leads = || found.iter().map(|(lead, _)| lead);
        if found.is_empty() || is_different_without(all, &row, leads()) || leads().any(|lead| refines(all, &row, lead))
        {
            found.push((row, vec![]));
        } else if let Some((lead, same)) = found
            .iter_mut()
            .find(|(lead, _)| lead.row.is_up() == row.row.is_up() && lead.implies(&row))
        {
            let is_known = |known: &DifferenceRow| (&known.source, &known.key) == (&row.row.source, &row.row.key);
            if !is_known(lead.row) && !same.iter().any(|known| is_known(known)) {
                same.push(row.row);
            }
        }
    }
    found
        .into_iter()
        .map(|(lead, same)| Fact { row: lead.row, same })
        .collect()
}

/// The most telling first; of those that mark the same lines, a value before the attribute itself, where a line comes from before what it
/// is about, and the attribute with the most values.
fn ranked(rows: &[DifferenceRow]) -> Vec<&DifferenceRow> {
    let mut ranked: Vec<&DifferenceRow> = rows.iter().collect();
    let place = |row: &DifferenceRow| {
        let is_about = !matches!(row.source.as_str(), "resource" | "column");
        let names = if row.values > MOST_NAMES { 0 } else { row.values };
        (row.kind == "key", is_about, Reverse(names))
    };
    ranked.sort_by(|one, other| {
        let by_effect = (other.is_up().cmp(&one.is_up())).then(other.effect.total_cmp(&one.effect));
        let by_place = by_effect.then_with(|| place(one).cmp(&place(other)));
        by_place.then_with(|| (&one.key, &one.value).cmp(&(&other.key, &other.value)))
    });
    ranked
}

/// Whether `row` still differs among the lines that none of `leads` marks.
fn is_different_without<'b, 'a: 'b>(
    all: &DifferenceRow,
    row: &Witnesses<'_>,
    leads: impl Iterator<Item = &'b Witnesses<'a>> + Clone,
) -> bool {
    let is_target_left = |line: u32| !leads.clone().any(|lead| lead.target.contains(&line));
    let is_usual_left = |line: u32| !leads.clone().any(|lead| lead.usual.contains(&line));
    differs(
        row.row,
        (
            count(&row.row.target_witnesses, is_target_left),
            count(&all.target_witnesses, is_target_left),
        ),
        (
            count(&row.row.usual_witnesses, is_usual_left),
            count(&all.usual_witnesses, is_usual_left),
        ),
    )
}

/// Whether among the lines that `lead` marks `row` has another share than usual, so that it says more of them. Where usually no line has
/// what `lead` says, it is held against all.
fn refines(all: &DifferenceRow, row: &Witnesses<'_>, lead: &Witnesses<'_>) -> bool {
    if !lead.row.is_up() || !row.row.is_up() || lead.implies(row) {
        return false;
    }
    let of_target = (
        count(&row.row.target_witnesses, |line| lead.target.contains(&line)),
        lead.row.target_witnesses.len(),
    );
    let of_usual = if lead.row.usual_witnesses.len() >= ENOUGH {
        (
            count(&row.row.usual_witnesses, |line| lead.usual.contains(&line)),
            lead.row.usual_witnesses.len(),
        )
    } else if row.row.usual_witnesses.is_empty() {
        // It is as new as what the lead says, and a part of it.
        return false;
    } else {
        (row.row.usual_witnesses.len(), all.usual_witnesses.len())
    };
    differs(row.row, of_target, of_usual)
}

/// Whether (with it, all) differs between both sides in the direction of `row`.
fn differs(row: &DifferenceRow, target: (usize, usize), usual: (usize, usize)) -> bool {
    let ((c, c_all), (b, b_all)) = (floats(target), floats(usual));
    if c_all == 0.0 || b_all == 0.0 || (c / c_all > b / b_all) != row.is_up() {
        return false;
    }
    let (p, q) = ((c + 0.5) / (c_all + 1.0), (b + 0.5) / (b_all + 1.0));
    let effect = (p - q) * (p / q).ln();
    effect >= LEAST_EFFECT && g2((c, c_all), (b, b_all)) / row.dispersion.max(1.0) >= SURELY
}

/// Dunning's G² of c of C against b of B.
fn g2((c, c_all): (f64, f64), (b, b_all): (f64, f64)) -> f64 {
    let share = (c + b) / (c_all + b_all);
    let term = |found: f64, expected: f64| {
        if found > 0.0 {
            found * (found / expected).ln()
        } else {
            0.0
        }
    };
    2.0 * (term(c, c_all * share)
        + term(b, b_all * share)
        + term(c_all - c, c_all * (1.0 - share))
        + term(b_all - b, b_all * (1.0 - share)))
}

fn floats((part, whole): (usize, usize)) -> (f64, f64) {
    (part as f64, whole as f64)
}

fn count(lines: &[u32], is_counted: impl Fn(u32) -> bool) -> usize {
    lines.iter().filter(|line| is_counted(**line)).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A group of 100 lines on either side, of which a row is witnessed by those for which the functions say so.
    fn row(key: &str, value: &str, target: impl Fn(u32) -> bool, usual: impl Fn(u32) -> bool) -> DifferenceRow {
        let target_witnesses: Vec<u32> = (0..100).filter(|line| target(*line)).collect();
        let usual_witnesses: Vec<u32> = (100..200).filter(|line| usual(line - 100)).collect();
        let (p, q) = (
            (target_witnesses.len() as f64 + 0.5) / 101.0,
            (usual_witnesses.len() as f64 + 0.5) / 101.0,
        );
        DifferenceRow {
            group_id: 0,
            kind: if key.is_empty() { "all" } else { "value" }.to_owned(),
            source: "resource".to_owned(),
            key: key.to_owned(),
            value: value.to_owned(),
            target: target_witnesses.len() as u64,
            usual: usual_witnesses.len() as u64,
            target_read: 100,
            usual_read: 100,
            target_total: 100,
            usual_total: 100,
            usual_is_own: 1,
            effect: (p - q) * (p / q).ln(),
            g2: 100.0,
            dispersion: 1.0,
            p_value: 0.0,
            q_value: 0.0,
            values: 12,
            target_witnesses,
            usual_witnesses,
        }
    }

    fn keys<'a>(found: &[Fact<'a>]) -> Vec<(&'a str, Vec<&'a str>)> {
        let same = |fact: &Fact<'a>| fact.same.iter().map(|row| row.key.as_str()).collect();
        found.iter().map(|fact| (fact.row.key.as_str(), same(fact))).collect()
    }

    #[test]
    fn a_pod_its_host_and_the_pods_that_have_less_are_one_fact() {
        let all = row("", "", |_| true, |_| true);
        let mut rows = vec![
            // Every twelfth usual line is the pod's, every sixth its host's.
            row("host", "h1", |line| line < 92, |line| line % 6 == 0),
            row("pod", "p1", |line| line < 90, |line| line % 12 == 0),
            row("version", "2", |line| line < 90, |line| line % 12 == 0),
            row("pod", "p2", |line| line == 95, |line| line % 12 == 1),
            row("pod", "p3", |line| line == 96, |line| line % 12 == 2),
        ];
        rows[2].values = 2;
        assert_eq!(keys(&facts(&all, &rows)), [("pod", vec!["version", "host"])]);
    }

    #[test]
    fn what_has_nothing_to_do_with_the_first_is_a_fact_of_its_own() {
        let all = row("", "", |_| true, |_| true);
        let rows = vec![
            row("pod", "p1", |line| line < 60, |line| line % 12 == 0),
            row("tenant", "acme", |line| line % 2 == 0, |line| line % 20 == 0),
        ];
        // The tenant's share has grown by more.
        assert_eq!(keys(&facts(&all, &rows)), [("tenant", vec![]), ("pod", vec![])]);
    }

    #[test]
    fn what_says_more_of_the_lines_of_the_first_is_not_hidden_by_it() {
        let all = row("", "", |_| true, |_| true);
        let rows = vec![
            row("level", "ERROR", |line| line < 40, |line| line == 0),
            // Nine of ten errors are the pod's; without them it has no more lines than usual.
            row("pod", "p1", |line| line < 36 || line % 12 == 0, |line| line % 12 == 0),
        ];
        assert_eq!(keys(&facts(&all, &rows)), [("level", vec![]), ("pod", vec![])]);
        // Half of what a new service logs is no more than half of it.
        let rows = vec![
            row("service", "new", |line| line < 40, |_| false),
            row("pod", "new-1", |line| line < 20, |_| false),
            row("pod", "new-2", |line| (20..40).contains(&line), |_| false),
        ];
        assert_eq!(keys(&facts(&all, &rows)), [("service", vec![])]);
    }

    #[test]
    fn what_is_missing_stands_behind_what_is_there() {
        let all = row("", "", |_| true, |_| true);
        let rows = vec![
            row("method", "GET", |line| line == 99, |line| line < 90),
            row("endpoint", "/pay", |line| line < 70, |line| line == 95),
        ];
        assert_eq!(keys(&facts(&all, &rows))[0].0, "endpoint");
        let gone = vec![row("pod", "p1", |_| false, |line| line % 3 == 0)];
        assert_eq!(keys(&facts(&all, &gone)), [("pod", vec![])]);
    }
}
