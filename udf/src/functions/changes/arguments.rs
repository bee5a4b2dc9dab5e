//! The arguments of one row, and the ranking that they give.

use std::collections::HashMap;
use std::fmt;
use std::io::{self, BufRead};

use crate::wire::read_string;
use crate::wire::row_binary::{read_array, read_u64_array};
use kulprit_divergence::{Pattern, Ranking, add_counts, rank};

/// So many of a pattern's steps, the first, are slices of the past; the others are steps of the current window
/// (`sql/log_changes/_past.sql`).
pub const SLICES: usize = 32;

/// The arguments. All but `question` have one element for each pattern of a service, or for each of its shapes.
#[derive(Default)]
pub struct Arguments {
    pub services: Vec<Vec<u8>>,
    pub pattern_ids: Vec<u64>,
    /// The shape that represents the pattern: of several the one with the most lines in both windows.
    pub shape_ids: Vec<u64>,
    /// Not 0: the pattern is counted but not ranked.
    ignored: Vec<u64>,
    /// Messages that are returned unchanged with the pattern; or no elements at all.
    pub samples: Vec<Vec<Vec<u8>>>,
    /// Lines in the current window.
    pub current: Vec<u64>,
    /// Lines in each baseline window.
    baselines: Vec<Vec<u64>>,
    /// Lines in each slice of the past, then in each step of the current window.
    pub steps: Vec<Vec<u64>>,
    /// The length of the current window and of a baseline window in one unit, how many patterns to show, and how many
    /// slices the past has.
    question: Vec<u64>,
}

/// Arguments that do not fit together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mismatch {
    /// An array does not have one element for each element of `current`.
    Patterns {
        argument: &'static str,
        length: usize,
        patterns: usize,
    },
    /// An element of a nested array is not as long as the first one.
    Counts {
        argument: &'static str,
        index: usize,
        length: usize,
        expected: usize,
    },
}

impl fmt::Display for Mismatch {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Patterns {
                argument,
                length,
                patterns,
            } => write!(
                formatter,
                "{argument} has {length} elements and current has {patterns}: give both one for each pattern"
            ),
            Self::Counts {
                argument,
                index,
                length,
                expected,
            } => write!(
                formatter,
                "element {} of {argument} has {length} counts and the first has {expected}: give each as many",
                index + 1
            ),
        }
    }
}

/// The ranked patterns of one row of arguments.
pub struct Answer {
    /// For each index in `ranking` the index in the arguments.
    pub order: Vec<usize>,
    pub ranking: Ranking,
    /// Lines of all patterns in each baseline window.
    pub baseline_totals: Vec<u64>,
    /// Lines of all patterns in each slice of the past.
    pub past: Vec<u64>,
}

impl Arguments {
    /// Replaces the arguments by those of the next row.
    pub fn read(&mut self, input: &mut impl BufRead) -> io::Result<()> {
        let mut spill = Vec::new();
        read_array(input, &mut self.services, |input| read_bytes(input, &mut spill))?;
        read_u64_array(input, &mut self.pattern_ids)?;
        read_u64_array(input, &mut self.shape_ids)?;
        read_u64_array(input, &mut self.ignored)?;
        read_array(input, &mut self.samples, |input| {
            let mut samples = Vec::new();
            read_array(input, &mut samples, |input| read_bytes(input, &mut spill))?;
            Ok(samples)
        })?;
        read_u64_array(input, &mut self.current)?;
        for nested in [&mut self.baselines, &mut self.steps] {
            read_array(input, nested, |input| {
                let mut values = Vec::new();
                read_u64_array(input, &mut values)?;
                Ok(values)
            })?;
        }
        read_u64_array(input, &mut self.question)
    }

    /// Ranks the patterns.
    ///
    /// # Errors
    /// An array does not have one element for each pattern (`samples` may be empty), or the patterns do not all have the
    /// same number of baseline windows or of steps.
    pub fn answer(&mut self) -> Result<Answer, Mismatch> {
        self.check()?;
        self.merge_shapes();
        let patterns = self.current.len();
        // ClickHouse gives the patterns in any order, and the rounding of a sum depends on the order. Sorted, the same
        // counts give the same answer to the last digit.
        let mut order: Vec<usize> = (0..patterns).collect();
        order.sort_by_key(|index| (&self.services[*index], self.pattern_ids[*index]));
        let patterns: Vec<Pattern> = order.iter().map(|index| self.pattern(*index)).collect();
        let ids: Vec<u64> = order.iter().map(|index| self.pattern_ids[*index]).collect();
        let mut ranking = rank(&patterns, &ids, self.lengths());
        ranking.ranked.retain(|place| self.ignored[order[place.index]] == 0);
        let slices = self.question.get(3).copied().unwrap_or(SLICES as u64);
        let slices = usize::try_from(slices).map_or(SLICES, |slices| slices.min(SLICES));
        ranking.keep(&patterns, self.limit(), slices, self.lengths());
        Ok(Answer {
            order,
            ranking,
            baseline_totals: sums(&self.baselines),
            past: sums(patterns.iter().map(|pattern| &pattern.past)),
        })
    }

    fn check(&self) -> Result<(), Mismatch> {
        let patterns = self.current.len();
        let samples = if self.samples.is_empty() {
            patterns
        } else {
            self.samples.len()
        };
        let lengths = [
            ("services", self.services.len()),
            ("pattern_ids", self.pattern_ids.len()),
            ("shape_ids", self.shape_ids.len()),
            ("ignored", self.ignored.len()),
            ("samples", samples),
            ("baselines", self.baselines.len()),
            ("steps", self.steps.len()),
        ];
        if let Some((argument, length)) = lengths.into_iter().find(|(_, length)| *length != patterns) {
            return Err(Mismatch::Patterns {
                argument,
                length,
                patterns,
            });
        }
        for (argument, nested) in [("baselines", &self.baselines), ("steps", &self.steps)] {
            let expected = nested.first().map_or(0, Vec::len);
            if let Some(index) = nested.iter().position(|counts| counts.len() != expected) {
                return Err(Mismatch::Counts {
                    argument,
                    index,
                    length: nested[index].len(),
                    expected,
                });
            }
        }
        Ok(())
    }

    /// Adds up the shapes of each pattern of a service, in the element of the one with the most lines (of equals the highest id), whose samples
    /// stay.
    fn merge_shapes(&mut self) {
        let lines = |index: &usize| {
            let index = *index;
            let baselines = self.baselines[index]
                .iter()
                .fold(0, |sum: u64, lines| sum.saturating_add(*lines));
            (self.current[index].saturating_add(baselines), self.shape_ids[index])
        };
        let mut shapes: HashMap<(&[u8], u64), Vec<usize>> = HashMap::new();
        for (index, service) in self.services.iter().enumerate() {
            shapes
                .entry((service, self.pattern_ids[index]))
                .or_default()
                .push(index);
        }
        if shapes.len() == self.services.len() {
            return;
        }
        let mut into: Vec<usize> = (0..self.services.len()).collect();
        for indexes in shapes.into_values() {
            let Some(representative) = indexes.iter().copied().max_by_key(lines) else {
                continue;
            };
            indexes.iter().for_each(|index| into[*index] = representative);
        }
        for (index, representative) in into.iter().copied().enumerate().filter(|(index, to)| index != to) {
            self.current[representative] = self.current[representative].saturating_add(self.current[index]);
            for nested in [&mut self.baselines, &mut self.steps] {
                let counts = std::mem::take(&mut nested[index]);
                add_counts(&mut nested[representative], &counts);
            }
        }
        let is_kept = |index: usize| into[index] == index;
        retain(&mut self.services, is_kept);
        retain(&mut self.pattern_ids, is_kept);
        retain(&mut self.shape_ids, is_kept);
        retain(&mut self.ignored, is_kept);
        retain(&mut self.samples, is_kept);
        retain(&mut self.current, is_kept);
        retain(&mut self.baselines, is_kept);
        retain(&mut self.steps, is_kept);
    }

    fn pattern(&self, index: usize) -> Pattern {
        let steps = &self.steps[index];
        Pattern {
            service: self.services[index].clone(),
            current: self.current[index],
            baselines: self.baselines[index].clone(),
            past: steps[..steps.len().min(SLICES)].to_vec(),
        }
    }

    /// The lengths of the current and of a baseline window; equal ones when none are given.
    fn lengths(&self) -> (f64, f64) {
        match self.question.as_slice() {
            [current, baseline, ..] => (*current as f64, *baseline as f64),
            _ => (1.0, 1.0),
        }
    }

    fn limit(&self) -> usize {
        let limit = self.question.get(2).copied().unwrap_or(u64::MAX);
        usize::try_from(limit).unwrap_or(usize::MAX)
    }
}

fn retain<T>(elements: &mut Vec<T>, is_kept: impl Fn(usize) -> bool) {
    let mut index = 0;
    elements.retain(|_| {
        index += 1;
        is_kept(index - 1)
    });
}

fn read_bytes(input: &mut impl BufRead, spill: &mut Vec<u8>) -> io::Result<Vec<u8>> {
    read_string(input, spill, <[u8]>::to_vec)
}

/// The sum of `counts`, place by place.
fn sums<'a>(counts: impl IntoIterator<Item = &'a Vec<u64>>) -> Vec<u64> {
    let mut sums: Vec<u64> = Vec::new();
    for counts in counts {
        add_counts(&mut sums, counts);
    }
    sums
}
