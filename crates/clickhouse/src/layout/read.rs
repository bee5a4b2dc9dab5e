//! Looks at the tables, and remembers for a while what was seen.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use clickhouse::Row;
use serde::Deserialize;

use super::canon::TABLES;
use super::{LOG_LINES, Layout, Layouts, Sorted, Stored};
use crate::sql::table_place;
use crate::{Client, LogTable, Options, Result, Statement, Value};

/// A table that somebody makes or alters meanwhile is read as it is now after so long at the latest.
const REMEMBERED: Duration = Duration::from_secs(60);

/// What was seen, by the table of log lines.
#[derive(Debug, Clone, Default)]
pub struct LayoutCache(Arc<Mutex<Known>>);

/// The layouts by the table of log lines, and when they were looked at.
type Known = HashMap<LogTable, (Instant, Arc<Layouts>)>;

#[derive(Row, Deserialize)]
struct ColumnRow {
    place: u64,
    name: String,
    r#type: String,
    computed: String,
}

#[derive(Row, Deserialize)]
struct TableRow {
    place: u64,
    sorting_key: String,
    partition_key: String,
    engine: String,
    time_zone: String,
}

impl LayoutCache {
    /// The layouts as they are, or were a moment ago.
    pub(crate) async fn layouts(&self, client: &Client, logs: &LogTable) -> Result<Arc<Layouts>> {
        if let Some((seen, layouts)) = self.lock().get(logs)
            && seen.elapsed() < REMEMBERED
        {
            return Ok(layouts.clone());
        }
        let layouts = Arc::new(read(client, logs).await?);
        self.lock().insert(logs.clone(), (Instant::now(), layouts.clone()));
        Ok(layouts)
    }

    /// Forgets what was seen: a table may have been made or altered.
    pub(crate) fn forget(&self) {
        self.lock().clear();
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn read(client: &Client, logs: &LogTable) -> Result<Layouts> {
    let (database, table) = table_place(&logs.table);
    let places: Vec<(&str, &str)> = [(database.as_str(), table.as_str())]
        .into_iter()
        .chain(TABLES.iter().map(|(name, _)| ("", *name)))
        .collect();
    let params = || {
        let texts = |of: fn(&(&str, &str)) -> String| Value::Texts(places.iter().map(of).collect());
        [
            ("databases", texts(|place| place.0.to_owned())),
            ("tables", texts(|place| place.1.to_owned())),
        ]
    };
    let options = Options::default();
    let columns: Vec<ColumnRow> = client
        .rows_as_given(&Statement::query("sources/columns", &options, params())?)
        .await?;
    let tables: Vec<TableRow> = client
        .rows_as_given(&Statement::query("sources/tables", &options, params())?)
        .await?;
    let mut layouts = Layouts::assumed(logs);
    for place in 1..=places.len() as u64 {
        let stored: Vec<Stored> = columns
            .iter()
            .filter(|column| column.place == place)
            .map(|column| Stored {
                name: column.name.clone(),
                kind: column.r#type.clone(),
                computed: column.computed.clone(),
            })
            .collect();
        if stored.is_empty() {
            continue;
        }
        let sorted = tables
            .iter()
            .find(|table| table.place == place)
            .map_or_else(Sorted::default, |table| Sorted {
                sorting_key: table.sorting_key.clone(),
                partition_key: table.partition_key.clone(),
                engine: table.engine.clone(),
                time_zone: table.time_zone.clone(),
            });
        if place == 1 {
            layouts.set(LOG_LINES, Layout::of_lines(logs, &stored, &sorted));
        } else if let Some((name, _)) = TABLES.get(place as usize - 2) {
            layouts.set(name, Layout::of_table(name, &stored, &sorted));
        }
    }
    Ok(layouts)
}
