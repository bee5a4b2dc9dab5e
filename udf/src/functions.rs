//! Which functions there are, and how the chunks of each become results.

mod changes;

use std::io::{self, BufRead, BufReader, BufWriter, Read, Write};

use changes::Columns;

use crate::divergence::{LengthMismatch, Score, scores};
use crate::shape::{shape_id, shape_text};
use crate::wire::{self, native, row_binary};

/// As much as a pipe holds at once on Linux: a larger buffer would never be filled by one read.
const PIPE_BYTES: usize = 64 * 1024;

/// One function that ClickHouse can call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Function {
    /// `kulprit_shape(message String) → UInt64`, in the Native format.
    Shape,
    /// `kulprit_shape_text(message String) → String`, in the Native format.
    ShapeText,
    /// `kulprit_divergence(current Array(UInt64), baseline Array(UInt64)) → Array(Tuple(5 × Float64))`, in RowBinary.
    Divergence,
    /// `kulprit_changes(services Array(String), pattern_ids, shape_ids, ignored Array(UInt64), samples Array(Array(String)),
    /// current Array(UInt64), baselines, steps Array(Array(UInt64)), question Array(UInt64)) → Array(Tuple(…))`, in RowBinary.
    Changes,
}

impl Function {
    /// Every function, in the order of the configuration file.
    pub const ALL: [Self; 4] = [Self::Shape, Self::ShapeText, Self::Divergence, Self::Changes];

    /// The function that `kulprit-udf COMMAND` runs.
    pub fn from_command(command: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|function| function.command() == command)
    }

    /// The word after `kulprit-udf` that selects this function.
    pub fn command(self) -> &'static str {
        match self {
            Self::Shape => "shape",
            Self::ShapeText => "shape_text",
            Self::Divergence => "divergence",
            Self::Changes => "changes",
        }
    }

    /// The name of the function in SQL.
    pub fn sql_name(self) -> &'static str {
        match self {
            Self::Shape => "kulprit_shape",
            Self::ShapeText => "kulprit_shape_text",
            Self::Divergence => "kulprit_divergence",
            Self::Changes => "kulprit_changes",
        }
    }
}

/// Answers every chunk of `input` on `output` until `input` ends between two chunks.
///
/// Arguments that no answer fits (arrays of different length) are reported on standard error, where ClickHouse turns
/// them into the exception of the query, and answered with an empty value: the chunk stays whole, the process stays
/// in the pool. An error is returned only for bytes that break the protocol, after which nothing can be trusted.
pub fn run(function: Function, input: impl Read, output: impl Write) -> io::Result<()> {
    run_reporting(function, input, output, io::stderr())
}

/// [`run`] with a writer of the caller's for what ClickHouse should show to the client.
pub fn run_reporting(
    function: Function,
    input: impl Read,
    output: impl Write,
    mut reports: impl Write,
) -> io::Result<()> {
    let mut input = BufReader::with_capacity(PIPE_BYTES, input);
    let mut output = BufWriter::with_capacity(PIPE_BYTES, output);
    while let Some(rows) = wire::read_chunk_header(&mut input)? {
        match function {
            Function::Shape => answer_shape(rows, &mut input, &mut output)?,
            Function::ShapeText => answer_shape_text(rows, &mut input, &mut output)?,
            Function::Divergence => answer_divergence(rows, &mut input, &mut output, &mut reports)?,
            Function::Changes => answer_changes(rows, &mut input, &mut output, &mut reports)?,
        }
        // ClickHouse waits for the whole answer before it sends the next chunk.
        output.flush()?;
    }
    Ok(())
}

fn answer_shape(rows: u64, input: &mut impl BufRead, output: &mut impl Write) -> io::Result<()> {
    native::read_string_column_header(input, rows)?;
    native::write_column_header(output, rows, "shape", "UInt64")?;
    let mut spill = Vec::new();
    for _ in 0..rows {
        let id = wire::read_string(input, &mut spill, shape_id)?;
        output.write_all(&id.to_le_bytes())?;
    }
    Ok(())
}

fn answer_shape_text(rows: u64, input: &mut impl BufRead, output: &mut impl Write) -> io::Result<()> {
    native::read_string_column_header(input, rows)?;
    native::write_column_header(output, rows, "shape_text", "String")?;
    let (mut spill, mut text) = (Vec::new(), Vec::new());
    for _ in 0..rows {
        text.clear();
        wire::read_string(input, &mut spill, |message| shape_text(message, &mut text))?;
        wire::write_string(output, &text)?;
    }
    Ok(())
}

fn answer_divergence(
    rows: u64,
    input: &mut impl BufRead,
    output: &mut impl Write,
    reports: &mut impl Write,
) -> io::Result<()> {
    let (mut current, mut baseline) = (Vec::new(), Vec::new());
    let mut reported = false;
    for row in 1..=rows {
        row_binary::read_u64_array(input, &mut current)?;
        row_binary::read_u64_array(input, &mut baseline)?;
        match scores(&current, &baseline) {
            Ok(scores) => row_binary::write_f64_tuples(output, scores.iter().map(Score::columns))?,
            Err(mismatch) => {
                // The report leaves before the last byte of the chunk does, so ClickHouse cannot miss it. One is
                // enough: a report for each of a million rows could fill the pipe that nobody empties.
                if !reported {
                    report(reports, Function::Divergence, row, &mismatch)?;
                    reported = true;
                }
                row_binary::write_f64_tuples::<5>(output, [].into_iter())?;
            }
        }
    }
    Ok(())
}

fn answer_changes(
    rows: u64,
    input: &mut impl BufRead,
    output: &mut impl Write,
    reports: &mut impl Write,
) -> io::Result<()> {
    let mut columns = Columns::default();
    let mut reported = false;
    for row in 1..=rows {
        columns.read(input)?;
        match columns.answer() {
            Ok(answer) => columns.write(&answer, output)?,
            Err(mismatch) => {
                if !reported {
                    report(reports, Function::Changes, row, &mismatch)?;
                    reported = true;
                }
                wire::write_varint(output, 0)?;
            }
        }
    }
    Ok(())
}

fn report(reports: &mut impl Write, function: Function, row: u64, mismatch: &LengthMismatch) -> io::Result<()> {
    let name = function.sql_name();
    // One write, so that ClickHouse reads the sentence whole.
    reports.write_all(format!("{name}: {mismatch} (row {row} of the block)\n").as_bytes())?;
    reports.flush()
}
