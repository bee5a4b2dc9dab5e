//! What sets lines apart: nothing where nothing happened, and the one bad pod among twelve where one is.

use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use kulprit::questions::differences::{self, Difference, Lines};
use kulprit::questions::log_changes::PatternChanges;
use kulprit_clickhouse::Insert;
use kulprit_request::time;
use kulprit_request::window::Window;
use serde_json::{Value, json};

use crate::store::{Store, window};
use crate::traffic::Rng;

const SEED: u64 = 20_260_207;
const PODS: usize = 12;
const TENANTS: usize = 15;
const ENDPOINTS: usize = 8;
const MINUTES: i64 = 240;
const MARK: &str = "circuit to the backend opened";
/// Rows among which the pod must be.
const FIRST: usize = 3;

/// Two windows that are alike, then a pod that alone logs what it should not.
pub async fn run(store: &Store, from: Timestamp) -> anyhow::Result<()> {
    for number in 0..4 {
        let service = format!("apart/{number}");
        let mut rng = Rng::new(SEED + number);
        insert(store, &service, requests(&service, &mut rng, from)).await?;
    }
    store.roll().await?;
    println!("\nWhat sets lines apart, where nothing happened: comparisons with any difference (aim: at most 5 %)\n");
    for minutes in [2, 5, 15] {
        let (mut compared, mut alarms) = (0, 0);
        let mut at = 30;
        while at + 2 * minutes <= MINUTES {
            let (baseline, current) = pair(from, at, minutes);
            for service in (0..4).map(|number| vec![format!("apart/{number}")]).chain([vec![]]) {
                let lines = Lines {
                    current,
                    baseline: baseline.into(),
                    services: if service.is_empty() { every() } else { service },
                    attributes: vec![],
                };
                let found = differences::of_window(&store.analyzer, &lines, 10).await?;
                compared += 1;
                alarms += usize::from(!found.differences.is_empty());
            }
            at += minutes.max(5);
        }
        let share = 100.0 * f64::from(alarms as u32) / f64::from(compared);
        println!("  {minutes:>2} min  {compared:>4} comparisons  {share:>4.1} % with a difference");
    }
    println!("\nOne bad pod among {PODS}: it is in the first {FIRST} rows of its pattern (aim: at least 95 %)\n");
    for (kind, usual) in [("a new message", 0.0), ("a message that all log now and then", 3.0)] {
        for lines in [20, 40, 100] {
            let found = bad_pods(store, from, lines, usual).await?;
            println!("  {kind:<36} {lines:>4} lines  {found}");
        }
    }
    Ok(())
}

fn every() -> Vec<String> {
    (0..4).map(|number| format!("apart/{number}")).collect()
}

fn pair(from: Timestamp, minute: i64, minutes: i64) -> (Window, Window) {
    let start = |minute: i64| from.checked_add(SignedDuration::from_mins(minute)).unwrap_or(from);
    (
        window(start(minute), minutes * 60),
        window(start(minute + minutes), minutes * 60),
    )
}

/// Copies of the traffic, in each of which another pod logs `lines` lines more in a window of ten minutes; each pod logs `usual` a minute anyway.
async fn bad_pods(store: &Store, from: Timestamp, lines: u32, usual: f64) -> anyhow::Result<String> {
    const TRIALS: u64 = 40;
    let (mut first, mut among, mut asked) = (0, 0, 0);
    for trial in 0..TRIALS {
        let service = format!("bad/{lines}/{usual}/{trial}");
        let mut rng = Rng::new(SEED + 1_000 * u64::from(lines) + trial);
        let start = from.checked_add(SignedDuration::from_mins(20))?;
        let mut rows = part(&service, &mut rng, start, 20);
        let bad = trial as usize % PODS;
        for minute in 0..20 {
            for pod in 0..PODS {
                for _ in 0..rng.poisson(usual / PODS as f64) {
                    rows.push(line(&service, &mut rng, (start, minute), pod, MARK));
                }
            }
        }
        for _ in 0..lines {
            let minute = 10 + (rng.unit() * 10.0) as i64;
            rows.push(line(&service, &mut rng, (start, minute), bad, MARK));
        }
        insert(store, &service, rows).await?;
        store.roll().await?;
        let (baseline, current) = pair(start, 0, 10);
        let question = PatternChanges {
            current,
            baseline: baseline.into(),
            services: vec![service.clone()],
            attributes: vec![],
            limit: 100,
        };
        let mut answer = store.ask(current, baseline, vec![service]).await?;
        differences::add_to(&mut answer, &store.analyzer, &question).await?;
        let group = answer.log_groups.iter().find(|group| group.pattern.contains(MARK));
        let Some(group) = group.filter(|group| group.status != "same") else {
            continue;
        };
        asked += 1;
        let names_pod = |difference: &Difference| {
            difference.value.as_deref() == Some(&format!("pod-{bad}")) && difference.key == "k8s.pod.name"
        };
        let place = group.differences.iter().flatten().position(names_pod);
        first += usize::from(place == Some(0));
        among += usize::from(place.is_some_and(|place| place < FIRST));
    }
    let share = |count: usize| 100.0 * count as f64 / f64::from(asked.max(1));
    Ok(format!(
        "first {:>5.1} %, first three {:>5.1} % of the {asked} of {TRIALS} whose pattern counts as changed",
        share(first),
        share(among)
    ))
}

fn requests(service: &str, rng: &mut Rng, from: Timestamp) -> Vec<Value> {
    part(service, rng, from, MINUTES)
}

/// Requests of tenants who come in bursts, on pods of unequal weight, each of one to four lines.
fn part(service: &str, rng: &mut Rng, from: Timestamp, minutes: i64) -> Vec<Value> {
    let rate = 25.0 + 50.0 * rng.unit();
    let pods: Vec<f64> = (0..PODS).map(|_| 0.6 + 0.8 * rng.unit()).collect();
    let mut bursting = [false; TENANTS];
    let mut rows = Vec::new();
    for minute in 0..minutes {
        for (tenant, is_bursting) in bursting.iter_mut().enumerate() {
            if tenant % 4 == 3 {
                *is_bursting = if *is_bursting {
                    rng.unit() > 0.3
                } else {
                    rng.unit() < 0.08
                };
            }
            let mean = rate / (tenant + 1) as f64 * if *is_bursting { 4.0 } else { 1.0 };
            let mean = mean * (0.7 + 0.6 * rng.unit());
            for _ in 0..rng.poisson(mean) {
                let pod = weighted(&pods, rng);
                let endpoint = (ENDPOINTS as f64 * rng.unit() * rng.unit()) as usize;
                let second = (rng.unit() * 59_000.0) as i64;
                let trace = format!("{:016x}{:016x}", (rng.unit() * 1e18) as u64, (rng.unit() * 1e18) as u64);
                for step in 0..=(endpoint % 4) as i64 {
                    let at = from.checked_add(SignedDuration::from_millis(minute * 60_000 + second + 40 * step));
                    let message = format!(
                        "{} step {} of request took {} ms",
                        [
                            "order", "cart", "parcel", "refund", "coupon", "invoice", "session", "account"
                        ][endpoint],
                        char::from(b'a' + step as u8),
                        (rng.unit() * 900.0) as u32
                    );
                    let attributes = (pod, tenant, endpoint);
                    rows.push(row(service, at.unwrap_or(from), &trace, attributes, &message));
                }
            }
        }
    }
    rows
}

fn line(service: &str, rng: &mut Rng, (from, minute): (Timestamp, i64), pod: usize, message: &str) -> Value {
    let second = (rng.unit() * 60_000.0) as i64;
    let at = from.checked_add(SignedDuration::from_millis(minute * 60_000 + second));
    let tenant = (TENANTS as f64 * rng.unit() * rng.unit()) as usize;
    let endpoint = (ENDPOINTS as f64 * rng.unit() * rng.unit()) as usize;
    let message = format!("{message} after {} ms", (rng.unit() * 900.0) as u32);
    row(service, at.unwrap_or(from), "", (pod, tenant, endpoint), &message)
}

fn row(service: &str, at: Timestamp, trace: &str, of: (usize, usize, usize), message: &str) -> Value {
    let (pod, tenant, endpoint) = of;
    json!({
        "Timestamp": time::parameter(at), "ServiceName": service, "Body": message, "TraceId": trace, "SeverityText": "INFO",
        "ResourceAttributes": {
            "k8s.pod.name": format!("pod-{pod}"), "host.name": format!("node-{}", pod / 2),
            "cloud.region": if pod < 6 { "eu" } else { "us" }, "service.version": "1.4.1",
        },
        "LogAttributes": {
            "tenant": format!("tenant-{tenant}"), "http.route": format!("/v1/{endpoint}"),
            "request.id": format!("{at}-{message}"),
        },
    })
}

fn weighted(weights: &[f64], rng: &mut Rng) -> usize {
    let mut left = rng.unit() * weights.iter().sum::<f64>();
    for (index, weight) in weights.iter().enumerate() {
        left -= weight;
        if left <= 0.0 {
            return index;
        }
    }
    weights.len() - 1
}

async fn insert(store: &Store, token: &str, rows: Vec<Value>) -> anyhow::Result<()> {
    let mut body = Vec::new();
    for row in rows {
        serde_json::to_writer(&mut body, &row)?;
        body.push(b'\n');
    }
    let insert = Insert {
        table: "otel_logs",
        columns: &[],
        format: "JSONEachRow",
        token,
    };
    Ok(store.bed.client.insert(insert, Bytes::from(body)).await?)
}
