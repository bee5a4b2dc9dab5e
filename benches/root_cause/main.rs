//! How often the root cause comes first, and whether the confidence knows.
//!
//! - `cargo bench --bench root_cause -- recorded DIR [--scorer SCRIPT]`: the incidents recorded in DIR, which holds `incidents.json` and, for
//!   each of its `dir`s, `otel_logs.parquet`, `otel_traces.parquet` and `otel_metrics_gauge.parquet`. SCRIPT scores the predictions, too.
//! - `cargo bench --bench root_cause -- handicaps DIR [NAME …]`: the same incidents with less, or other, to go by.
//! - `cargo bench --bench root_cause -- generated [SEED …]`: incidents of a generated system with another topology.
//!
//! An incident is asked about with nothing but data in its window and in the hours before it.

#[path = "../common/mod.rs"]
mod common;
mod generated;
mod handicaps;
mod quiet;
mod ranking;
mod recorded;
mod trial;

use std::path::PathBuf;
use std::process::ExitCode;

use common::{Bed, fresh_dir};

const USAGE: &str = "usage: cargo bench --bench root_cause -- recorded DIR [--scorer SCRIPT] | handicaps DIR [NAME …] | generated [SEED …]";

#[tokio::main]
async fn main() -> anyhow::Result<ExitCode> {
    // cargo adds `--bench`.
    let given: Vec<String> = std::env::args()
        .skip(1)
        .filter(|argument| argument != "--bench")
        .collect();
    let words: Vec<&str> = given.iter().map(String::as_str).collect();
    let (["generated", ..] | ["recorded" | "handicaps", _, ..]) = words[..] else {
        eprintln!("{USAGE}");
        return Ok(ExitCode::from(2));
    };
    // A directory for each, so that two may run at the same time.
    let bed = Bed::open(fresh_dir(&format!("bench-root-cause-{}", words[0]))).await?;
    let outcome = match words[..] {
        ["recorded", dir] => recorded::measure(&bed, &PathBuf::from(dir), None).await,
        ["recorded", dir, "--scorer", script] => {
            recorded::measure(&bed, &PathBuf::from(dir), Some(&PathBuf::from(script))).await
        }
        ["handicaps", dir, ref names @ ..] => handicaps::measure(&bed, &PathBuf::from(dir), names).await,
        ["generated", ref seeds @ ..] => generated::measure(&bed, seeds).await,
        _ => Err(anyhow::anyhow!(USAGE)),
    };
    let directory = bed.data.clone();
    bed.engine.stop().await?;
    std::fs::remove_dir_all(directory)?;
    outcome.map(|()| ExitCode::SUCCESS)
}
