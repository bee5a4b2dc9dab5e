//! A service whose log nobody reads any more goes on.

use std::time::Duration;

use kulprit_testing::Process;
use kulprit_testing::http::Http;

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
