//! The functions that ClickHouse can call, and the loop that answers their chunks.

mod changes;
mod divergence;
mod shape;
mod version;

use std::fmt;
use std::io::{self, BufRead, BufReader, BufWriter, Read, Write};

pub use changes::{CHANGES_COLUMNS, Column, SLICES};

use crate::wire::{self, native};

/// As much as a pipe holds at once on Linux: one read never fills a larger buffer.
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
    /// `kulprit_version(name String) → UInt64`, in the Native format: [`Function::version`] by [`Function::sql_name`],
    /// 0 for any other name.
    Version,
}

impl Function {
    /// Every function, in the order of the configuration file.
    pub const ALL: [Self; 5] = [
        Self::Shape,
        Self::ShapeText,
        Self::Divergence,
        Self::Changes,
        Self::Version,
    ];

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
            Self::Version => "version",
        }
    }

    /// The name of the function in SQL.
    pub fn sql_name(self) -> &'static str {
        match self {
            Self::Shape => "kulprit_shape",
            Self::ShapeText => "kulprit_shape_text",
            Self::Divergence => "kulprit_divergence",
            Self::Changes => "kulprit_changes",
            Self::Version => "kulprit_version",
        }
    }

    /// The version of the function's arguments, result and rules, at least 1.
    ///
    /// A program and a server that have the same version of a function get the same answer from it. Raise the constant
    /// in the function's file whenever the arguments, the result or the rules change.
    pub fn version(self) -> u64 {
        match self {
            Self::Shape => shape::VERSION,
            Self::ShapeText => shape::TEXT_VERSION,
            Self::Divergence => divergence::VERSION,
            Self::Changes => changes::VERSION,
            Self::Version => version::VERSION,
        }
    }
}

/// Answers every chunk of `input` on `output` until `input` ends between two chunks.
///
/// Arguments that have no answer (arrays of different length) are reported on standard error, where ClickHouse turns
/// them into the exception of the query, and answered with an empty array: the chunk stays complete, and the process
/// stays in the pool. An error is returned only for bytes that break the protocol, after which nothing can be trusted.
pub fn run(function: Function, input: impl Read, output: impl Write) -> io::Result<()> {
    run_reporting(function, input, output, io::stderr())
}

/// [`run`] with a writer in place of standard error.
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
            Function::Shape => shape::answer(rows, &mut input, &mut output)?,
            Function::ShapeText => shape::answer_text(rows, &mut input, &mut output)?,
            Function::Divergence => divergence::answer(rows, &mut input, &mut output, &mut reports)?,
            Function::Changes => changes::answer(rows, &mut input, &mut output, &mut reports)?,
            Function::Version => version::answer(rows, &mut input, &mut output)?,
        }
        // ClickHouse waits for the whole answer before it sends the next chunk.
        output.flush()?;
    }
    Ok(())
}

/// Answers a block of strings with a column of numbers, one for each string.
fn answer_numbers(
    rows: u64,
    input: &mut impl BufRead,
    output: &mut impl Write,
    column: &str,
    number: impl Fn(&[u8]) -> u64,
) -> io::Result<()> {
    native::read_string_column_header(input, rows)?;
    native::write_column_header(output, rows, column, "UInt64")?;
    let mut spill = Vec::new();
    for _ in 0..rows {
        let number = wire::read_string(input, &mut spill, &number)?;
        output.write_all(&number.to_le_bytes())?;
    }
    Ok(())
}

/// Reports the first mismatch of a chunk. One is enough: a report for each of a million rows could fill the pipe, which
/// ClickHouse may not empty before it has the answer.
struct Reports<'a, W: Write> {
    function: Function,
    output: &'a mut W,
    has_reported: bool,
}

impl<'a, W: Write> Reports<'a, W> {
    fn new(function: Function, output: &'a mut W) -> Self {
        Self {
            function,
            output,
            has_reported: false,
        }
    }

    /// Call it before the answer to `row` is written: ClickHouse must have the report before the last byte of the chunk.
    fn report(&mut self, row: u64, mismatch: &impl fmt::Display) -> io::Result<()> {
        if self.has_reported {
            return Ok(());
        }
        self.has_reported = true;
        let name = self.function.sql_name();
        // One write, so that ClickHouse reads the whole sentence at once.
        self.output
            .write_all(format!("{name}: {mismatch} (row {row} of the block)\n").as_bytes())?;
        self.output.flush()
    }
}
