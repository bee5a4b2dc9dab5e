//! The functions that ClickHouse runs for Kulprit.
//!
//! ClickHouse starts `kulprit-udf FUNCTION`, writes blocks of arguments to its standard input and reads blocks of
//! results from its standard output. [`wire`] reads and writes the bytes, [`functions`] answers them with the pure
//! functions of `kulprit_patterns` and `kulprit_divergence`, and only [`cli`] touches the process.

use std::sync::LazyLock;

pub mod cli;
pub mod functions;
pub mod wire;

pub use cli::main_from_args;
pub use functions::{CHANGES_COLUMNS, Column, Function, SLICES, run};

/// The configuration that tells a ClickHouse server about the functions: `functions.xml` with the tuple of `kulprit_changes` filled in.
pub static CONFIG_XML: LazyLock<String> = LazyLock::new(|| {
    let columns: Vec<String> = CHANGES_COLUMNS
        .iter()
        .map(|column| format!("{} {}", column.name, column.kind))
        .collect();
    let changes = format!("Array(Tuple({}))", columns.join(", "));
    include_str!("../functions.xml").replace("{{ changes }}", &changes)
});
