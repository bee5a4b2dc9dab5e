//! Against a small HTTP server on loopback that misbehaves as told.

#![allow(clippy::unwrap_used)]

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use sha2::{Digest as _, Sha512};

use super::super::https;
use super::super::registry::Package;
use super::fetch;

/// What the server does with a request.
#[derive(Clone, Copy)]
enum Manner {
    /// Honours ranges.
    Polite,
    /// Sends all of it, always.
    IgnoresRanges,
    /// Promises all of it, sends this many bytes the first time and closes; then honours ranges.
    BreaksOffAt(usize),
    /// Answers 503 the first time.
    BusyAtFirst,
}

struct Server {
    url: String,
    /// The `Range` header of every request.
    ranges: Arc<Mutex<Vec<Option<String>>>>,
}

fn serve(content: Vec<u8>, manner: Manner) -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/package.tgz", listener.local_addr().unwrap());
    let ranges = Arc::new(Mutex::new(Vec::new()));
    let seen = ranges.clone();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let lines = BufReader::new(stream.try_clone().unwrap())
                .lines()
                .map_while(Result::ok);
            let range = lines
                .take_while(|line| !line.is_empty())
                .find_map(|line| line.to_ascii_lowercase().strip_prefix("range: ").map(str::to_owned));
            let is_first = seen.lock().unwrap().is_empty();
            seen.lock().unwrap().push(range.clone());
            let start = range
                .filter(|_| !matches!(manner, Manner::IgnoresRanges))
                .map_or(0, |range| {
                    range["bytes=".len()..range.len() - 1].parse::<usize>().unwrap()
                });
            let total = content.len();
            let head = match manner {
                Manner::BusyAtFirst if is_first => "503 Busy\r\ncontent-length: 0".to_owned(),
                _ if start > 0 && start >= total => "416 Nothing There\r\ncontent-length: 0".to_owned(),
                _ if start > 0 => format!(
                    "206 Partial\r\ncontent-range: bytes {start}-{}/{total}\r\ncontent-length: {}",
                    total - 1,
                    total - start
                ),
                _ => format!("200 OK\r\ncontent-length: {total}"),
            };
            let end = match manner {
                Manner::BreaksOffAt(end) if is_first => end,
                _ if head.ends_with(" 0") => start,
                _ => total,
            };
            let _ = write!(stream, "HTTP/1.1 {head}\r\nconnection: close\r\n\r\n");
            let _ = stream.write_all(content.get(start..end).unwrap_or_default());
        }
    });
    Server { url, ranges }
}

fn content() -> Vec<u8> {
    (0..300_000_u32).flat_map(|n| n.to_le_bytes()).collect()
}

fn package(server: &Server, content: &[u8]) -> Package {
    let hash = base64::engine::general_purpose::STANDARD.encode(Sha512::digest(content));
    Package {
        url: server.url.clone(),
        integrity: format!("sha512-{hash}"),
        authorization: None,
    }
}

/// Fetches what the server has, after `left_over` of an earlier run.
fn fetch_after(left_over: &[u8], manner: Manner) -> (anyhow::Result<()>, Vec<u8>, Vec<Option<String>>) {
    let directory = tempfile::tempdir().unwrap();
    let part: PathBuf = directory.path().join("part");
    if !left_over.is_empty() {
        std::fs::write(&part, left_over).unwrap();
    }
    let server = serve(content(), manner);
    let fetched = fetch(&https::agent(None).unwrap(), &package(&server, &content()), &part);
    let ranges = server.ranges.lock().unwrap().clone();
    (fetched, std::fs::read(&part).unwrap_or_default(), ranges)
}

#[test]
fn a_left_over_is_continued() {
    let (fetched, found, ranges) = fetch_after(&content()[..1000], Manner::Polite);
    fetched.unwrap();
    assert!(found == content());
    assert_eq!(ranges, [Some("bytes=1000-".to_owned())]);
}

#[test]
fn a_whole_left_over_is_not_fetched_again() {
    let (fetched, found, ranges) = fetch_after(&content(), Manner::Polite);
    fetched.unwrap();
    assert!(found == content());
    assert_eq!(ranges.len(), 1);
}

#[test]
fn a_server_without_ranges_starts_over() {
    let (fetched, found, _) = fetch_after(&content()[..1000], Manner::IgnoresRanges);
    fetched.unwrap();
    assert!(found == content());
}

#[test]
fn a_left_over_of_something_else_is_thrown_away() {
    let (fetched, found, ranges) = fetch_after(b"something else", Manner::Polite);
    fetched.unwrap();
    assert!(found == content());
    assert_eq!(ranges, [Some("bytes=14-".to_owned()), None]);
}

#[test]
fn a_broken_connection_is_continued_where_it_broke() {
    let (fetched, found, ranges) = fetch_after(b"", Manner::BreaksOffAt(500_000));
    fetched.unwrap();
    assert!(found == content());
    assert_eq!(ranges, [None, Some("bytes=500000-".to_owned())]);
}

#[test]
fn a_busy_server_is_asked_again() {
    let (fetched, found, _) = fetch_after(b"", Manner::BusyAtFirst);
    fetched.unwrap();
    assert!(found == content());
}

#[test]
fn a_wrong_hash_is_refused_and_nothing_is_left() {
    let directory = tempfile::tempdir().unwrap();
    let part = directory.path().join("part");
    let server = serve(b"not what was promised".to_vec(), Manner::Polite);
    let error = fetch(&https::agent(None).unwrap(), &package(&server, &content()), &part).unwrap_err();
    assert!(error.to_string().contains("damaged"), "{error:#}");
    assert!(!part.exists());
}
