//! Recorded incidents as they are.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use anyhow::Context as _;
use indicatif::ProgressBar;
use jiff::Timestamp;
use kulprit::cli::ingest::ClientSink;
use kulprit_clickhouse::Client;
use kulprit_ingest::{Input, Options, Table, ingest};
use serde::Deserialize;

use super::common::Bed;
use super::quiet;
use super::ranking::{auc, calibration, summary};
use super::trial::{Incident, database, names, show_head};

/// How far back the history goes where nothing else is said: what the product does by itself.
pub const HISTORY: &str = "3h";
pub const TABLES: [Table; 3] = [Table::OtelLogs, Table::OtelTraces, Table::OtelMetricsGauge];

/// One incident of `incidents.json`; other keys are passed over.
#[derive(Debug, Deserialize)]
struct Entry {
    id: String,
    dir: String,
    fault_type: String,
    root_cause_service: String,
    /// A stretch that ends when the incident begins.
    baseline_window: Option<[Timestamp; 2]>,
    fault_window: [Timestamp; 2],
}

/// One of the directories, stored.
pub struct Recording {
    pub database: String,
    pub client: Client,
    pub incidents: Vec<Incident>,
    /// Stretches that end when an incident begins.
    pub quiet: Vec<[Timestamp; 2]>,
}

/// Stores every directory that `incidents.json` names.
pub async fn recordings(bed: &Bed, data: &Path) -> anyhow::Result<Vec<Recording>> {
    let file = std::fs::read(data.join("incidents.json")).with_context(|| format!("read {}", data.display()))?;
    let entries: Vec<Entry> = serde_json::from_slice(&file).context("read incidents.json")?;
    let mut recordings: BTreeMap<String, Recording> = BTreeMap::new();
    for entry in entries {
        if !recordings.contains_key(&entry.dir) {
            let database = format!("recorded_{}", recordings.len());
            let client = store(bed, &data.join(&entry.dir), &database).await?;
            let recording = Recording {
                database,
                client,
                incidents: vec![],
                quiet: vec![],
            };
            recordings.insert(entry.dir.clone(), recording);
        }
        if let Some(recording) = recordings.get_mut(&entry.dir) {
            recording.quiet.extend(entry.baseline_window);
            recording.incidents.push(Incident {
                id: entry.id,
                fault: entry.fault_type,
                cause: entry.root_cause_service,
                from: entry.fault_window[0],
                to: entry.fault_window[1],
            });
        }
    }
    Ok(recordings.into_values().collect())
}

async fn store(bed: &Bed, from: &Path, name: &str) -> anyhow::Result<Client> {
    let client = database(bed, name, true).await?;
    for table in TABLES {
        let input = Input::File(from.join(format!("{}.parquet", table.name())));
        let mut sink = ClientSink::new(client.clone(), table);
        let report = ingest(&[input], &Options::new(table), None, &mut sink, &ProgressBar::hidden()).await;
        anyhow::ensure!(
            report.complete(),
            "{} of {}: {:?}",
            table.name(),
            from.display(),
            report.failures
        );
    }
    Ok(client)
}

pub async fn measure(bed: &Bed, data: &Path, scorer: Option<&Path>) -> anyhow::Result<()> {
    let recordings = recordings(bed, data).await?;
    let mut trials = Vec::new();
    let mut predictions = BTreeMap::new();
    show_head();
    for recording in &recordings {
        for incident in &recording.incidents {
            let (trial, answer, took) = incident.tried(&recording.client, HISTORY).await?;
            incident.show(&trial, &answer, took);
            predictions.insert(incident.id.clone(), names(&answer));
            trials.push(trial);
        }
    }
    println!("\n{}", summary(&trials));
    println!(
        "confidence: AUC of right against wrong first suspects {:.3}\n{}",
        auc(&trials),
        calibration(&trials)
    );
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("root_cause_predictions.json");
    std::fs::write(&path, serde_json::to_string_pretty(&predictions)?)?;
    println!("predictions: {}", path.display());
    if let Some(scorer) = scorer {
        let status = Command::new("python3")
            .arg(scorer)
            .arg(data.join("incidents.json"))
            .arg(&path)
            .status()
            .context("run python3")?;
        anyhow::ensure!(status.success(), "{} ended with {status}", scorer.display());
    }
    let mut found = Vec::new();
    for recording in &recordings {
        // The whole stretch and its halves.
        for [from, to] in &recording.quiet {
            let middle = *from + from.duration_until(*to) / 2;
            let windows = [(*from, *to), (*from, middle), (middle, *to)];
            found.extend(quiet::ask_all(&recording.client, &windows).await?);
        }
    }
    quiet::show(found);
    Ok(())
}
