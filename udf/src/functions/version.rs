//! `kulprit_version`: the version of each of Kulprit's functions, so that a client can tell whether the server's
//! executable gives the answers that it expects.

use std::io::{self, BufRead, Write};

use super::{Function, answer_numbers};

/// Raise it when the arguments or the result change. A new or changed function does not change this one.
pub const VERSION: u64 = 1;

pub fn answer(rows: u64, input: &mut impl BufRead, output: &mut impl Write) -> io::Result<()> {
    answer_numbers(rows, input, output, "version", version_of)
}

/// 0 for a name that no function has: a function that this executable does not know yet, or any more.
fn version_of(name: &[u8]) -> u64 {
    let mut functions = Function::ALL.into_iter();
    let function = functions.find(|function| function.sql_name().as_bytes() == name);
    function.map_or(0, Function::version)
}
