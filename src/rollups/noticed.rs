//! Spans that came or went without the view's knowing: of an INSERT that was cut off, deleted, or of a partition that was attached, dropped,
//! replaced or moved.

use std::collections::BTreeSet;

use clickhouse::Row;
use jiff::Timestamp;
use kulprit_clickhouse::{Client, Options, Statement};
use kulprit_request::time::{self, HOUR, MINUTE};
use kulprit_request::window::Window;
use serde::Deserialize;

use super::parts::{PARTS_A_STATEMENT, Part, Source};
use super::requests::roll;
use crate::Result;

#[derive(Row, Deserialize)]
struct Hours {
    part: String,
    first_minute: u32,
    last_minute: u32,
    hours: Vec<u32>,
}

/// The table of spans.
pub fn source() -> Source {
    Source {
        rollup: "requests",
        table: "otel_traces".to_owned(),
    }
}

/// Rolls the hours within `settled` in which parts of the spans' table were added or removed. What is younger is the view's, and the hourly
/// look back's.
pub(super) async fn roll_noticed(client: &Client, settled: Window) -> Result<()> {
    let source = source();
    let changes = source.changes(client).await?;
    source.record_same(client, &changes).await?;
    let mut hours: BTreeSet<Timestamp> = BTreeSet::new();
    let mut added: Vec<Part> = Vec::new();
    for parts in changes.added.chunks(PARTS_A_STATEMENT) {
        let names: Vec<String> = parts.iter().map(|part| part.name.clone()).collect();
        let params = [("parts", names.into())];
        let asked = Statement::query("rollups/requests/hours_of_parts", &Options::default(), params)?;
        let rows: Vec<Hours> = client.rows(&asked).await?;
        for row in rows {
            let Some(part) = parts.iter().find(|part| part.name == row.part) else {
                continue;
            };
            hours.extend(row.hours.iter().map(|hour| time::of_seconds(*hour)));
            let mut part = part.clone();
            part.minutes = (row.first_minute, row.last_minute);
            added.push(part);
        }
    }
    let gone = changes
        .removed
        .iter()
        .filter(|part| !part.is_absorbed && part.minutes != (0, 0));
    for part in gone {
        let from = time::of_seconds(part.minutes.0).max(settled.from);
        let to = time::of_seconds(part.minutes.1).min(settled.to);
        let mut hour = time::start_of(from, HOUR);
        while hour <= to {
            hours.insert(hour);
            hour += HOUR;
        }
    }
    for hour in hours {
        let window = Window {
            from: hour.max(settled.from),
            to: (hour + HOUR).min(settled.to),
        };
        if window.from + MINUTE <= window.to {
            roll(client, window.from, window.to).await?;
        }
    }
    let added: Vec<&Part> = added.iter().collect();
    let removed: Vec<&Part> = changes.removed.iter().collect();
    source.record_counted(client, &added, &removed).await?;
    if changes.parts > 0 && added.len() == changes.added.len() {
        source.agree(client).await?;
    }
    Ok(())
}
