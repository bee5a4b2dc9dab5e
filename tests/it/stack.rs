//! The sample service, its traffic and the collector of `observability/`, end to end: what was sent is what Prometheus, Loki's and Tempo's receivers
//! got, and what Kulprit answers over ClickHouse. `.ci/stack` builds what this needs and runs it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use jiff::{SignedDuration, Timestamp};
use kulprit::config::Config;
use kulprit::demo::plan::Plan;
use kulprit::demo::simulation::Simulation;
use kulprit_engine::{Engine, EngineOptions};
use kulprit_testing::http::Http;
use kulprit_testing::otlp::Receiver;
use kulprit_testing::{Database, Process, Signal, kill, wait_until};
use serde_json::{Value, json};

use crate::FIXTURE;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Where `.ci/stack` puts the collector and the sample service.
fn built(name: &str) -> PathBuf {
    let built = std::env::var_os("KULPRIT_STACK").expect("KULPRIT_STACK is not set: run .ci/stack");
    PathBuf::from(built).join(name)
}

fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port()
}

/// The collector with the files of `observability/`, into a database, and receivers in the places of Loki and Tempo.
struct Stack {
    database: Database,
    engine: Engine,
    loki: Receiver,
    tempo: Receiver,
    collector: Process,
    otlp: String,
}

impl Stack {
    async fn start(name: &str, prometheus: &str) -> Self {
        let tcp_port = free_port();
        let data = FIXTURE.fresh_dir(name);
        let options = EngineOptions {
            tcp_port: Some(tcp_port),
            ..kulprit_testing::engine::options(FIXTURE.program(), &data)
        };
        let engine = Engine::start_or_join(options).await.unwrap();
        let database = Database::on(&engine, "stack").await;
        database.apply_schema().await;
        let (loki, tempo) = (Receiver::start(|_, _| 200).await, Receiver::start(|_, _| 200).await);
        let (grpc, http) = (free_port(), free_port());
        let mut command = Command::new(built("collector"));
        for file in ["collector.yaml", "collector.clickhouse.yaml"] {
            command
                .arg("--config")
                .arg(format!("file:{}", root().join("observability").join(file).display()));
        }
        command
            .env("COLLECTOR_HOST", "127.0.0.1")
            .env("COLLECTOR_GRPC_PORT", grpc.to_string())
            .env("COLLECTOR_HTTP_PORT", http.to_string())
            .env("LOKI_URL", &loki.url)
            .env("TEMPO_OTLP_URL", &tempo.url)
            .env("PROMETHEUS_URL", prometheus)
            .env("CLICKHOUSE_ENDPOINT", format!("tcp://127.0.0.1:{tcp_port}"))
            .env("CLICKHOUSE_USER", "kulprit")
            .env("CLICKHOUSE_PASSWORD", kulprit_testing::engine::password(&data))
            .env("CLICKHOUSE_DATABASE", "stack");
        let collector = Process::start(command);
        wait_until("the collector is ready", || {
            collector.stderr().contains("Everything is ready")
        });
        Self {
            database,
            engine,
            loki,
            tempo,
            collector,
            otlp: format!("http://127.0.0.1:{http}"),
        }
    }

    /// Waits until a table has so many rows; asynchronous inserts are stored within a moment.
    async fn stored(&self, table: &str, rows: usize) {
        let count = format!("SELECT count() FROM {table}");
        for _ in 0..150 {
            if self.database.lines(&count).await == [rows.to_string()] {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(200)).await;
        }
        let found = self.database.lines(&count).await;
        panic!("{table} has {found:?} rows, not {rows}: {}", self.collector.stderr());
    }

    async fn asked(&self, method: &str, path: &str, body: Option<Value>) -> Value {
        let mut config: Config = self.database.config.clone();
        config.auth = Config::parse("auth = \"none\"").unwrap().auth;
        let request = warp::test::request().method(method).path(path);
        let request = match &body {
            Some(body) => request.json(body),
            None => request,
        };
        let response = request.reply(&self.database.api_with(config)).await;
        let text = String::from_utf8_lossy(response.body()).into_owned();
        assert_eq!(response.status(), 200, "{path}: {text}");
        serde_json::from_str(&text).unwrap()
    }

    async fn end(self) {
        let (code, said) = self.collector.end(Signal::SIGTERM);
        assert_eq!(code, 0, "{said}");
        drop(self.database);
        self.engine.stop().await.unwrap();
    }
}

/// A sample service. Dropping it kills it.
struct Sample {
    child: Child,
    address: String,
}

impl Sample {
    fn start(files: &Path, name: &str, otlp: &str, more: &[&str]) -> Self {
        let said = files.join(format!("{name}.err"));
        let child = Command::new(built("kulprit-sample"))
            .args([
                "serve",
                "--listen",
                "127.0.0.1:0",
                "--service",
                name,
                "--otlp",
                otlp,
                "--metric-interval",
                "1000",
            ])
            .args(more)
            .stdout(Stdio::null())
            .stderr(std::fs::File::create(&said).unwrap())
            .spawn()
            .unwrap();
        let read = || std::fs::read_to_string(&said).unwrap();
        wait_until("it listens", || read().contains("listening on "));
        let address = read().trim().rsplit('/').next().unwrap().to_owned();
        Self { child, address }
    }

    fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    fn end(mut self) {
        kill(self.child.id(), Signal::SIGTERM);
        assert!(self.child.wait().unwrap().success());
    }
}

impl Drop for Sample {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The real Prometheus with the file of `observability/`, whose targets are where the services really are.
fn prometheus(files: &Path, port: u16, shop: &str, stock: &str) -> Process {
    let text = std::fs::read_to_string(root().join("observability/prometheus.yml")).unwrap();
    let text = text
        .replace("shop:8081", shop)
        .replace("stock:8081", stock)
        .replace("15s", "1s");
    let config = files.join("prometheus.yml");
    std::fs::write(&config, text).unwrap();
    let mut command = Command::new("prometheus");
    command.arg(format!("--config.file={}", config.display()));
    command.arg(format!("--storage.tsdb.path={}", files.join("prometheus").display()));
    command.args([
        &format!("--web.listen-address=127.0.0.1:{port}"),
        "--web.enable-remote-write-receiver",
    ]);
    let process = Process::start(command);
    let ready = format!("http://127.0.0.1:{port}/-/ready");
    wait_until("prometheus is ready", || {
        Http::default()
            .send("GET", &ready, &[], None)
            .is_ok_and(|answer| answer.status == 200)
    });
    process
}

/// The greatest value of each series of the last minutes, by service and status.
fn measured(port: u16, metric: &str, status: &str) -> BTreeMap<(String, u16), u64> {
    let query = format!("sum by (job, {status}) (max_over_time({metric}[10m]))");
    let query: String = form_urlencoded::byte_serialize(query.as_bytes()).collect();
    let url = format!("http://127.0.0.1:{port}/api/v1/query?query={query}");
    let answer = Http::default().send("GET", &url, &[], None).unwrap().json();
    let rows = answer["data"]["result"]
        .as_array()
        .unwrap_or_else(|| panic!("{answer}"))
        .iter();
    rows.map(|row| {
        let code = row["metric"][status].as_str().unwrap().parse().unwrap();
        let count: f64 = row["value"][1].as_str().unwrap().parse().unwrap();
        ((row["metric"]["job"].as_str().unwrap().to_owned(), code), count as u64)
    })
    .collect()
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the collector, Prometheus and the sample service: .ci/stack builds them and runs this"]
async fn what_the_sample_was_sent_is_what_everybody_tells() {
    let files = tempfile::tempdir().unwrap();
    let port = free_port();
    let stack = Stack::start("stack-sample", &format!("http://127.0.0.1:{port}")).await;
    let stock = Sample::start(files.path(), "stock", &stack.otlp, &[]);
    let shop = Sample::start(
        files.path(),
        "shop",
        &stack.otlp,
        &["--dependency", &format!("{}/", stock.url())],
    );
    let prometheus = prometheus(files.path(), port, &shop.address, &stock.address);
    let begun = Timestamp::now();
    let traffic = Command::new(built("kulprit-sample"))
        .args([
            "traffic",
            "--target",
            &shop.url(),
            "--breaks",
            &stock.url(),
            "--rate",
            "20",
            "--requests",
            "1200",
        ])
        .args(["--errors", "2", "--slow", "3", "--quiet", "700", "--incident", "400"])
        .output()
        .unwrap();
    assert!(traffic.status.success(), "{}", String::from_utf8_lossy(&traffic.stderr));
    let summary: Value = serde_json::from_slice(&traffic.stdout).unwrap();
    let sent = |keep: &dyn Fn(&Value) -> bool| {
        let rows = summary["answers"].as_array().unwrap().iter().filter(|row| keep(row));
        rows.map(|row| row["count"].as_u64().unwrap()).sum::<u64>()
    };
    let to_root = sent(&|row| row["path"] == "/");
    let (away, priced) = (sent(&|row| row["status"] == 502), sent(&|row| row["status"] == 500));
    let slow = sent(&|row| row["path"] == "/slow");
    assert_eq!((sent(&|_| true), priced, slow), (1_200, 24, 36), "{summary}");
    assert!(away > 350 && sent(&|row| row["status"] == 0) == 0, "{summary}");
    // Scraped once more, with all that there was.
    std::thread::sleep(std::time::Duration::from_secs(3));
    let ended = Timestamp::now();
    shop.end();
    stock.end();

    let expected = BTreeMap::from([
        (("shop".to_owned(), 200), 1_200 - priced - away),
        (("shop".to_owned(), 500), priced),
        (("shop".to_owned(), 502), away),
        (("stock".to_owned(), 200), to_root - away),
        (("stock".to_owned(), 503), away),
    ]);
    assert_eq!(measured(port, "http_requests_total", "status"), expected, "scraped");
    let written = "http_server_request_duration_seconds_count";
    wait_until("all is written to prometheus", || {
        measured(port, written, "http_response_status_code") == expected
    });

    let spans = 1_200 + 2 * to_root;
    let lines = 1_200 + 2 * to_root + slow + priced + away;
    stack.stored("otel_traces", spans as usize).await;
    stack.stored("otel_logs", lines as usize).await;
    wait_until("tempo has all spans", || {
        stack.tempo.received().spans.len() as u64 == spans
    });
    wait_until("loki has all lines", || {
        stack.loki.received().lines.len() as u64 == lines
    });

    let between = format!("from={begun}&to={ended}");
    for source in ["spans", "metrics"] {
        let health = stack
            .asked("GET", &format!("/api/v1/services?source={source}&{between}"), None)
            .await;
        for (service, requests, errors) in [("shop", 1_200, priced + away), ("stock", to_root, away)] {
            let rows = health["services"].as_array().unwrap();
            let row = rows
                .iter()
                .find(|row| row["service"] == service)
                .unwrap_or_else(|| panic!("{source}: {health}"));
            assert_eq!(row["requests"].as_f64(), Some(requests as f64), "{source}: {row}");
            assert_eq!(row["errors"].as_f64(), Some(errors as f64), "{source}: {row}");
        }
    }
    let patterns = stack
        .asked("GET", &format!("/api/v1/patterns?{between}"), None)
        .await
        .to_string();
    assert!(
        patterns.contains("cannot be priced") && patterns.contains("refused"),
        "{patterns}"
    );

    // The minute after the last one.
    let minute = (ended + SignedDuration::from_secs(60)).as_second() / 60 * 60;
    let slo = stack.asked("GET", &format!("/api/v1/slo?at={minute}"), None).await;
    let budget = |service: &str| {
        let rows = slo["slos"].as_array().unwrap_or_else(|| panic!("{slo}"));
        rows.iter()
            .find(|row| row["service"] == service)
            .unwrap_or_else(|| panic!("{slo}"))
            .clone()
    };
    for (service, requests, errors) in [("shop", 1_200, priced + away), ("stock", to_root, away)] {
        let row = budget(service);
        assert_eq!(
            (row["total"].as_f64(), row["bad"].as_f64()),
            (Some(requests as f64), Some(errors as f64)),
            "{row}"
        );
    }

    let incident = &summary["incidents"][0];
    let question = json!({"from": incident["from"], "to": incident["to"]});
    let cause = stack.asked("POST", "/api/v1/correlate", Some(question)).await;
    assert_eq!(cause["root_cause"]["service"], "stock", "{cause}");
    drop(prometheus);
    stack.end().await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the collector: .ci/stack builds it and runs this"]
async fn the_demos_shop_comes_through_the_collector_whole() {
    // Its history is older than what Prometheus takes.
    let no_prometheus = Receiver::start(|_, _| 400).await;
    let stack = Stack::start("stack-demo", &no_prometheus.url).await;
    let plan = Plan::new(1, "2026-02-03T14:25:36Z".parse().unwrap(), 40, 5.0);
    let output = FIXTURE
        .command(&[
            "demo",
            "--otlp",
            &stack.otlp,
            "--at",
            "2026-02-03T14:25:36Z",
            "--minutes",
            "40",
            "--rate",
            "5",
        ])
        .env_remove("OTEL_EXPORTER_OTLP_HEADERS")
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let (mut spans, mut lines) = (0, 0);
    for slice in Simulation::new(&plan) {
        spans += slice.spans.len();
        lines += slice.logs.len();
    }
    stack.stored("otel_traces", spans).await;
    stack.stored("otel_logs", lines).await;
    wait_until("tempo has all spans", || stack.tempo.received().spans.len() == spans);
    wait_until("loki has all lines", || stack.loki.received().lines.len() == lines);
    let window = plan.incident_window();
    let question = json!({"from": window.from.to_string(), "to": window.to.to_string()});
    let cause = stack.asked("POST", "/api/v1/correlate", Some(question)).await;
    assert_eq!(cause["root_cause"]["service"], "payment", "{cause}");
    stack.end().await;
}

/// What stands after `start` on lines of `text`, up to a blank or `end`.
fn after<'a>(text: &'a str, start: &str, end: char) -> Vec<&'a str> {
    let found = text.lines().filter_map(|line| line.trim().strip_prefix(start));
    found
        .map(|rest| rest.split(end).next().unwrap_or_default().trim())
        .collect()
}

#[test]
fn the_stack_mounts_files_that_are_there_and_pins_what_it_runs() {
    let compose = std::fs::read_to_string(root().join("docker-compose.yaml")).unwrap();
    let mounted = after(&compose, "- ./", ':');
    assert!(mounted.len() > 15, "{mounted:?}");
    for path in mounted {
        assert!(
            root().join(path).exists(),
            "docker-compose.yaml mounts {path}, which is not there"
        );
    }
    for name in ["kulprit.clickhouse.toml", "kulprit.lgtm.toml"] {
        let read = Config::read(&root().join("observability").join(name));
        assert!(read.is_ok(), "{name}: {:#}", read.unwrap_err());
    }
    let dockerfile = std::fs::read_to_string(root().join("Dockerfile")).unwrap();
    let stages: Vec<&str> = dockerfile
        .lines()
        .filter_map(|line| line.split_once(" AS "))
        .map(|(_, name)| name)
        .collect();
    let images = after(&compose, "image: ", ' ')
        .into_iter()
        .chain(after(&dockerfile, "FROM ", ' '));
    let mut pinned = 0;
    for image in images {
        // Of ours, built from the Dockerfile.
        if let Some(own) = image.strip_prefix("kulprit/") {
            assert!(stages.contains(&own), "{image} is no stage of the Dockerfile");
            continue;
        }
        let version = image.split_once(':').map(|(_, version)| version).unwrap_or_default();
        assert!(
            version.starts_with(|first: char| first.is_ascii_digit() || first == 'v') || version == "bookworm-slim",
            "{image}"
        );
        pinned += 1;
    }
    assert!(pinned >= 8);
    let dashboard = std::fs::read(root().join("provisioning/dashboards/sample/sample.json")).unwrap();
    let dashboard: Value = serde_json::from_slice(&dashboard).unwrap();
    assert_eq!(dashboard["uid"], "kulprit-sample");
    Config::read(&root().join("observability/kulprit.clickhouse.toml")).unwrap();
}
