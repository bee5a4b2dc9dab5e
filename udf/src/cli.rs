//! `kulprit-udf FUNCTION`: joins a [`Function`] to the process's own standard streams.

use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::AsFd;
use std::process::ExitCode;

use crate::functions::{Function, run};

const USAGE: &str = "\
Usage: kulprit-udf FUNCTION

ClickHouse runs this program; people rarely do. It reads chunks of arguments from standard input and writes chunks of
results to standard output until standard input ends.

Functions:
  shape        kulprit_shape(message String) -> UInt64                 (Native)
  shape_text   kulprit_shape_text(message String) -> String            (Native)
  divergence   kulprit_divergence(current Array(UInt64), baseline Array(UInt64))
                 -> Array(Tuple(kl, relative_change, g2, p_value, q_value Float64))  (RowBinary)
  changes      kulprit_changes(services, pattern_ids, shape_ids, ignored, samples, current, baselines, steps, question)
                 -> Array(Tuple(place, service, pattern_id, ...)): the patterns that changed, best first   (RowBinary)

Exit code: 0 at the end of input, 1 when the input breaks the protocol, 2 when FUNCTION is not one of the above.
";

/// Runs the function that the first command-line argument names, over standard input and output.
///
/// The same entry serves the `kulprit-udf` executable and any executable that was started under that name.
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
        // ClickHouse puts what stands on standard error into the exception of the query.
        Err(error) => say(
            io::stderr(),
            &format!("{}: {error}\n", function.sql_name()),
            ExitCode::FAILURE,
        ),
    }
}

/// Standard input and output as plain files: `Stdout` would search every block of results for line ends.
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

/// Writes `text` and gives `code`. Unlike `eprintln!` it survives a stream that nobody reads any more.
fn say(mut stream: impl Write, text: &str, code: ExitCode) -> ExitCode {
    let _ = stream.write_all(text.as_bytes());
    code
}
