//! What an answer must read from the log table, since the rollup does not count it as it is now.

use clickhouse::Row;
use jiff::Timestamp;
use kulprit_clickhouse::{Client, LogTable};
use kulprit_request::time;
use kulprit_request::window::Window;
use serde::Deserialize;

use super::{source, statement};
use crate::rollups::parts::{PARTS_A_STATEMENT, Part};
use crate::{Error, Result};

/// Cells that a statement takes in; where there are more, it reads all between the first and the last.
const MOST_CELLS: usize = 2_000;
/// How often the parts are looked at again when they were merged meanwhile.
const TRIES: usize = 5;
const MINUTE: u32 = 60;
/// What the rollup cannot answer for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Uncounted {
    /// Nothing is known: the log table has no parts by which changes are noticed, or they may not be looked at.
    Everything,
    Some(Cells),
}

impl Uncounted {
    /// What holds all of it, what lies before the rollup begins among it; empty where there is nothing.
    pub fn window(&self, covered_from: Timestamp, whole: Window) -> Window {
        let bounds = match self {
            Self::Everything => return whole,
            Self::Some(cells) => cells.bounds,
        };
        let before = (whole.from < covered_from).then_some((whole.from, covered_from.min(whole.to)));
        let after = bounds.map(|(from, to)| (time::of_seconds(from), time::of_seconds(to)));
        let both = before.into_iter().chain(after);
        let held = both.reduce(|one, other| (one.0.min(other.0), one.1.max(other.1)));
        let (from, to) = held.unwrap_or((whole.from, whole.from));
        Window { from, to }
    }
}

/// Cells (service and minute) and stretches of time, in seconds since 1970.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Cells {
    /// Hashes of cells.
    pub cells: Vec<u64>,
    pub spans: Vec<(u32, u32)>,
    /// What holds all of them.
    pub bounds: Option<(u32, u32)>,
    /// A hash of the log table's parts, where the rollup counts all of them.
    pub state: Option<u64>,
}

#[derive(Row, Deserialize)]
struct Found {
    seen: Vec<String>,
    cells: Vec<u64>,
    first_minute: u32,
    last_minute: u32,
}

impl Cells {
    /// Nothing: the rollup counts all parts, of which this is a hash.
    fn none(state: u64) -> Self {
        Self {
            state: Some(state),
            ..Self::default()
        }
    }

    pub fn is_empty(&self) -> bool {
        self.bounds.is_none()
    }

    fn widen(&mut self, from: u32, to: u32) {
        let (first, last) = self.bounds.unwrap_or((from, to));
        self.bounds = Some((first.min(from), last.max(to)));
    }

    fn add_span(&mut self, from: u32, to: u32) {
        self.spans.push((from, to));
        self.widen(from, to);
    }
}

/// What the rollup does not count as it is now of the lines in any of `windows`.
pub async fn uncounted(client: &Client, logs: &LogTable, windows: &[Window]) -> Result<Uncounted> {
    if super::reads_in_place(client) {
        return Ok(Uncounted::Everything);
    }
    match look(client, logs, windows).await {
        // The user may not look at parts, or the tables are an earlier version's: the log table answers.
        Err(Error::NoDataSource(_)) => Ok(Uncounted::Everything),
        other => other,
    }
}

async fn look(client: &Client, logs: &LogTable, windows: &[Window]) -> Result<Uncounted> {
    if let Some(state) = source(logs).counted_state(client).await? {
        return Ok(Uncounted::Some(Cells::none(state)));
    }
    let mut missed: Vec<Part> = Vec::new();
    for _ in 0..TRIES {
        let changes = source(logs).changes(client).await?;
        let is_patched = changes.added.iter().any(|part| part.patched_partition().is_some());
        if changes.parts == 0 || is_patched || changes.added.len() > PARTS_A_STATEMENT {
            return Ok(Uncounted::Everything);
        }
        if changes.is_none() {
            return Ok(Uncounted::Some(Cells::none(changes.state)));
        }
        let mut found = Cells::default();
        for part in changes.removed.iter().filter(|part| !part.is_absorbed) {
            let (first, last) = (part.minutes.0, part.minutes.1.saturating_add(MINUTE));
            if part.minutes != (0, 0) && windows.iter().any(|window| overlaps(window, first, last)) {
                found.add_span(first, last);
            }
        }
        if changes.added.is_empty() {
            return Ok(Uncounted::Some(found));
        }
        let seen = added(client, logs, windows, &changes.added, &mut found).await?;
        // A part that was not seen has become another, or it has no lines: then it is still there when looked for again.
        let unseen = changes.added.into_iter().filter(|part| !seen.contains(&part.name));
        let unseen: Vec<Part> = unseen.collect();
        if unseen
            .iter()
            .all(|part| missed.iter().any(|before| before.is_same(part)))
        {
            return Ok(Uncounted::Some(found));
        }
        missed = unseen;
    }
    Ok(Uncounted::Everything)
}

/// Adds the cells of parts that were added. Returns the parts that hold lines.
async fn added(
    client: &Client,
    logs: &LogTable,
    windows: &[Window],
    parts: &[Part],
    found: &mut Cells,
) -> Result<Vec<String>> {
    let names: Vec<String> = parts.iter().map(|part| part.name.clone()).collect();
    let pair = |window: &Window| (time::parameter(window.from), time::parameter(window.to));
    let params = vec![
        ("parts", names.into()),
        ("windows", windows.iter().map(pair).collect::<Vec<_>>().into()),
    ];
    let rows: Vec<Found> = client
        .rows(&statement("rollups/logs/cells_of_parts", logs, params)?)
        .await?;
    let Some(row) = rows.into_iter().next() else {
        return Ok(vec![]);
    };
    let (first, last) = (row.first_minute, row.last_minute.saturating_add(MINUTE));
    if row.cells.len() > MOST_CELLS {
        found.add_span(first, last);
    } else if !row.cells.is_empty() {
        found.widen(first, last);
        found.cells = row.cells;
    }
    Ok(row.seen)
}

fn overlaps(window: &Window, from: u32, to: u32) -> bool {
    window.from < time::of_seconds(to) && time::of_seconds(from) < window.to
}
