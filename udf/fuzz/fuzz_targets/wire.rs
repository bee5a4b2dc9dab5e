//! Any bytes on standard input must end in an answer or an error: no panic, no endless loop, no memory beyond the input.
#![no_main]

use std::io;

use kulprit_udf::functions::{Function, run_reporting};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Some((choice, input)) = data.split_first() else { return };
    let function = Function::ALL[usize::from(*choice) % Function::ALL.len()];
    let _ = run_reporting(function, input, io::sink(), io::sink());
});
