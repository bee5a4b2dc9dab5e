//! The functions that ClickHouse runs for Kulprit, and the pure maths behind them.
//!
//! ClickHouse starts `kulprit-udf FUNCTION`, writes blocks of arguments to its standard input and reads blocks of
//! results from its standard output. [`wire`] holds the bytes, [`functions`] joins the bytes to the pure code in
//! [`shape`] and [`divergence`], and [`cli`] is the only module that touches the process.

pub mod catalog;
pub mod cli;
pub mod divergence;
pub mod functions;
pub mod shape;
pub mod wire;

pub use cli::main_from_args;
pub use functions::{Function, run};

/// The configuration that tells a ClickHouse server about the functions (`kulprit_functions.xml`).
pub const CONFIG_XML: &str = include_str!("../kulprit_functions.xml");
