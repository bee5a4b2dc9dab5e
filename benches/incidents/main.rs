//! What the incident store must bear, on the real service. Each is a command:
//!
//! ```text
//! cargo bench --bench incidents -- speed [INCIDENTS [STORE]]   list, search and statistics against a bare SELECT 1 (100,000)
//! cargo bench --bench incidents -- writers [SECONDS]   32 clients that write at once (60)
//! cargo bench --bench incidents -- kill [ROUNDS]       kill -9 while clients write (20)
//! cargo bench --bench incidents -- disk                a full and a read-only file system; needs the right to mount
//! ```
#![allow(clippy::unwrap_used)]

#[path = "../../tests/it/incidents/crash.rs"]
mod crash;
mod disk;
#[path = "../common/program.rs"]
mod program;
#[path = "../../tests/it/incidents/service.rs"]
#[allow(dead_code)]
mod service;
mod speed;
#[path = "../../tests/it/incidents/writers.rs"]
mod writers;

use std::path::{Path, PathBuf};
use std::time::Duration;

/// The program whose service is measured.
fn program() -> PathBuf {
    program::program().unwrap()
}

fn main() {
    // Cargo adds --bench of its own.
    let arguments: Vec<_> = std::env::args()
        .skip(1)
        .filter(|argument| argument != "--bench")
        .collect();
    let number = |default: u32| arguments.get(1).map_or(default, |text| text.parse().unwrap());
    match arguments.first().map(String::as_str) {
        Some("speed") => speed::run(number(100_000), arguments.get(2).map(Path::new)),
        Some("writers") => {
            let statuses = writers::run(32, Duration::from_secs(number(60).into()));
            println!("nothing lost, no step twice; answers by status: {statuses:?}");
            assert!(statuses.keys().all(|status| *status < 500), "a 5xx");
        }
        Some("kill") => {
            let rounds = number(20);
            let writes = crash::rounds(rounds);
            println!("{rounds} kills, {writes} acknowledged writes, every one there; integrity_check ok each time");
        }
        Some("disk") => disk::run(),
        // `cargo bench` as a whole also comes here.
        _ => println!("give speed, writers, kill or disk: cargo bench --bench incidents -- speed"),
    }
}
