//! The engine killed during ingest: `cargo bench --bench kill_ingest` ingests a file (`KULPRIT_BENCH_ROWS` lines, 600,000 unless set), kills
//! the engine with SIGKILL half-way, starts it again, and fails unless every row that `kulprit ingest` reported as stored is
//! there, and unless running the same command again stores the rest and nothing twice.

mod common;

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, ensure};
use jiff::{SignedDuration, Timestamp};
use kulprit::rollups::logs::Roller;
use kulprit::setup;

use common::{Bed, fresh_dir, program, rows};

/// After which share of the rows the engine is killed, kill by kill.
const KILL_AT: [f64; 2] = [0.25, 0.6];

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let lines = rows("KULPRIT_BENCH_ROWS", 600_000)?;
    let data = fresh_dir("bench-kill-ingest");
    std::fs::create_dir_all(&data)?;
    let file = data.join("lines.jsonl");
    write_lines(&file, lines)?;
    let engine_data = data.join("engine");

    for share in KILL_AT {
        let bed = Bed::open(engine_data.clone()).await?;
        setup::apply(&bed.config, &bed.client).await?;
        let ingest = start_ingest(&file, &engine_data)?;
        while count(&bed, "count()").await? < (lines as f64 * share) as u64 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        kill(bed.engine.pid().context("the engine has no process id")?)?;
        let output = ingest.wait_with_output()?;
        ensure!(
            !output.status.success(),
            "an ingest whose engine was killed must not succeed"
        );
        let acknowledged = stored(&output.stdout)?;
        drop(bed);

        let bed = Bed::open(engine_data.clone()).await?;
        let there = count(&bed, "uniqExact(Body)").await?;
        println!("killed: {acknowledged} rows acknowledged, {there} there after the restart, of {lines}");
        ensure!(
            acknowledged > 0 && acknowledged < lines,
            "the kill did not come during the ingest"
        );
        ensure!(there >= acknowledged, "acknowledged rows are lost");
        // Batches go in one after the other, so what was acknowledged is the file's beginning.
        let beginning = format!("uniqExactIf(Body, toUInt64(extract(Body, 'order (\\\\d+)')) < {acknowledged})");
        ensure!(
            count(&bed, &beginning).await? == acknowledged,
            "acknowledged rows are lost"
        );
        ensure!(count(&bed, "count()").await? == there, "rows are stored twice");
        bed.engine.stop().await?;
    }

    let output = start_ingest(&file, &engine_data)?.wait_with_output()?;
    ensure!(output.status.success(), "the last ingest ended with {}", output.status);
    let bed = Bed::open(engine_data).await?;
    let (all, distinct) = (count(&bed, "count()").await?, count(&bed, "uniqExact(Body)").await?);
    ensure!(
        all == lines && distinct == lines,
        "run again, the ingest left {all} rows, {distinct} of them different, of {lines}"
    );
    Roller::new(bed.client.clone(), &bed.config).catch_up().await?;
    let rolled = bed
        .number("SELECT toUInt64(sum(arraySum(shapesMap.lines))) AS number FROM kulprit_log_minutes")
        .await?;
    ensure!(rolled == lines, "the rollup has {rolled} lines of {lines}");
    println!("run again: all {lines} rows are there, none twice, and the rollup has as many");
    bed.engine.stop().await?;
    Ok(std::fs::remove_dir_all(data)?)
}

/// One line a millisecond, each with a number of its own.
fn write_lines(path: &Path, lines: u64) -> anyhow::Result<()> {
    let begin: Timestamp = "2026-01-31T10:00:00Z".parse()?;
    let mut out = std::io::BufWriter::new(std::fs::File::create(path)?);
    for number in 0..lines {
        let time = begin.checked_add(SignedDuration::from_millis(i64::try_from(number)?))?;
        let body = format!(
            "order {number} accepted for customer {} in {} ms",
            number % 977,
            number % 43
        );
        let line = serde_json::json!({"Timestamp": time.to_string(), "ServiceName": format!("shop-{}", number % 7), "Body": body});
        serde_json::to_writer(&mut out, &line)?;
        out.write_all(b"\n")?;
    }
    Ok(out.flush()?)
}

fn start_ingest(file: &Path, data: &Path) -> anyhow::Result<std::process::Child> {
    Command::new(program()?)
        .arg("ingest")
        .arg(file)
        .arg("--data")
        .arg(data)
        .stdout(Stdio::piped())
        .spawn()
        .context("start the ingest")
}

fn kill(pid: u32) -> anyhow::Result<()> {
    let pid = nix::unistd::Pid::from_raw(pid.try_into()?);
    Ok(nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGKILL)?)
}

/// What `kulprit ingest` reports as stored.
fn stored(stdout: &[u8]) -> anyhow::Result<u64> {
    let text = std::str::from_utf8(stdout)?;
    let line = text.lines().find_map(|line| line.strip_prefix("rows stored"));
    line.with_context(|| format!("the ingest reported nothing: {text:?}"))?
        .trim()
        .parse()
        .context("read the number of rows stored")
}

async fn count(bed: &Bed, aggregate: &str) -> anyhow::Result<u64> {
    bed.number(&format!("SELECT {aggregate} AS number FROM otel_logs"))
        .await
}
