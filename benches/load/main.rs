//! Many clients at once: `cargo bench --bench load -- [SECONDS [CONNECTIONS [PAUSE_MS]]]` (60, 64, 1000) serves the demo's shop, measures a
//! hover alone, then lets that many connections ask a mix of everything for so long, each with a pause between two requests (of PAUSE_MS
//! on average), and ends once every snapshot is whole. It prints the status codes and the times by endpoint, and the memory and open files
//! of server and engine at a tenth of the way and at the end, and fails on a 5xx, a lost file or a snapshot that stays in parts.
//! `KULPRIT_BENCH_DATA` names a directory that is kept.
#![allow(clippy::unwrap_used)]

#[path = "../common/percentile.rs"]
mod percentile;
#[path = "../common/program.rs"]
mod program;
mod requests;
mod resources;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use kulprit_testing::http::Http;
use kulprit_testing::{Service, Signal, engine};

use percentile::percentile;
use program::program;
use requests::{Client, Window};
use resources::Resources;

/// Hovers that are asked one after the other, alone.
const IDLE_HOVERS: usize = 60;
/// How long missing parts of snapshots may take to be there once the load is over.
const PATIENCE: Duration = Duration::from_secs(300);

/// What was answered, by endpoint: status and milliseconds.
type Answers = BTreeMap<&'static str, Vec<(u16, f64)>>;

fn main() {
    let numbers: Vec<u64> = std::env::args()
        .skip(1)
        .filter_map(|argument| argument.parse().ok())
        .collect();
    let number = |place: usize, default| numbers.get(place).copied().unwrap_or(default);
    let (length, connections) = (Duration::from_secs(number(0, 60)), number(1, 64));
    let pause = Duration::from_millis(number(2, 1_000));

    let data = data_dir();
    let window = fill(&data);
    let service = serve(&data);
    let mut idle: Vec<f64> = (0..IDLE_HOVERS)
        .map(|seed| Client::new(&service.url, &window, seed as u64).hover().2)
        .collect();
    let idle_p95 = percentile(&mut idle, 0.95);
    println!(
        "a hover alone: p50 {:.0} ms, p95 {idle_p95:.0} ms",
        percentile(&mut idle, 0.5)
    );

    let processes = [service.process.pid(), engine::host_pid(&data)];
    let answers = Mutex::new(Answers::new());
    let began = Instant::now();
    let [early, late] = std::thread::scope(|scope| {
        for number in 0..connections {
            let (answers, url, window) = (&answers, &service.url, &window);
            scope.spawn(move || {
                let mut client = Client::new(url, window, 1_000 + number);
                while began.elapsed() < length {
                    let (name, status, took) = client.anything();
                    answers.lock().unwrap().entry(name).or_default().push((status, took));
                    std::thread::sleep(pause.mul_f64(2.0 * client.random()));
                }
            });
        }
        std::thread::sleep(length.div_f64(10.0));
        let early = processes.map(Resources::of);
        std::thread::sleep(length.saturating_sub(began.elapsed()));
        [early, processes.map(Resources::of)]
    });
    let answers = answers.into_inner().unwrap();
    report(&answers, idle_p95);
    let (whole, took) = wait_for_snapshots(&service.url);
    println!(
        "snapshots: all {whole} whole, {:.0} s after the load",
        took.as_secs_f64()
    );
    std::thread::sleep(Duration::from_secs(2));
    let after = processes.map(Resources::of);
    for (place, name) in ["server", "engine"].into_iter().enumerate() {
        println!(
            "{name}: memory {} → {} MB, after it {} MB; open files {} → {}, after it {}",
            early[place].memory_mb,
            late[place].memory_mb,
            after[place].memory_mb,
            early[place].files,
            late[place].files,
            after[place].files
        );
    }
    let (code, said) = service.end(Signal::SIGTERM);
    assert_eq!(code, 0, "{said}");
    let broken = answers
        .values()
        .flatten()
        .filter(|(status, _)| *status >= 500 || *status == 0);
    assert_eq!(broken.count(), 0, "a 5xx, or no answer");
}

fn data_dir() -> PathBuf {
    std::env::var_os("KULPRIT_BENCH_DATA").map_or_else(
        || {
            let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("bench-load");
            let _ = std::fs::remove_dir_all(&directory);
            directory
        },
        PathBuf::from,
    )
}

/// Plays the demo into `data` unless it is there; the time of its incident.
fn fill(data: &Path) -> Window {
    let file = data.join("window");
    if !file.is_file() {
        let output = Command::new(program().unwrap())
            .args(["demo", "--once", "--data"])
            .arg(data)
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        std::fs::write(&file, output.stdout).unwrap();
    }
    Window::of_demo(&std::fs::read_to_string(&file).unwrap())
}

fn serve(data: &Path) -> Service {
    let config = data.join("load.toml");
    std::fs::write(&config, "auth = \"none\"\n").unwrap();
    let mut command = Command::new(program().unwrap());
    command
        .args(["serve", "--port", "0", "--database", "kulprit_demo", "--data"])
        .arg(data)
        .arg("--config")
        .arg(config);
    let service = Service::start(command);
    service.wait_for("/ready", 200, None);
    service
}

fn report(answers: &Answers, idle_p95: f64) {
    println!("{:<16} {:>6}  {:>8} {:>8}  statuses", "", "asked", "p50 ms", "p95 ms");
    for (name, all) in answers {
        let mut good: Vec<f64> = all
            .iter()
            .filter(|(status, _)| *status < 300)
            .map(|(_, took)| *took)
            .collect();
        let mut statuses = BTreeMap::<u16, usize>::new();
        for (status, _) in all {
            *statuses.entry(*status).or_default() += 1;
        }
        let (p50, p95) = (percentile(&mut good, 0.5), percentile(&mut good, 0.95));
        println!("{name:<16} {:>6}  {p50:>8.0} {p95:>8.0}  {statuses:?}", all.len());
        if *name == requests::HOVER {
            println!("{:<16} p95 is {:.1} times that of a hover alone", "", p95 / idle_p95);
        }
    }
}

/// Waits until no snapshot has parts that are still to come; how many there are, and how long it took. Fails for one that has a part
/// that failed.
fn wait_for_snapshots(url: &str) -> (usize, Duration) {
    let began = Instant::now();
    let http = Http::default();
    let get = |path: &str| http.send("GET", &format!("{url}{path}"), &[], None).unwrap().json();
    loop {
        let page = get("/api/v1/incidents?limit=500");
        let ids = page["incidents"]
            .as_array()
            .unwrap()
            .iter()
            .map(|incident| &incident["id"]);
        let parts: Vec<_> = ids
            .flat_map(|id| {
                let incident = get(&format!("/api/v1/incidents/{}", id.as_str().unwrap()));
                incident["snapshot"]["parts"].as_array().unwrap().clone()
            })
            .collect();
        let missing: Vec<_> = parts.iter().filter(|part| part["status"] != "ok").collect();
        if missing.is_empty() {
            return (page["incidents"].as_array().unwrap().len(), began.elapsed());
        }
        assert!(
            began.elapsed() < PATIENCE,
            "{} parts are missing: {:?}",
            missing.len(),
            missing[0]
        );
        std::thread::sleep(Duration::from_millis(500));
    }
}
