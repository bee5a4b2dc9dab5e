//! How often the root cause of recorded incidents comes first, and whether the confidence knows:
//! `cargo bench --bench root_cause -- DIR`.
//!
//! DIR holds `incidents.json` and, for each of its `dir`s, `otel_logs.parquet`, `otel_traces.parquet` and
//! `otel_metrics_gauge.parquet`. An incident is asked about with nothing but data in its window and in the hours before it.

mod common;
#[path = "common/ranking.rs"]
mod ranking;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use indicatif::ProgressBar;
use jiff::Timestamp;
use kulprit::cli::ingest::ClientSink;
use kulprit::clickhouse::{Client, Endpoint};
use kulprit::config::Config;
use kulprit::ingest::{Input, Options, Table, ingest};
use kulprit::query::correlate::Correlate;
use kulprit::shape::correlate::Answer;
use kulprit::{reliability, schema};
use serde::Deserialize;

use common::{Bed, fresh_dir, statement};
use ranking::{Trial, auc, calibration, rank_of, summary};

/// Histories to ask with: the first counts, the others are handicaps that show how the confidence takes less knowledge.
const HISTORIES: [&str; 4] = ["3h", "1h", "30m", "10m"];

/// One incident of `incidents.json`; other keys are passed over.
#[derive(Debug, Deserialize)]
struct Incident {
    id: String,
    dir: String,
    fault_type: String,
    root_cause_service: String,
    baseline_window: [String; 2],
    fault_window: [String; 2],
}

#[tokio::main]
async fn main() -> anyhow::Result<ExitCode> {
    // cargo adds options of its own.
    let given = std::env::args().skip(1).find(|argument| !argument.starts_with("--"));
    let Some(data) = given
        .map(PathBuf::from)
        .filter(|dir| dir.join("incidents.json").is_file())
    else {
        eprintln!(
            "usage: cargo bench --bench root_cause -- DIR\nDIR holds incidents.json and a directory of Parquet files for each `dir` in it"
        );
        return Ok(ExitCode::from(2));
    };
    let incidents: Vec<Incident> =
        serde_json::from_slice(&std::fs::read(data.join("incidents.json"))?).context("read incidents.json")?;
    let bed = Bed::open(fresh_dir("bench-root-cause")).await?;
    let outcome = measure(&bed, &data, &incidents).await;
    let directory = bed.data.clone();
    bed.engine.stop().await?;
    std::fs::remove_dir_all(directory)?;
    outcome.map(|()| ExitCode::SUCCESS)
}

async fn measure(bed: &Bed, data: &Path, incidents: &[Incident]) -> anyhow::Result<()> {
    let mut clients = BTreeMap::new();
    for incident in incidents {
        if !clients.contains_key(&incident.dir) {
            let name = format!("recorded_{}", clients.len());
            let client = store(bed, &data.join(&incident.dir), &name).await?;
            clients.insert(incident.dir.clone(), client);
        }
    }
    let mut trials: Vec<Trial> = Vec::new();
    let mut predictions = BTreeMap::new();
    println!("incident     fault            root cause                    rank  confidence  seconds  first suspect");
    for history in HISTORIES {
        for incident in incidents {
            let start = Instant::now();
            let answer = ask(&clients[&incident.dir], &incident.fault_window, history).await?;
            let trial = judge(incident, &answer);
            if history == HISTORIES[0] {
                show(incident, &trial, &answer, start.elapsed());
                predictions.insert(incident.id.clone(), names(&answer));
            }
            trials.push(trial);
        }
    }
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("root_cause_predictions.json");
    std::fs::write(&path, serde_json::to_string_pretty(&predictions)?)?;
    let (counted, _) = trials.split_at(incidents.len());
    println!("\n{}\npredictions: {}\n", summary(counted), path.display());
    for (history, trials) in HISTORIES.iter().zip(trials.chunks(incidents.len())) {
        println!("history {history:>4}: {}", summary(trials));
    }
    println!(
        "\nconfidence, all {} runs: AUC of right against wrong first suspects {:.3}\n{}",
        trials.len(),
        auc(&trials),
        calibration(&trials)
    );
    quiet(&clients, incidents).await
}

/// Windows without an incident: the stretch before each, where there is a history.
async fn quiet(clients: &BTreeMap<String, Client>, incidents: &[Incident]) -> anyhow::Result<()> {
    let mut found = Vec::new();
    for incident in incidents {
        let answer = ask(&clients[&incident.dir], &incident.baseline_window, HISTORIES[0]).await?;
        if let Some(cause) = answer.root_cause {
            found.push((cause.confidence, cause.service, incident));
        }
    }
    found.sort_by(|a, b| b.0.total_cmp(&a.0));
    println!(
        "windows without an incident: {} of {} name a suspect; the surest:",
        found.len(),
        incidents.len()
    );
    for (confidence, service, incident) in found.iter().take(5) {
        let note = match *service == incident.root_cause_service {
            true => " (the culprit of the incident that follows)",
            false => "",
        };
        println!("  {confidence:5.1} %  before {}  {service}{note}", incident.id);
    }
    Ok(())
}

/// A database with the tables and the three files of `from` in it.
async fn store(bed: &Bed, from: &Path, name: &str) -> anyhow::Result<Client> {
    let create = format!("CREATE DATABASE {name}");
    bed.client.execute(&statement(&create, vec![])).await?;
    let endpoint = Endpoint {
        database: name.to_owned(),
        ..bed.client.endpoint().clone()
    };
    let client = Client::new(endpoint, Duration::from_secs(600));
    schema::apply(&Config::default(), &client).await?;
    for table in [Table::OtelLogs, Table::OtelTraces, Table::OtelMetricsGauge] {
        let input = Input::File(from.join(format!("{}.parquet", table.name())));
        let mut sink = ClientSink(client.clone());
        let report = ingest(&[input], &Options::new(table), &mut sink, &ProgressBar::hidden()).await;
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

async fn ask(client: &Client, window: &[String; 2], history: &str) -> anyhow::Result<Answer> {
    let question = Correlate::new(&window[0], &window[1], None, Some(history), Timestamp::now())?;
    Ok(reliability::correlate(client, &Config::default(), &question).await?)
}

fn names(answer: &Answer) -> Vec<String> {
    answer.suspects.iter().map(|suspect| suspect.service.clone()).collect()
}

fn judge(incident: &Incident, answer: &Answer) -> Trial {
    Trial {
        rank: rank_of(&incident.root_cause_service, &names(answer)),
        confidence: answer.root_cause.as_ref().map_or(0.0, |cause| cause.confidence),
    }
}

fn show(incident: &Incident, trial: &Trial, answer: &Answer, took: Duration) {
    let rank = trial.rank.map_or_else(|| "-".to_owned(), |rank| rank.to_string());
    let first = answer.root_cause.as_ref().map_or("", |cause| cause.sentence.as_str());
    println!(
        "{:<12} {:<16} {:<28} {rank:>5} {:>10.1}% {:>8.2}  {first}",
        incident.id,
        incident.fault_type,
        incident.root_cause_service,
        trial.confidence,
        took.as_secs_f64(),
    );
}
