//! A file system that is full, and one that turned read-only: clear answers, and nothing is damaged.

use std::path::Path;
use std::process::Command;

use rusqlite::Connection;
use serde_json::json;

use super::service::{Home, Service, opening};

/// A small file system in memory; unmounted when dropped.
struct Mount<'a>(&'a Path);

impl<'a> Mount<'a> {
    fn new(path: &'a Path) -> Self {
        std::fs::create_dir_all(path).unwrap();
        mount(&["-t", "tmpfs", "-o", "size=3m", "tmpfs"], path);
        Self(path)
    }
}

impl Drop for Mount<'_> {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("--lazy").arg(self.0).status();
    }
}

fn mount(arguments: &[&str], path: &Path) {
    let done = Command::new("mount").args(arguments).arg(path).status().unwrap();
    assert!(
        done.success(),
        "this needs the right to mount: run it as root, or under `unshare --map-root-user --mount`"
    );
}

pub fn run() {
    let home = Home::new("auth = \"none\"");
    let path = home.directory.path().join("small");
    let mounted = Mount::new(&path);
    let store = path.join("incidents.db");
    let text = std::fs::read_to_string(home.config()).unwrap();
    let text = text.replace(home.store().to_str().unwrap(), store.to_str().unwrap());
    std::fs::write(home.config(), text).unwrap();
    let service = home.serve();

    let acknowledged = fill(&service);
    println!("full disk: 507 after {acknowledged} incidents; reading goes on");
    assert_eq!(
        stored(&service),
        acknowledged,
        "all that was acknowledged, and nothing else"
    );

    mount(&["-o", "remount,size=16m"], &path);
    let opened = service.call("POST", "/api/v1/incidents", &[], Some(&opening("room again")));
    assert_eq!(opened.status, 201, "{}", opened.text);
    println!("room again: 201 without a restart");

    let _ = Command::new("sync").status();
    // A file that is open for writing holds a plain remount up; a second, read-only view of the directory does not.
    drop(service);
    mount(&["-o", "remount,ro"], &path);
    let service = home.serve();
    let refused = service.call("POST", "/api/v1/incidents", &[], Some(&opening("read-only")));
    assert_eq!(refused.status, 503, "{}", refused.text);
    println!("read-only: {} {}", refused.status, refused.text);
    mount(&["-o", "remount,rw"], &path);
    drop(service);
    let connection = Connection::open(&store).unwrap();
    let verdict: String = connection
        .pragma_query_value(None, "integrity_check", |row| row.get(0))
        .unwrap();
    assert_eq!(verdict, "ok");
    println!("integrity_check: {verdict}");
    drop(mounted);
}

/// Opens incidents until there is no room, and returns how many were acknowledged.
fn fill(service: &Service) -> u64 {
    for count in 0..100_000 {
        let mut body = opening("filler");
        body["note"] = json!("lorem ipsum dolor sit amet ".repeat(500));
        let answer = service.call("POST", "/api/v1/incidents", &[], Some(&body));
        match answer.status {
            201 => {}
            507 => {
                println!("{} {}", answer.status, answer.text);
                return count;
            }
            other => panic!("{other}: {}", answer.text),
        }
    }
    panic!("the disk never became full");
}

fn stored(service: &Service) -> u64 {
    let page = service.call("GET", "/api/v1/incidents?limit=500", &[], None);
    assert_eq!(page.status, 200);
    page.json()["incidents"].as_array().unwrap().len() as u64
}
