//! `kulprit-udf FUNCTION`: runs a [`Function`] over the standard input and output of the process.

use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::AsFd;
use std::process::ExitCode;

use crate::functions::{Function, run};

const USAGE: &str = "\
Usage: kulprit-udf FUNCTION

ClickHouse runs this program. It reads chunks of arguments from standard input and writes chunks of
results to standard output until standard input ends.

Functions:
  shape        kulprit_shape(message String) -> UInt64                 (Native)
  shape_text   kulprit_shape_text(message String) -> String            (Native)
  divergence   kulprit_divergence(current Array(UInt64), baseline Array(UInt64))
                 -> Array(Tuple(kl, relative_change, g2, p_value, q_value Float64))  (RowBinary)
  changes      kulprit_changes(services, pattern_ids, shape_ids, ignored, samples, current, baselines, steps, question)
                 -> Array(Tuple(...)): the patterns that changed, best explanation first  (RowBinary)
  version      kulprit_version(name String) -> UInt64                  (Native)
                 the version of the function with this name; 0 for any other name

The configuration for ClickHouse (`kulprit udf config`) has every argument and result.

Exit code: 0 at the end of input, 1 when the input breaks the protocol, 2 when FUNCTION is none of the above.
";

/// Runs the function that the first command-line argument names, over standard input and output.
///
/// The `kulprit-udf` executable calls it, and so does `kulprit` when it is started under that name.
pub fn main_from_args() -> ExitCode {
    let arguments: Vec<_> = std::env::args_os().skip(1).collect();
    let name = match arguments.as_slice() {
        [name] => name.to_string_lossy(),
        _ => return refuse("expected one argument, the function to run"),
    };
    match name.as_ref() {
        "-h" | "--help" => say(io::stdout(), USAGE, ExitCode::SUCCESS),
        "-V" | "--version" => say(
            io::stdout(),
            concat!("kulprit-udf ", env!("CARGO_PKG_VERSION"), "\n"),
            ExitCode::SUCCESS,
        ),
        command => match Function::from_command(command) {
            Some(function) => serve(function),
            None => refuse(&format!("unknown function {command:?}")),
        },
    }
}

fn serve(function: Function) -> ExitCode {
    let served = standard_streams().and_then(|(input, output)| run(function, input, output));
    match served {
        Ok(()) => ExitCode::SUCCESS,
        // ClickHouse puts the text on standard error into the exception of the query.
        Err(error) => say(
            io::stderr(),
            &format!("{}: {error}\n", function.sql_name()),
            ExitCode::FAILURE,
        ),
    }
}

/// Standard input and output as plain files: `Stdout` would search every result for line ends.
fn standard_streams() -> io::Result<(impl Read, impl Write)> {
    let input = File::from(io::stdin().as_fd().try_clone_to_owned()?);
    let output = File::from(io::stdout().as_fd().try_clone_to_owned()?);
    Ok((input, output))
}

fn refuse(reason: &str) -> ExitCode {
    say(
        io::stderr(),
        &format!("kulprit-udf: {reason}\n\n{USAGE}"),
        ExitCode::from(2),
    )
}

/// Writes `text` and returns `code`. Unlike `eprintln!` it does not panic when the stream is closed.
fn say(mut stream: impl Write, text: &str, code: ExitCode) -> ExitCode {
    let _ = stream.write_all(text.as_bytes());
    code
}
