//! How long incidents take: medians and 90th percentiles by service and severity.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use jiff::Timestamp;
use rusqlite::{Connection, Row, named_params};
use serde::{Deserialize, Serialize};

use super::model::Severity;
use super::sql;
use crate::Result;
use crate::failure::Stored;
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
pub struct OpenedBetween {
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

    pub fn validate(&self, now: Timestamp) -> Result<OpenedBetween> {
        let bound = |field: &str, text: &str, default| match text {
            "" => Ok(default),
            text => time::parse(field, text, now).map(Timestamp::as_millisecond),
        };
        Ok(OpenedBetween {
            from: bound("from", &self.from, i64::MIN)?,
            to: bound("to", &self.to, i64::MAX)?,
        })
    }
}

/// The org's statistics, by service and then by severity, the worst first.
///
/// SQLite only joins; the quantiles are computed here, because window functions would sort the rows once for each duration (3 s instead of
/// 0.2 s for 100,000 incidents of two services).
pub(super) fn stats(connection: &Connection, org: &str, opened: OpenedBetween) -> Stored<Vec<Stat>> {
    let mut statement = connection.prepare_cached(&sql::text("durations")?)?;
    let mut rows = statement.query(named_params! {
        ":org": org, ":opened_from": opened.from, ":opened_to": opened.to,
    })?;
    let mut services: BTreeMap<String, BTreeMap<Reverse<Severity>, Group>> = BTreeMap::new();
    while let Some(row) = rows.next()? {
        let service = row.get_ref(0)?.as_str().map_err(rusqlite::Error::from)?;
        let severity = Reverse(Severity::of_rank(row.get(1)?));
        // Looked up before it is inserted: most rows are of a service that is there already, and need no copy of its name.
        match services.get_mut(service) {
            Some(severities) => severities,
            None => services.entry(service.to_owned()).or_default(),
        }
        .entry(severity)
        .or_default()
        .add(row)?;
    }
    let stats = services.into_iter().flat_map(|(service, severities)| {
        let stat = move |(Reverse(severity), group): (_, Group)| group.stat(service.clone(), severity);
        severities.into_iter().map(stat)
    });
    Ok(stats.collect())
}

impl Group {
    /// Counts a row of `durations.sql`.
    fn add(&mut self, row: &Row<'_>) -> rusqlite::Result<()> {
        self.incidents += 1;
        self.active += u64::from(row.get::<_, bool>(2)?);
        self.acknowledge.extend(row.get::<_, Option<i64>>(3)?);
        self.mitigate.extend(row.get::<_, Option<i64>>(4)?);
        self.resolve.extend(row.get::<_, Option<i64>>(5)?);
        Ok(())
    }

    fn stat(mut self, service: String, severity: Severity) -> Stat {
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
