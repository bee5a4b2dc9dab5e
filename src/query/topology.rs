//! Who calls whom.

use super::time;
use super::window::Window;
use crate::Result;
use crate::sql::{Options, Statement, Value};

/// Calls in `window`, held against the span of equal length before it.
pub fn edges(window: Window, before: Window) -> Result<Statement> {
    let params = [
        ("from", time::parameter(window.from).into()),
        ("to", time::parameter(window.to).into()),
        ("history_from", time::parameter(before.from).into()),
        ("one_in", Value::UInt(1)),
    ];
    Statement::query("reliability/edges", &Options::default(), params)
}
