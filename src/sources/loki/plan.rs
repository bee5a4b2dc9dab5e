//! Which pages to read: whole stretches of time cut into slices of a page each, or, where there are more lines than the budget, some lines of
//! each stretch of the services that log most, and all of the others.

use std::collections::BTreeMap;

use super::logql::Group;
use crate::sources::stretches::Nanos;

/// A slice is planned for this part of a page: within a minute lines come unevenly.
const FILL: f64 = 0.7;
/// Stretches of one window that are read in part, at most: each is a request of its own.
const MOST_STRATA: usize = 150;

/// Lines of a group in a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Count {
    pub group: Group,
    pub from: Nanos,
    pub lines: u64,
}

/// What is counted of one window, in steps of the same length.
#[derive(Debug, Clone)]
pub struct Counted {
    pub from: Nanos,
    pub to: Nanos,
    pub step: Nanos,
    pub counts: Vec<Count>,
}

/// One page to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    pub lines: Lines,
    pub from: Nanos,
    pub to: Nanos,
    /// So many lines of the stretch and no more, from one of its ends; none: all of it.
    pub head: Option<Head>,
}

/// Which lines of a stretch of time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lines {
    All,
    AllBut(Vec<Group>),
    Of(Group),
    /// Those with the id of a trace.
    OfTrace(String),
    /// Those that name it, and are not said to be its own.
    Naming(String),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    pub lines: u64,
    pub is_backward: bool,
}

/// A stretch of a group of which some lines stand for all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stratum {
    pub group: Group,
    pub from: Nanos,
    pub to: Nanos,
    pub lines: u64,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plan {
    pub pages: Vec<Page>,
    pub strata: Vec<Stratum>,
}

/// The pages of a window of which at most about `budget` lines are to be read.
pub fn plan(counted: &Counted, budget: u64, page_lines: u64) -> Plan {
    let total: u64 = counted.counts.iter().map(|count| count.lines).sum();
    if total <= budget {
        return Plan {
            pages: counted.slices(&Lines::All, |_| true, counted.from, counted.to, page_lines),
            strata: vec![],
        };
    }
    counted.sampled(budget.max(1), page_lines)
}

impl Counted {
    /// Slices of about a page, of the lines of groups that are `read`.
    fn slices(
        &self,
        lines: &Lines,
        read: impl Fn(&Group) -> bool,
        from: Nanos,
        to: Nanos,
        page_lines: u64,
    ) -> Vec<Page> {
        let mut by_step: BTreeMap<Nanos, u64> = BTreeMap::new();
        for count in self.counts.iter().filter(|count| read(&count.group)) {
            *by_step.entry(count.from).or_default() += count.lines;
        }
        let page = |from: Nanos, to: Nanos| Page {
            lines: lines.clone(),
            from,
            to,
            head: None,
        };
        let room = (page_lines as f64 * FILL).max(1.0) as u64;
        let (mut pages, mut begun, mut held) = (vec![], from, 0);
        for (step, count) in by_step {
            let (step_from, step_to) = (step.max(begun), (step + self.step).min(to));
            if step_from >= step_to {
                continue;
            }
            if held > 0 && held + count > room {
                pages.push(page(begun, step_from));
                (begun, held) = (step_from, 0);
            }
            if count <= room {
                held += count;
                continue;
            }
            // So many lines are more than a page.
            if begun < step_from {
                pages.push(page(begun, step_from));
                begun = step_from;
            }
            let parts = count.div_ceil(room) as Nanos;
            let length = ((step_to - begun) / parts).max(1);
            while begun + length < step_to {
                pages.push(page(begun, begun + length));
                begun += length;
            }
            held = count / parts as u64;
        }
        if begun < to {
            pages.push(page(begun, to));
        }
        pages
    }

    /// All lines of the groups that have few, and of the others some of each stretch.
    fn sampled(&self, budget: u64, page_lines: u64) -> Plan {
        // Steps that the window's edges cut are read whole: how many of their lines lie within it is not known.
        let inner_from = self.from + (self.step - self.from.rem_euclid(self.step)).rem_euclid(self.step);
        let inner_to = self.to - self.to.rem_euclid(self.step);
        if inner_from >= inner_to {
            return Plan {
                pages: self.slices(&Lines::All, |_| true, self.from, self.to, page_lines),
                strata: vec![],
            };
        }
        let is_inner = |count: &&Count| count.from >= inner_from && count.from < inner_to;
        let mut by_group: BTreeMap<&Group, u64> = BTreeMap::new();
        for count in self.counts.iter().filter(is_inner) {
            *by_group.entry(&count.group).or_default() += count.lines;
        }
        let most = fair_share(by_group.values().copied().collect(), budget);
        let large: Vec<Group> = by_group
            .iter()
            .filter(|(_, lines)| **lines > most)
            .map(|(group, _)| (*group).clone())
            .collect();
        let mut plan = Plan::default();
        for (from, to) in [(self.from, inner_from), (inner_to, self.to)] {
            if from < to {
                plan.pages
                    .extend(self.slices(&Lines::All, |_| true, from, to, page_lines));
            }
        }
        let rest = Lines::AllBut(large.clone());
        plan.pages
            .extend(self.slices(&rest, |group| !large.contains(group), inner_from, inner_to, page_lines));
        let steps = ((inner_to - inner_from) / self.step) as usize;
        let of_each = (MOST_STRATA / large.len().max(1)).max(1);
        let steps_a_stratum = steps.div_ceil(of_each).max(1) as Nanos;
        for group in large {
            let lines_of_group = by_group.get(&group).copied().unwrap_or_default();
            let part = most as f64 / lines_of_group.max(1) as f64;
            let mut strata: BTreeMap<Nanos, u64> = BTreeMap::new();
            for count in self.counts.iter().filter(is_inner).filter(|count| count.group == group) {
                let number = (count.from - inner_from) / self.step / steps_a_stratum;
                *strata.entry(number).or_default() += count.lines;
            }
            for (number, lines) in strata {
                let from = inner_from + number * steps_a_stratum * self.step;
                let to = (from + steps_a_stratum * self.step).min(inner_to);
                let head = ((lines as f64 * part).ceil() as u64).clamp(lines.min(5), page_lines);
                plan.pages.push(Page {
                    lines: Lines::Of(group.clone()),
                    from,
                    to,
                    head: Some(Head {
                        lines: head,
                        // From one end and the other in turn, so that what is logged at whole hours counts as often as it should.
                        is_backward: number % 2 == 1,
                    }),
                });
                plan.strata.push(Stratum {
                    group: group.clone(),
                    from,
                    to,
                    lines,
                });
            }
        }
        plan
    }
}

/// How many lines of a group may be read, so that all together are at most `budget`: groups with fewer are read whole.
fn fair_share(mut lines: Vec<u64>, budget: u64) -> u64 {
    lines.sort_unstable();
    let mut left = budget;
    for (read, lines_of_group) in lines.iter().enumerate() {
        let share = left / (lines.len() - read) as u64;
        if *lines_of_group > share {
            return share.max(1);
        }
        left -= lines_of_group;
    }
    u64::MAX
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sources::stretches::SECOND;

    fn group(service: &str) -> Group {
        Group {
            service: service.to_owned(),
            level: None,
        }
    }

    fn counted(lines: &[(&str, &[u64])], from: Nanos, to: Nanos) -> Counted {
        let step = 60 * SECOND;
        let counts = lines.iter().flat_map(|(service, steps)| {
            steps.iter().enumerate().map(|(number, lines)| Count {
                group: group(service),
                from: number as Nanos * step,
                lines: *lines,
            })
        });
        Counted {
            from,
            to,
            step,
            counts: counts.collect(),
        }
    }

    /// Whether the pages cover the stretch, each instant once.
    fn covers(pages: &[Page], from: Nanos, to: Nanos) -> bool {
        let ends = pages.windows(2).all(|pair| pair[0].to == pair[1].from);
        ends && pages.first().is_some_and(|page| page.from == from) && pages.last().is_some_and(|page| page.to == to)
    }

    #[test]
    fn slices_hold_about_a_page_and_cover_each_instant_once() {
        let (from, to) = (10 * SECOND, 299 * SECOND);
        let counted = counted(&[("a", &[100, 0, 50, 5_000, 700])], from, to);
        let plan = plan(&counted, 10_000, 1_000);
        assert!(covers(&plan.pages, from, to), "{:?}", plan.pages);
        assert!((8..=14).contains(&plan.pages.len()), "{:?}", plan.pages);
        assert_eq!(plan.strata, []);
    }

    #[test]
    fn a_window_without_lines_is_one_page() {
        let plan = plan(&counted(&[], 5, 500), 10, 10);
        assert!(covers(&plan.pages, 5, 500) && plan.pages.len() == 1);
    }

    #[test]
    fn beyond_the_budget_the_loudest_are_read_in_part_and_the_others_whole() {
        let (from, to) = (30 * SECOND, 300 * SECOND);
        let counted = counted(
            &[("loud", &[900, 1_000, 3_000, 0, 2_000]), ("quiet", &[1, 2, 3, 4, 5])],
            from,
            to,
        );
        let plan = plan(&counted, 300, 1_000);
        let inner: u64 = plan.strata.iter().map(|stratum| stratum.lines).sum();
        assert_eq!(inner, 6_000, "{:?}", plan.strata);
        let heads: u64 = plan
            .pages
            .iter()
            .filter_map(|page| page.head)
            .map(|head| head.lines)
            .sum();
        assert!((250..=350).contains(&heads), "{heads}");
        let rest: Vec<Page> = plan
            .pages
            .iter()
            .filter(|page| page.lines == Lines::AllBut(vec![group("loud")]))
            .cloned()
            .collect();
        assert!(covers(&rest, 60 * SECOND, to), "{rest:?}");
        let edge: Vec<Page> = plan
            .pages
            .iter()
            .filter(|page| page.lines == Lines::All)
            .cloned()
            .collect();
        assert!(covers(&edge, from, 60 * SECOND), "{edge:?}");
    }

    #[test]
    fn shares_are_fair() {
        assert_eq!(fair_share(vec![1, 2, 1_000, 1_000], 203), 100);
        assert_eq!(fair_share(vec![1, 2], 203), u64::MAX);
    }
}
