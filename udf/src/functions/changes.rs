//! `kulprit_changes`: which patterns changed, the best explanation first.

mod arguments;
mod columns;

use std::io::{self, BufRead, Write};

use super::{Function, Reports};
use crate::wire::write_varint;
pub use arguments::SLICES;
use arguments::{Answer, Arguments};
use columns::Row;
pub use columns::{CHANGES_COLUMNS, Column};

/// Raise it when the arguments, the columns or the rules of the ranking change.
pub const VERSION: u64 = 3;

pub fn answer(
    rows: u64,
    input: &mut impl BufRead,
    output: &mut impl Write,
    reports: &mut impl Write,
) -> io::Result<()> {
    let mut reports = Reports::new(Function::Changes, reports);
    let mut arguments = Arguments::default();
    for row in 1..=rows {
        arguments.read(input)?;
        match arguments.answer() {
            Ok(answer) => write(&arguments, &answer, output)?,
            Err(mismatch) => {
                reports.report(row, &mismatch)?;
                write_varint(output, 0)?;
            }
        }
    }
    Ok(())
}

/// Writes an array of tuples, one for each ranked pattern.
fn write(arguments: &Arguments, answer: &Answer, output: &mut impl Write) -> io::Result<()> {
    write_varint(output, answer.ranking.ranked.len() as u64)?;
    for ranked in &answer.ranking.ranked {
        let row = Row {
            arguments,
            answer,
            ranked,
            index: answer.order[ranked.index],
        };
        for column in CHANGES_COLUMNS {
            column.write(&row, output)?;
        }
    }
    Ok(())
}
