//! The tuple that `kulprit_changes` returns for each ranked pattern.

use std::io::{self, Write};

use super::arguments::{Answer, Arguments, SLICES};
use crate::wire::row_binary::write_u64_array;
use crate::wire::{write_string, write_varint};
use kulprit_divergence::{Change, Ranked, Totals};

/// The columns of the tuple, in the order in which they are written and declared to ClickHouse. A change here needs a new version of the function.
pub const CHANGES_COLUMNS: &[Column] = &[
    Column::new(
        "place",
        Value::UInt64(|row| row.ranked.place),
        "The place in the ranking: changes by their effect, services without a past, then the rest by its evidence.",
    ),
    Column::new(
        "service",
        Value::String(|row| &row.arguments.services[row.index]),
        "The service that logged the pattern.",
    ),
    Column::new(
        "pattern_id",
        Value::UInt64(|row| row.arguments.pattern_ids[row.index]),
        "The pattern.",
    ),
    Column::new(
        "shape_id",
        Value::UInt64(|row| row.arguments.shape_ids[row.index]),
        "The shape that represents the pattern.",
    ),
    Column::new(
        "samples",
        Value::Strings(|row| row.samples()),
        "The messages that were given with the pattern.",
    ),
    Column::new(
        "current_count",
        Value::UInt64(|row| row.arguments.current[row.index]),
        "Lines in the current window.",
    ),
    Column::new(
        "baseline_count",
        Value::UInt64(|row| row.answer.ranking.baseline[row.ranked.index]),
        "Lines in the baseline; of several windows, the median over those with lines of its service.",
    ),
    Column::new(
        "kl_contribution",
        Value::Float64(|row| row.change().kl),
        "What it adds to kl_total: p ln(p/q) in nats, p and q its smoothed shares of both windows.",
    ),
    Column::new(
        "relative_change",
        Value::Float64(|row| row.change().relative_change),
        "(current share - baseline share) / smoothed baseline share: 1.5 is +150 %.",
    ),
    Column::new(
        "g2",
        Value::Float64(|row| row.change().g2),
        "G² of the pattern against the other lines of its service, or of its rate where there are none.",
    ),
    Column::new(
        "dispersion",
        Value::Float64(|row| row.change().dispersion),
        "How many times more than chance its counts varied in the slices of the past; at least 1.",
    ),
    Column::new(
        "p_value",
        Value::Float64(|row| row.change().p_value),
        "The probability of such a strength or more when nothing changed (Student's t); 1 below five lines.",
    ),
    Column::new(
        "q_value",
        Value::Float64(|row| row.change().q_value),
        "The same as a false discovery rate (Benjamini-Hochberg) over all patterns in scope.",
    ),
    Column::new(
        "strength",
        Value::Float64(|row| row.change().strength),
        "The evidence for a change: g2 divided by dispersion.",
    ),
    Column::new(
        "status",
        Value::String(|row| row.ranked.status.as_bytes()),
        "new, gone, up, down or same. The direction is the rate's; same: q_value over 0.05, or only the share changed.",
    ),
    Column::new(
        "kept_for",
        Value::UInt64(|row| row.ranked.kept_for),
        "Bits: 1 among those asked for, 2 never seen before and untested, 4 its past ends unlike it began, 8 its service.",
    ),
    Column::new(
        "current_total",
        Value::UInt64(|row| row.totals().current),
        "Lines of all patterns in the current window.",
    ),
    Column::new(
        "baseline_total",
        Value::UInt64(|row| row.totals().baseline),
        "Lines of all patterns in the baseline: for each service the median of its windows.",
    ),
    Column::new(
        "pattern_total",
        Value::UInt64(|row| row.totals().patterns),
        "Patterns that have lines in either window.",
    ),
    Column::new(
        "kl_total",
        Value::Float64(|row| row.totals().kl),
        "The Kullback–Leibler divergence of the current window from the baseline, in nats.",
    ),
    Column::new(
        "jensen_shannon",
        Value::Float64(|row| row.totals().jensen_shannon),
        "The Jensen–Shannon divergence of the two windows, in nats: 0 to ln 2.",
    ),
    Column::new(
        "baseline_totals",
        Value::UInt64s(|row| &row.answer.baseline_totals),
        "Lines of all patterns in each baseline window.",
    ),
    Column::new(
        "steps",
        Value::UInt64s(|row| &row.arguments.steps[row.index]),
        "Its lines in 32 slices of the past and in 60 steps of the current window, each of whole minutes.",
    ),
    Column::new(
        "service_lines",
        Value::Counts(|row| row.service_lines()),
        "Lines of its service in the current window, in the baseline and in each slice of the past.",
    ),
    Column::new(
        "past_lines",
        Value::UInt64s(|row| &row.answer.past),
        "Lines of all patterns in each slice of the past, the oldest first.",
    ),
];

/// One column of the tuple.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    pub name: &'static str,
    /// The ClickHouse type.
    pub kind: &'static str,
    /// What the value says, in a sentence.
    pub meaning: &'static str,
    value: Value,
}

impl Column {
    const fn new(name: &'static str, value: Value, meaning: &'static str) -> Self {
        let kind = value.kind();
        Self {
            name,
            kind,
            meaning,
            value,
        }
    }

    pub(super) fn write(&self, row: &Row<'_>, output: &mut impl Write) -> io::Result<()> {
        match self.value {
            Value::UInt64(value) => output.write_all(&value(row).to_le_bytes()),
            Value::Float64(value) => output.write_all(&value(row).to_le_bytes()),
            Value::String(value) => write_string(output, value(row)),
            Value::Strings(value) => {
                let strings = value(row);
                write_varint(output, strings.len() as u64)?;
                strings.iter().try_for_each(|string| write_string(output, string))
            }
            Value::UInt64s(value) => write_u64_array(output, value(row)),
            Value::Counts(value) => write_u64_array(output, &value(row)),
        }
    }
}

/// How the value of a column is found. The variant decides both the declared type and what is written, so the two agree.
#[derive(Clone, Copy, Debug)]
enum Value {
    UInt64(fn(&Row<'_>) -> u64),
    Float64(fn(&Row<'_>) -> f64),
    String(for<'a> fn(&Row<'a>) -> &'a [u8]),
    Strings(for<'a> fn(&Row<'a>) -> &'a [Vec<u8>]),
    UInt64s(for<'a> fn(&Row<'a>) -> &'a [u64]),
    /// Counts that are put together for the row.
    Counts(fn(&Row<'_>) -> Vec<u64>),
}

impl Value {
    const fn kind(self) -> &'static str {
        match self {
            Self::UInt64(_) => "UInt64",
            Self::Float64(_) => "Float64",
            Self::String(_) => "String",
            Self::Strings(_) => "Array(String)",
            Self::UInt64s(_) | Self::Counts(_) => "Array(UInt64)",
        }
    }
}

/// One ranked pattern, from which every column takes its value.
pub(super) struct Row<'a> {
    pub arguments: &'a Arguments,
    pub answer: &'a Answer,
    pub ranked: &'a Ranked,
    /// Where the pattern stands in the arguments.
    pub index: usize,
}

impl<'a> Row<'a> {
    fn change(&self) -> &'a Change {
        &self.ranked.change
    }

    fn totals(&self) -> &'a Totals {
        &self.answer.ranking.totals
    }

    fn samples(&self) -> &'a [Vec<u8>] {
        self.arguments.samples.get(self.index).map_or(&[], Vec::as_slice)
    }

    /// As many counts whether or not the service has lines to the end of the past, as in plain SQL.
    fn service_lines(&self) -> Vec<u64> {
        let ranking = &self.answer.ranking;
        let lines = &ranking.services[ranking.belongs[self.ranked.index]];
        let slices = self.arguments.steps[self.index].len().min(SLICES);
        let past = lines.past.iter().copied().chain(std::iter::repeat(0)).take(slices);
        [lines.current, lines.baseline].into_iter().chain(past).collect()
    }
}
