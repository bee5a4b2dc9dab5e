//! What an attacker with a password of the embedded engine, or with an account on the machine, tries.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use kulprit_engine::{Endpoint, Engine, EngineOptions};
use kulprit_testing::engine::{answer, ask};
use tempfile::TempDir;

const KULPRIT: &str = env!("CARGO_BIN_EXE_kulprit");

fn options(data: &Path) -> EngineOptions {
    EngineOptions {
        program: Some(KULPRIT.into()),
        udf_executable: Some(KULPRIT.into()),
        udf_config: Some(kulprit_udf::CONFIG_XML.clone()),
        require_sandbox: true,
        ..EngineOptions::new(data)
    }
}

async fn start(data: &Path) -> Engine {
    Engine::start_or_join(options(data)).await.unwrap()
}

fn refused(endpoint: &Endpoint, sql: &str) {
    let (status, text) = ask(endpoint, sql);
    assert!(status >= 400, "{} may {sql}: {text}", endpoint.user);
}

#[tokio::test]
async fn files_of_the_machine_are_out_of_reach() {
    let directory = TempDir::new().unwrap();
    let data = directory.path().join("data");
    let engine = start(&data).await;
    let secret = directory.path().join("secret");
    std::fs::write(&secret, "the secret").unwrap();
    // Links and copies where the engine may look.
    let link = data.join("store").join("link");
    std::os::unix::fs::symlink(&secret, &link).unwrap();
    let log = data.join("user_files").join("app.log");
    std::fs::write(&log, "a user's own log").unwrap();
    let own_environment = format!("/proc/{}/environ", std::process::id());
    for user in [engine.endpoint().clone(), engine.reader()] {
        for path in [
            "/etc/passwd",
            "/etc/shadow",
            "/proc/self/root/etc/passwd",
            "/proc/self/cwd/Cargo.toml",
            &own_environment,
            "/proc/1/cmdline",
            secret.to_str().unwrap(),
            link.to_str().unwrap(),
            log.to_str().unwrap(),
            engine.credentials_file().to_str().unwrap(),
            data.join("endpoint.json").to_str().unwrap(),
            data.join("engine.stderr").to_str().unwrap(),
        ] {
            refused(&user, &format!("SELECT file('{path}')"));
            refused(&user, &format!("SELECT * FROM file('{path}', 'LineAsString')"));
        }
        // Its process was started without the secrets of its parent's environment.
        let environment = answer(&user, "SELECT replaceAll(file('/proc/self/environ'), char(0), '\n')");
        for variable in environment.split("\\n").filter(|variable| !variable.is_empty()) {
            let name = variable.split('=').next().unwrap();
            assert!(["TZ", "LD_LIBRARY_PATH"].contains(&name), "{environment}");
        }
    }
}

#[tokio::test]
async fn no_command_runs_and_no_file_is_written() {
    let directory = TempDir::new().unwrap();
    let data = directory.path().join("data");
    let engine = start(&data).await;
    let (owner, reader) = (engine.endpoint(), &engine.reader());
    let marker = directory.path().join("ran");
    // `kulprit-udf` is the one program that may run; this one is placed beside it.
    let script = engine.user_scripts().join("script");
    std::fs::write(&script, format!("#!/bin/sh\ntouch '{}'\n", marker.display())).unwrap();
    std::fs::set_permissions(&script, PermissionsExt::from_mode(0o700)).unwrap();
    let dictionary = |name: &str, source: &str| {
        format!(
            "CREATE DICTIONARY {name} (id UInt64, v String) PRIMARY KEY id SOURCE({source}) LAYOUT(FLAT()) LIFETIME(60)"
        )
    };
    let touch = format!("touch {0}; echo 1 2", marker.display());
    for (name, source) in [
        ("by_shell", format!("EXECUTABLE(COMMAND '{touch}' FORMAT 'TSV')")),
        (
            "by_loader",
            "EXECUTABLE(COMMAND '/lib64/ld-linux-x86-64.so.2 /bin/true' FORMAT 'TSV')".to_owned(),
        ),
        ("by_file", "FILE(PATH '/etc/passwd' FORMAT 'LineAsString')".to_owned()),
    ] {
        refused(reader, &dictionary(name, &source));
        if ask(owner, &dictionary(name, &source)).0 == 200 {
            refused(owner, &format!("SELECT dictGet('{name}', 'v', 1::UInt64)"));
        }
    }
    let database = directory.path().join("other.db");
    std::fs::write(&database, "SQLite format 3").unwrap();
    for user in [owner, reader] {
        for source in [
            format!("sqlite('{}', 't')", database.display()),
            "file('/etc/passwd', 'LineAsString')".to_owned(),
        ] {
            refused(user, &format!("SELECT * FROM {source}"));
        }
        // Where it does not refuse, the kernel does, and nothing comes out.
        let (_, text) = ask(user, "SELECT * FROM executable('script', 'TSV', 'v String')");
        assert!(text.is_empty() || text.contains("DB::Exception"), "{text}");
        let written = directory.path().join("written");
        refused(
            user,
            &format!(
                "INSERT INTO FUNCTION file('{}', 'TSV', 'v String') VALUES ('x')",
                written.display()
            ),
        );
        assert!(!written.exists());
    }
    for source in [
        "url('http://127.0.0.1:1/', 'TSV', 'v String')",
        "s3('http://127.0.0.1:1/bucket/key', 'TSV', 'v String')",
        "remote('127.0.0.1', 'system.one')",
        "mysql('127.0.0.1:1', 'd', 't', 'u', 'p')",
    ] {
        let (_, text) = ask(reader, &format!("SELECT * FROM {source}"));
        assert!(text.contains("ACCESS_DENIED"), "the reader may {source}: {text}");
    }
    refused(reader, "SYSTEM STOP LISTEN HTTP");
    assert!(!marker.exists(), "a command ran");
    // The functions that are there do run.
    assert_eq!(
        answer(reader, "SELECT kulprit_shape('item 17') = kulprit_shape('item 18')"),
        "1"
    );
}

#[tokio::test]
async fn what_the_product_does_goes_on_in_the_sandbox() {
    let data = TempDir::new().unwrap();
    let engine = start(data.path()).await;
    for sql in [
        "CREATE TABLE t (n UInt64, body String, shape UInt64 DEFAULT kulprit_shape(body)) ENGINE = MergeTree ORDER BY n
         TTL toDateTime(n) + INTERVAL 100 YEAR",
        "INSERT INTO t (n, body) SELECT number, concat('item ', toString(number)) FROM numbers(50000)",
        "INSERT INTO t (n, body) SELECT number, concat('item ', toString(number)) FROM numbers(50000)",
        // A merge, a mutation that links files, a detached and moved part, a dropped table.
        "OPTIMIZE TABLE t FINAL",
        "ALTER TABLE t UPDATE body = 'changed' WHERE n < 10 SETTINGS mutations_sync = 2",
        "ALTER TABLE t DETACH PARTITION tuple()",
        "ALTER TABLE t ATTACH PARTITION tuple()",
        "CREATE TABLE u AS t",
        "ALTER TABLE u ATTACH PARTITION tuple() FROM t",
        "DROP TABLE u SYNC",
        "CREATE TEMPORARY TABLE x (n UInt8)",
    ] {
        answer(engine.endpoint(), sql);
    }
    assert_eq!(
        answer(
            engine.endpoint(),
            "SELECT count(), countIf(body = 'changed'), uniqExact(shape) FROM t FORMAT CSV"
        ),
        "100000,20,1"
    );
}

/// Everything below `directory`, links not followed.
fn walk(directory: &Path, found: &mut Vec<PathBuf>) {
    for entry in directory.read_dir().into_iter().flatten().flatten() {
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            walk(&entry.path(), found);
        }
        found.push(entry.path());
    }
}

#[tokio::test]
async fn a_data_directory_that_others_could_read_is_closed() {
    let outside = TempDir::new().unwrap();
    let data = outside.path().join("data");
    std::fs::create_dir_all(data.join("store/old")).unwrap();
    std::fs::write(data.join("store/old/data.bin"), "log lines").unwrap();
    for (path, mode) in [
        ("", 0o755),
        ("store", 0o755),
        ("store/old", 0o777),
        ("store/old/data.bin", 0o644),
    ] {
        std::fs::set_permissions(data.join(path), PermissionsExt::from_mode(mode)).unwrap();
    }
    let program_mode = std::fs::metadata(KULPRIT).unwrap().mode();
    let engine = start(&data).await;
    answer(
        engine.endpoint(),
        "CREATE TABLE t (n UInt8) ENGINE = MergeTree ORDER BY n AS SELECT 1 AS n",
    );
    let mut all = vec![data.clone()];
    walk(&data, &mut all);
    assert!(all.len() > 20);
    for path in all {
        // The functions' program is a link to this build's.
        if path == engine.user_scripts().join("kulprit-udf") {
            continue;
        }
        let Ok(metadata) = path.symlink_metadata() else {
            continue;
        };
        let is_closed = metadata.is_symlink() || metadata.mode() & 0o077 == 0;
        assert!(is_closed, "{}: {:o}", path.display(), metadata.mode());
    }
    assert_eq!(std::fs::metadata(KULPRIT).unwrap().mode(), program_mode);
}

/// Sends a request as the boot session's user on a connection that was opened before, in two parts.
struct HeldRequest(TcpStream);

impl HeldRequest {
    fn open(address: &str) -> Self {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        stream
            .write_all(b"GET /?query=SELECT+12345 HTTP/1.1\r\nHost: localhost\r\n")
            .unwrap();
        Self(stream)
    }

    fn complete(mut self) -> String {
        let mut answer = Vec::new();
        if self.0.write_all(b"Connection: close\r\n\r\n").is_ok() {
            let _ = self.0.read_to_end(&mut answer);
        }
        String::from_utf8_lossy(&answer).into_owned()
    }
}

#[tokio::test]
async fn nobody_gets_in_as_the_boot_user_while_the_engine_stops() {
    for round in 0..6 {
        let data = TempDir::new().unwrap();
        let engine = start(data.path()).await;
        answer(
            engine.endpoint(),
            "CREATE TABLE t (n UInt64) ENGINE = MergeTree ORDER BY n AS SELECT number AS n FROM numbers(100000)",
        );
        let url = engine.endpoint().url.clone();
        let address = url.trim_start_matches("http://").to_owned();
        let over = Arc::new(AtomicBool::new(false));
        let got_in = Arc::new(AtomicUsize::new(0));
        let attackers: Vec<_> = (0..4)
            .map(|_| {
                let (over, got_in, url) = (over.clone(), got_in.clone(), url.clone());
                std::thread::spawn(move || {
                    let nobody = Endpoint {
                        url,
                        user: "default".to_owned(),
                        password: String::new(),
                    };
                    while !over.load(Ordering::Relaxed) {
                        if ask(&nobody, "SELECT 12345").0 == 200 {
                            got_in.fetch_add(1, Ordering::Relaxed);
                        }
                    }
                })
            })
            .collect();
        // They connect before the ports are closed, and ask at one moment after the other while the engine stops.
        let held: Vec<_> = (0..20u32)
            .map(|step| {
                let request = HeldRequest::open(&address);
                std::thread::spawn(move || {
                    std::thread::sleep(Duration::from_millis(400) * step);
                    request.complete()
                })
            })
            .collect();
        std::thread::sleep(Duration::from_millis(300));
        engine.stop().await.unwrap();
        over.store(true, Ordering::Relaxed);
        attackers.into_iter().for_each(|attacker| attacker.join().unwrap());
        assert_eq!(got_in.load(Ordering::Relaxed), 0, "round {round}");
        for request in held {
            let answer = request.join().unwrap();
            assert!(!answer.contains("12345"), "round {round}: {answer}");
        }
    }
}

#[tokio::test]
async fn the_boot_user_may_read_nothing() {
    let data = TempDir::new().unwrap();
    let _engine = start(data.path()).await;
    let users = std::fs::read_to_string(data.path().join("config/users.xml")).unwrap();
    let default = users
        .split("<default>")
        .last()
        .unwrap()
        .split("</default>")
        .next()
        .unwrap();
    assert!(!default.contains("SELECT"), "{default}");
}

/// An announcement outlives its engine, and another process can have the port by then.
#[tokio::test]
async fn who_took_the_port_of_an_engine_that_is_gone_is_sent_nothing() {
    let data = TempDir::new().unwrap();
    let gone = start(data.path()).await;
    let endpoint = data.path().join("endpoint.json");
    let stale = std::fs::read_to_string(&endpoint).unwrap();
    let port = gone.endpoint().url.rsplit_once(':').unwrap().1.to_owned();
    gone.stop().await.unwrap();
    let impostor = TcpListener::bind("127.0.0.1:0").unwrap();
    let stale = stale.replace(&port, &impostor.local_addr().unwrap().port().to_string());
    let heard = Arc::new(AtomicUsize::new(0));
    let count = heard.clone();
    std::thread::spawn(move || {
        for stream in impostor.incoming() {
            count.fetch_add(1, Ordering::Relaxed);
            drop(stream);
        }
    });

    let engine = start(data.path()).await;
    let announced = std::fs::read_to_string(&endpoint).unwrap();
    std::fs::write(&endpoint, stale).unwrap();
    let joining = tokio::spawn(Engine::start_or_join(options(data.path())));
    tokio::time::sleep(Duration::from_secs(2)).await;
    std::fs::write(&endpoint, announced).unwrap();
    let joined = joining.await.unwrap().unwrap();
    assert_eq!(joined.endpoint(), engine.endpoint());
    assert_eq!(heard.load(Ordering::Relaxed), 0, "the impostor was asked");

    // Who has joined notices the end itself, not by asking whoever answers.
    let began = Instant::now();
    engine.stop().await.unwrap();
    let reason = tokio::time::timeout(Duration::from_secs(5), joined.ended())
        .await
        .unwrap();
    assert!(reason.contains("gone"), "{reason} after {:?}", began.elapsed());
}

#[tokio::test]
async fn no_password_is_stored_and_old_dictionaries_lose_theirs() {
    let data = TempDir::new().unwrap();
    let apply = || {
        let applied = Command::new(KULPRIT)
            .args(["schema", "apply", "--data"])
            .arg(data.path())
            .output()
            .unwrap();
        assert!(applied.status.success(), "{}", String::from_utf8_lossy(&applied.stderr));
    };
    let lookup = "SELECT dictGetOrDefault('kulprit_pattern_dictionary', 'template', 1::UInt64, 'none')";
    let engine = start(data.path()).await;
    let owner = engine.endpoint();
    apply();
    answer(
        owner,
        &format!(
            "CREATE OR REPLACE DICTIONARY kulprit_pattern_dictionary (pattern_id UInt64, template String, name String, ignored UInt8)
             PRIMARY KEY pattern_id LAYOUT(HASHED()) LIFETIME(MIN 5 MAX 10)
             SOURCE(CLICKHOUSE(USER 'kulprit' PASSWORD '{}' DB 'default' TABLE 'kulprit_current_patterns'))",
            owner.password
        ),
    );
    assert!(
        stores(data.path(), &owner.password),
        "the test can find a stored password"
    );
    apply();
    assert_eq!(answer(owner, lookup), "none");
    assert!(!stores(data.path(), &owner.password));
    assert!(!stores(data.path(), "PASSWORD"));
    engine.stop().await.unwrap();
    // With the passwords of the next run.
    let engine = start(data.path()).await;
    assert_eq!(answer(engine.endpoint(), lookup), "none");
    assert_eq!(
        answer(&engine.reader(), "SELECT count() FROM kulprit_pattern_dictionary"),
        "0"
    );
}

/// Is this text in the definition of anything that is stored?
fn stores(data: &Path, text: &str) -> bool {
    let mut files = vec![];
    walk(&data.join("store"), &mut files);
    files.iter().any(|path| {
        path.extension().is_some_and(|ending| ending == "sql")
            && std::fs::read_to_string(path).is_ok_and(|content| content.contains(text))
    })
}
