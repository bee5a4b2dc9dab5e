//! `kulprit serve` as a process: it starts, survives the loss of its engine, and ends in order.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::process::Stdio;
use std::time::{Duration, Instant};

use kulprit_testing::engine::{answer, host_pid, password};
use kulprit_testing::{Process, Signal, is_alive, kill};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpSocket;

use crate::FIXTURE;

fn body() -> Value {
    json!({
        "org": "o", "dashboard": "d", "panel_title": "p", "metric_name": "m",
        "start_time": "2026-01-31T10:10:00Z", "end_time": "2026-01-31T10:20:00Z",
    })
}

#[test]
fn when_its_engine_is_killed_it_answers_503_and_brings_it_back() {
    let data = TempDir::new().unwrap();
    let config = data.path().join("config.toml");
    std::fs::write(&config, "auth = \"none\"\n").unwrap();
    let service = FIXTURE.serve(&[
        "--data",
        data.path().to_str().unwrap(),
        "--config",
        config.to_str().unwrap(),
    ]);
    service.wait_for("/ready", 200, None);
    let mapping = json!({ "org": "o", "services": ["cart"] });
    let put = service.call("PUT", "/api/v1/mappings", &[], Some(&mapping));
    assert_eq!(put.status, 200, "{}", put.text);
    let before = service.wait_for("/query_logs", 200, Some(&body()));
    assert_eq!(before["scope"]["services"], json!(["cart"]));

    let killed = host_pid(data.path());
    kill(killed, Signal::SIGKILL);
    service.wait_for("/query_logs", 503, Some(&body()));
    assert_eq!(service.get("/health").status, 200);
    let after = service.wait_for("/query_logs", 200, Some(&body()));
    assert_eq!(after, before);
    service.wait_for("/ready", 200, None);

    let back = host_pid(data.path());
    assert_ne!(back, killed);
    let (code, said) = service.end(Signal::SIGTERM);
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("the embedded ClickHouse is back"), "{said}");
    // The engine was stopped, not left behind.
    assert!(!is_alive(back));
}

#[test]
fn when_the_engine_of_another_process_goes_away_it_starts_its_own() {
    let data = TempDir::new().unwrap();
    let data_argument = ["--data", data.path().to_str().unwrap()];
    let host = FIXTURE.serve(&data_argument);
    let guest = FIXTURE.serve(&data_argument);
    guest.wait_for("/ready", 200, None);
    let (code, said) = host.end(Signal::SIGINT);
    assert_eq!(code, 0, "{said}");
    guest.wait_for("/query_logs", 200, Some(&body()));
    guest.wait_for("/ready", 200, None);
    assert_eq!(guest.end(Signal::SIGHUP).0, 0);
}

#[test]
fn it_starts_without_clickhouse_and_serves_when_it_comes() {
    let data = TempDir::new().unwrap();
    let mut command = FIXTURE.command(&["engine", "--data"]);
    command.arg(data.path());
    let mut engine = Process::start(command);
    let clickhouse = engine.announced("ready ").replace("http://", "");
    // Nobody listens here until it is forwarded.
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let service = FIXTURE.serve(&[
        "--url",
        &format!("http://127.0.0.1:{port}"),
        "--user",
        "kulprit",
        "--password",
        &password(data.path()),
    ]);
    let answer = service.post("/query_logs", &body());
    assert_eq!(answer.status, 503, "{}", answer.text);
    assert_eq!(service.get("/ready").status, 503);
    forward(port, clickhouse);
    service.wait_for("/ready", 200, None);
    assert_eq!(service.post("/query_logs", &body()).status, 200);
    assert_eq!(service.end(Signal::SIGTERM).0, 0);
    assert_eq!(engine.end(Signal::SIGTERM).0, 0);
}

/// Hands every connection to `port` on to `address`, as long as the test runs.
pub fn forward(port: u16, address: String) {
    let listener = TcpListener::bind(("127.0.0.1", port)).unwrap();
    let copy = |mut from: TcpStream, mut to: TcpStream| {
        std::thread::spawn(move || {
            let _ = std::io::copy(&mut from, &mut to);
            let _ = to.shutdown(Shutdown::Write);
        });
    };
    std::thread::spawn(move || {
        for caller in listener.incoming().map_while(Result::ok) {
            let Ok(callee) = TcpStream::connect(&address) else {
                continue;
            };
            copy(caller.try_clone().unwrap(), callee.try_clone().unwrap());
            copy(callee, caller);
        }
    });
}

#[test]
fn a_request_without_a_path_is_answered_with_an_error() {
    let service = FIXTURE.serve(&["--url", "http://127.0.0.1:1"]);
    let mut stream = TcpStream::connect(service.url.trim_start_matches("http://")).unwrap();
    stream
        .write_all(b"CONNECT x:1 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 404"), "{answer}");
    assert!(
        answer.contains("x-request-id") && answer.contains("request_id"),
        "{answer}"
    );
    let (code, stderr) = service.end(Signal::SIGTERM);
    assert!(code == 0 && !stderr.contains("panicked"), "{stderr}");
}

#[test]
fn a_port_that_is_taken_or_an_origin_that_is_none_stops_the_start() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let directory = TempDir::new().unwrap();
    let config = directory.path().join("config.toml");
    std::fs::write(&config, "[server]\nallowed_origins = [\"grafana\"]\n").unwrap();
    let url = "http://127.0.0.1:1";
    for (arguments, named) in [
        (["--port", &port, "--url", url].as_slice(), port.as_str()),
        (
            ["--port", "0", "--url", url, "--config", config.to_str().unwrap()].as_slice(),
            "grafana",
        ),
    ] {
        let output = FIXTURE
            .command(&["serve"])
            .args(arguments)
            .env("KULPRIT_DATA", directory.path())
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(said.contains(named) && output.stdout.is_empty(), "{said}");
    }
}

#[test]
fn who_listens_to_the_world_without_a_token_is_warned_and_idle_clients_do_not_hold_up_the_end() {
    let service = FIXTURE.serve(&["--host", "0.0.0.0", "--url", "http://127.0.0.1:1"]);
    let port = service.url.rsplit(':').next().unwrap().parse().unwrap();
    let _idle = TcpStream::connect(("127.0.0.1", port)).unwrap();
    let (code, said) = service.end(Signal::SIGTERM);
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("server.token"), "{said}");
}

/// The start of a request, and no more, on more connections than there are places.
#[tokio::test]
async fn requests_that_never_end_take_the_service_from_nobody() {
    rlimit::increase_nofile_limit(u64::MAX).unwrap();
    let service = FIXTURE.serve(&["--url", "http://127.0.0.1:1"]);
    let at: SocketAddr = service.url.trim_start_matches("http://").parse().unwrap();
    let health = async |from: &str| {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind(format!("{from}:0").parse().unwrap()).unwrap();
        let mut stream = socket.connect(at).await?;
        stream
            .write_all(b"GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            .await?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await?;
        std::io::Result::Ok(answer)
    };
    let half_sent: Vec<_> = (0..1_100)
        .map(|_| {
            let mut stream = TcpStream::connect(at).unwrap();
            let _ = stream.write_all(b"GET /health HTTP/1.1\r\nHost: ");
            stream
        })
        .collect();
    let another = health("127.0.0.2").await.unwrap();
    assert!(another.starts_with("HTTP/1.1 200"), "{another}");
    // Their own address gets its places back when the head of a request does not come.
    let deadline = Instant::now() + Duration::from_secs(90);
    while !health("127.0.0.1")
        .await
        .is_ok_and(|answer| answer.starts_with("HTTP/1.1 200"))
    {
        assert!(
            Instant::now() < deadline,
            "half-sent requests keep their places for ever"
        );
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    drop(half_sent);
}

/// Who joined an engine takes over when its host stops, and stores everything once.
#[tokio::test]
async fn an_ingest_outlives_the_serve_that_hosts_its_engine() {
    const LINES: u32 = 30_000;
    let data = TempDir::new().unwrap();
    let host = FIXTURE.serve(&["--data", data.path().to_str().unwrap()]);
    let mut command = FIXTURE.command(&["ingest", "-", "--service", "shop", "--data"]);
    let mut ingest = command
        .arg(data.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = ingest.stdin.take().unwrap();
    let mut write = |from: u32| {
        for number in from..from + LINES {
            writeln!(
                lines,
                "2026-01-31T10:{:02}:{:02}Z order {number} accepted",
                number / 60 % 60,
                number % 60
            )
            .unwrap();
        }
    };
    write(0);
    assert_eq!(host.end(Signal::SIGTERM).0, 0);
    write(LINES);
    drop(lines);
    let output = ingest.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success(),
        "{}{said}",
        String::from_utf8_lossy(&output.stdout)
    );
    let engine = FIXTURE.start_engine(data.path().to_owned()).await;
    let count = answer(
        engine.endpoint(),
        "SELECT count(), uniqExact(Body) FROM otel_logs FORMAT CSV",
    );
    assert_eq!(count, format!("{0},{0}", 2 * LINES));
    engine.stop().await.unwrap();
}
