//! A service whose log nobody reads any more goes on.

use std::time::Duration;

use kulprit_testing::engine::host_pid;
use kulprit_testing::http::Http;
use kulprit_testing::{Process, Signal, is_alive, kill};

use crate::FIXTURE;

/// Long enough for the upkeep to meet a ClickHouse that is away, which it logs, and to meet it again.
const AWAY: Duration = Duration::from_secs(4);

#[tokio::test]
async fn serve_goes_on_when_its_stderr_is_closed() {
    let home = tempfile::tempdir().unwrap();
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let nothing_there = format!("http://{}", free.local_addr().unwrap());
    drop(free);
    let mut command = FIXTURE.command(&["serve", "--port", "0", "--url", &nothing_there]);
    command.env("KULPRIT_DATA", home.path());
    let mut service = Process::start_unread(command);
    let url = service.announced("listening on ");
    tokio::time::sleep(AWAY).await;
    assert!(service.is_running());
    let alive = Http::default()
        .send("GET", &format!("{url}/health"), &[], None)
        .unwrap();
    assert_eq!(alive.status, 200, "{}", alive.text);
}

/// As `nohup` starts it: the terminal's end, of which all its processes hear, ends neither service nor engine.
#[test]
fn serve_goes_on_when_its_terminal_is_closed() {
    let home = tempfile::tempdir().unwrap();
    let program = FIXTURE.program().to_str().unwrap();
    let mut command = std::process::Command::new("nohup");
    command
        .args([program, "serve", "--port", "0", "--data"])
        .arg(home.path());
    let mut service = Process::start(command);
    let url = service.announced("listening on ");
    let engine = host_pid(home.path());
    for process in [service.pid(), engine] {
        kill(process, Signal::SIGHUP);
    }
    std::thread::sleep(Duration::from_secs(1));
    assert!(service.is_running() && is_alive(engine), "{}", service.stderr());
    assert_eq!(host_pid(home.path()), engine, "the same engine");
    let ready = Http::default().send("GET", &format!("{url}/ready"), &[], None).unwrap();
    assert_eq!(ready.status, 200, "{}", ready.text);
    let (code, said) = service.end(Signal::SIGTERM);
    assert_eq!(code, 0, "{said}");
}
