//! Against a server that misbehaves as told.

#![allow(clippy::unwrap_used)]

use super::super::https;
use super::super::registry::Package;
use super::super::test_server::{Request, Response, Server, integrity, whole};
use super::fetch;

fn content() -> Vec<u8> {
    (0..300_000_u32).flat_map(u32::to_le_bytes).collect()
}

/// Answers with the range asked for.
fn polite(requests: &[Request], _: &str) -> Response {
    let content = content();
    match requests.last().and_then(|request| request.range_start) {
        None => whole(&content),
        Some(start) if start >= content.len() => ("416 Nothing There\r\ncontent-length: 0".to_owned(), Vec::new()),
        Some(start) => {
            let (end, total) = (content.len() - 1, content.len());
            let head = format!(
                "206 Partial\r\ncontent-range: bytes {start}-{end}/{total}\r\ncontent-length: {}",
                total - start
            );
            (head, content[start..].to_vec())
        }
    }
}

struct Fetched {
    result: anyhow::Result<()>,
    /// What the partial file holds afterwards.
    file: Option<Vec<u8>>,
    /// Where each request asked to begin.
    starts: Vec<Option<usize>>,
}

/// Fetches what the server has, after `left_over` of an earlier run.
fn fetch_after(left_over: &[u8], respond: impl Fn(&[Request], &str) -> Response + Send + 'static) -> Fetched {
    let directory = tempfile::tempdir().unwrap();
    let part = directory.path().join("part");
    if !left_over.is_empty() {
        std::fs::write(&part, left_over).unwrap();
    }
    let server = Server::start(respond);
    let package = Package {
        url: server.url.clone(),
        integrity: integrity(&content()),
        authorization: None,
    };
    let result = fetch(&https::agent(None).unwrap(), &package, &part);
    let starts = server.requests().iter().map(|request| request.range_start).collect();
    Fetched {
        result,
        file: std::fs::read(&part).ok(),
        starts,
    }
}

/// The file is whole, and the requests began where they should.
fn assert_whole(fetched: Fetched, starts: &[Option<usize>]) {
    fetched.result.unwrap();
    assert!(
        fetched.file == Some(content()),
        "the file differs from what the server has"
    );
    assert_eq!(fetched.starts, starts);
}

#[test]
fn a_left_over_is_continued() {
    assert_whole(fetch_after(&content()[..1000], polite), &[Some(1000)]);
}

#[test]
fn a_whole_left_over_is_not_fetched_again() {
    assert_whole(fetch_after(&content(), polite), &[Some(content().len())]);
}

#[test]
fn a_server_without_ranges_starts_over() {
    assert_whole(fetch_after(&content()[..1000], |_, _| whole(&content())), &[Some(1000)]);
}

#[test]
fn a_left_over_of_something_else_is_thrown_away() {
    assert_whole(fetch_after(b"something else", polite), &[Some(14), None]);
}

#[test]
fn a_broken_connection_is_continued_where_it_broke() {
    let breaks_off_at_first = |requests: &[Request], url: &str| {
        let (head, mut body) = polite(requests, url);
        if requests.len() == 1 {
            body.truncate(500_000);
        }
        (head, body)
    };
    assert_whole(fetch_after(b"", breaks_off_at_first), &[None, Some(500_000)]);
}

#[test]
fn a_busy_server_is_asked_again() {
    let busy_at_first = |requests: &[Request], url: &str| match requests.len() {
        1 => ("503 Busy\r\ncontent-length: 0".to_owned(), Vec::new()),
        _ => polite(requests, url),
    };
    assert_whole(fetch_after(b"", busy_at_first), &[None, None]);
}

#[test]
fn a_refusal_is_final() {
    let fetched = fetch_after(b"", |_, _| ("404 Gone\r\ncontent-length: 0".to_owned(), Vec::new()));
    assert!(fetched.result.unwrap_err().to_string().contains("404"));
    assert_eq!(fetched.starts.len(), 1);
}

#[test]
fn a_wrong_hash_is_refused_and_nothing_is_left() {
    let fetched = fetch_after(b"", |_, _| whole(b"not what was promised"));
    assert!(fetched.result.unwrap_err().to_string().contains("damaged"));
    assert_eq!(fetched.file, None);
}
