//! The arguments and the answer of `kulprit_changes`.

use std::io::{self, BufRead, Write};

use super::{Function, Reports};
use crate::divergence::{LEDGER, LengthMismatch, Pattern, Ranked, Ranking, add_counts, rank};
use crate::wire::row_binary::{read_array, read_u64_array, write_u64_array};
use crate::wire::{read_string, write_string, write_varint};

/// The first of the steps are slices of the past, the rest is the course of the current window (`sql/divergence/_past.sql`).
const SLICES: usize = 32;

/// Raise it when the arguments, the columns or the rules of the ranking change.
pub const VERSION: u64 = 1;

pub fn answer(
    rows: u64,
    input: &mut impl BufRead,
    output: &mut impl Write,
    reports: &mut impl Write,
) -> io::Result<()> {
    let mut reports = Reports::new(Function::Changes, reports);
    let mut columns = Columns::default();
    for row in 1..=rows {
        columns.read(input)?;
        match columns.answer() {
            Ok(answer) => columns.write(&answer, output)?,
            Err(mismatch) => {
                reports.report(row, &mismatch)?;
                write_varint(output, 0)?;
            }
        }
    }
    Ok(())
}

/// One array an argument, one element a pattern of a service, but for the last.
#[derive(Default)]
pub struct Columns {
    services: Vec<Vec<u8>>,
    pattern_ids: Vec<u64>,
    /// The shape that represents the pattern.
    shape_ids: Vec<u64>,
    /// Not 0: counted, and left out of the ranking.
    ignored: Vec<u64>,
    /// Messages that go back with the pattern as they came.
    samples: Vec<Vec<Vec<u8>>>,
    current: Vec<u64>,
    /// A count for each baseline window.
    baselines: Vec<Vec<u64>>,
    steps: Vec<Vec<u64>>,
    /// Seconds of the current and of a baseline window, and how many patterns are wanted.
    question: Vec<u64>,
}

/// The ranked patterns of one row of arguments.
pub struct Answer {
    /// Where each ranked pattern stands in the arguments.
    order: Vec<usize>,
    ranking: Ranking,
    baseline_totals: Vec<u64>,
    past: Vec<u64>,
}

impl Columns {
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

    /// Errors: an array that has not one element for each pattern (`samples` may be empty), or counts of different windows or steps.
    pub fn answer(&self) -> Result<Answer, LengthMismatch> {
        let patterns = self.current.len();
        let samples = Some(self.samples.len()).filter(|length| *length > 0);
        let others = [
            self.services.len(),
            self.pattern_ids.len(),
            self.shape_ids.len(),
            self.ignored.len(),
            self.baselines.len(),
            self.steps.len(),
        ];
        same_length(patterns, others.into_iter().chain(samples))?;
        for nested in [&self.baselines, &self.steps] {
            same_length(nested.first().map_or(0, Vec::len), nested.iter().map(Vec::len))?;
        }
        // ClickHouse hands them over in any order, and a sum of floats depends on it: the same counts give the same answer to the last digit.
        let mut order: Vec<usize> = (0..patterns).collect();
        order.sort_by_key(|index| (&self.services[*index], self.pattern_ids[*index]));
        let patterns: Vec<Pattern> = order.iter().map(|index| self.pattern(*index)).collect();
        let ids: Vec<u64> = order.iter().map(|index| self.pattern_ids[*index]).collect();
        let mut ranking = rank(&patterns, &ids, self.lengths());
        ranking.ranked.retain(|place| self.ignored[order[place.index]] == 0);
        ranking.ranked.truncate(self.limit());
        Ok(Answer {
            order,
            ranking,
            baseline_totals: sums(&self.baselines),
            past: sums(patterns.iter().map(|pattern| &pattern.past)),
        })
    }

    fn pattern(&self, index: usize) -> Pattern {
        let baselines = &self.baselines[index];
        let steps = &self.steps[index];
        Pattern {
            service: self.services[index].clone(),
            current: self.current[index],
            baselines: if self.pattern_ids[index] == LEDGER {
                // One window that is not rolled up is enough, whatever the median of all.
                vec![baselines.iter().copied().max().unwrap_or(0); baselines.len()]
            } else {
                baselines.clone()
            },
            past: steps[..steps.len().min(SLICES)].to_vec(),
        }
    }

    /// Without lengths the two windows count as equally long.
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

    /// Writes an `Array(Tuple(…))` in the order of the function's return type.
    pub fn write(&self, answer: &Answer, output: &mut impl Write) -> io::Result<()> {
        write_varint(output, answer.ranking.ranked.len() as u64)?;
        for (place, ranked) in answer.ranking.ranked.iter().enumerate() {
            self.write_row(place as u64 + 1, ranked, answer, output)?;
        }
        Ok(())
    }

    fn write_row(&self, place: u64, ranked: &Ranked, answer: &Answer, output: &mut impl Write) -> io::Result<()> {
        let index = answer.order[ranked.index];
        write_u64(output, place)?;
        write_string(output, &self.services[index])?;
        write_u64(output, self.pattern_ids[index])?;
        write_u64(output, self.shape_ids[index])?;
        let samples = self.samples.get(index).map_or(&[][..], Vec::as_slice);
        write_varint(output, samples.len() as u64)?;
        for sample in samples {
            write_string(output, sample)?;
        }
        write_u64(output, self.current[index])?;
        write_u64(output, answer.ranking.baseline[ranked.index])?;
        for value in ranked.change.columns() {
            write_f64(output, value)?;
        }
        write_string(output, ranked.status.as_bytes())?;
        let totals = &answer.ranking.totals;
        for value in [totals.current, totals.baseline, totals.patterns] {
            write_u64(output, value)?;
        }
        for value in [totals.kl, totals.jensen_shannon] {
            write_f64(output, value)?;
        }
        write_u64_array(output, &answer.baseline_totals)?;
        let steps = &self.steps[index];
        write_u64_array(output, steps.get(SLICES..).unwrap_or(&[]))?;
        write_u64_array(output, &answer.past)
    }
}

fn write_u64(output: &mut impl Write, value: u64) -> io::Result<()> {
    output.write_all(&value.to_le_bytes())
}

fn write_f64(output: &mut impl Write, value: f64) -> io::Result<()> {
    output.write_all(&value.to_le_bytes())
}

fn same_length(expected: usize, mut lengths: impl Iterator<Item = usize>) -> Result<(), LengthMismatch> {
    match lengths.find(|length| *length != expected) {
        Some(other) => Err(LengthMismatch {
            current: expected,
            baseline: other,
        }),
        None => Ok(()),
    }
}

fn read_bytes(input: &mut impl BufRead, spill: &mut Vec<u8>) -> io::Result<Vec<u8>> {
    read_string(input, spill, <[u8]>::to_vec)
}

/// Lines of all patterns in each window or slice.
fn sums<'a>(counts: impl IntoIterator<Item = &'a Vec<u64>>) -> Vec<u64> {
    let mut sums: Vec<u64> = Vec::new();
    for counts in counts {
        add_counts(&mut sums, counts);
    }
    sums
}
