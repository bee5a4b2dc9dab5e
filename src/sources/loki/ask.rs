//! One question's lines: counted, planned, read, and put where statements look for them.

use std::time::{Duration, Instant};

use clickhouse::Row;
use kulprit_clickhouse::{Client, Options, Statement, Value};
use serde::Deserialize;

use super::logql::{Group, Selector};
use super::pages::Reader;
use super::plan::{Count, Counted, Head, Lines, Page, Plan, Stratum, plan};
use super::{Wanted, service_label};
use crate::config;
use crate::sources::place::{Asked, Place};
use crate::sources::stretches::{Nanos, SECOND, disjoint};
use crate::{Error, Result};

/// Steps of a count, at most.
const MOST_STEPS: i64 = 360;
/// What one stretch may take of the budget, as long as there are others.
const SHARE_OF_ONE: f64 = 0.4;

/// What was read.
#[derive(Debug, Default)]
pub struct Read {
    /// Lines that there are, by Loki's counts.
    pub there: u64,
    pub read: u64,
    /// Whether lines that were read stand for others.
    pub is_sample: bool,
    pub requests: u64,
    pub warnings: Vec<String>,
}

#[derive(Debug, Row, Deserialize)]
struct CountRow {
    service: String,
    level: String,
    at: u64,
    lines: u64,
}

#[derive(Row, Deserialize)]
struct Stored {
    lines: u64,
}

/// Reads `wanted` into the session's table `otel_logs`, within `limit`.
pub async fn read(
    client: &Client,
    place: &Place,
    config: &config::Loki,
    wanted: &Wanted<'_>,
    limit: Duration,
) -> Result<Read> {
    let deadline = Instant::now() + limit;
    let label = service_label(client, place, config).await?;
    let selector = Selector::new(&label, &config.selector);
    let mut read = Read::default();
    let (mut pages, mut strata) = (vec![], vec![]);
    let mut budget = config.max_lines;
    let mut by_level = true;
    let mut stretches = disjoint(wanted.windows);
    if let Some(trace) = wanted.trace {
        pages = of_trace(trace, &stretches, config.page_lines);
        stretches.clear();
    }
    for (number, (from, to)) in stretches.iter().copied().enumerate() {
        let counted = count(
            client,
            place,
            (&selector, &label),
            wanted.services,
            (from, to),
            &mut by_level,
        )
        .await?;
        read.requests += 1;
        let there: u64 = counted.counts.iter().map(|count| count.lines).sum();
        read.there += there;
        let is_last = number + 1 == stretches.len();
        let share = if is_last {
            budget
        } else {
            budget.min((config.max_lines as f64 * SHARE_OF_ONE) as u64)
        };
        let Plan {
            pages: of_window,
            strata: of_window_strata,
        } = plan(&counted, share, config.page_lines);
        budget = budget.saturating_sub(there.min(share)).max(config.page_lines);
        pages.extend(of_window);
        strata.extend(of_window_strata);
    }
    let reader = Reader {
        client,
        place,
        selector: &selector,
        services: wanted.services,
        page_lines: config.page_lines,
        parallel: config.parallel,
        deadline,
    };
    let asked = reader.read(pages).await?;
    read.requests += asked.requests;
    store(client, &label, &strata, by_level).await?;
    let stored = Statement::query("sources/loki/stored", &Options::default(), [] as [(&str, Value); 0])?;
    let stored: Vec<Stored> = client.rows(&stored).await?;
    read.read = stored.first().map_or(0, |stored| stored.lines);
    read.is_sample = !strata.is_empty();
    if asked.unread == 0 && !read.is_sample {
        // Counts are of whole minutes.
        read.there = read.read;
    }
    if asked.unread > 0 {
        read.warnings.push(format!(
            "reading log lines from loki took too long: {} of about {} lines were read, and counts are too low; choose a shorter window or fewer services",
            read.read, read.there
        ));
    } else if !strata.is_empty() {
        read.warnings.push(format!(
            "loki has {} log lines of this, more than the budget: {} were read, and of the services that log most each stands for several; totals are \
             exact, counts of single patterns are estimates (sources.loki.max_lines)",
            read.there, read.read
        ));
    }
    if asked.crowded > 0 {
        read.warnings.push(format!(
            "{} instants hold more log lines than loki gives at once: some are left out",
            asked.crowded
        ));
    }
    Ok(read)
}

/// The lines of one trace: those that are said to be its own, and those that name it.
fn of_trace(trace: &str, stretches: &[(Nanos, Nanos)], page_lines: u64) -> Vec<Page> {
    let lines = [Lines::OfTrace(trace.to_owned()), Lines::Naming(trace.to_owned())];
    let page = |lines: &Lines, (from, to): (Nanos, Nanos)| Page {
        lines: lines.clone(),
        from,
        to,
        head: Some(Head {
            lines: page_lines,
            is_backward: false,
        }),
    };
    let both = stretches
        .iter()
        .flat_map(|stretch| lines.iter().map(|lines| page(lines, *stretch)));
    both.collect()
}

/// Counts the lines of a stretch by service and level; where that is too much for the server, by service alone.
async fn count(
    client: &Client,
    place: &Place,
    (selector, label): (&Selector, &str),
    services: &[String],
    (from, to): (Nanos, Nanos),
    by_level: &mut bool,
) -> Result<Counted> {
    const MINUTE: Nanos = 60 * SECOND;
    let minutes = (to - from) / MINUTE + 1;
    let step = MINUTE * ((minutes + MOST_STEPS - 1) / MOST_STEPS);
    let first = from - from.rem_euclid(step) + step;
    let last = to - 1 - (to - 1).rem_euclid(step) + step;
    let step_seconds = step / SECOND;
    loop {
        let query = selector.counts(services, step_seconds, *by_level);
        let asked = Asked::new(
            "/loki/api/v1/query_range",
            &[
                ("query", query.as_str()),
                ("start", &first.to_string()),
                ("end", &last.to_string()),
                ("step", &format!("{step_seconds}s")),
            ],
        );
        let rows: Result<Vec<CountRow>> = place
            .rows(
                client,
                "sources/loki/counts",
                &asked,
                vec![("service_label", label.into())],
            )
            .await;
        match rows {
            // So many series, or levels that it does not find.
            Err(Error::Unavailable(reason)) if *by_level && reason.contains("(400)") => *by_level = false,
            rows => {
                let count = |row: CountRow| Count {
                    group: Group {
                        service: row.service,
                        level: by_level.then_some(row.level),
                    },
                    from: row.at as Nanos * SECOND - step,
                    lines: row.lines,
                };
                return Ok(Counted {
                    from,
                    to,
                    step,
                    counts: rows?.into_iter().map(count).collect(),
                });
            }
        }
    }
}

/// Makes the table of lines from the pages.
async fn store(client: &Client, label: &str, strata: &[Stratum], by_level: bool) -> Result<()> {
    let options = Options {
        sampled: !strata.is_empty(),
        ..Options::default()
    };
    let mut params: Vec<(&'static str, Value)> = vec![("service_label", label.into())];
    if options.sampled {
        let texts = |of: fn(&Stratum) -> String| Value::Texts(strata.iter().map(of).collect());
        let numbers = |of: fn(&Stratum) -> u64| Value::UInts(strata.iter().map(of).collect());
        params.extend([
            ("by_level", u32::from(by_level).into()),
            ("strata_services", texts(|stratum| stratum.group.service.clone())),
            (
                "strata_levels",
                texts(|stratum| stratum.group.level.clone().unwrap_or_default()),
            ),
            ("strata_from", numbers(|stratum| stratum.from as u64)),
            ("strata_to", numbers(|stratum| stratum.to as u64)),
            ("strata_lines", numbers(|stratum| stratum.lines)),
        ]);
    }
    client
        .execute(&Statement::query("sources/loki/lines", &options, params)?)
        .await
}
