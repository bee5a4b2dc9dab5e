//! `kulprit_divergence`: the scores of every pattern of two windows.

use std::io::{self, BufRead, Write};

use super::{Function, Reports};
use crate::wire::row_binary;
use kulprit_divergence::{Score, scores};

/// Raise it when the arguments, the tuple or the formulas of the scores change.
pub const VERSION: u64 = 1;

pub fn answer(
    rows: u64,
    input: &mut impl BufRead,
    output: &mut impl Write,
    reports: &mut impl Write,
) -> io::Result<()> {
    let mut reports = Reports::new(Function::Divergence, reports);
    let (mut current, mut baseline) = (Vec::new(), Vec::new());
    for row in 1..=rows {
        row_binary::read_u64_array(input, &mut current)?;
        row_binary::read_u64_array(input, &mut baseline)?;
        match scores(&current, &baseline) {
            Ok(scores) => row_binary::write_f64_tuples(output, scores.iter().map(Score::columns))?,
            Err(mismatch) => {
                reports.report(row, &mismatch)?;
                row_binary::write_f64_tuples::<5>(output, [].into_iter())?;
            }
        }
    }
    Ok(())
}
