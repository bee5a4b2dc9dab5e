//! How fast shapes are computed on one core, compared with a regular expression that masks every token with a digit.
//!
//! `cargo bench --bench shape` prints gigabytes per second of message text, the best of several runs.

use kulprit_patterns::shape::{shape_id, shape_text};
use std::hint::black_box;
use std::sync::LazyLock;
use std::time::Instant;

/// About so many bytes of messages per run.
const BYTES: usize = 64 << 20;
const RUNS: usize = 5;

fn main() {
    let messages = messages();
    let bytes: usize = messages.iter().map(Vec::len).sum();
    println!(
        "{} messages of {} bytes on average",
        messages.len(),
        bytes / messages.len()
    );

    let baseline = regex::bytes::Regex::new(r"[A-Za-z0-9_.:/+-]*[0-9][A-Za-z0-9_.:/+-]*").expect("a valid expression");
    let masked = best(bytes, || {
        messages
            .iter()
            .map(|message| baseline.replace_all(message, &b"<*>"[..]).len() as u64)
            .sum()
    });
    let id = best(bytes, || {
        messages.iter().fold(0, |sum, message| sum ^ shape_id(message))
    });
    let mut text = Vec::new();
    let texts = best(bytes, || {
        messages
            .iter()
            .map(|message| {
                text.clear();
                shape_text(message, &mut text);
                text.len() as u64
            })
            .sum()
    });
    let copied = best(bytes, || {
        messages
            .iter()
            .map(|message| {
                text.clear();
                text.extend_from_slice(message);
                black_box(&text).len() as u64
            })
            .sum()
    });
    println!(
        "shape_id    {id:6.3} GB/s  {:5.1} x the regular expression",
        id / masked
    );
    println!("shape_text  {texts:6.3} GB/s  {:5.1} x", texts / masked);
    println!("one regex   {masked:6.3} GB/s");
    println!("copy only   {copied:6.3} GB/s");
}

/// The best throughput of several runs, in gigabytes per second.
fn best(bytes: usize, mut run: impl FnMut() -> u64) -> f64 {
    let seconds = (0..RUNS).map(|_| {
        let start = cpu_seconds();
        black_box(run());
        cpu_seconds() - start
    });
    bytes as f64 / seconds.fold(f64::INFINITY, f64::min) / 1e9
}

/// CPU seconds of this thread, so that other work on the machine does not count; seconds by the clock where the system
/// does not report them.
fn cpu_seconds() -> f64 {
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let nanoseconds = told.and_then(|text| text.split(' ').next()?.parse::<f64>().ok());
    nanoseconds.map_or_else(|| START.elapsed().as_secs_f64(), |nanoseconds| nanoseconds / 1e9)
}

/// Messages as services, web servers, databases and kernels write them, the values different in each.
fn messages() -> Vec<Vec<u8>> {
    let mut random = Random(7);
    let mut messages = Vec::new();
    let mut size = 0;
    while size < BYTES {
        let message = message(&mut random);
        size += message.len();
        messages.push(message.into_bytes());
    }
    messages
}

fn message(r: &mut Random) -> String {
    let (a, b, c) = (r.below(256), r.below(100_000), r.below(1_000_000_000));
    match r.below(16) {
        0 => format!("Received block blk_{c}{b} of size {b} from /10.0.{a}.17"),
        1 => format!(
            "2024-03-01 10:{:02}:12,{:03} INFO  [http-nio-8080-exec-{}] c.shop.CartService - Cart updated for session {c:x}",
            a % 60,
            b % 1000,
            a % 32
        ),
        2 => format!(
            "10.1.{a}.7 - - [01/Mar/2024:10:11:{:02} +0000] \"GET /api/v1/orders/{b} HTTP/1.1\" 200 {b} \"-\" \"Mozilla/5.0 (X11; Linux x86_64)\"",
            a % 60
        ),
        3 => format!("connection to upstream payments.prod.internal:8443 timed out after {b} ms, will retry"),
        4 => "User session was closed by the remote peer before the handshake had completed".to_owned(),
        5 => format!(
            "Mar  1 10:11:{:02} web{a} sshd[{b}]: Failed password for invalid user admin from 192.168.{a}.9 port {b} ssh2",
            a % 60
        ),
        6 => format!(
            "level=info ts=2024-03-01T10:11:12.{:03}Z caller=main.go:{a} msg=\"request completed\" status=200 duration={b}ms path=/checkout/{c}",
            b % 1000
        ),
        7 => format!(
            "{{\"level\":\"warn\",\"ts\":17092878{a}.123,\"msg\":\"slow query\",\"table\":\"orders\",\"duration_ms\":{b}}}"
        ),
        8 => format!(
            "checkpoint complete: wrote {b} buffers ({}.{}%); write={a}.123 s, sync=0.004 s, total={a}.2 s",
            a % 100,
            b % 10
        ),
        9 => "Configuration reloaded successfully; no changes were found in the routing table".to_owned(),
        10 => format!("Task {c:08x}-4f89-11d3-9a0c-0305e82c3301 finished with status SUCCEEDED on executor worker-{a}"),
        11 => format!("[{b}.{c}] eth0: link becomes ready, speed 1000 Mbps, full duplex"),
        12 => format!(
            "cache miss for key product:{b}, loading from database replica db-{}.eu-west-1.example.com",
            a % 4
        ),
        13 => format!("Rejected order {c}: card declined by issuer, customer notified by e-mail to jo{a}@example.org"),
        14 => format!(
            "java.net.SocketTimeoutException: Read timed out\n\tat com.shop.http.Client.call(Client.java:{a})\n\tat com.shop.pay.Gateway.charge(Gateway.java:{})",
            b % 900
        ),
        _ => format!(
            "Evicting entry /var/cache/images/{c}/{b}.png ({a} KB) to make room, {}% of the quota in use",
            a % 100
        ),
    }
}

/// A small generator (xorshift), so that every run has the same messages.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % bound
    }
}
