//! What the clients ask: mostly hovers, sometimes what a page of services or of an incident shows, now and then a root cause.

use std::time::Instant;

use jiff::{SignedDuration, Timestamp};
use kulprit_testing::http::Http;
use serde_json::{Value, json};

pub const HOVER: &str = "hover";

/// The demo's incident, and the time before it that it is held against.
#[derive(Clone)]
pub struct Window {
    from: Timestamp,
    to: Timestamp,
}

impl Window {
    /// From what `kulprit demo` prints.
    pub fn of_demo(text: &str) -> Self {
        let mut times = text
            .split_whitespace()
            .filter_map(|word| word.trim_end_matches(',').parse().ok());
        Self {
            from: times.next().unwrap(),
            to: times.next().unwrap(),
        }
    }
}

/// One connection.
pub struct Client {
    http: Http,
    url: String,
    window: Window,
    state: u64,
}

/// Name of the endpoint, status (0: no answer), milliseconds.
pub type Asked = (&'static str, u16, f64);

impl Client {
    pub fn new(url: &str, window: &Window, seed: u64) -> Self {
        Self {
            http: Http::default(),
            url: url.to_owned(),
            window: window.clone(),
            state: seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1,
        }
    }

    /// From 0 to 1.
    pub fn random(&mut self) -> f64 {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        (self.state >> 11) as f64 / (1u64 << 53) as f64
    }

    /// One request of the mix.
    pub fn anything(&mut self) -> Asked {
        let (from, to) = self.times();
        let range = format!("from={from}&to={to}");
        match (self.random() * 100.0) as u32 {
            0..70 => self.hover(),
            70..78 => self.send("services", "GET", &format!("/api/v1/services?{range}"), None),
            78..84 => self.send("patterns", "GET", &format!("/api/v1/patterns?{range}"), None),
            84..88 => self.send("slo", "GET", "/api/v1/slo", None),
            88..92 => self.send("topology", "GET", &format!("/api/v1/topology?{range}"), None),
            92..96 => self.send("incidents", "GET", "/api/v1/incidents", None),
            96..99 => {
                let body = json!({ "from": from, "to": to });
                self.send("correlate", "POST", "/api/v1/correlate", Some(&body))
            }
            _ => {
                let body = json!({ "title": "checkout fails", "severity": "high", "from": from, "to": to });
                self.send("open incident", "POST", "/api/v1/incidents", Some(&body))
            }
        }
    }

    /// A hover over a panel: no two ask for the same stretch, so that no answer is shared.
    pub fn hover(&mut self) -> Asked {
        let (from, to) = self.times();
        let body = json!({
            "org": "1", "dashboard": "shop", "panel_title": "Checkout errors", "metric_name": "http_requests_total",
            "start_time": from, "end_time": to,
        });
        self.send(HOVER, "POST", "/query_logs", Some(&body))
    }

    /// The incident's window, moved by up to three minutes, to the millisecond.
    fn times(&mut self) -> (String, String) {
        let moved = SignedDuration::from_millis((self.random() * 180_000.0) as i64);
        let time = |time: Timestamp| (time - moved).to_string();
        (time(self.window.from), time(self.window.to))
    }

    fn send(&self, name: &'static str, method: &str, path: &str, body: Option<&Value>) -> Asked {
        let began = Instant::now();
        let url = format!("{}{path}", self.url);
        let body = body.map(Value::to_string);
        let headers = [("content-type", "application/json")];
        let answer = self.http.send(method, &url, &headers, body.as_deref());
        let status = answer.map_or(0, |answer| answer.status);
        (name, status, began.elapsed().as_secs_f64() * 1e3)
    }
}
