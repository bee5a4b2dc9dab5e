//! `POST /query_logs` held against the design with three queries, as the Go service before Kulprit asked them, over a table of its own layout:
//! `cargo bench --bench versus -- [SECONDS]`. One question at a time in an interleaved run, then 8 clients at once for SECONDS (20) each,
//! then 8, 32 and 128 clients of Kulprit with `/health` beside them,
//! each about another window and all about the same. `KULPRIT_BENCH_ROWS` sets the number of lines (10,000,000);
//! `KULPRIT_BENCH_DATA` names a directory that is kept, and read again when it holds lines already.
//!
//! The three queries are asked straight from here, without the service that would ask them: that favours them.

#[path = "../common/mod.rs"]
mod common;
#[path = "../common/naive.rs"]
mod naive_design;
#[path = "../common/percentile.rs"]
mod percentile;
mod spent;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use anyhow::ensure;
use jiff::SignedDuration;
use kulprit::questions::log_changes::PatternChanges;
use kulprit::rollups::logs::Roller;
use kulprit::setup;
use kulprit_clickhouse::Client;
use kulprit_request::window::Window;
use kulprit_testing::http::Http;
use kulprit_testing::{Service, Signal};
use serde_json::json;

use common::{Bed, SERVICE, fresh_dir, median, question, rows, statement};
use naive_design::Design;
use percentile::percentile;
use spent::Spent;

const ROUNDS: usize = 30;
const WARM_UP: usize = 3;
const WINDOWS: [(&str, i64); 3] = [("5 min", 5), ("1 h", 60), ("6 h", 360)];
/// Panel, and what its metric is called: the label says the service.
const SCOPES: [(&str, &str); 2] = [("all", "lines"), ("one", "lines{service=\"service-10\"}")];

/// One question to both.
struct Case {
    name: String,
    panel: &'static str,
    metric_name: &'static str,
    minutes: i64,
    /// How often it was asked: each time about a window that ends a minute earlier, within two hours, so that nothing is answered from memory.
    asked: AtomicI64,
}

impl Case {
    fn next(&self) -> anyhow::Result<PatternChanges> {
        let back = SignedDuration::from_mins(self.asked.fetch_add(1, Ordering::Relaxed) % 120);
        let mut question = question(self.minutes, &[], 10)?;
        for window in [&mut question.current, &mut question.baseline.first] {
            window.from = window.from.checked_sub(back)?;
            window.to = window.to.checked_sub(back)?;
        }
        Ok(question)
    }

    fn body(&self, window: &Window) -> String {
        let body = json!({
            "org": "1", "dashboard": "shop", "panel_title": self.panel, "metric_name": self.metric_name,
            "start_time": window.from, "end_time": window.to,
        });
        body.to_string()
    }
}

/// Milliseconds that each answer took, and milliseconds of a core that it cost ClickHouse, its functions and the service.
#[derive(Default)]
struct Measured {
    wall: Vec<f64>,
    core: f64,
}

fn main() -> anyhow::Result<()> {
    let seconds = std::env::args().skip(1).find_map(|argument| argument.parse().ok());
    let length = Duration::from_secs(seconds.unwrap_or(20));
    let runtime = tokio::runtime::Runtime::new()?;
    let kept = std::env::var_os("KULPRIT_BENCH_DATA").map(PathBuf::from);
    let bed = runtime.block_on(prepared(kept.clone()))?;
    let service = serve(&bed.data)?;
    let (cases, url) = (cases(), service.url.as_str());

    println!("\none question at a time, medians of {ROUNDS}\n");
    println!(
        "{:<22} {:>12} {:>12} {:>8} {:>12} {:>12}",
        "", "Kulprit ms", "three ms", "÷", "Kulprit core", "three core"
    );
    for case in &cases {
        let (mut ours, mut theirs) = (Measured::default(), Measured::default());
        for round in 0..ROUNDS + WARM_UP {
            for (who, measured) in [(true, &mut ours), (false, &mut theirs)] {
                let before = Spent::of(&bed.data, service.process.pid());
                let began = Instant::now();
                if who {
                    ask(&Http::default(), url, case)?;
                } else {
                    runtime.block_on(three(&bed.client, case))?;
                }
                if round >= WARM_UP {
                    measured.wall.push(began.elapsed().as_secs_f64() * 1e3);
                    measured.core += Spent::of(&bed.data, service.process.pid()).since(before) / ROUNDS as f64;
                }
            }
        }
        let (our_wall, their_wall) = (median(&ours.wall), median(&theirs.wall));
        println!(
            "{:<22} {our_wall:>12.1} {their_wall:>12.1} {:>8.2} {:>12.1} {:>12.1}",
            case.name,
            their_wall / our_wall,
            ours.core,
            theirs.core
        );
    }

    println!("\n8 clients at once, answers a second\n");
    println!("{:<22} {:>12} {:>12} {:>8}", "", "Kulprit", "three", "÷");
    for case in &cases {
        let ours = answers_a_second(8, length, || {
            let http = Http::default();
            move || ask(&http, url, case)
        })?;
        let theirs = answers_a_second(8, length, || {
            let client = bed.client.apart();
            let handle = runtime.handle().clone();
            move || handle.block_on(three(&client, case))
        })?;
        println!(
            "{:<22} {:>12.1} {:>12.1} {:>8.2}",
            case.name,
            ours.0,
            theirs.0,
            ours.0 / theirs.0
        );
    }

    let busiest = &cases[1];
    let same = busiest.body(&busiest.next()?.current);
    for (what, is_same) in [
        ("each about another window", false),
        ("all about the same window", true),
    ] {
        println!("\nmany clients of Kulprit, {}, {what}\n", busiest.name);
        println!(
            "{:>8} {:>12} {:>12} {:>16}",
            "clients", "answers/s", "p95 ms", "/health p95 ms"
        );
        for clients in [8, 32, 128] {
            let health = Mutex::new(vec![]);
            let began = Instant::now();
            let (rate, p95) = std::thread::scope(|scope| {
                scope.spawn(|| ask_health(url, began, length, &health));
                answers_a_second(clients, length, || {
                    let (http, same) = (Http::default(), same.as_str());
                    move || match is_same {
                        true => post(&http, url, same),
                        false => ask(&http, url, busiest),
                    }
                })
            })?;
            let health = percentile(&mut lock(&health), 0.95);
            println!("{clients:>8} {rate:>12.1} {p95:>12.0} {health:>16.0}");
        }
    }

    let (code, said) = service.end(Signal::SIGTERM);
    ensure!(code == 0, "{said}");
    let data = bed.data.clone();
    runtime.block_on(bed.engine.stop())?;
    if kept.is_none() {
        std::fs::remove_dir_all(data)?;
    }
    Ok(())
}

/// Asks whether the service is alive for so long, and notes how many milliseconds that took.
fn ask_health(url: &str, began: Instant, length: Duration, took: &Mutex<Vec<f64>>) {
    let http = Http::default();
    while began.elapsed() < length {
        let asked = Instant::now();
        let answer = http.send("GET", &format!("{url}/health"), &[], None);
        if answer.is_ok_and(|answer| answer.status == 200) {
            lock(took).push(asked.elapsed().as_secs_f64() * 1e3);
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// An engine with lines in both layouts, rolled up.
async fn prepared(kept: Option<PathBuf>) -> anyhow::Result<Bed> {
    let bed = Bed::open(kept.unwrap_or_else(|| fresh_dir("bench-versus"))).await?;
    bed.create_log_table().await?;
    setup::apply(&bed.config, &bed.client).await?;
    if bed.number("SELECT count() AS number FROM otel_logs").await? == 0 {
        bed.generate(rows("KULPRIT_BENCH_ROWS", 10_000_000)?).await?;
        let table = "CREATE TABLE panel_lines (org LowCardinality(String), dashboard LowCardinality(String), \
                     panel_title LowCardinality(String), metric_name LowCardinality(String), Timestamp DateTime64(9), \
                     template_id UInt64, Body String) ENGINE = MergeTree ORDER BY (org, dashboard, panel_title, metric_name, Timestamp)";
        bed.client.execute(&statement(table, vec![])).await?;
        let filled = statement(
            include_str!("../sql/fill_panels.sql"),
            vec![("service", SERVICE.into())],
        );
        bed.client.execute(&filled).await?;
    }
    Roller::new(bed.client.clone(), &bed.config).catch_up().await?;
    bed.settle().await?;
    Ok(bed)
}

fn serve(data: &Path) -> anyhow::Result<Service> {
    let config = data.join("versus.toml");
    std::fs::write(&config, "auth = \"none\"\n[server]\nmax_requests = 256\n")?;
    let mut command = Command::new(common::program()?);
    command.args(["serve", "--port", "0", "--data"]).arg(data);
    command.arg("--config").arg(config);
    let service = Service::start(command);
    service.wait_for("/ready", 200, None);
    Ok(service)
}

fn cases() -> Vec<Case> {
    let mut cases = vec![];
    for (panel, metric_name) in SCOPES {
        for (window, minutes) in WINDOWS {
            cases.push(Case {
                name: format!("{panel} service{}, {window}", if panel == "all" { "s" } else { "" }),
                panel,
                metric_name,
                minutes,
                asked: AtomicI64::new(0),
            });
        }
    }
    cases
}

fn ask(http: &Http, url: &str, case: &Case) -> anyhow::Result<()> {
    post(http, url, &case.body(&case.next()?.current))
}

fn post(http: &Http, url: &str, body: &str) -> anyhow::Result<()> {
    let headers = [("content-type", "application/json")];
    let answer = http.send("POST", &format!("{url}/query_logs"), &headers, Some(body))?;
    ensure!(answer.status == 200, "{}", answer.text);
    ensure!(
        answer.text.contains("representative_logs"),
        "an empty answer is fast for the wrong reason"
    );
    Ok(())
}

async fn three(client: &Client, case: &Case) -> anyhow::Result<()> {
    let samples = Design::of_panel(case.panel).answer(client, &case.next()?).await?;
    ensure!(!samples.is_empty(), "an empty answer is fast for the wrong reason");
    Ok(())
}

/// Lets so many clients ask for so long, each the next as soon as it has an answer. Answers a second, and their 95th percentile in ms.
fn answers_a_second<A>(clients: usize, length: Duration, client: impl Fn() -> A + Sync) -> anyhow::Result<(f64, f64)>
where
    A: FnMut() -> anyhow::Result<()>,
{
    let took = Mutex::new(vec![]);
    let failed = Mutex::new(None);
    let began = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..clients {
            scope.spawn(|| {
                let mut ask = client();
                while began.elapsed() < length {
                    let asked = Instant::now();
                    if let Err(error) = ask() {
                        *lock(&failed) = Some(error);
                        return;
                    }
                    lock(&took).push(asked.elapsed().as_secs_f64() * 1e3);
                }
            });
        }
    });
    let elapsed = began.elapsed().as_secs_f64();
    if let Some(error) = lock(&failed).take() {
        return Err(error);
    }
    let mut took = lock(&took);
    Ok((took.len() as f64 / elapsed, percentile(&mut took, 0.95)))
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}
