//! Who calls whom.

use crate::Result;
use kulprit_clickhouse::{Options, Statement, Value};
use kulprit_request::Window;
use kulprit_request::time;

/// Calls in `window`, held against the span of equal length before it.
pub fn edges(window: Window, before: Window) -> Result<Statement> {
    let params = [
        ("from", time::parameter(window.from).into()),
        ("to", time::parameter(window.to).into()),
        ("history_from", time::parameter(before.from).into()),
        ("one_in", Value::UInt(1)),
    ];
    Statement::query("topology/edges", &Options::default(), params)
}
