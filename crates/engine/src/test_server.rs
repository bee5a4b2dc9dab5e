//! A small HTTP server on loopback for tests of what fetches.

#![allow(clippy::unwrap_used)]

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};

/// What a client asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    pub path: String,
    /// Start of the range asked for.
    pub range_start: Option<usize>,
}

/// Status line and headers without line ends' last, and the body as it is sent: it may be shorter than promised.
pub type Response = (String, Vec<u8>);

pub struct Server {
    pub url: String,
    requests: Arc<Mutex<Vec<Request>>>,
}

impl Server {
    /// Serves until the test's process ends. `respond` gets the requests so far, the present one last, and the own URL.
    pub fn start(respond: impl Fn(&[Request], &str) -> Response + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let own_url = url.clone();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let seen = requests.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let lines = BufReader::new(stream.try_clone().unwrap())
                    .lines()
                    .map_while(Result::ok);
                let head: Vec<String> = lines.take_while(|line| !line.is_empty()).collect();
                let range = head.iter().find_map(|line| {
                    let line = line.to_ascii_lowercase();
                    line.strip_prefix("range: bytes=")?.strip_suffix('-')?.parse().ok()
                });
                let path = head
                    .first()
                    .and_then(|line| line.split(' ').nth(1))
                    .unwrap_or_default()
                    .to_owned();
                let so_far = {
                    let mut requests = seen.lock().unwrap();
                    requests.push(Request {
                        path,
                        range_start: range,
                    });
                    requests.clone()
                };
                let (head, body) = respond(&so_far, &own_url);
                // A client that has gone away is its own business.
                let _ = write!(stream, "HTTP/1.1 {head}\r\nconnection: close\r\n\r\n");
                let _ = stream.write_all(&body);
            }
        });
        Self { url, requests }
    }

    pub fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }
}

/// All of it.
pub fn whole(body: &[u8]) -> Response {
    (format!("200 OK\r\ncontent-length: {}", body.len()), body.to_vec())
}

/// npm's form of a file's hash.
pub fn integrity(content: &[u8]) -> String {
    use base64::Engine as _;
    use sha2::Digest as _;
    format!(
        "sha512-{}",
        base64::engine::general_purpose::STANDARD.encode(sha2::Sha512::digest(content))
    )
}
