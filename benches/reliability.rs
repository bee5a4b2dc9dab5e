//! How long the reliability answers take, held against `SELECT 1` and against a plain `GROUP BY` over the raw spans of the same windows, in one
//! interleaved run: `cargo bench --bench reliability`. `KULPRIT_BENCH_SPANS` and `KULPRIT_BENCH_ROWS` set the numbers of spans and of log lines;
//! `KULPRIT_BENCH_DATA` names a directory that is kept, and read again when it holds spans already.

mod common;

use std::path::PathBuf;
use std::time::Instant;

use clickhouse::Row;
use jiff::{SignedDuration, Timestamp};
use kulprit::questions::health::{Services, Source};
use kulprit::questions::root_cause::Correlate;
use kulprit::questions::root_cause::correlate;
use kulprit::questions::{health, slo};
use kulprit::setup;
use kulprit_clickhouse::Value;
use kulprit_request::time;
use kulprit_request::window::Window;
use serde::Deserialize;

use common::{BEGIN, Bed, END, One, SECONDS, fresh_dir, median, rows, statement};

/// The service that the generated incident begins in.
const CAUSE: &str = "service-19";
/// Rounds of what takes milliseconds, and of what may take many seconds.
const ROUNDS: usize = 20;
const LONG_ROUNDS: usize = 3;
/// Services and minutes of the objectives' rollup: thirty days.
const MONTH_SERVICES: u64 = 200;
const MONTH_MINUTES: u64 = 30 * 1_440;

#[derive(Row, Deserialize)]
#[expect(dead_code, reason = "only read to be timed")]
struct Naive {
    name: String,
    requests: u64,
    requests_before: u64,
    errors: u64,
    errors_before: u64,
    durations: Vec<f64>,
    durations_before: Vec<f64>,
}

/// What one statement cost, by the engine's own log; medians.
#[derive(Row, Deserialize)]
struct Cost {
    name: String,
    times: u64,
    cpu_ms: f64,
    rows: u64,
}

/// What was measured for one question, in seconds.
struct Case {
    name: String,
    select_one: Vec<f64>,
    answer: Vec<f64>,
    naive: Vec<f64>,
    costs: Vec<Cost>,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let kept = std::env::var_os("KULPRIT_BENCH_DATA").map(PathBuf::from);
    let bed = Bed::open(kept.clone().unwrap_or_else(|| fresh_dir("bench-reliability"))).await?;
    setup::apply(&bed.config, &bed.client).await?;
    if bed.number("SELECT count() AS number FROM otel_traces").await? == 0 {
        load(
            &bed,
            rows("KULPRIT_BENCH_SPANS", 50_000_000)?,
            rows("KULPRIT_BENCH_ROWS", 20_000_000)?,
        )
        .await?;
    }
    // A directory that was kept holds what the last question of an earlier run made.
    for table in ["kulprit_request_minutes", "kulprit_request_hours"] {
        let delete = format!("ALTER TABLE {table} DELETE WHERE service LIKE 'month-%' SETTINGS mutations_sync = 2");
        bed.client.execute(&statement(&delete, vec![])).await?;
    }
    bed.settle().await?;
    for table in ["otel_traces", "otel_logs", "kulprit_request_minutes"] {
        let size = format!(
            "SELECT toUInt64(sum(bytes_on_disk) / 1e6) AS number FROM system.parts WHERE active AND database = currentDatabase() AND table = '{table}'"
        );
        let count = bed.number(&format!("SELECT count() AS number FROM {table}")).await?;
        println!("{table}: {count} rows, {} MB", bed.number(&size).await?);
    }
    let mut cases = vec![];
    for (name, minutes) in [("services, 10 min", 10), ("services, 1 h", 60), ("services, 6 h", 360)] {
        cases.push(services(&bed, name, minutes).await?);
    }
    cases.push(root_cause(&bed, "correlate, 10 min against 3 h").await?);
    cases.push(month_of_objectives(&bed).await?);
    print_table(&cases);
    let data = bed.data.clone();
    bed.engine.stop().await?;
    if kept.is_none() {
        std::fs::remove_dir_all(data)?;
    }
    Ok(())
}

async fn load(bed: &Bed, spans: u64, lines: u64) -> anyhow::Result<()> {
    let stretch = || {
        vec![
            ("spans", Value::UInt(spans)),
            ("from", BEGIN.into()),
            ("seconds", Value::UInt(SECONDS)),
        ]
    };
    let start = Instant::now();
    bed.client
        .execute(&statement(include_str!("sql/generate_spans.sql"), stretch()))
        .await?;
    println!("inserted {spans} spans in {:.0} s", start.elapsed().as_secs_f64());
    let start = Instant::now();
    let mut params = stretch();
    params.push(("rows", Value::UInt(lines)));
    bed.client
        .execute(&statement(include_str!("sql/generate_request_logs.sql"), params))
        .await?;
    println!("inserted {lines} lines in {:.0} s", start.elapsed().as_secs_f64());
    Ok(())
}

/// The last `minutes`.
fn window(minutes: i64) -> anyhow::Result<Window> {
    let to: Timestamp = END.parse()?;
    let from = to.checked_sub(SignedDuration::from_mins(minutes))?;
    Ok(Window { from, to })
}

/// The health of all services, with their objectives, against the stretch before.
async fn services(bed: &Bed, name: &str, minutes: i64) -> anyhow::Result<Case> {
    let current = window(minutes)?;
    let from = current.from.checked_sub(SignedDuration::from_mins(minutes))?;
    let asked = Services {
        current,
        baseline: Window { from, to: current.from },
        services: vec![],
        source: Source::Auto,
    };
    let answer = async || {
        let health = health::services(&bed.client, &bed.config, &asked).await?;
        anyhow::ensure!(health.services.len() == 40, "{} services", health.services.len());
        anyhow::ensure!(health.warnings.is_empty(), "{:?}", health.warnings);
        Ok(())
    };
    measure(bed, name, ROUNDS, answer, Some((from, current))).await
}

async fn root_cause(bed: &Bed, name: &str) -> anyhow::Result<Case> {
    let current = window(10)?;
    let asked = Correlate::about(current, None);
    let answer = async || {
        let answer = correlate(&bed.client, &bed.config, &asked).await?;
        let first = answer.suspects.first().map(|suspect| suspect.service.as_str());
        anyhow::ensure!(
            first == Some(CAUSE),
            "the first suspect is {first:?}: {:?}",
            answer.warnings
        );
        Ok(())
    };
    measure(bed, name, LONG_ROUNDS, answer, Some((asked.history_from, current))).await
}

/// The budgets of thirty days, over many services that leave requests in every minute.
async fn month_of_objectives(bed: &Bed) -> anyhow::Result<Case> {
    let params = vec![
        ("services", Value::UInt(MONTH_SERVICES)),
        ("minutes", Value::UInt(MONTH_MINUTES)),
        ("to", "2026-01-31 18:00:00".into()),
    ];
    bed.client
        .execute(&statement(include_str!("sql/generate_request_minutes.sql"), params))
        .await?;
    bed.settle().await?;
    let at: Timestamp = END.parse()?;
    let answer = async || {
        let answer = slo::status(&bed.client, &bed.config, at, &[]).await?;
        anyhow::ensure!(
            answer.slos.len() as u64 == MONTH_SERVICES + 40,
            "{} services",
            answer.slos.len()
        );
        Ok(())
    };
    let name = format!("slo, 30 days of {} services", MONTH_SERVICES + 40);
    measure(bed, &name, ROUNDS, answer, None).await
}

/// `SELECT 1`, the answer and the naive query in turn, so that a noisy moment strikes each alike. The first rounds warm up and do not count.
async fn measure(
    bed: &Bed,
    name: &str,
    rounds: usize,
    answer: impl AsyncFn() -> anyhow::Result<()>,
    naive: Option<(Timestamp, Window)>,
) -> anyhow::Result<Case> {
    const WARM_UP: usize = 1;
    let since = time::parameter(Timestamp::now());
    let mut case = Case {
        name: name.to_owned(),
        select_one: vec![],
        answer: vec![],
        naive: vec![],
        costs: vec![],
    };
    let select_one = statement("SELECT 1 AS one", vec![]);
    for round in 0..rounds + WARM_UP {
        let start = Instant::now();
        bed.client.rows::<One>(&select_one).await?;
        let one = start.elapsed().as_secs_f64();
        let start = Instant::now();
        answer().await?;
        let answered = start.elapsed().as_secs_f64();
        if round >= WARM_UP {
            case.select_one.push(one);
            case.answer.push(answered);
        }
        let Some((before, current)) = naive else { continue };
        let params = vec![
            ("current_from", time::parameter(current.from).into()),
            ("current_to", time::parameter(current.to).into()),
            ("baseline_from", time::parameter(before).into()),
        ];
        let start = Instant::now();
        let query = statement(include_str!("sql/naive_health.sql"), params);
        anyhow::ensure!(bed.client.rows::<Naive>(&query).await?.len() == 40, "the naive query");
        if round >= WARM_UP {
            case.naive.push(start.elapsed().as_secs_f64());
        }
    }
    bed.client.execute(&statement("SYSTEM FLUSH LOGS", vec![])).await?;
    let costs = statement(
        include_str!("sql/cost_by_statement.sql"),
        vec![("since", since[..26].into())],
    );
    case.costs = bed.client.rows(&costs).await?;
    println!("measured: {name}");
    Ok(case)
}

fn print_table(cases: &[Case]) {
    println!("medians of {ROUNDS} rounds ({LONG_ROUNDS} of correlate), in ms");
    println!();
    println!("| question | SELECT 1 | answer | naive | answer ÷ SELECT 1 | naive ÷ answer |");
    println!("|---|--:|--:|--:|--:|--:|");
    for case in cases {
        let [one, answer, naive] = [&case.select_one, &case.answer, &case.naive].map(|seconds| median(seconds) * 1e3);
        let (naive, times) = match case.naive.is_empty() {
            true => ("–".to_owned(), "–".to_owned()),
            false => (format!("{naive:.1}"), format!("{:.2}", naive / answer)),
        };
        println!(
            "| {} | {one:.2} | {answer:.1} | {naive} | {:.1} | {times} |",
            case.name,
            answer / one
        );
    }
    println!();
    println!("| question | statement | times | CPU ms | rows read |");
    println!("|---|---|--:|--:|--:|");
    for case in cases {
        for cost in &case.costs {
            println!(
                "| {} | {} | {} | {:.1} | {} |",
                case.name, cost.name, cost.times, cost.cpu_ms, cost.rows
            );
        }
    }
}
