//! Everything killed at random: `cargo bench --bench faults -- [ROUNDS [SEED]]` (20, 1) serves an empty directory, and while log lines are stored,
//! questions asked and incidents opened, kills the server, the engine and a function's process with SIGKILL that many times each, in an
//! order by SEED. Then it counts: it fails if a row or an incident that was acknowledged is lost or doubled, if an answer had a status that
//! no fault explains, or if the rollup does not come to equal a plain `GROUP BY` by itself.
#![allow(clippy::unwrap_used)]

mod clients;
#[path = "../common/program.rs"]
mod program;

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use kulprit_engine::Endpoint;
use kulprit_testing::{Service, Signal, engine, kill};

use clients::{Counts, Random};
use program::program;

/// How long the rollup may take to be right, once nothing is killed any more.
const PATIENCE: Duration = Duration::from_secs(600);
/// Cells of service, minute and shape in which the rollup and the log table differ.
const DIFFERENCES: &str = "
    SELECT count() FROM
    (
        SELECT service, minute, shape, sum(rolled) AS rolled, sum(there) AS there
        FROM
        (
            SELECT toString(service) AS service, minute, shape, lines AS rolled, 0 AS there
            FROM kulprit_log_minutes ARRAY JOIN shapesMap.shape_id AS shape, shapesMap.lines AS lines WHERE shape != 0
            UNION ALL
            SELECT toString(ServiceName), toDateTime(toStartOfMinute(Timestamp), 'UTC'), kulprit_shape(Body), 0, 1 FROM otel_logs
        )
        GROUP BY service, minute, shape
        HAVING rolled != there
    )";

/// What is killed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Victim {
    Server,
    Engine,
    Function,
}

fn main() {
    let numbers: Vec<u64> = std::env::args()
        .skip(1)
        .filter_map(|argument| argument.parse().ok())
        .collect();
    let rounds = numbers.first().copied().unwrap_or(20);
    let mut random = Random::new(numbers.get(1).copied().unwrap_or(1));
    let data = Path::new(env!("CARGO_TARGET_TMPDIR")).join("bench-faults");
    let _ = std::fs::remove_dir_all(&data);
    std::fs::create_dir_all(&data).unwrap();

    let began = Instant::now();
    let service = Mutex::new(serve(&data));
    let url = Mutex::new(service.lock().unwrap().url.clone());
    let counts = Counts::default();
    let is_over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        for writer in 0..2 {
            let (data, counts, is_over) = (&data, &counts, &is_over);
            scope.spawn(move || clients::store_lines(writer, data, counts, is_over));
        }
        scope.spawn(|| clients::ask(&url, &counts, &is_over));
        scope.spawn(|| clients::open_incidents(&url, &counts, &is_over));
        let killed = kill_all(rounds, &mut random, &data, &service, &url);
        is_over.store(true, Ordering::Relaxed);
        println!(
            "killed with SIGKILL: {killed:?}, in {:.0} s",
            began.elapsed().as_secs_f64()
        );
    });
    check(&data, &service, &counts);
    let (code, said) = service.into_inner().unwrap().end(Signal::SIGTERM);
    assert_eq!(code, 0, "{said}");
    std::fs::remove_dir_all(data).unwrap();
}

fn serve(data: &Path) -> Service {
    let config = data.join("faults.toml");
    std::fs::write(&config, "auth = \"none\"\n").unwrap();
    let mut command = Command::new(program().unwrap());
    command.args(["serve", "--port", "0", "--data"]).arg(data);
    command.arg("--config").arg(config);
    let service = Service::start(command);
    service.wait_for("/ready", 200, None);
    service
}

/// Kills each of them so often, at random, and waits each time until all is back.
fn kill_all(
    rounds: u64,
    random: &mut Random,
    data: &Path,
    service: &Mutex<Service>,
    url: &Mutex<String>,
) -> BTreeMap<Victim, u64> {
    let mut left: Vec<Victim> = [Victim::Server, Victim::Engine, Victim::Function]
        .into_iter()
        .flat_map(|victim| (0..rounds).map(move |_| victim))
        .collect();
    let mut killed = BTreeMap::new();
    while !left.is_empty() {
        let victim = left.swap_remove(random.below(left.len()));
        std::thread::sleep(Duration::from_millis(200 + random.below(4_000) as u64));
        let mut service = service.lock().unwrap();
        match victim {
            Victim::Server => {
                service.process.send(Signal::SIGKILL);
                service.process.wait();
                // Its engine ends with it, in order; the next server waits for that by itself.
                *service = serve(data);
                *url.lock().unwrap() = service.url.clone();
            }
            Victim::Engine => {
                kill(engine::host_pid(data), Signal::SIGKILL);
                std::thread::sleep(Duration::from_millis(300));
                service.wait_for("/ready", 200, None);
            }
            Victim::Function => {
                let functions = loop {
                    let functions = engine::function_pids(data, "");
                    if !functions.is_empty() {
                        break functions;
                    }
                    std::thread::sleep(Duration::from_millis(20));
                };
                kill(functions[random.below(functions.len())], Signal::SIGKILL);
            }
        }
        *killed.entry(victim).or_default() += 1;
    }
    killed
}

/// Everything that was acknowledged is there once, and the rollup comes to be right.
fn check(data: &Path, service: &Mutex<Service>, counts: &Counts) {
    let owner = clients::owner(data).unwrap();
    let number = |owner: &Endpoint, sql: &str| -> u64 { engine::answer(owner, sql).parse().unwrap() };
    let stored = counts.lines.load(Ordering::Relaxed);
    let (all, distinct) = (
        number(&owner, "SELECT count() FROM otel_logs"),
        number(&owner, "SELECT uniqExact(Body) FROM otel_logs"),
    );
    println!("log lines: {stored} acknowledged, {all} stored, {distinct} of them different");
    assert_eq!((all, distinct), (stored, stored), "a line is lost or doubled");

    let page = service.lock().unwrap().get("/api/v1/incidents?limit=500").json();
    let mut titles: Vec<_> = page["incidents"]
        .as_array()
        .unwrap()
        .iter()
        .map(|incident| incident["title"].as_str().unwrap().to_owned())
        .collect();
    titles.sort();
    let mut acknowledged = counts.incidents.lock().unwrap().clone();
    acknowledged.sort();
    println!(
        "incidents: {} acknowledged, {} stored",
        acknowledged.len(),
        titles.len()
    );
    assert_eq!(titles, acknowledged, "an incident is lost or doubled");

    println!(
        "answers to questions by status (0: the server was dead): {:?}",
        counts.answers.lock().unwrap()
    );
    let began = Instant::now();
    let first = number(&owner, DIFFERENCES);
    loop {
        let differences = number(&owner, DIFFERENCES);
        if differences == 0 {
            break;
        }
        assert!(
            began.elapsed() < PATIENCE,
            "{differences} cells of the rollup are still wrong"
        );
        std::thread::sleep(Duration::from_secs(1));
    }
    println!(
        "rollup: {first} cells were behind when the last kill was over; equal to GROUP BY after {:.0} s",
        began.elapsed().as_secs_f64()
    );
    let answers = counts.answers.lock().unwrap();
    let unexplained: Vec<_> = answers
        .keys()
        .filter(|status| ![0, 200, 503, 504].contains(*status))
        .collect();
    assert!(unexplained.is_empty(), "{unexplained:?}");
}
