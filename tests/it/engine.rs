//! The life of the embedded engine, with the real one.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use kulprit_engine::{Endpoint, Engine, EngineOptions, UDF_PROGRAM};
use kulprit_testing::engine::{answer, ask, host_pid, password};
use kulprit_testing::http::Http;
use kulprit_testing::{Process, Signal, is_alive, kill, wait_until};
use tempfile::TempDir;

use crate::FIXTURE;

fn options(data: &Path) -> EngineOptions {
    EngineOptions {
        program: Some(FIXTURE.program().into()),
        udf_executable: Some(FIXTURE.program().into()),
        ..EngineOptions::new(data)
    }
}

async fn start(data: &Path) -> Engine {
    Engine::start_or_join(options(data)).await.unwrap()
}

/// `kulprit engine` on a data directory, and the URL that it says it is ready at.
fn run_command(data: &Path) -> (Process, String) {
    let mut process = Process::start(command(data));
    let url = process.announced("ready ");
    (process, url)
}

fn command(data: &Path) -> Command {
    let mut command = FIXTURE.command(&["engine", "--data"]);
    command.arg(data);
    command
}

#[tokio::test]
async fn it_answers_its_users_and_nobody_else() {
    let data = TempDir::new().unwrap();
    let engine = start(data.path()).await;
    let owner = engine.endpoint();
    assert_eq!(
        answer(owner, "SELECT currentUser(), timezone() FORMAT CSV"),
        r#""kulprit","UTC""#
    );
    assert_eq!(answer(&engine.reader(), "SELECT currentUser()"), "reader");
    let someone = |user: &str, password: &str| Endpoint {
        url: owner.url.clone(),
        user: user.to_owned(),
        password: password.to_owned(),
    };
    for (user, password) in [
        ("kulprit", "guess"),
        ("kulprit", ""),
        ("reader", ""),
        ("default", ""),
        ("nobody", "x"),
    ] {
        let (status, text) = ask(&someone(user, password), "SELECT 1");
        assert!(status >= 400, "{user} got in: {text}");
    }
    // The engine is no way around file permissions.
    let (status, text) = ask(owner, "SELECT * FROM file('/etc/hostname', 'LineAsString')");
    assert!(status >= 400, "{text}");
    engine.stop().await.unwrap();
}

#[tokio::test]
async fn the_owner_may_do_what_the_product_does_and_the_reader_may_read() {
    let data = TempDir::new().unwrap();
    let engine = start(data.path()).await;
    for sql in [
        "CREATE DATABASE shop",
        "CREATE TABLE shop.logs (id UInt64, body String) ENGINE = MergeTree ORDER BY id",
        "CREATE TABLE shop.counts (body String, n UInt64) ENGINE = SummingMergeTree ORDER BY body",
        "CREATE MATERIALIZED VIEW shop.fill TO shop.counts AS SELECT body, count() AS n FROM shop.logs GROUP BY body",
        "INSERT INTO shop.logs VALUES (1, 'a'), (2, 'a')",
        "CREATE DICTIONARY shop.names (id UInt64, body String) PRIMARY KEY id
         SOURCE(CLICKHOUSE(NAME kulprit_lookup DB 'shop' TABLE 'logs')) LAYOUT(HASHED()) LIFETIME(60)",
        "CREATE FUNCTION twice AS (x) -> 2 * x",
        "ALTER TABLE shop.logs ADD COLUMN level String",
        "KILL QUERY WHERE query_id = 'none' SYNC",
        "SYSTEM RELOAD FUNCTIONS",
        "SYSTEM FLUSH LOGS",
    ] {
        answer(engine.endpoint(), sql);
    }
    assert_eq!(answer(engine.endpoint(), "SELECT sum(n) FROM shop.counts"), "2");
    assert_eq!(
        answer(engine.endpoint(), "SELECT dictGet('shop.names', 'body', 2::UInt64)"),
        "a"
    );
    assert_eq!(
        answer(engine.endpoint(), "SELECT count() > 0 FROM system.query_log"),
        "1"
    );
    let reader = engine.reader();
    assert_eq!(
        answer(&reader, "SELECT count() FROM shop.logs SETTINGS max_threads = 1"),
        "2"
    );
    for sql in [
        "INSERT INTO shop.logs (id) VALUES (3)",
        "DROP TABLE shop.logs",
        "CREATE TABLE shop.x (a Int8) ENGINE = Memory",
    ] {
        assert!(ask(&reader, sql).0 >= 400, "the reader may {sql}");
    }
}

#[tokio::test]
async fn what_was_acknowledged_survives_kill_and_restart() {
    let data = TempDir::new().unwrap();
    let engine = start(data.path()).await;
    answer(
        engine.endpoint(),
        "CREATE TABLE default.kept (n UInt64) ENGINE = MergeTree ORDER BY n",
    );
    answer(
        engine.endpoint(),
        "INSERT INTO default.kept SELECT number FROM numbers(1000)",
    );
    kill(engine.pid().unwrap(), Signal::SIGKILL);
    let reason = engine.ended().await;
    assert!(reason.contains("SIGKILL"), "{reason}");
    assert!(engine.stop().await.is_err(), "a killed engine did not stop in order");

    let engine = start(data.path()).await;
    assert_eq!(
        answer(engine.endpoint(), "SELECT count(), sum(n) FROM default.kept FORMAT CSV"),
        "1000,499500"
    );
    engine.stop().await.unwrap();
    let engine = start(data.path()).await;
    assert_eq!(answer(engine.endpoint(), "SELECT count() FROM default.kept"), "1000");
}

#[tokio::test]
async fn a_second_start_joins_and_leaves_the_engine_alone() {
    let data = TempDir::new().unwrap();
    let first = start(data.path()).await;
    let second = start(data.path()).await;
    assert!(first.is_owned() && !second.is_owned());
    assert_eq!(first.pid(), second.pid());
    assert_eq!(first.endpoint(), second.endpoint());
    second.stop().await.unwrap();
    assert_eq!(answer(first.endpoint(), "SELECT 1"), "1");

    let pid = first.pid().unwrap();
    drop(first);
    assert!(!is_alive(pid), "dropping the owner leaves the engine running");
    let third = start(data.path()).await;
    assert!(third.is_owned());
    assert_ne!(third.pid(), Some(pid));
}

#[tokio::test]
async fn starts_at_once_end_with_one_engine() {
    let data = TempDir::new().unwrap();
    let starts: Vec<_> = (0..4)
        .map(|_| tokio::spawn(Engine::start_or_join(options(data.path()))))
        .collect();
    let mut engines = Vec::new();
    for start in starts {
        engines.push(start.await.unwrap().unwrap());
    }
    assert_eq!(engines.iter().filter(|engine| engine.is_owned()).count(), 1);
    for engine in &engines {
        assert_eq!(engine.pid(), engines[0].pid());
        assert_eq!(answer(engine.endpoint(), "SELECT currentUser()"), "kulprit");
    }
}

#[tokio::test]
async fn passwords_are_private_and_new_at_each_start() {
    let data = TempDir::new().unwrap();
    let engine = start(data.path()).await;
    let before = engine.endpoint().clone();
    let file = engine.credentials_file();
    assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    assert!(std::fs::read_to_string(&file).unwrap().contains(&before.password));
    for config in ["config.xml", "users.xml"] {
        let text = std::fs::read_to_string(data.path().join("config").join(config)).unwrap();
        assert!(!text.contains(&before.password) && !text.contains(&engine.reader().password));
    }
    assert!(!format!("{before:?}").contains(&before.password));
    engine.stop().await.unwrap();

    let engine = start(data.path()).await;
    let stale = Endpoint {
        url: engine.endpoint().url.clone(),
        ..before
    };
    let (status, text) = ask(&stale, "SELECT 1");
    assert!(status >= 400, "the password of the run before still works: {text}");
    assert_eq!(answer(engine.endpoint(), "SELECT 1"), "1");
}

#[tokio::test]
async fn executable_functions_are_installed() {
    // A path that would break a careless quoting.
    let directory = TempDir::new().unwrap();
    let data = directory.path().join("it's <a> & \"b\"");
    let with_functions = || EngineOptions {
        udf_config: Some(kulprit_udf::CONFIG_XML.clone()),
        ..options(&data)
    };
    for _ in 0..2 {
        let engine = Engine::start_or_join(with_functions()).await.unwrap();
        assert_eq!(
            answer(
                engine.endpoint(),
                "SELECT kulprit_shape('item 17') = kulprit_shape('item 18')"
            ),
            "1"
        );
        assert!(engine.user_scripts().join(UDF_PROGRAM).is_file());
        engine.stop().await.unwrap();
    }
}

#[test]
fn the_command_stops_in_order_on_a_signal() {
    for signal in [Signal::SIGTERM, Signal::SIGINT, Signal::SIGHUP] {
        let data = TempDir::new().unwrap();
        let (process, url) = run_command(data.path());
        let host = host_pid(data.path());
        let ping = Http::default().send("GET", &format!("{url}/ping"), &[], None).unwrap();
        assert_eq!((ping.status, ping.text.as_str()), (200, "Ok.\n"));
        let (code, said) = process.end(signal);
        assert_eq!(code, 0, "{signal}: {said}");
        assert!(!is_alive(host), "{signal} leaves the engine running");
        assert!(!data.path().join("endpoint.json").exists());
    }
}

/// However the engine ends, its command brings it back where clients look for it, with what they stored.
#[test]
fn the_command_brings_its_engine_back_at_the_same_ports() {
    let data = TempDir::new().unwrap();
    let [http, tcp] = free_ports();
    let mut command = command(data.path());
    command.args(["--port", &http.to_string(), "--tcp-port", &tcp.to_string()]);
    let mut process = Process::start(command);
    let url = format!("http://127.0.0.1:{http}");
    assert_eq!(process.announced("ready "), url);
    answer(
        &owner(data.path()),
        "CREATE TABLE kept (n UInt8) ENGINE = MergeTree ORDER BY n AS SELECT 7 AS n",
    );
    for signal in [Signal::SIGKILL, Signal::SIGTERM] {
        let before = host_pid(data.path());
        kill(before, signal);
        assert_eq!(process.announced("ready "), url, "{signal}");
        assert_ne!(host_pid(data.path()), before, "{signal}");
        assert_eq!(answer(&owner(data.path()), "SELECT n FROM kept"), "7");
        std::net::TcpStream::connect(("127.0.0.1", tcp)).unwrap();
    }
    assert_eq!(process.end(Signal::SIGTERM).0, 0);

    // Whoever hosts the engine next opens the directory's ports.
    let engine = tokio::runtime::Runtime::new().unwrap().block_on(start(data.path()));
    assert_eq!(engine.endpoint().url, url);
    std::net::TcpStream::connect(("127.0.0.1", tcp)).unwrap();
}

/// Ports that nobody listens on now.
fn free_ports() -> [u16; 2] {
    let listeners = [(); 2].map(|()| TcpListener::bind("127.0.0.1:0").unwrap());
    listeners
        .each_ref()
        .map(|listener| listener.local_addr().unwrap().port())
}

/// The owner of the running engine, as anybody finds it who may read the data directory.
fn owner(data: &Path) -> Endpoint {
    let announcement: serde_json::Value =
        serde_json::from_slice(&std::fs::read(data.join("endpoint.json")).unwrap()).unwrap();
    Endpoint {
        url: announcement["url"].as_str().unwrap().to_owned(),
        user: "kulprit".to_owned(),
        password: password(data),
    }
}

#[test]
fn times_are_utc_wherever_the_machine_is() {
    let data = TempDir::new().unwrap();
    let mut in_new_york = command(data.path());
    in_new_york.env("TZ", "America/New_York");
    let mut process = Process::start(in_new_york);
    process.announced("ready ");
    assert_eq!(
        answer(&owner(data.path()), "SELECT toString(toDateTime(0))"),
        "1970-01-01 00:00:00"
    );
    assert_eq!(process.end(Signal::SIGTERM).0, 0);
}

#[test]
fn killing_the_parent_leaves_no_orphan() {
    let data = TempDir::new().unwrap();
    let (mut process, _) = run_command(data.path());
    let host = host_pid(data.path());
    assert!(is_alive(host));
    process.send(Signal::SIGKILL);
    process.wait();
    wait_until("the engine ends after its parent", || !is_alive(host));
}

#[test]
fn a_second_command_says_where_the_engine_is() {
    let data = TempDir::new().unwrap();
    let (process, url) = run_command(data.path());
    let second = command(data.path()).output().unwrap();
    assert_eq!(second.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&second.stderr).contains(&url));
    assert_eq!(process.end(Signal::SIGTERM).0, 0, "the first goes on");
}

#[tokio::test]
async fn a_start_that_fails_says_why() {
    let data = TempDir::new().unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let message = |result: anyhow::Result<Engine>| result.err().map(|error| format!("{error:#}")).unwrap();
    let failed = Engine::start_or_join(EngineOptions {
        http_port: port,
        ..options(data.path())
    })
    .await;
    assert!(message(failed).contains("Address already in use"));

    let no_library = data.path().join("no-library");
    let with_library = || EngineOptions {
        library: Some(no_library.clone()),
        ..options(data.path())
    };
    assert!(message(Engine::start_or_join(with_library()).await).contains("no-library"));
    std::fs::write(&no_library, "text").unwrap();
    assert!(message(Engine::start_or_join(with_library()).await).contains("no-library"));
    // None of this stands in the way of the next start.
    assert_eq!(answer(start(data.path()).await.endpoint(), "SELECT 1"), "1");
}

#[tokio::test]
async fn the_native_protocol_opens_when_asked_for() {
    let data = TempDir::new().unwrap();
    let engine = Engine::start_or_join(EngineOptions {
        tcp_port: Some(0),
        ..options(data.path())
    })
    .await
    .unwrap();
    let port: u16 = answer(engine.endpoint(), "SELECT getServerPort('tcp_port')")
        .parse()
        .unwrap();
    std::net::TcpStream::connect(("127.0.0.1", port)).unwrap();
}

/// An npm registry with one package whose description and content are made up.
fn registry(integrity: &'static str, content: &'static [u8]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let tarball = format!("{url}/package.tgz");
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut lines = BufReader::new(stream.try_clone().unwrap())
                .lines()
                .map_while(Result::ok);
            let request = lines.next().unwrap_or_default();
            lines.take_while(|line| !line.is_empty()).for_each(drop);
            let dist = serde_json::json!({ "tarball": tarball, "integrity": integrity });
            let description = serde_json::json!({ "versions": { "26.7.3-stable.1": { "dist": dist } } }).to_string();
            let body = if request.contains(".tgz") {
                content
            } else {
                description.as_bytes()
            };
            let _ = write!(
                stream,
                "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
                body.len()
            );
            let _ = stream.write_all(body);
        }
    });
    url
}

#[test]
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
fn a_package_that_is_not_the_pinned_one_is_refused() {
    const PINNED: &str =
        "sha512-XP97mMqnc5tZpKQywR8N7cLTsHNiTmHr30pC5mzo3jWmukjKn2IBa60c2B/gWUNcuFjOMjWoorQICCqBVj5wpw==";
    // A registry that admits to another hash, and one that does not.
    for (integrity, says) in [("sha512-AAAA", "publishes the hash"), (PINNED, "damaged")] {
        let directory = TempDir::new().unwrap();
        let run = command(&directory.path().join("data"))
            .env_remove("KULPRIT_ENGINE_LIB")
            .env("KULPRIT_CACHE_DIR", directory.path().join("cache"))
            .env("HOME", directory.path())
            .env("npm_config_registry", registry(integrity, b"not the engine"))
            .current_dir(directory.path())
            .output()
            .unwrap();
        let message = String::from_utf8_lossy(&run.stderr);
        assert_eq!(run.status.code(), Some(1));
        assert!(message.contains(says) && message.contains("--engine-lib"), "{message}");
        let library = directory
            .path()
            .join("cache/engine/26.7.3-stable.1-linux-x64-gnu/libchdb.so");
        assert!(!library.exists());
    }
}
