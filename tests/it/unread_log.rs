//! A service whose log nobody reads any more goes on.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};
use std::time::Duration;

/// Long enough for the upkeep to meet a ClickHouse that is away, which it logs, and to meet it again.
const AWAY: Duration = Duration::from_secs(4);

#[tokio::test]
async fn serve_goes_on_when_its_stderr_is_closed() {
    let home = tempfile::tempdir().unwrap();
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let nothing_there = format!("http://{}", free.local_addr().unwrap());
    drop(free);
    let mut service = Command::new(env!("CARGO_BIN_EXE_kulprit"))
        .args(["serve", "--port", "0", "--url", &nothing_there])
        .env("KULPRIT_DATA", home.path())
        .env_remove("KULPRIT_CONFIG")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(service.stderr.take());
    let mut line = String::new();
    let mut stdout = BufReader::new(service.stdout.take().unwrap());
    stdout.read_line(&mut line).unwrap();
    let url = line.trim().strip_prefix("listening on ").unwrap_or_default().to_owned();
    tokio::time::sleep(AWAY).await;
    let alive = ureq::get(format!("{url}/health"))
        .call()
        .map(|answer| answer.status().as_u16());
    let ended = service.try_wait().unwrap();
    service.kill().unwrap();
    service.wait().unwrap();
    assert_eq!(ended, None, "{line:?}");
    assert_eq!(alive.unwrap(), 200);
}
