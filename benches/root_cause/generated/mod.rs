//! A system unlike the recorded ones, generated from a seed, with an incident every quarter of an hour.

mod fault;
mod gauges;
mod request;
mod system;

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use indicatif::ProgressBar;
use kulprit::cli::ingest::ClientSink;
use kulprit::demo::rng::{Rng, Stream};
use kulprit_clickhouse::Client;
use kulprit_ingest::{Input, Options, Table, ingest};
use serde_json::Value;

use super::common::{Bed, fresh_dir};
use super::quiet;
use super::ranking::{auc, calibration, summary};
use super::recorded::{HISTORY, TABLES};
use super::trial::{database, show_head};
use fault::{Fault, NANOS};
use request::Request;

/// 2026-03-02T08:00:00Z, a Monday.
const START: i64 = 1_772_438_400 * NANOS;
const INCIDENTS: u64 = 25;
/// Requests a second.
const RATE: f64 = 0.7;

pub async fn measure(bed: &Bed, seeds: &[&str]) -> anyhow::Result<()> {
    let mut all = Vec::new();
    let mut found = Vec::new();
    for seed in if seeds.is_empty() { &["1"] } else { seeds } {
        let client = database(bed, &format!("generated_{seed}"), true).await?;
        let seed: u64 = seed.parse()?;
        let faults = fault::plan(seed, START, INCIDENTS);
        store(&client, seed, &faults).await?;
        show_head();
        for (number, fault) in faults.iter().enumerate() {
            let incident = fault.incident(number);
            let (trial, answer, took) = incident.tried(&client, HISTORY).await?;
            incident.show(&trial, &answer, took);
            all.push(trial);
        }
        found.extend(quiet::ask_all(&client, &fault::quiet(START, INCIDENTS)).await?);
    }
    println!(
        "\n{}\nconfidence: AUC of right against wrong first suspects {:.3}\n{}",
        summary(&all),
        auc(&all),
        calibration(&all)
    );
    quiet::show(found);
    Ok(())
}

/// Writes the telemetry to files and stores them as a user would.
async fn store(client: &Client, seed: u64, faults: &[Fault]) -> anyhow::Result<()> {
    let directory = fresh_dir("bench-root-cause-files");
    std::fs::create_dir_all(&directory)?;
    write(&directory, seed, faults)?;
    for table in TABLES {
        let input = Input::File(directory.join(file(table)));
        let mut sink = ClientSink::new(client.clone(), table);
        let report = ingest(&[input], &Options::new(table), None, &mut sink, &ProgressBar::hidden()).await;
        anyhow::ensure!(report.complete(), "{}: {:?}", table.name(), report.failures);
    }
    std::fs::remove_dir_all(directory)?;
    Ok(())
}

fn file(table: Table) -> String {
    format!("{}.jsonl", table.name())
}

fn write(directory: &Path, seed: u64, faults: &[Fault]) -> anyhow::Result<()> {
    let open = |table| File::create(directory.join(file(table))).map(BufWriter::new);
    let (mut lines, mut spans) = (open(Table::OtelLogs)?, open(Table::OtelTraces)?);
    let mut points = open(Table::OtelMetricsGauge)?;
    let during = |at: i64| faults.iter().find(|fault| (fault.from..fault.to).contains(&at));
    let end = fault::end(START, INCIDENTS);
    let mut rng = Rng::new(seed, Stream::Arrivals, 0);
    let mut at = START;
    for index in 0.. {
        at += (rng.exponential(1.0 / RATE) * NANOS as f64) as i64;
        if at >= end {
            break;
        }
        let mut draw = rng.between(0, 100);
        let entry = system::ENTRIES.iter().find(|(share, _)| {
            let is_it = draw < *share;
            draw = draw.saturating_sub(*share);
            is_it
        });
        if let Some((_, operation)) = entry {
            let mut request = Request::new(seed, index, during(at));
            request.serve(operation, at, "", "Server");
            put(&mut spans, &request.spans)?;
            put(&mut lines, &request.lines)?;
        }
    }
    let ticks = (START..end).step_by(gauges::INTERVAL as usize);
    for at in ticks {
        put(&mut points, &gauges::points(seed, at, during(at)))?;
    }
    Ok(())
}

fn put(out: &mut impl Write, rows: &[Value]) -> anyhow::Result<()> {
    for row in rows {
        serde_json::to_writer(&mut *out, row)?;
        out.write_all(b"\n")?;
    }
    Ok(())
}
