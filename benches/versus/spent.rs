//! What answers cost the processor.

use std::path::Path;

use kulprit_testing::engine;

/// Milliseconds of a core that the engine, its functions and the service have taken so far.
#[derive(Clone, Copy)]
pub struct Spent(f64);

impl Spent {
    /// By `/proc`, in ticks of ten milliseconds.
    pub fn of(data: &Path, service: u32) -> Self {
        let pids = [engine::host_pid(data), service]
            .into_iter()
            .chain(engine::function_pids(data, ""));
        Self(pids.filter_map(ticks).map(|ticks| ticks * 10.0).sum())
    }

    pub fn since(self, before: Self) -> f64 {
        self.0 - before.0
    }
}

/// Time in user and kernel mode; none of a process that has ended.
fn ticks(pid: u32) -> Option<f64> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name in parentheses may hold blanks.
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let field = |place: usize| fields.get(place).and_then(|field| field.parse::<f64>().ok());
    Some(field(11)? + field(12)?)
}
