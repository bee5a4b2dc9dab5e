//! What goes on while things are killed. Each client repeats what was not acknowledged until it is.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use kulprit::cli::ingest::ClientSink;
use kulprit_engine::Endpoint;
use kulprit_ingest::{Batch, Sink as _, Table};
use kulprit_testing::engine;
use kulprit_testing::http::Http;
use serde_json::json;

const LINES_A_BATCH: u64 = 500;
const PAUSE: Duration = Duration::from_millis(50);

/// What was acknowledged, and how questions were answered.
#[derive(Default)]
pub struct Counts {
    pub lines: AtomicU64,
    /// Titles.
    pub incidents: Mutex<Vec<String>>,
    /// By status; 0 is no answer.
    pub answers: Mutex<BTreeMap<u16, u64>>,
}

/// A generator that a seed repeats.
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 16) as usize % end
    }
}

/// The engine as its owner, as it runs now; none while it does not.
pub fn owner(data: &Path) -> Option<Endpoint> {
    let announcement = std::fs::read(data.join("endpoint.json")).ok()?;
    let announcement: serde_json::Value = serde_json::from_slice(&announcement).ok()?;
    let credentials = std::fs::read_to_string(data.join("credentials")).ok()?;
    let password = credentials.lines().find_map(|line| line.strip_prefix("kulprit:"))?;
    Some(Endpoint {
        url: announcement["url"].as_str()?.to_owned(),
        user: "kulprit".to_owned(),
        password: password.to_owned(),
    })
}

/// Stores batch after batch, as `kulprit ingest` does: the same one with the same token until it is acknowledged.
pub fn store_lines(writer: u64, data: &Path, counts: &Counts, is_over: &AtomicBool) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    for batch in 0.. {
        if is_over.load(Ordering::Relaxed) {
            return;
        }
        let begin = Timestamp::now() - SignedDuration::from_mins(30);
        let rows: String = (0..LINES_A_BATCH)
            .map(|number| {
                let time = begin + SignedDuration::from_secs((number * 3) as i64);
                let body = format!("order {writer}-{batch}-{number} accepted in {} ms", number % 43);
                let service = format!("shop-{}", number % 7);
                json!({"Timestamp": time.to_string().trim_end_matches('Z'), "ServiceName": service, "Body": body})
                    .to_string()
                    + "\n"
            })
            .collect();
        let mut batch = Batch {
            table: Table::OtelLogs,
            columns: ["Timestamp", "ServiceName", "Body"].map(str::to_owned).to_vec(),
            format: "JSONEachRow",
            body: rows.into(),
            rows: LINES_A_BATCH,
            token: format!("{writer}-{batch}"),
            is_repeated: false,
        };
        while !runtime.block_on(is_stored(data, batch.clone())) {
            batch.is_repeated = true;
            std::thread::sleep(PAUSE);
        }
        counts.lines.fetch_add(LINES_A_BATCH, Ordering::Relaxed);
        std::thread::sleep(PAUSE);
    }
}

/// Whether the engine, as it runs now, has acknowledged the batch.
async fn is_stored(data: &Path, batch: Batch) -> bool {
    let Some(owner) = owner(data) else { return false };
    let client = engine::client(&owner, "default");
    // Another password than this engine's is an answer too: the next attempt reads it anew.
    ClientSink::new(client, batch.table).insert(batch).await.is_ok()
}

/// Asks which patterns changed, again and again.
pub fn ask(url: &Mutex<String>, counts: &Counts, is_over: &AtomicBool) {
    let http = Http::default();
    while !is_over.load(Ordering::Relaxed) {
        let now = Timestamp::now();
        let body = json!({
            "org": "1", "dashboard": "shop", "panel_title": "orders", "metric_name": "orders_total",
            "start_time": now - SignedDuration::from_mins(10), "end_time": now,
        });
        let status = post(&http, url, "/query_logs", &[], &body);
        *counts.answers.lock().unwrap().entry(status).or_default() += 1;
        std::thread::sleep(PAUSE);
    }
}

/// Opens one incident after the other, each by a key of its own until it is acknowledged.
pub fn open_incidents(url: &Mutex<String>, counts: &Counts, is_over: &AtomicBool) {
    let http = Http::default();
    for number in 0.. {
        if is_over.load(Ordering::Relaxed) {
            return;
        }
        let title = format!("incident {number}");
        let to = Timestamp::now();
        let body = json!({ "title": title, "severity": "low", "from": to - SignedDuration::from_mins(5), "to": to });
        while post(&http, url, "/api/v1/incidents", &[("idempotency-key", &title)], &body) != 201 {
            std::thread::sleep(PAUSE);
        }
        counts.incidents.lock().unwrap().push(title);
        std::thread::sleep(Duration::from_secs(1));
    }
}

/// The status; 0 for no answer.
fn post(http: &Http, url: &Mutex<String>, path: &str, headers: &[(&str, &str)], body: &serde_json::Value) -> u16 {
    let url = format!("{}{path}", url.lock().unwrap());
    let headers = [headers, &[("content-type", "application/json")]].concat();
    let answer = http.send("POST", &url, &headers, Some(&body.to_string()));
    answer.map_or(0, |answer| answer.status)
}
