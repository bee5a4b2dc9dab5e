//! How long incidents take: medians and 90th percentiles by service and severity.

use std::collections::BTreeMap;

use jiff::Timestamp;
use rusqlite::{Connection, Row, named_params};
use serde::{Deserialize, Serialize};

use super::model::Severity;
use super::sql;
use crate::failure::Stored;
use crate::{Error, Result};
use kulprit_request::{Asked, time};

/// The query string of `GET /api/v1/incidents/stats`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct StatsRequest {
    /// Opened at or after.
    pub from: String,
    /// Opened before.
    pub to: String,
}

/// Incidents opened within a time, in milliseconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Opened {
    pub from: i64,
    pub to: i64,
}

/// One service and severity. An incident of two services counts for each of them. Durations are in seconds and null when none was measured.
#[derive(Debug, Clone, PartialEq, Serialize, schemars::JsonSchema)]
pub struct Stat {
    pub service: String,
    pub severity: Severity,
    pub incidents: u64,
    /// Neither resolved nor closed.
    pub active: u64,
    pub time_to_acknowledge_p50_s: Option<f64>,
    pub time_to_acknowledge_p90_s: Option<f64>,
    pub time_to_mitigate_p50_s: Option<f64>,
    pub time_to_mitigate_p90_s: Option<f64>,
    pub time_to_resolve_p50_s: Option<f64>,
    pub time_to_resolve_p90_s: Option<f64>,
}

/// What is counted of one service and severity. Durations are in milliseconds.
#[derive(Default)]
struct Group {
    incidents: u64,
    active: u64,
    acknowledge: Vec<i64>,
    mitigate: Vec<i64>,
    resolve: Vec<i64>,
}

impl StatsRequest {
    /// Reads a query string's values.
    pub fn read(asked: &Asked) -> Result<Self> {
        Ok(Self {
            from: asked.text_or_empty("from")?,
            to: asked.text_or_empty("to")?,
        })
    }

    pub fn validate(&self, now: Timestamp) -> Result<Opened> {
        let bound = |field: &str, text: &str, default| match text {
            "" => Ok(default),
            text => time::parse(field, text, now).map(Timestamp::as_millisecond),
        };
        Ok(Opened {
            from: bound("from", &self.from, i64::MIN)?,
            to: bound("to", &self.to, i64::MAX)?,
        })
    }
}

/// The org's statistics, by service and then by severity, the worst first.
pub(super) fn stats(connection: &Connection, org: &str, opened: Opened) -> Stored<Vec<Stat>> {
    let mut statement = connection.prepare_cached(&sql::text("durations")?)?;
    let mut rows = statement.query(named_params! {
        ":org": org, ":opened_from": opened.from, ":opened_to": opened.to,
    })?;
    let mut groups: BTreeMap<(String, Severity), Group> = BTreeMap::new();
    while let Some(row) = rows.next()? {
        let key = (row.get(0)?, Severity::of_rank(row.get(1)?));
        groups.entry(key).or_default().add(row)?;
    }
    let mut stats: Vec<_> = groups.into_iter().map(|(key, group)| group.stat(key)).collect();
    stats.sort_by(|left, right| (&left.service, right.severity).cmp(&(&right.service, left.severity)));
    Ok(stats)
}

impl Group {
    /// Adds a row of `durations.sql`.
    fn add(&mut self, row: &Row<'_>) -> Stored<()> {
        self.incidents += row.get::<_, u64>(2)?;
        self.active += row.get::<_, u64>(3)?;
        for (column, durations) in [
            (4, &mut self.acknowledge),
            (5, &mut self.mitigate),
            (6, &mut self.resolve),
        ] {
            let listed = row.get_ref(column)?.as_str_or_null();
            let listed = listed.map_err(|error| Error::Store(error.to_string()))?;
            for number in listed.unwrap_or_default().split_ascii_whitespace() {
                durations.push(
                    number
                        .parse()
                        .map_err(|_| Error::Store(format!("{number:?} is no duration")))?,
                );
            }
        }
        Ok(())
    }

    fn stat(mut self, (service, severity): (String, Severity)) -> Stat {
        Stat {
            service,
            severity,
            incidents: self.incidents,
            active: self.active,
            time_to_acknowledge_p50_s: quantile(&mut self.acknowledge, 0.5),
            time_to_acknowledge_p90_s: quantile(&mut self.acknowledge, 0.9),
            time_to_mitigate_p50_s: quantile(&mut self.mitigate, 0.5),
            time_to_mitigate_p90_s: quantile(&mut self.mitigate, 0.9),
            time_to_resolve_p50_s: quantile(&mut self.resolve, 0.5),
            time_to_resolve_p90_s: quantile(&mut self.resolve, 0.9),
        }
    }
}

/// The quantile of milliseconds in seconds, between two values by linear interpolation (type 7 of Hyndman and Fan, 1996).
fn quantile(milliseconds: &mut [i64], fraction: f64) -> Option<f64> {
    let last = milliseconds.len().checked_sub(1)?;
    let place = fraction * last as f64;
    let below = place.floor() as usize;
    let (_, low, above) = milliseconds.select_nth_unstable(below);
    let low = *low as f64;
    let high = above.iter().min().map_or(low, |next| *next as f64);
    Some((low + (high - low) * (place - below as f64)) / 1_000.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_lie_between_the_values() {
        assert_eq!(quantile(&mut [], 0.5), None);
        assert_eq!(quantile(&mut [4_000], 0.9), Some(4.0));
        assert_eq!(quantile(&mut [3_000, 1_000], 0.5), Some(2.0));
        // 0.9 × 10 = 9: the tenth of eleven values.
        let mut eleven: Vec<i64> = (0..11).rev().map(|n| n * 1_000).collect();
        assert_eq!(quantile(&mut eleven, 0.9), Some(9.0));
        assert_eq!(quantile(&mut eleven, 0.5), Some(5.0));
    }
}
