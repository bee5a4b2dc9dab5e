//! Spans in a Tempo. It is searched for the traces of a question's windows, and these are read whole, by their ids, into the session's table
//! `otel_traces`. Of more than the budget some are drawn, by a hash of their id, and say as a sampler does for how many each stands.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use clickhouse::Row;
use kulprit_clickhouse::{Client, Options, Statement, Value};
use kulprit_request::Window;
use serde::Deserialize;

use super::loki::{literally, quoted};
use super::place::{Asked, MOST_URLS, Place};
use super::stretches::{Nanos, SECOND, disjoint};
use crate::config;
use crate::{Error, Result};

/// Stretches that a window is searched in.
const STRETCHES: Nanos = 8;
/// Longer stretches a Tempo does not search.
const LONGEST: Nanos = 24 * 3_600 * SECOND;
/// Traces that one search lists at most.
const MOST_FOUND: u64 = 10_000;
/// What one window may take of the budget, as long as there are others.
const SHARE_OF_ONE: f64 = 0.5;
/// The resolution of a sampler's threshold.
const THRESHOLDS: f64 = 72_057_594_037_927_936.0;

/// What is read.
#[derive(Debug, Clone, Copy)]
pub enum Wanted<'a> {
    /// Traces of these windows (the most important first) in which these services (none: any) have spans.
    Windows(&'a [Window], &'a [String]),
    /// One trace.
    Trace(&'a str),
}

/// What was read.
#[derive(Debug, Default)]
pub struct Read {
    pub spans: u64,
    pub is_sample: bool,
    pub requests: u64,
    pub warnings: Vec<String>,
}

#[derive(Debug, Row, Deserialize)]
struct Found {
    trace_id: String,
    began: i64,
    drawn: u64,
    found: u64,
}

#[derive(Row, Deserialize)]
struct Stored {
    spans: u64,
}

/// The server of `config`, if it names one.
pub fn place(config: &config::Tempo) -> Option<Place> {
    let place = || {
        Place::new(
            "tempo",
            &config.url,
            &config.auth,
            config.timeout_seconds,
            config.parallel,
        )
    };
    (!config.url.is_empty()).then(place)
}

/// Reads `wanted` into the session's table `otel_traces`, within `limit`.
pub async fn read(
    client: &Client,
    place: &Place,
    config: &config::Tempo,
    wanted: Wanted<'_>,
    limit: Duration,
) -> Result<Read> {
    let deadline = Instant::now() + limit;
    let none: [(&str, Value); 0] = [];
    client
        .execute(&Statement::query("sources/tempo/begin", &Options::default(), none)?)
        .await?;
    let mut read = Read::default();
    match wanted {
        Wanted::Trace(id) => {
            // An id of another form stands in no URL.
            if id.len() <= 32 && id.bytes().all(|letter| letter.is_ascii_hexdigit()) {
                read.traces(client, place, &[id.to_owned()], 1, deadline).await?;
            }
        }
        Wanted::Windows(windows, services) => {
            read.windows(client, place, config, (windows, services), deadline)
                .await?
        }
    }
    let none: [(&str, Value); 0] = [];
    let stored = Statement::query("sources/tempo/stored", &Options::default(), none)?;
    let stored: Vec<Stored> = client.rows(&stored).await?;
    read.spans = stored.first().map_or(0, |stored| stored.spans);
    Ok(read)
}

impl Read {
    async fn windows(
        &mut self,
        client: &Client,
        place: &Place,
        config: &config::Tempo,
        (windows, services): (&[Window], &[String]),
        deadline: Instant,
    ) -> Result<()> {
        let stretches = disjoint(windows);
        let (mut known, mut budget) = (HashSet::new(), config.max_traces);
        for (number, (from, to)) in stretches.iter().enumerate() {
            let mut found = self.search(client, place, services, (*from, *to)).await?;
            // A trace that reaches into two stretches is one of the first.
            found.retain(|trace| known.insert(trace.trace_id.clone()));
            let is_last = number + 1 == stretches.len();
            let share = match is_last {
                true => budget,
                false => budget.min((config.max_traces as f64 * SHARE_OF_ONE) as u64),
            };
            let one_in = (found.len() as u64).div_ceil(share.max(1)).max(1);
            let all = found.len();
            found.retain(|trace| trace.drawn % one_in == 0);
            found.sort_by_key(|trace| trace.began);
            if one_in > 1 {
                self.is_sample = true;
                self.warnings.push(format!(
                    "tempo has {all} traces of a stretch, more than the budget: {} were read, each stands for {one_in} (sources.tempo.max_traces)",
                    found.len()
                ));
            }
            budget = budget.saturating_sub(found.len() as u64);
            let ids: Vec<String> = found.into_iter().map(|trace| trace.trace_id).collect();
            self.traces(client, place, &ids, one_in, deadline).await?;
        }
        Ok(())
    }

    /// The traces of a stretch.
    async fn search(
        &mut self,
        client: &Client,
        place: &Place,
        services: &[String],
        (from, to): (Nanos, Nanos),
    ) -> Result<Vec<Found>> {
        let names: Vec<String> = services.iter().map(|service| literally(service)).collect();
        let query = match names.is_empty() {
            true => "{}".to_owned(),
            false => format!("{{resource.service.name=~{}}}", quoted(&names.join("|"))),
        };
        let (first, last) = (from.div_euclid(SECOND), (to + SECOND - 1).div_euclid(SECOND));
        let length = ((last - first) / STRETCHES).clamp(1, LONGEST / SECOND);
        let mut starts = vec![];
        let mut start = first;
        while start < last {
            starts.push((start, (start + length).min(last)));
            start += length;
        }
        let limit = MOST_FOUND.to_string();
        let mut found: Vec<Found> = Vec::new();
        for starts in starts.chunks(MOST_URLS) {
            let asked = Asked::new("/api/search", &[("q", &query), ("limit", &limit), ("spss", "1")]);
            let pairs = |(start, end): &(i64, i64)| vec![("start", start.to_string()), ("end", end.to_string())];
            self.requests += starts.len() as u64;
            let asked = asked.for_each(starts.iter().map(pairs));
            found.extend(
                place
                    .rows::<Found>(client, "sources/tempo/search", &asked, vec![])
                    .await?,
            );
        }
        if found.iter().any(|trace| trace.found >= MOST_FOUND) {
            self.is_sample = true;
            self.warnings.push(format!(
                "tempo lists no more than {MOST_FOUND} traces of a stretch: there are more, and rates of requests are too low"
            ));
        }
        Ok(found)
    }

    /// Reads traces, each of which stands for `one_in`.
    async fn traces(
        &mut self,
        client: &Client,
        place: &Place,
        ids: &[String],
        one_in: u64,
        deadline: Instant,
    ) -> Result<()> {
        for (number, some) in ids.chunks(MOST_URLS).enumerate() {
            if Instant::now() > deadline {
                self.warnings.push(format!(
                    "reading traces from tempo took too long: {} of {} were read, the latest are missing",
                    number * MOST_URLS,
                    ids.len()
                ));
                break;
            }
            self.requests += some.len() as u64;
            let params = || vec![("trace_state", Value::Text(trace_state(one_in)))];
            let asked = |path: &str| Asked::each_of(path, some);
            match place
                .store(client, "sources/tempo/spans", &asked("/api/v2/traces/"), params())
                .await
            {
                // An earlier Tempo knows another path alone.
                Err(Error::Unavailable(reason)) if reason.contains("(404)") => {
                    place
                        .store(client, "sources/tempo/spans", &asked("/api/traces/"), params())
                        .await?;
                }
                other => other?,
            }
        }
        Ok(())
    }
}

/// For how many traces one stands, as OpenTelemetry's samplers say it; nothing where it stands for itself.
fn trace_state(one_in: u64) -> String {
    match one_in {
        0 | 1 => String::new(),
        one_in => format!("ot=th:{:014x}", (THRESHOLDS - THRESHOLDS / one_in as f64) as u64),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_threshold_says_for_how_many_a_trace_stands() {
        assert_eq!(trace_state(1), "");
        assert_eq!(trace_state(2), "ot=th:80000000000000");
        assert_eq!(trace_state(4), "ot=th:c0000000000000");
    }
}
