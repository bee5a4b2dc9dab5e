//! List, search and statistics over many incidents, against a bare `SELECT 1` through the same stack: the same server, pool and file.

use std::net::IpAddr;
use std::path::Path;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use kulprit::config::Config;
use kulprit::http::{App, routes};
use kulprit_clickhouse::{Client, Endpoint};
use kulprit_incidents::{Actor, Change, Incidents, OpenRequest, Snapshot, State};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::net::TcpListener;
use warp::Filter as _;

const ASKED: usize = 200;
const SERVICES: [&str; 12] = [
    "frontend", "checkout", "payment", "cart", "catalog", "shipping", "email", "currency", "ads", "search", "auth",
    "ledger",
];

/// Measures over so many incidents, in the store at `kept` when there is one: filling it takes longer than all else.
pub fn run(incidents: u32, kept: Option<&Path>) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let directory = TempDir::new().unwrap();
    let path = kept.map_or_else(|| directory.path().join("incidents.db"), Path::to_owned);
    runtime.block_on(measure(incidents, &path));
}

async fn measure(count: u32, path: &Path) {
    let is_there = path.exists();
    let incidents = Incidents::open(path).unwrap();
    if !is_there {
        let began = Instant::now();
        fill(&incidents, count).await;
        println!("{count} incidents stored in {:.1} s", began.elapsed().as_secs_f64());
    }
    let url = serve(incidents).await;
    let cursor = tokio::task::spawn_blocking({
        let url = url.clone();
        move || middle(&url, count)
    });
    let cursor = cursor.await.unwrap();
    let list = |query: &str| format!("/api/v1/incidents?{query}");
    let asked = [
        ("SELECT 1", "/select-1".to_owned()),
        ("list, first page", list("")),
        ("list, a page in the middle", list(&format!("cursor={cursor}"))),
        ("list by severity", list("sort=-severity")),
        ("list by update", list("sort=updated_at")),
        (
            "list, three filters",
            list("state=open,reopened&severity=critical&service=ledger"),
        ),
        ("list, a rare label", list("label=rare")),
        (
            "list, filters that nothing meets",
            list("state=closed&service=frontend&label=none"),
        ),
        ("list, an hour", list("from=now-1h")),
        ("search, one word in all", list("q=timeout")),
        ("search, one word in a tenth", list("q=replica3")),
        ("search, one word in a few", list("q=needle")),
        (
            "search, words and filters",
            list("q=timeout%20upstream&state=open&service=cart"),
        ),
        ("search, two letters", list("q=ti")),
        ("search, nothing", list("q=absent")),
        ("stats", "/api/v1/incidents/stats".to_owned()),
        ("stats, a day", "/api/v1/incidents/stats?from=now-1d".to_owned()),
    ];
    let mut base = None;
    println!(
        "{:<36} {:>9} {:>9} {:>9} {:>9}",
        "", "p50 ms", "p95 ms", "CPU ms", "p95 ratio"
    );
    for (name, path) in asked {
        let url = format!("{url}{path}");
        let before = processor_time();
        let mut times = tokio::task::spawn_blocking(move || times(&url)).await.unwrap();
        let processor = (processor_time() - before).as_secs_f64() * 1e3 / ASKED as f64;
        times.sort();
        let at = |fraction: f64| times[(fraction * (times.len() - 1) as f64) as usize].as_secs_f64() * 1e3;
        let (p50, p95) = (at(0.5), at(0.95));
        let base = *base.get_or_insert(p95);
        println!("{name:<36} {p50:>9.2} {p95:>9.2} {processor:>9.2} {:>9.1}", p95 / base);
    }
    println!("resident memory: {} MiB", resident());
}

/// The service, and beside it a route that asks the store the least that can be asked.
async fn serve(incidents: Incidents) -> String {
    let endpoint = Endpoint {
        url: "http://127.0.0.1:1".to_owned(),
        user: String::new(),
        password: String::new(),
        database: "default".to_owned(),
    };
    let client = Client::new(endpoint, Duration::from_secs(5));
    let mut config = Config::default();
    config.incidents.org = "shop".to_owned();
    let app = App::on(IpAddr::from([127, 0, 0, 1]), client, config, Some(incidents.clone())).unwrap();
    let select = warp::path!("select-1").then(move || {
        let incidents = incidents.clone();
        async move { incidents.ping().await.map_or("failed", |()| "1") }
    });
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(warp::serve(select.or(routes(app))).incoming(listener).run());
    url
}

fn agent() -> ureq::Agent {
    ureq::Agent::config_builder().proxy(None).build().into()
}

fn times(url: &str) -> Vec<Duration> {
    let agent = agent();
    (0..ASKED)
        .map(|_| {
            let began = Instant::now();
            let mut response = agent.get(url).call().unwrap();
            response.body_mut().read_to_vec().unwrap();
            began.elapsed()
        })
        .collect()
}

/// A cursor to the middle of the list.
fn middle(url: &str, count: u32) -> String {
    let agent = agent();
    let mut cursor = String::new();
    for _ in 0..count / 1_000 {
        let url = format!("{url}/api/v1/incidents?limit=500&cursor={cursor}");
        let page: Value =
            serde_json::from_slice(&agent.get(&url).call().unwrap().body_mut().read_to_vec().unwrap()).unwrap();
        page["next_cursor"].as_str().unwrap().clone_into(&mut cursor);
    }
    cursor
}

async fn fill(incidents: &Incidents, count: u32) {
    let actor = || Actor {
        who: "bench".to_owned(),
        via: "token",
    };
    let now = Timestamp::now();
    let mut tasks = tokio::task::JoinSet::new();
    for worker in 0..8 {
        let incidents = incidents.clone();
        tasks.spawn(async move {
            for number in (worker..count).step_by(8) {
                let at = |step: u32| SERVICES[((number / step) as usize) % SERVICES.len()].to_owned();
                let needle = if number % 10_007 == 0 { "needle" } else { "" };
                let request = OpenRequest {
                    title: format!("{} timeout on replica{} of upstream {number}", at(1), number % 10),
                    severity: ["low", "medium", "high", "critical"][(number % 4) as usize].to_owned(),
                    services: vec![at(1), at(7)],
                    from: "now-10m".to_owned(),
                    to: "now".to_owned(),
                    labels: vec![if number % 5_003 == 0 { "rare" } else { "prod" }.to_owned()],
                    note: format!("pager {needle}"),
                    ..OpenRequest::default()
                };
                let draft = request.validate(now).unwrap();
                let opened = incidents
                    .add("shop", draft, snapshot(number), actor(), None)
                    .await
                    .unwrap();
                let steps = [State::Acknowledged, State::Mitigated, State::Resolved, State::Closed];
                for state in steps.into_iter().take((number % 5) as usize) {
                    let change = Change::step(state, "").unwrap();
                    incidents
                        .change("shop", &opened.incident.id, None, change, actor())
                        .await
                        .unwrap();
                }
            }
        });
    }
    while let Some(done) = tasks.join_next().await {
        done.unwrap();
    }
}

/// A snapshot with ten patterns, as small ones are.
fn snapshot(number: u32) -> Snapshot {
    let groups: Vec<_> = (0..10)
        .map(|rank| {
            json!({
                "pattern": format!("connection <*> to shard{} refused after <*> ms", (number + rank) % 300),
                "service": SERVICES[((number + rank) as usize) % SERVICES.len()],
                "current_count": number, "baseline_count": rank, "kl_contribution": 0.01, "q_value": 0.001,
                "representative_logs": ["connection 17 to shard4 refused after 3000 ms"],
            })
        })
        .collect();
    Snapshot::of(&json!({
        "format": "kulprit-snapshot/1",
        "parts": [{ "name": "pattern_changes", "status": "ok", "reason": "", "answer": { "log_groups": groups }, "sql": [] }],
    }))
}

/// What this process, server and client in one, has had of the processors, in hundredths of a second. Unlike the time on the wall it is the
/// same on a machine that does other things too.
fn processor_time() -> Duration {
    let status = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // Behind the name, which may hold blanks: utime and stime are the 12th and 13th.
    let fields = status
        .rsplit_once(')')
        .map_or("", |(_, fields)| fields)
        .split_whitespace();
    let ticks: u64 = fields
        .skip(11)
        .take(2)
        .filter_map(|ticks| ticks.parse::<u64>().ok())
        .sum();
    Duration::from_millis(ticks * 10)
}

/// Of this process, which is server, store and clients in one.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok())
        .unwrap_or(0)
        / 1_024
}
