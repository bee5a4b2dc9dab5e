//! How long an answer takes, held against `SELECT 1` and against the design with three queries, in one interleaved run:
//! `cargo bench --bench answer`. `KULPRIT_BENCH_ROWS` sets the number of lines; `KULPRIT_BENCH_DATA` names a directory that is
//! kept, and read again when it holds lines already.

mod common;
#[path = "common/naive.rs"]
mod naive_design;

use std::path::PathBuf;
use std::time::Instant;

use kulprit::questions::Analyzer;
use kulprit::questions::log_changes::{PatternChange, PatternChanges, Source, changes};
use kulprit::rollups::logs::Roller;
use kulprit::scope::Scope;
use kulprit::setup;

use common::{Bed, One, SERVICE, fresh_dir, median, question, rows, statement};

const ROUNDS: usize = 30;
const WINDOWS: [(&str, i64); 3] = [("5 min", 5), ("1 h", 60), ("6 h", 360)];

/// One question and what was measured for it, in seconds.
struct Case {
    name: String,
    question: PatternChanges,
    /// How many patterns the two windows have.
    patterns: u64,
    select_one: Vec<f64>,
    answer: Vec<f64>,
    bare: Vec<f64>,
    naive: Vec<f64>,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let kept = std::env::var_os("KULPRIT_BENCH_DATA").map(PathBuf::from);
    let bed = Bed::open(kept.clone().unwrap_or_else(|| fresh_dir("bench-answer"))).await?;
    bed.create_log_table().await?;
    if bed.number("SELECT count() AS number FROM otel_logs").await? == 0 {
        load(&bed, rows("KULPRIT_BENCH_ROWS", 20_000_000)?).await?;
    }
    bed.settle().await?;
    describe(&bed).await?;
    let mut cases = cases()?;
    measure(&bed, &mut cases).await?;
    print_table(&cases);
    let data = bed.data.clone();
    bed.engine.stop().await?;
    if kept.is_none() {
        std::fs::remove_dir_all(data)?;
    }
    Ok(())
}

/// Generates the lines and rolls them up the product's own way.
async fn load(bed: &Bed, rows: u64) -> anyhow::Result<()> {
    setup::apply(&bed.config, &bed.client).await?;
    let start = Instant::now();
    bed.generate(rows).await?;
    let inserted = start.elapsed().as_secs_f64();
    let start = Instant::now();
    Roller::new(bed.client.clone(), &bed.config).catch_up().await?;
    let rolled = start.elapsed().as_secs_f64();
    println!("inserted {rows} lines in {inserted:.1} s");
    println!(
        "rolled them up in {rolled:.1} s: {:.2} million lines/s",
        rows as f64 / rolled / 1e6
    );
    Ok(())
}

/// What the answer reads, beside what the design with three queries reads.
async fn describe(bed: &Bed) -> anyhow::Result<()> {
    for table in ["otel_logs", "kulprit_log_minutes"] {
        let sum = |column: &str| {
            format!(
                "SELECT toUInt64(sum({column})) AS number FROM system.parts WHERE active AND database = currentDatabase() AND table = '{table}'"
            )
        };
        println!(
            "{table}: {} rows, {:.1} MB in {} parts",
            bed.number(&sum("rows")).await?,
            bed.number(&sum("bytes_on_disk")).await? as f64 / 1e6,
            bed.number(&sum("1")).await?
        );
    }
    Ok(())
}

fn cases() -> anyhow::Result<Vec<Case>> {
    let mut cases = vec![];
    for (scope, services) in [("one service", &[SERVICE][..]), ("all services", &[])] {
        for (window, minutes) in WINDOWS {
            cases.push(Case {
                name: format!("{scope}, {window}"),
                question: question(minutes, services, 10)?,
                patterns: 0,
                select_one: vec![],
                answer: vec![],
                bare: vec![],
                naive: vec![],
            });
        }
    }
    Ok(cases)
}

/// All cases in turn, round after round, so that a noisy moment strikes each alike. The first rounds warm up and do not count.
async fn measure(bed: &Bed, cases: &mut [Case]) -> anyhow::Result<()> {
    const WARM_UP: usize = 3;
    let analyzer = Analyzer::new(bed.client.clone(), bed.config.clone());
    let select_one = statement("SELECT 1 AS one", vec![]);
    for round in 0..ROUNDS + WARM_UP {
        for case in &mut *cases {
            let bare =
                case.question
                    .statement(&bed.config.logs, Source::Rollup(None), bed.config.analysis.divergence)?;
            let naive = naive_design::Design::of_logs(case.question.services.clone());
            let one = timed(async { Ok(bed.client.rows::<One>(&select_one).await?.len()) }).await?;
            // What was answered a moment ago is not what is measured.
            bed.client.memory().forget();
            let answer = timed(async {
                let scope = Scope::of(case.question.services.clone());
                let answer = changes(&analyzer, &case.question, scope, false).await?;
                case.patterns = answer.totals.patterns;
                Ok(answer.log_groups.len())
            })
            .await?;
            let bare = timed(async { Ok(bed.client.rows::<PatternChange>(&bare).await?.len()) }).await?;
            let naive = timed(async { Ok(naive.answer(&bed.client, &case.question).await?.len()) }).await?;
            if round >= WARM_UP {
                case.select_one.push(one);
                case.answer.push(answer);
                case.bare.push(bare);
                case.naive.push(naive);
            }
        }
    }
    Ok(())
}

/// Seconds that `work` takes; an empty result is an error, since it would be fast for the wrong reason.
async fn timed(work: impl Future<Output = anyhow::Result<usize>>) -> anyhow::Result<f64> {
    let start = Instant::now();
    let found = work.await?;
    anyhow::ensure!(found > 0, "a query that is measured found nothing");
    Ok(start.elapsed().as_secs_f64())
}

fn print_table(cases: &[Case]) {
    println!("medians of {ROUNDS} rounds, in ms");
    println!();
    println!(
        "| question | patterns | SELECT 1 | answer | its statement | three queries | answer ÷ SELECT 1 | three queries ÷ answer |"
    );
    println!("|---|--:|--:|--:|--:|--:|--:|--:|");
    for case in cases {
        let [one, answer, bare, naive] =
            [&case.select_one, &case.answer, &case.bare, &case.naive].map(|seconds| median(seconds) * 1e3);
        println!(
            "| {} | {} | {one:.2} | {answer:.2} | {bare:.2} | {naive:.1} | {:.1} | {:.1} |",
            case.name,
            case.patterns,
            answer / one,
            naive / answer
        );
    }
}
