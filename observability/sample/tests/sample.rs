//! Two of the real service, real traffic, and what is left of it on stdout, at `/metrics` and over OTLP.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use kulprit_testing::http::Http;
use kulprit_testing::otlp::{Receiver, text};
use kulprit_testing::{Signal, kill, wait_until};
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use serde_json::Value;
use tempfile::TempDir;

const PROGRAM: &str = env!("CARGO_BIN_EXE_kulprit-sample");

/// Of 300 requests, 4 in each hundred go to /error and 3 to /slow. The stock is broken for the 201st to the 250th, of which 46 need it.
const TO_ROOT: u64 = 279;
const FAILED: u64 = 46;
const TO_ERROR: u64 = 12;
const TO_SLOW: u64 = 9;

/// A running service. Dropping it kills it.
struct Service {
    child: Child,
    url: String,
}

impl Service {
    fn start(files: &Path, name: &str, otlp: &str, more: &[&str]) -> Self {
        let (out, err) = (files.join(format!("{name}.out")), files.join(format!("{name}.err")));
        let mut command = Command::new(PROGRAM);
        command.args(["serve", "--listen", "127.0.0.1:0", "--service", name, "--otlp", otlp]);
        command.args(["--metric-interval", "300"]).args(more);
        command
            .stdout(std::fs::File::create(out).unwrap())
            .stderr(std::fs::File::create(&err).unwrap());
        let child = command.spawn().unwrap();
        let said = || std::fs::read_to_string(&err).unwrap();
        wait_until("it listens", || said().contains("listening on "));
        let url = said().trim().rsplit(' ').next().unwrap().to_owned();
        Self { child, url }
    }

    /// Ends it as a container is ended, so that it sends what is left.
    fn end(mut self) {
        kill(self.child.id(), Signal::SIGTERM);
        assert!(self.child.wait().unwrap().success());
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn get(url: &str) -> String {
    let answer = Http::default().send("GET", url, &[], None).unwrap();
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.text
}

/// Requests by route and status, from the text of `/metrics`.
fn counted(text: &str, metric: &str) -> BTreeMap<(String, u16), u64> {
    let label = |line: &str, name: &str| {
        let (_, rest) = line.split_once(&format!("{name}=\"")).unwrap();
        rest.split_once('"').unwrap().0.to_owned()
    };
    let lines = text.lines().filter(|line| line.starts_with(&format!("{metric}{{")));
    lines
        .map(|line| {
            let status = label(line, "status").parse().unwrap();
            let count = line.rsplit(' ').next().unwrap().parse().unwrap();
            ((label(line, "route"), status), count)
        })
        .collect()
}

fn expected(rows: &[(&str, u16, u64)]) -> BTreeMap<(String, u16), u64> {
    rows.iter()
        .map(|(route, status, count)| ((route.to_string(), *status), *count))
        .collect()
}

fn lines(files: &Path, name: &str) -> Vec<Value> {
    let text = std::fs::read_to_string(files.join(format!("{name}.out"))).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
        .collect()
}

fn of_level(lines: &[Value], level: &str) -> u64 {
    lines.iter().filter(|line| line["level"] == level).count() as u64
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_sent_is_what_the_service_tells_everywhere() {
    let receiver = Receiver::start(|_, _| 200).await;
    let files = TempDir::new().unwrap();
    let stock = Service::start(files.path(), "stock", &receiver.url, &[]);
    let shop = Service::start(files.path(), "shop", &receiver.url, &["--dependency", &stock.url]);
    let traffic = Command::new(PROGRAM)
        .args([
            "traffic",
            "--target",
            &shop.url,
            "--breaks",
            &stock.url,
            "--rate",
            "100",
            "--requests",
            "300",
        ])
        .args(["--errors", "4", "--slow", "3", "--quiet", "200", "--incident", "50"])
        .stderr(Stdio::inherit())
        .output()
        .unwrap();
    assert!(traffic.status.success());

    let of_shop = expected(&[
        ("/", 200, TO_ROOT - FAILED),
        ("/", 502, FAILED),
        ("/error", 500, TO_ERROR),
        ("/slow", 200, TO_SLOW),
    ]);
    let of_stock = expected(&[("/", 200, TO_ROOT - FAILED), ("/", 503, FAILED)]);
    let summary: Value = serde_json::from_slice(&traffic.stdout).unwrap();
    let answers = summary["answers"].as_array().unwrap().iter();
    let answers = answers.map(|row| {
        let path = row["path"].as_str().unwrap().to_owned();
        (
            (path, row["status"].as_u64().unwrap() as u16),
            row["count"].as_u64().unwrap(),
        )
    });
    assert_eq!(answers.collect::<BTreeMap<_, _>>(), of_shop, "{summary}");
    assert_eq!(summary["sent"], 300);
    assert!(
        summary["incidents"]
            .as_array()
            .is_some_and(|all| all.len() == 1 && all[0]["to"].is_string()),
        "{summary}"
    );

    for (service, rows) in [(&shop, &of_shop), (&stock, &of_stock)] {
        let text = get(&format!("{}/metrics", service.url));
        assert_eq!(&counted(&text, "http_requests_total"), rows);
        assert_eq!(&counted(&text, "http_request_duration_seconds_count"), rows);
        assert!(text.contains("sample_stock_broken 0"), "{text}");
    }
    assert_eq!(get(&format!("{}/healthz", shop.url)), "well\n");
    shop.end();
    stock.end();

    let (of_shop_lines, of_stock_lines) = (lines(files.path(), "shop"), lines(files.path(), "stock"));
    assert_eq!(of_level(&of_shop_lines, "INFO"), 300);
    assert_eq!(of_level(&of_shop_lines, "WARN"), TO_SLOW);
    assert_eq!(of_level(&of_shop_lines, "ERROR"), TO_ERROR + FAILED);
    assert_eq!(of_level(&of_stock_lines, "INFO"), TO_ROOT + TO_ROOT - FAILED);
    assert_eq!(of_level(&of_stock_lines, "ERROR"), FAILED);
    for line in of_shop_lines.iter().chain(&of_stock_lines) {
        assert_eq!(line["trace_id"].as_str().map(str::len), Some(32), "{line}");
        line["timestamp"].as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
    }

    let received = receiver.received();
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    for (name, written) in [("shop", &of_shop_lines), ("stock", &of_stock_lines)] {
        let mut sent: Vec<(String, String)> = Vec::new();
        for (_, line) in received.lines.iter().filter(|(service, _)| service == name) {
            let body = line.body.clone().unwrap().value.unwrap();
            let opentelemetry_proto::tonic::common::v1::any_value::Value::StringValue(body) = body else {
                panic!("{body:?}")
            };
            sent.push((hex(&line.trace_id), body));
        }
        let word = |line: &Value, field: &str| line[field].as_str().unwrap().to_owned();
        let mut written: Vec<_> = written
            .iter()
            .map(|line| (word(line, "trace_id"), word(line, "message")))
            .collect();
        sent.sort();
        written.sort();
        assert_eq!(sent, written, "{name}");
    }

    let of_kind = |name: &str, kind: SpanKind| {
        let of_name = received.spans.iter().filter(move |(service, _)| service == name);
        of_name
            .map(|(_, span)| span)
            .filter(move |span| span.kind() == kind)
            .collect::<Vec<_>>()
    };
    let served = of_kind("shop", SpanKind::Server);
    let asked = of_kind("shop", SpanKind::Client);
    let answered = of_kind("stock", SpanKind::Server);
    assert_eq!(
        (served.len(), asked.len(), answered.len()),
        (300, TO_ROOT as usize, TO_ROOT as usize)
    );
    let failed = |spans: &[&opentelemetry_proto::tonic::trace::v1::Span]| {
        spans
            .iter()
            .filter(|span| span.status.as_ref().is_some_and(|status| status.code == 2))
            .count() as u64
    };
    assert_eq!(
        (failed(&served), failed(&asked), failed(&answered)),
        (TO_ERROR + FAILED, FAILED, FAILED)
    );
    for child in &answered {
        let parent = asked.iter().find(|span| span.span_id == child.parent_span_id).unwrap();
        assert_eq!(parent.trace_id, child.trace_id);
        assert!(served.iter().any(|span| span.span_id == parent.parent_span_id));
    }

    for (name, rows) in [("shop", &of_shop), ("stock", &of_stock)] {
        // Cumulative: the last reading has all of them.
        let mut last = BTreeMap::new();
        for (_, metric) in received.metrics.iter().filter(|(service, _)| service == name) {
            assert_eq!(
                (metric.name.as_str(), metric.unit.as_str()),
                ("http.server.request.duration", "s")
            );
            let Some(Data::Histogram(histogram)) = &metric.data else {
                panic!("{metric:?}")
            };
            assert_eq!(histogram.aggregation_temporality, 2, "cumulative");
            for point in &histogram.data_points {
                let status = text(&point.attributes, "http.response.status_code")
                    .unwrap()
                    .parse()
                    .unwrap();
                last.insert((text(&point.attributes, "http.route").unwrap(), status), point.count);
            }
        }
        assert_eq!(&last, rows, "{name}");
    }
}

#[test]
fn wrong_flags_are_named() {
    for (arguments, says) in [
        (
            &["traffic", "--target", "http://127.0.0.1:1", "--rate", "0"][..],
            "--rate: must be above 0",
        ),
        (
            &["traffic", "--target", "http://127.0.0.1:1", "--errors", "60"],
            "--errors",
        ),
        (&["serve", "--listen", "nowhere"], "--listen"),
    ] {
        let output = Command::new(PROGRAM).args(arguments).output().unwrap();
        assert!(!output.status.success());
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(said.contains(says), "{said}");
    }
}
